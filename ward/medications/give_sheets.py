"""Sheets of the bedside: what stands in the form of one dose now, after each scan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from domain import allergies, windows
from domain.amounts import Amount
from domain.display import duration, time_of
from domain.errors import NotAllowed
from domain.formulary import Unit, write
from domain.infusions import RateUnit
from domain.orders import OrderKind
from domain.rights import NoScan
from domain.windows import LateChoice, Timing
from ward.medications import (
    as_required,
    beside,
    claims,
    missing,
    packs,
    pump,
    register_doses,
    safety,
    witness,
)
from ward.medications.details import GivenAmount, GivenDetail
from ward.medications.give_forms import IDENTIFIERS, LOCAL, TAKEN, Typed, number, options
from ward.medications.models import Identified, MedicationAdministration
from ward.medications.occasion import Brief, Occasion, who
from ward.medications.packs import Scan
from ward.medications.planning import frequency_of
from ward.patients import banner
from ward.work import Work

LATE_REASONS = ("Patient away from the ward", "Medicine arrived late", "Nurse with another patient",
                "Waiting for a result or a prescriber")  # fmt: skip
FORM = "medications/_record.html"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the forms of an occasion are sent, and what a second person signs for."""

    url: str
    about: str

    @classmethod
    def of(cls, found: Occasion | Brief) -> "Place":
        """Name the doors of a dose, or of an order as required."""
        kind, key = ("doses", found.dose.id) if found.dose else ("orders", found.line.request.id)
        return cls(f"/{kind}/{key}", witness.about(kind, key, found.line.request.revision))


async def drawn(work: Work, found: Occasion, typed: Typed) -> dict[str, Any]:
    """Give the template of the sheet everything it shows."""
    local = work.now.astimezone(found.held.zone)
    scanned, how = await packs.scans(work, typed.packs, local), told_how(found, typed)
    against = await safety.against(work, found.held, found.line)
    place, amount = Place.of(found), _amount(found, typed)
    infusion = _infusion(found, typed)
    return {
        **_heading(work, found),
        "url": place.url,
        "revision": found.line.request.revision,
        "packs": [(one.raw, one.words) for one in scanned],
        "typed": typed,
        "told": how,
        "ended_at": found.ended_at,
        "filled_at": typed["given_at"] or ("" if how else local.strftime(LOCAL)),
        "drawn_at": "" if how else typed["drawn_at"] or local.strftime(LOCAL),
        "panel": await _panel(work, found, amount, scanned),
        "stops": against.stops,
        "answered": against.answered,
        "awaited": await _awaited(work, found),
        "notice": await _notice(work, found),
        "unverified": found.line.request.verified_at is None,
        "late": None if how else _late(work, found),
        "early": not how and _early(work, found),
        "as_required": found.dose is None,
        "room": as_required.room(found, work.now) if found.dose is None else None,
        "most": found.most,
        "unit": found.ordered.unit,
        "amount": _plain(amount),
        "given": str(amount),
        "infusion": infusion,
        "books": await _books(work, found, typed, amount, scanned),
        "witness": await _signed(work, place, typed, needed=_second(work, found, scanned, how)),
        "no_scans": options(list(NoScan)),
        "identifiers": IDENTIFIERS,
        "title": "Start infusion" if infusion else "Record dose",
    }


async def _awaited(work: Work, found: Occasion) -> missing.Missing | None:
    """Say whether the pharmacy was asked for this medicine."""
    asked = await missing.waiting(work, patients=[found.held.patient.id])
    return next((one for one in asked if one.request_id == found.line.request.id), None)


def _heading(work: Work, found: Occasion) -> dict[str, Any]:
    """Say for whom and what the dose is, and whether the wristband was read."""
    read, person = claims.still_read(found.claim, work.now), found.person
    return {
        "patient_id": found.held.patient.id,
        "request_id": found.line.request.id,
        "dose_id": found.dose.id if found.dose else None,
        "who": person.shown,
        "short": without_title(person.shown),
        "known": person.known_by(work.now.astimezone(found.held.zone)),
        "words": found.line.words,
        "band_at": _clock(found, found.claim.band_at) if read and found.claim else "",
        "zone": str(found.held.zone),
    }


def told_how(found: Occasion, typed: Typed) -> str:
    """Tell whether the sheet takes down what was done before: from paper, or of what has ended."""
    if typed["paper"] == "yes":
        return Identified.PAPER.value
    return Identified.AFTERWARDS.value if found.ended_at is not None else ""


def _second(work: Work, found: Occasion, scanned: Sequence[Scan], how: str) -> bool:
    """Tell whether a second person signs: always, or because something could not be scanned."""
    if how == Identified.PAPER:
        return False
    request, read = found.line.request, claims.still_read(found.claim, work.now)
    return request.witnessed or (request.high_alert and not (read and scanned))


async def _books(
    work: Work, found: Occasion, typed: Typed, amount: Amount, scanned: Sequence[Scan]
) -> list[tuple[str, str, str, str]]:
    """Offer the books a controlled drug may have been taken out of: field, name, left, typed."""
    offered = await register_doses.choices(work, found, amount, scanned)
    names = {one.product.id: f"{TAKEN}{one.product.id}" for one in offered}
    typed_any = any(typed[name] for name in names.values())
    return [
        (key := names[one.product.id], one.name, one.left, typed[key] if typed_any else one.share)
        for one in offered
    ]


def _clock(found: Occasion, at: datetime | None) -> str:
    """Write a time to the second: somebody waits for it."""
    return f"{at.astimezone(found.held.zone):%H:%M:%S}" if at else ""


def without_title(shown: str) -> str:
    """Write a name without its title, as the button does: SMITH, Joan."""
    return shown.partition(" (")[0]


def _amount(found: Occasion, typed: Typed) -> Amount:
    """Give the amount that the button names: as ordered, unless something else is typed."""
    value = number(typed["amount"], "amount")
    return Amount(value, found.ordered.unit) if value is not None else found.ordered


def _plain(amount: Amount) -> str:
    return witness.number(amount.value)


async def _panel(
    work: Work, found: Occasion, amount: Amount, scanned: Sequence[Scan]
) -> list[tuple[str, str]]:
    """List what is compared before the dose is given, label and value."""
    line, now = found.line, work.now
    rows = [("Prescribed", f"DOSE {line.words.dose}")]
    if scanned:
        alike = len({one.words for one in scanned}) == 1  # else nobody knows how much of which
        said = [packs.from_pack(amount, one) if alike else one.words for one in scanned]
        rows.append(("From pack", ", ".join(dict.fromkeys(said))))
    if found.dose is not None:
        rows.append(("Due", _due(found, now)))
    rows += [("Last given", await _last(work, found)), ("Route", line.detail.route.word)]
    rows.append(("Allergies", await _allergies(work, found)))
    if line.detail.indication:
        rows.append(("For", line.detail.indication))
    if line.detail.note:
        rows.append(("Note", line.detail.note))
    return rows + await beside.related(work, found.held, line.drug)


def _due(found: Occasion, now: datetime) -> str:
    assert found.dose is not None
    at = time_of(found.dose.due_at, found.held.zone)
    if now > found.dose.closes_at:
        return f"{at}, overdue {duration(now - found.dose.due_at)}"
    return f"{at}, in {duration(found.dose.due_at - now)}" if now < found.dose.opens_at else at


async def _last(work: Work, found: Occasion) -> str:
    """Say when the patient had the medicine last, of whatever order."""
    history = sorted(found.taken.history, key=lambda one: one.at)
    if not history:
        return "Not in the last 24 h"
    last = history[-1]
    by = await who(work, found.taken.last_by) if found.taken.last_by else ""
    at = time_of(last.at, found.held.zone)
    return ", ".join(filter(None, (at, str(last.amount), by)))


async def _allergies(work: Work, found: Occasion) -> str:
    known = await banner.allergies_on(work, found.held.patient)
    if known is None:
        return "Not shown to you"
    if not known.items:
        return allergies.sentence(known.state)
    return "; ".join(
        f"{one.substance} ({one.reaction})" if one.reaction else one.substance
        for one in known.items
    )


async def _notice(work: Work, found: Occasion) -> str | None:
    """Say why nothing can be recorded now, although somebody opened the sheet."""
    try:
        await safety.refuse_order(work, found)
    except NotAllowed as refused:
        return refused.sentence
    return None


def _timing(work: Work, found: Occasion) -> Timing | None:
    if found.dose is None or found.width is None:
        return None
    return windows.timing(found.dose.due_at, work.now, found.width)


def _early(work: Work, found: Occasion) -> bool:
    return _timing(work, found) is Timing.EARLY


def _late(work: Work, found: Occasion) -> dict[str, Any] | None:
    """Offer what may be done with a late dose; never two to catch up."""
    if _timing(work, found) is not Timing.LATE or found.dose is None:
        return None
    frequency = frequency_of(found.line.detail, found.held)
    allowed = windows.late_choices(frequency, work.now, found.dose.next_at, found.taken.interval)
    offered = [one for one in allowed if one is not LateChoice.OMIT]
    return {"choices": options(offered), "reasons": [(one, one) for one in LATE_REASONS]}


def _infusion(found: Occasion, typed: Typed) -> dict[str, Any] | None:
    """Work out what a pump is set to, for eyes; judged again when it is started."""
    infused = found.line.detail.infusion
    if infused is None or found.line.detail.kind is not OrderKind.INFUSION:
        return None
    value = number(typed["rate"], "rate")
    value = infused.rate if value is None else value
    unit = RateUnit.read(infused.rate_unit)
    return {"rate": witness.number(value), "of": unit.code, **setting(found, value)}


def setting(found: Occasion, value: Decimal) -> dict[str, str]:
    """Say what the pump is set to, or why it cannot be."""
    try:
        ml_h = pump.setting(found.line.detail, value)
    except NotAllowed as refused:
        return {"ml_h": "", "wrong": refused.sentence}
    return {"ml_h": f"{write(ml_h, Unit.ML)} per h", "wrong": ""}


async def _signed(work: Work, place: Place, typed: Typed, *, needed: bool) -> dict[str, Any] | None:
    """Say whether a second person has signed; None where none is needed."""
    if not needed:
        return None
    if not typed["witness"]:
        return {"name": "", "token": "", "at": None}
    try:
        one = witness.read(work.node, typed["witness"], place.about, work.now)
    except NotAllowed:
        return {"name": "", "token": "", "at": None}
    return {"name": await who(work, one.user_id), "token": typed["witness"], "at": one.at}


async def told(work: Work, found: Occasion) -> dict[str, Any] | None:
    """Say what was done with a dose that is settled; None while it is not."""
    if found.done is None:
        return None
    return await of_administration(work, found.done) | {
        **await banner.head(work, found.held.patient, found.person),
        "words": found.line.words,
        "due_at": found.dose.due_at if found.dose else None,
        "zone": str(found.held.zone),
        "patient_id": found.held.patient.id,
        "title": "Dose",
    }


async def of_administration(work: Work, row: MedicationAdministration) -> dict[str, Any]:
    """Say what one administration was: how much, when, by whom, with which reason."""
    detail: GivenDetail = (await work.open([row], MedicationAdministration.detail))[row.id]
    return {
        "administration_id": row.id,
        "version": row.version,
        "went_in": row.status.went_in,
        "standing": row.status,
        "amount": written(detail.amount),
        "value": witness.number(detail.amount.value) if detail.amount else "",
        "unit": detail.amount.unit if detail.amount else None,
        "at": row.occurred_at,
        "recorded_at": row.recorded_at,
        "by": await who(work, row.recorded_by),
        "second": await who(work, row.witnessed_by) if row.witnessed_by else "",
        "why": detail.reason.word if detail.reason else "",
        "text": detail.text,
        "on_paper": detail.second,
        "lot": detail.lot,
        "expires": detail.expires,
        "band": row.band,
        "pack": row.pack,
        "source": row.source,
    }


def written(amount: GivenAmount | None) -> str:
    """Write an amount; nothing where none went in."""
    return write(amount.value, amount.unit) if amount else ""
