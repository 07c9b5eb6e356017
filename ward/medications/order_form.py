"""Order form: who it is about, the lines as typed and read, and what the rules say of each."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from domain import decisions
from domain.access import Permission
from domain.decisions import Finding, Override, Reason
from domain.display import duration
from domain.errors import NotAllowed
from domain.formulary import Drug, find
from domain.prescribing import Tier
from ward.medications import context, sets
from ward.medications.basket import Basket
from ward.medications.held import Held, hold
from ward.medications.legible import order_of
from ward.medications.offers import (
    WEEKDAYS,
    circumstances_of,
    frequencies_of,
    frequency_words,
    rates_of,
    routes_of,
    units_of,
)
from ward.medications.ordering import Written, pump_rate, read
from ward.medications.ordering_fields import Typed
from ward.medications.prescribe import Ordered
from ward.medications.words import LineWords, line_words
from ward.patients import banner
from ward.work import Lock, Work

REASONS = [(one.value, one.value.replace("-", " ").capitalize()) for one in Reason]
FOUND = 8  # medicines shown while searching
#: Fields that say at once what cannot be read; what is only missing is said at the signature.
SPOTS = (
    *("dose", "dose_most", "unit", "route", "frequency", "form", "interval", "max_24h"),
    *("max_count", "weekday", "monthday", "indication", "starts", "stops", "count", "times"),
    *("note", "volume", "diluent", "rate", "rate_unit", "least", "most", "weight", "target"),
)
TONES = {Tier.STOP: "critical", Tier.REASON: "warning", Tier.INLINE: "info"}
WORDS = {
    Tier.STOP: "Contraindicated",
    Tier.REASON: "Severe: give a reason",
    Tier.INLINE: "Note",
}


@dataclass(frozen=True, slots=True, repr=False)
class Found:
    """One finding as the form shows it, with the answer that was typed to it."""

    key: str
    finding: Finding
    why: str
    text: str

    @property
    def tone(self) -> str:
        """Name its colour."""
        return TONES[self.finding.tier]

    @property
    def word(self) -> str:
        """Say how heavy it is, beside the colour."""
        return WORDS[self.finding.tier]

    @property
    def asks(self) -> bool:
        """Tell whether a reason is asked."""
        return self.finding.tier is Tier.REASON

    def override(self) -> Override | None:
        """Give the answer as the rules read it; refused where its words are missing."""
        if not self.asks or self.why not in set(Reason):
            return None
        return Override.of(self.finding, Reason(self.why), self.text)


@dataclass(frozen=True, slots=True, repr=False)
class Line:
    """One line of the form."""

    n: int
    written: Written
    found: tuple[Found, ...]
    wrong: Mapping[str, str]

    @property
    def drug(self) -> Drug:
        """Name the medicine."""
        return self.written.drug

    @property
    def typed(self) -> Typed:
        """Give what was typed."""
        return self.written.typed

    @property
    def words(self) -> LineWords | None:
        """Write it as a medicine line; None while it cannot be read."""
        return line_words(self.written.detail) if self.written.detail else None

    @property
    def stop(self) -> Found | None:
        """Give what forbids the line, however it is answered."""
        return next((one for one in self.found if one.finding.tier is Tier.STOP), None)

    @property
    def pump(self) -> str:
        """Say what the pump is set to; empty where it cannot be worked out."""
        ml_h = pump_rate(self.written.detail) if self.written.detail else None
        return f"{ml_h.normalize():f} mL per hour" if ml_h is not None else ""

    @property
    def unanswered(self) -> int:
        """Count the findings whose reason is not given yet."""
        return sum(one.asks and not one.why for one in self.found)

    @property
    def ready(self) -> bool:
        """Tell whether nothing keeps the line from being signed."""
        return not (self.written.problems or self.stop or self.unanswered)

    @property
    def gap(self) -> str:
        """Say how soon the next dose would follow on a first one at once."""
        return duration(self.written.offer.gap) if self.written.offer else ""

    @property
    def answers(self) -> tuple[Override, ...]:
        """Give the reasons that were chosen and can stand."""
        found = []
        for one in self.found:
            with suppress(NotAllowed):  # another reason without its words
                found.append(one.override())
        return tuple(one for one in found if one is not None)

    def ordered(self) -> Ordered:
        """Give the line as it is signed."""
        written = self.written
        assert written.detail is not None
        return Ordered(
            detail=written.detail,
            starts_at=written.starts_at,
            stops_at=written.stops_at,
            priority=written.priority,
            overrides=self.answers,
        )


@dataclass(frozen=True, slots=True, repr=False)
class Form:
    """The whole form."""

    patient_id: UUID
    name: str
    told_apart: str
    allergies: banner.Allergies | None
    held: Held
    known: context.Known
    basket: Basket
    lines: tuple[Line, ...]

    @property
    def stop(self) -> Line | None:
        """Give the first line that may not be signed at all."""
        return next((line for line in self.lines if line.stop), None)

    @property
    def seen(self) -> frozenset[str]:
        """Give the rules that asked or stopped so far, for the count of what was heeded."""
        now = {
            f"{one.finding.rule}:{one.finding.tier.value}"
            for line in self.lines
            for one in line.found
            if one.finding.tier is not Tier.INLINE
        }
        return self.basket.seen | now


async def begin(  # noqa: PLR0913 - what a form is about
    work: Work,
    patient_id: UUID,
    basket: Basket,
    permission: Permission,
    *,
    lock: Lock = False,
    without: UUID | None = None,
) -> Form:
    """Read who this is about, what the form says so far, and what the rules say of it.

    Each line is judged beside those above it, as it will be when all are signed together;
    `without` is the order that the form is about to change.
    """
    held = await hold(work, patient_id, permission, lock=lock)
    patient, person = await banner.who(work, patient_id)
    local = work.now.astimezone(held.zone)
    known = await context.known(work, held)
    if without is not None:
        others = tuple(one for one in known.context.orders if one.id != without)
        known = replace(known, context=replace(known.context, orders=others))
    return Form(
        patient_id=patient_id,
        name=person.shown,
        told_apart=person.known_by(local),
        allergies=await banner.allergies_on(work, patient),
        held=held,
        known=known,
        basket=basket,
        lines=_judged(work, held, known, basket),
    )


def _judged(work: Work, held: Held, known: context.Known, basket: Basket) -> tuple[Line, ...]:
    now, lines = known.context, []
    for n, typed in enumerate(basket.lines):
        written = read(typed, held, work.now)
        findings: tuple[Finding, ...] = ()
        if written.detail is not None:
            try:
                order = order_of(
                    written.detail,
                    held.settings,
                    starts_at=written.starts_at,
                    priority=written.priority,
                )
                findings = decisions.check(order, now, modes=known.modes)
                now = replace(now, orders=(*now.orders, order))
            except NotAllowed as refused:  # an amount that is none
                written = replace(written, wrong={**written.wrong, "dose": refused.sentence})
        found = tuple(found_with(finding, typed) for finding in findings)
        lines.append(Line(n, written, found, dict(written.wrong)))
    return tuple(lines)


def found_with(finding: Finding, typed: Typed | Mapping[str, str]) -> Found:
    """Give a finding with what was typed to it; its key is the same for as long as it is."""
    said = "|".join((finding.rule, finding.version, *finding.about))
    key = hashlib.sha256(said.encode()).hexdigest()[:10]
    return Found(key, finding, typed[f"why_{key}"], typed[f"text_{key}"])


def drawn(form: Form, ask_url: str, url: str) -> dict[str, Any]:
    """Give the templates of the form what they need."""
    opened = form.basket.open
    line = form.lines[opened] if opened is not None else None
    return {
        "patient_id": form.patient_id,
        "who": form.name,
        "known": form.told_apart,
        "allergies": form.allergies,
        "lines": form.lines,
        "open": opened,
        "line": line,
        "q": form.basket.q,
        "drugs": _search(form.basket.q),
        "about": form.basket.about,
        "seen": " ".join(sorted(form.seen)),
        "stop": form.stop,
        "ask_url": ask_url,
        "url": url,
        "zone": str(form.held.zone),
        "reasons": REASONS,
        "spots": SPOTS,
        **(offered(form, line) if line else {}),
    }


def _search(text: str) -> tuple[Drug, ...]:
    return find(text, FOUND) if text else ()


def offered(form: Form, line: Line) -> dict[str, Any]:
    """Give the open line its choices: those of the medicine, at the times of the ward."""
    drug, settings = line.drug, form.held.settings
    weight, weight_at = form.known.context.weight, form.known.weight_at
    return {
        "units": [(unit.value, unit.value.replace("/", " per ")) for unit in units_of(drug)],
        "routes": [(route.value, route.word.capitalize()) for route in routes_of(drug)],
        "frequencies": [
            (code.value, frequency_words(code, settings).capitalize())
            for code, _ in frequencies_of(drug, line.typed, settings)
        ],
        "rates": rates_of(drug),
        "weekdays": WEEKDAYS,
        "circumstances": circumstances_of(drug),
        "weight": f"{weight.normalize():f}" if weight is not None else "",
        "weight_at": weight_at,
    }


async def beside(work: Work) -> dict[str, Any]:
    """Give what fills lines at once: the prescriber's favourites, the sets of the house."""
    mine = await sets.favourites(work) if work.may(Permission.PRESCRIBE) else []
    return {"favourites": mine, "sets": await sets.sets(work)}
