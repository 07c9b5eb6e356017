"""Waiting list: who waits for which visit, what suits them, and how a wait ends."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from domain import clinic_hours, waitlists
from domain.access import Permission
from domain.appointments import HERE, AppointmentStatus
from domain.errors import NotAllowed
from domain.spans import Span
from domain.waitlists import Entry, Leaving, Misfit, OfferStatus, Priority, Slot
from realtime.topics import Topic
from ward.db import new_id
from ward.patients.models import Life, Patient
from ward.places.models import Ward
from ward.scheduling.clinics import Resource
from ward.scheduling.details import Wish
from ward.scheduling.errands import OfferPasses
from ward.scheduling.events import WaitlistChanged
from ward.scheduling.models import Appointment, Reservation
from ward.scheduling.visits import visit
from ward.scheduling.waiting import WaitlistEntry, WaitlistOffer, WaitStatus
from ward.work import Work

MAY, VIEW = Permission.BOOK_APPOINTMENT, Permission.VIEW_CALENDAR
WHOSE = Permission.VIEW_APPOINTMENTS
NOTICE = 24  # hours that somebody wants to know before, unless they say otherwise
MOST_NOTICE = 720  # hours; the constraint says so too
STANDING = (WaitStatus.WAITING, WaitStatus.OFFERED)
SEEN = HERE | {AppointmentStatus.FULFILLED}
_OF_PATIENT = select(WaitlistEntry).where(
    WaitlistEntry.patient_id == bindparam("patient"), WaitlistEntry.status.in_(STANDING)
)
_OPEN_OFFER = select(WaitlistOffer).where(
    WaitlistOffer.entry_id == bindparam("entry"), WaitlistOffer.status == OfferStatus.OPEN
)
_TAKEN = select(Reservation).where(
    Reservation.appointment_id == bindparam("appointment"), Reservation.ended_at.is_(None)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """What somebody waits for, and what suits them; nothing said: anything does."""

    visit_type_id: UUID
    resource_id: UUID | None = None  # this one alone
    has_id: UUID | None = None  # the later appointment they would give up
    priority: Priority = Priority.ROUTINE
    target_on: date | None = None
    not_before: date | None = None
    not_after: date | None = None
    weekdays: Sequence[int] = ()
    opens: time | None = None
    closes: time | None = None
    notice_hours: int = NOTICE
    short_notice: bool = False
    wish: Wish = field(default_factory=Wish)


async def put(work: Work, ward_id: UUID, patient_id: UUID, said: Wished) -> WaitlistEntry:
    """Put a patient on the list of a clinic; a time that comes free may be offered to them."""
    ward = await work.access(Ward, ward_id, MAY)
    patient = await work.access(Patient, patient_id, MAY, lock="share")
    if patient.life is Life.DEAD:
        raise NotAllowed("This patient has died. Nothing is booked.", "appointment.dead")
    row = WaitlistEntry(id=new_id(), patient_id=patient_id, ward_id=ward_id, since=work.now)
    await _write(work, ward, row, said)
    work.add(row, MAY)
    await work.flush()
    _tell(work, row)
    return row


async def amend(work: Work, entry_id: UUID, said: Wished, *, seen: int | None) -> WaitlistEntry:
    """Change what suits somebody; a time that is kept for them stays kept."""
    row = await _standing(work, entry_id, seen)
    await _write(work, await work.access(Ward, row.ward_id, MAY), row, said)
    await work.flush()
    _tell(work, row)
    return row


async def remove(
    work: Work, entry_id: UUID, reason: Leaving, text: str, *, seen: int | None
) -> None:
    """Take a patient off the list; what was kept for them is offered to the next in line."""
    row = await _standing(work, entry_id, seen)
    note = waitlists.explain(reason, text)
    row.status, row.left_why, row.ended_at = WaitStatus.WITHDRAWN, reason, work.now
    await work.seal(row, left_note=note or None)
    await _close_offer(work, row)
    _tell(work, row)


async def follow(work: Work, appointment_id: UUID) -> None:
    """End the wait of who got a time that suits; who got another gives it up for an earlier one."""
    appointment = await work.access(Appointment, appointment_id, WHOSE)
    of = appointment.ward_id, appointment.visit_type_id
    for one in await work.every(_OF_PATIENT, MAY, patient=appointment.patient_id):
        row = await work.access(WaitlistEntry, one.id, MAY, lock=True)
        if row.status not in STANDING or (row.ward_id, row.visit_type_id) != of:
            continue
        if appointment.status in SEEN or await _suits(work, row, appointment):
            row.status, row.ended_at = WaitStatus.BOOKED, work.now
            await _close_offer(work, row)
        elif appointment.status is AppointmentStatus.BOOKED and row.has_id is None:
            row.has_id = appointment.id
        else:
            continue
        _tell(work, row)


async def person_changed(work: Work, patient_id: UUID) -> None:
    """Have the lists drawn again that name a patient; who has died is taken off them."""
    patient = await work.access(Patient, patient_id, MAY)
    for one in await work.every(_OF_PATIENT, MAY, patient=patient_id):
        if patient.life is Life.DEAD:
            await remove(work, one.id, Leaving.DIED, "", seen=None)
        else:
            _tell(work, one)


def as_rule(row: WaitlistEntry, wish: Wish) -> Entry:
    """Write a place on the list as the rules read it."""
    hours = (row.opens or time.min, row.closes or time.max)
    return Entry(
        key=row.id,
        service=row.visit_type_id,
        clinician=row.resource_id,
        priority=row.priority,
        since=row.since,
        target_on=row.target_on,
        not_before=row.not_before,
        not_after=row.not_after,
        weekdays=frozenset(row.weekdays),
        times=(hours,) if row.opens or row.closes else (),
        notice=timedelta(hours=row.notice_hours),
        short_notice=row.short_notice,
        interpreter=bool(wish.interpreter),
        transport=wish.transport,
    )


async def _suits(work: Work, row: WaitlistEntry, appointment: Appointment) -> bool:
    """Tell whether a booked time is one they waited for, however soon it is."""
    if appointment.status is not AppointmentStatus.BOOKED or row.has_id is not None:
        return False
    taken = await work.every(_TAKEN, VIEW, appointment=appointment.id)
    slot = Slot(
        span=Span(appointment.starts_at, appointment.ends_at),
        zone=ZoneInfo(appointment.zone),
        service=appointment.visit_type_id,
        resources=frozenset(one.resource_id for one in taken),
        interpreter=True,
        transport=True,
    )
    late = (
        row.target_on is not None and slot.span.start.astimezone(slot.zone).date() > row.target_on
    )
    wish = (await work.open([row], WaitlistEntry.wish))[row.id]
    return not late and set(waitlists.misfits(as_rule(row, wish), slot, work.now)) <= {
        Misfit.NOTICE
    }


async def _standing(work: Work, entry_id: UUID, seen: int | None) -> WaitlistEntry:
    row = await work.access(WaitlistEntry, entry_id, MAY, lock=True, seen=seen)
    if row.status not in STANDING:
        raise NotAllowed(f"{row.status.word}: no longer on the list.", "waitlist.over")
    return row


async def _write(work: Work, ward: Ward, row: WaitlistEntry, said: Wished) -> None:
    offered = await visit(work, ward.id, said.visit_type_id)
    if said.resource_id is not None:
        await _can(work, ward, said.resource_id)
    if said.has_id is not None and said.has_id != row.has_id:
        await _may_give_up(work, row, said)
    today = work.now.astimezone(ZoneInfo(ward.zone)).date()
    if said.not_after is not None and said.not_after < today:
        raise NotAllowed("The last day has passed. Choose a later one.", "waitlist.days")
    row.visit_type_id, row.resource_id = offered.row.id, said.resource_id
    row.has_id, row.priority = said.has_id, said.priority
    row.target_on, row.not_before, row.not_after = said.target_on, said.not_before, said.not_after
    row.weekdays = sorted(set(said.weekdays))
    row.opens, row.closes = said.opens, said.closes
    row.notice_hours, row.short_notice = said.notice_hours, said.short_notice
    waitlists.check(as_rule(row, said.wish))
    await work.seal(row, wish=said.wish)
    for last in {row.target_on, row.not_after} - {None}:  # from the next midnight it is late
        if last is not None and last >= today:
            after = clinic_hours.local_day(last, ZoneInfo(ward.zone)).end
            work.due(Topic("waitlist", ward.id), after)


async def _can(work: Work, ward: Ward, resource_id: UUID) -> None:
    resource = await work.access(Resource, resource_id, VIEW)
    if resource.ward_id != ward.id or resource.ended_at is not None:
        raise NotAllowed("This is not in the calendar of this clinic.", "appointment.resource")


async def _may_give_up(work: Work, row: WaitlistEntry, said: Wished) -> None:
    """Refuse an appointment that no earlier one of this wait could take the place of."""
    assert said.has_id is not None
    has = await work.access(Appointment, said.has_id, MAY)
    same = (has.patient_id, has.ward_id, has.visit_type_id) == (
        row.patient_id, row.ward_id, said.visit_type_id,
    )  # fmt: skip
    if not same or has.status is not AppointmentStatus.BOOKED or has.starts_at <= work.now:
        raise NotAllowed(
            "Only a coming appointment for the same visit can be given up.", "waitlist.has"
        )


async def _close_offer(work: Work, row: WaitlistEntry) -> None:
    """Take back what is kept for somebody who no longer waits; it passes on in a moment."""
    for one in await work.every(_OPEN_OFFER, MAY, entry=row.id):
        offer = await work.access(WaitlistOffer, one.id, MAY, lock=True)
        offer.status, offer.answered_at = OfferStatus.WITHDRAWN, work.now
        offer.answered_as = work.actor.name
        work.later(OfferPasses(offer.id, work.now), work.now)


def _tell(work: Work, row: WaitlistEntry) -> None:
    work.record(WaitlistChanged(row.id, row.patient_id, row.ward_id))
