"""Placing: an appointment of another system booked into the calendar, or given another time."""

from collections.abc import Awaitable
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from domain import appointments
from domain.appointment_codes import FillerStatus, is_overbooked
from domain.appointments import AppointmentStatus
from domain.clashes import Clash, Why, between
from domain.display import instant
from domain.spans import Span
from ward.interop.hl7.models import ReviewReason
from ward.interop.hl7.siu import codes, known, needed
from ward.interop.hl7.siu.fact import SiuEvent, SiuFact
from ward.interop.hl7.siu.timing import APART, Time, Timing, resolved
from ward.interop.hl7.waits import Waits
from ward.patients.models import Patient
from ward.scheduling.amend import amend
from ward.scheduling.book import Booking, book
from ward.scheduling.details import AppointmentDetail
from ward.scheduling.in_the_way import Clashing
from ward.scheduling.models import Appointment
from ward.scheduling.reschedule import NewTime, reschedule
from ward.scheduling.visits import visit
from ward.work import Work

STANDS = "This appointment stands like this already: nothing was done."
HERE = "The patient has come, or it is over: nothing was changed."
WITHOUT = "No appointment with this number stood here: it was booked."
OTHER_VISIT = "The kind of visit sent is another one: it was kept."
BESIDE = "The sender booked it beside another on purpose."
_GOING_ON = {FillerStatus.STARTED, FillerStatus.COMPLETE}
_NOT_BOOKED = {
    FillerStatus.PENDING, FillerStatus.WAITLIST, FillerStatus.BLOCKED, FillerStatus.CANCELLED,
    FillerStatus.DISCONTINUED, FillerStatus.DELETED, FillerStatus.NO_SHOW,
}  # fmt: skip


async def booked(work: Work, fact: SiuFact, patient: Patient) -> tuple[str, ...]:
    """Book an appointment that another system has booked; the past is no obstacle."""
    _refuse_status(fact)
    meant = await codes.meant(work, fact)
    if meant.visit is None:
        sentence = f"{meant.ward.label} does not offer the visit that is meant."
        raise Waits(ReviewReason.UNCLEAR_APPOINTMENT, sentence)
    time = resolved(fact.timing, ZoneInfo(meant.ward.zone))
    span = Span.lasting(time.at, time.length or meant.visit.length)
    taking = await needed.taking(work, meant, meant.visit, span)
    said = Booking(
        patient_id=patient.id,
        ward_id=meant.ward.id,
        visit_type_id=meant.visit.row.id,
        resources=taking.resources,
        start=span.start,
        wall=time.wall,
        fold=time.fold,
        length=span.length,
        detail=AppointmentDetail(reason=fact.reason, note=fact.note),
        overbook=_beside(fact),
        source_hash=known.mark(work, fact),
        past=True,
    )
    row = await _fitting(book(work, said))
    row.source_seen = _seen(work, fact)
    late = () if fact.event is SiuEvent.NEW else (WITHOUT,)
    return (*late, *meant.remarks, *_apart(fact), *taking.remarks)


async def changed(work: Work, fact: SiuFact, row: Appointment) -> tuple[str, ...]:
    """Give an appointment the time, the people and the words that the message says."""
    zone = ZoneInfo(row.zone)
    if row.source_seen is not None and row.source_seen == _seen(work, fact):
        return (STANDS,)
    if fact.event is SiuEvent.NEW:
        at, word = instant(row.starts_at, zone), row.status.word.lower()
        sentence = f"An appointment with this number is {word} here already, for {at}."
        raise Waits(ReviewReason.REFUSED, sentence)
    _refuse_status(fact)
    stood = Span(row.starts_at, row.ends_at)
    time = _time(fact, row, zone)
    span = Span.lasting(time.at, time.length or stood.length)
    if row.status is not AppointmentStatus.BOOKED and _is_over(row, span, fact):
        return (HERE,)
    appointments.reschedule(row.status)
    remarks = await _place(work, fact, row, _Placed(time, span, span == stood))
    await _amend(work, fact, row)
    row.source_seen = _seen(work, fact)
    return remarks


def _is_over(row: Appointment, span: Span, fact: SiuFact) -> bool:
    """Tell whether nothing of what is said could still be changed, and need not be."""
    same = span.start == row.starts_at
    return row.status.blocking and (same or _status(fact) in _GOING_ON)


@dataclass(frozen=True, slots=True)
class _Placed:
    time: Time
    span: Span
    stays: bool


async def _place(work: Work, fact: SiuFact, row: Appointment, to: _Placed) -> tuple[str, ...]:
    """Take what is wanted then, if that is something else than it has."""
    meant = await codes.meant(work, fact, within=row.ward_id)
    kind = await visit(work, row.ward_id, row.visit_type_id)
    taking = await needed.taking(work, meant, kind, to.span, row)
    another = meant.visit is not None and meant.visit.row.id != kind.row.id
    remarks = (*((OTHER_VISIT,) if another else ()), *_apart(fact), *taking.remarks)
    before = await needed.reserved(work, row)
    if to.stays and set(before) == set(taking.resources):
        return remarks
    new = NewTime(
        start=to.span.start,
        wall=to.time.wall,
        fold=to.time.fold,
        resources=taking.resources,
        reason=fact.why.text,
        overbook=_beside(fact),
        length=to.span.length,
        past=True,
    )
    await _fitting(reschedule(work, row.id, new, seen=None))
    return remarks


async def _amend(work: Work, fact: SiuFact, row: Appointment) -> None:
    """Write down why the patient comes and what was noted, where the message says so."""
    was: AppointmentDetail = (await work.open([row], Appointment.detail))[row.id]
    said = replace(was, reason=fact.reason or was.reason, note=fact.note or was.note)
    if said != was:
        await amend(work, row.id, said, seen=None)


def _time(fact: SiuFact, row: Appointment, zone: ZoneInfo) -> Time:
    """Read the time; a message that says none leaves it."""
    if fact.timing == Timing():
        return Time(row.starts_at, row.wall, row.fold, None)
    return resolved(fact.timing, zone)


def _status(fact: SiuFact) -> FillerStatus | None:
    said = fact.status.lower()
    return next((one for one in FillerStatus if one.lower() == said), None)


def _refuse_status(fact: SiuFact) -> None:
    """Wait when the status contradicts the event: it says that nothing is booked."""
    if _status(fact) in _NOT_BOOKED:
        sentence = f"{fact.event} says that it is booked, its status says {fact.status}."
        raise Waits(ReviewReason.UNCLEAR_APPOINTMENT, sentence)


def _beside(fact: SiuFact) -> str:
    return BESIDE if is_overbooked(fact.status) else ""


def _apart(fact: SiuFact) -> tuple[str, ...]:
    return (APART,) if fact.timing.apart else ()


def _seen(work: Work, fact: SiuFact) -> bytes:
    """Hash what is said of the appointment: the same again changes nothing."""
    said = repr((fact.timing, fact.asked, fact.reason, fact.note, fact.status))
    return work.node.vault.hash("hl7.appointment.said", said)


async def _fitting(placing: Awaitable[Appointment]) -> Appointment:
    """Wait with everything that is in the way, when something is."""
    try:
        return await placing
    except Clashing as clash:
        zone = ZoneInfo(clash.zone)
        listed = " ".join(_sentence(one, zone) for one in clash.clashes)
        raise Waits(ReviewReason.CLASH, listed) from None


def _sentence(clash: Clash, zone: ZoneInfo) -> str:
    """Say what is in the way without naming who else is booked: it is read beside this patient."""
    if clash.span is None or clash.why not in {Why.BUSY, Why.HELD}:
        return clash.sentence
    has = "has another appointment" if clash.why is Why.BUSY else "is held by a desk"
    return f"{clash.who} {has} {between(clash.span, zone)}."
