"""Forms of the bedside: what is typed and scanned for one dose, and what it says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from starlette.datastructures import FormData

from domain.amounts import Amount
from domain.formulary import Route, Unit
from domain.rights import NoScan
from domain.windows import LateChoice
from ward.errors import Invalid
from ward.medications import witness
from ward.medications.give import LONGEST
from ward.medications.models import GivenSource
from ward.medications.said import GivenSaid
from ward.work import Work

LOCAL = "%Y-%m-%dT%H:%M"
KEPT = (
    *("given_at", "drawn_at", "amount", "late", "late_choice", "early", "partly", "why", "rate"),
    *("no_scan", "site", "note", "paper", "second", "witness", "pack_at"),
)
TAKEN = "taken-"  # and the product: so much of it, out of the register
MANY = ("pack", "identifier")
IDENTIFIERS = (("name", "Name"), ("born", "Date of birth"), ("number", "Record number"))
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True, repr=False)
class Typed:
    """What stands in a form, as typed, so that it can be shown again after a scan."""

    texts: Mapping[str, str] = field(default_factory=dict)
    packs: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()

    @classmethod
    def of(cls, form: FormData) -> "Typed":
        """Take the fields of the bedside out of a form; everything else is left."""
        named = (*KEPT, *(name for name in form if name.startswith(TAKEN)))
        texts = {name: str(form.get(name) or "").strip()[: LONGEST * 4] for name in named}
        packs, identifiers = (
            tuple(str(one) for one in form.getlist(name) if str(one).strip()) for name in MANY
        )
        known = {key for key, _ in IDENTIFIERS}
        return cls(texts, packs, tuple(one for one in identifiers if one in known))

    def __getitem__(self, name: str) -> str:
        return self.texts.get(name, "")


def said(work: Work, typed: Typed, *, unit: Unit, zone: tzinfo, about: str) -> GivenSaid:
    """Read a form into what a nurse says; a witness is read by what they signed."""
    amount = number(typed["amount"], "amount")
    signed = typed["witness"]
    return GivenSaid(
        amount=Amount(amount, unit) if amount is not None else None,
        given_at=moment(typed, zone),
        packs=typed.packs,
        no_scan=_choice(NoScan, typed["no_scan"], "no_scan"),
        identifiers=frozenset(typed.identifiers),
        partly=typed["partly"],
        early=typed["early"],
        late=typed["late"],
        late_choice=_choice(LateChoice, typed["late_choice"], "late_choice"),
        why=typed["why"],
        witness=witness.read(work.node, signed, about, work.now) if signed else None,
        source=GivenSource.PAPER if typed["paper"] == "yes" else GivenSource.BEDSIDE,
        site=typed["site"],
        note=typed["note"],
        second=typed["second"],
        taken=_taken(typed),
    )


def _taken(typed: Typed) -> dict[UUID, Decimal]:
    """Read how much was taken of each drug of the register."""
    found: dict[UUID, Decimal] = {}
    for name in typed.texts:
        much = number(typed[name], name) if name.startswith(TAKEN) else None
        if much is not None:
            try:
                found[UUID(name.removeprefix(TAKEN))] = much
            except ValueError:
                raise Invalid({name: "Choose one of these."}) from None
    return found


def moment(typed: Typed, zone: tzinfo, name: str = "given_at") -> datetime | None:
    """Read a time on the clock of the ward; the one that was filled in is now."""
    text = typed[name]
    if not text or text == typed["drawn_at"]:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid({name: "This is no time. Write it as the clock shows it."}) from None
    local = at.replace(tzinfo=zone) if at.tzinfo is None else at
    return local.astimezone(UTC)  # hours after it elapse, whatever the clock of the ward does


def number(text: str, name: str) -> Decimal | None:
    """Read a decimal number; a comma only groups."""
    if not text:
        return None
    try:
        found = Decimal(text.replace(",", "")) if len(text) <= _DIGITS else Decimal("NaN")
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found < 0 or -int(found.as_tuple().exponent) > _PLACES:
        raise Invalid({name: "Enter a number, as 2.5."})
    return found


_DIGITS, _PLACES = 20, 6


def _choice(kind: type[E], text: str, name: str) -> E | None:
    if not text:
        return None
    try:
        return kind(text)
    except ValueError:
        raise Invalid({name: "Choose one of these."}) from None


def route(text: str) -> Route | None:
    """Read a route."""
    return _choice(Route, text, "route")


def options(kinds: Sequence[StrEnum]) -> list[tuple[str, str]]:
    """Offer the members of an enumeration for a list to choose from."""
    return [(one.value, str(getattr(one, "word", one.value))) for one in kinds]
