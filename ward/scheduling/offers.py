"""Offers: what is kept for somebody who waits, and their answer: yes books it, no passes it on.

A desk answers for a patient who was telephoned; a patient answers for themselves. Who only asks
for their own may not book: the booking is then Ward's own work, in the same commit.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from domain import waitlists
from domain.access import D2, Permission
from domain.appointments import AppointmentStatus
from domain.errors import NotAllowed
from domain.waitlists import OfferStatus
from ward import changed
from ward.changed import Change, tells
from ward.patients.models import Patient
from ward.places.models import Ward
from ward.projections import projection
from ward.scheduling.book import Booking, book
from ward.scheduling.clinics import Resource, VisitType
from ward.scheduling.details import AppointmentDetail
from ward.scheduling.errands import OfferPasses
from ward.scheduling.events import WaitlistChanged
from ward.scheduling.history import step
from ward.scheduling.in_the_way import Clashing
from ward.scheduling.locks import lock
from ward.scheduling.models import Appointment, AppointmentStep, Hold, Reservation
from ward.scheduling.reschedule import NewTime, reschedule
from ward.scheduling.runs_out import end
from ward.scheduling.waiting import WaitlistEntry, WaitlistOffer, WaitStatus
from ward.security.actors import System
from ward.work import Work

MAY, BOOK = Permission.ANSWER_OFFER, Permission.BOOK_APPOINTMENT
VIEW, WHOSE = Permission.VIEW_CALENDAR, Permission.VIEW_APPOINTMENTS
# No permission to see patients: who answers learns of nobody else who is in the way.
FOR_THEM = System("job:offer", frozenset({BOOK, VIEW, WHOSE}))
OVER = {WaitStatus.BOOKED, WaitStatus.WITHDRAWN}
NOTE = "Taken from the waiting list"
_OPEN = (
    select(WaitlistOffer)
    .where(WaitlistOffer.patient_id == bindparam("patient"))
    .where(WaitlistOffer.status == OfferStatus.OPEN, WaitlistOffer.until > bindparam("now"))
    .order_by(WaitlistOffer.starts_at, WaitlistOffer.id)
)
_GIVEN_UP = select(Appointment).where(
    Appointment.id == bindparam("has"), Appointment.status == AppointmentStatus.BOOKED
)
_KEPT = select(Reservation).where(Reservation.hold_id == bindparam("hold"))


@projection(D2)
class Offered:
    """A time that is kept for a patient who waits, until they have answered.

    `version` is what `accept` and `decline` want as `seen`; instants are UTC, `zone` is the clock
    of the clinic.
    """

    id: UUID
    version: int
    entry_id: UUID
    patient_id: UUID
    ward_id: UUID
    clinic: str
    visit: str
    with_whom: tuple[str, ...]
    start: datetime
    end: datetime
    until: datetime
    zone: str
    by_phone: bool  # no message reaches them in time: the desk calls
    instead_of: UUID | None  # the later appointment that is given up for it


async def offers_of(work: Work, patient_id: UUID) -> tuple[Offered, ...]:
    """Answer which times are kept for a patient now, the soonest first.

    For a desk, and for the patients themselves: `work` needs Permission.ANSWER_OFFER and a relation
    to the patient, which their own account is. What has run out is left out. Whenever an offer is
    made, answered, taken back or has run out, `chart/<patient>` and `waitlist/<clinic>` are drawn
    again; an offer runs out at `until` without anybody writing in that moment.
    """
    rows = await work.every(_OPEN, MAY, patient=patient_id, now=work.now)
    return tuple([await offered(work, row) for row in rows])


async def offered(work: Work, row: WaitlistOffer) -> Offered:
    """Write an offer as it is shown."""
    inner = _by(work, VIEW)
    entry = await work.access(WaitlistEntry, row.entry_id, MAY)
    ward = await inner.access(Ward, entry.ward_id, VIEW)
    visit = await inner.access(VisitType, entry.visit_type_id, VIEW)
    kept = await inner.every(_KEPT, VIEW, hold=row.hold_id)
    which = select(Resource).where(Resource.id.in_([one.resource_id for one in kept]))
    listed = await inner.every(which.order_by(Resource.position), VIEW)
    labels = await inner.open(listed, Resource.label)
    has = await inner.every(_GIVEN_UP, WHOSE, has=entry.has_id) if entry.has_id else []
    return Offered(
        id=row.id,
        version=row.version,
        entry_id=row.entry_id,
        patient_id=row.patient_id,
        ward_id=entry.ward_id,
        clinic=ward.label,
        visit=visit.label,
        with_whom=tuple(labels[one.id] for one in listed),
        start=row.starts_at,
        end=row.ends_at,
        until=row.until,
        zone=ward.zone,
        by_phone=row.by_phone,
        instead_of=entry.has_id if has else None,
    )


async def accept(work: Work, offer_id: UUID, *, seen: int | None) -> Appointment:
    """Book the time that is kept, and take the patient off the list; return the appointment.

    A later appointment that they would give up moves to this time instead, and keeps its history.
    The patient has confirmed it by accepting. Of several who answer at once one is heard; the
    others get NotAllowed with a sentence (accepted, declined, taken or ended), or Stale when the
    offer is not as they saw it (`seen`, its version; None: whatever it is). A desk may also get
    Clashing, with everything in the way; a patient never learns of others.
    """
    row, entry = await _answer(work, offer_id, seen, accepted=True)
    inner = _by(work, BOOK)
    try:
        appointment = await _take(inner, row, entry)
    except Clashing:
        if inner is work:
            raise
        raise NotAllowed(waitlists.TAKEN, "offer.taken") from None
    appointment.confirmed_at = inner.now
    await step(inner, appointment, AppointmentStep.CONFIRMED, note=NOTE)
    row.appointment_id = appointment.id
    entry.status, entry.ended_at = WaitStatus.BOOKED, work.now
    _tell(work, entry)
    return appointment


async def decline(work: Work, offer_id: UUID, *, seen: int | None) -> None:
    """Say no: the patient stays on the list, and the next in line is asked in a moment.

    Raises NotAllowed and Stale as `accept` does.
    """
    row, entry = await _answer(work, offer_id, seen, accepted=False)
    entry.status = WaitStatus.WAITING
    work.later(OfferPasses(row.id, work.now), work.now)
    _tell(work, entry)


async def withdraw(work: Work, offer_id: UUID, *, seen: int | None) -> None:
    """Take an offer back, for the clinic: what it kept is free, and nobody else is asked."""
    row, entry = await reach(work, offer_id, BOOK)
    await _is(work, row, seen)
    _close(work, row, OfferStatus.WITHDRAWN)
    entry.status = WaitStatus.WAITING
    hold = await work.access(Hold, row.hold_id, BOOK, lock=True)
    await end(work, [hold] if hold.ended_at is None else [])
    _tell(work, entry)


async def reach(
    work: Work, offer_id: UUID, permission: Permission
) -> tuple[WaitlistOffer, WaitlistEntry]:
    """Lock an offer and its place on the list, always in this order: the place first."""
    row = await work.access(WaitlistOffer, offer_id, permission)
    entry = await work.access(WaitlistEntry, row.entry_id, permission, lock=True)
    return await work.access(WaitlistOffer, offer_id, permission, lock=True), entry


async def _answer(
    work: Work, offer_id: UUID, seen: int | None, *, accepted: bool
) -> tuple[WaitlistOffer, WaitlistEntry]:
    row, entry = await reach(work, offer_id, MAY)
    if row.status is OfferStatus.WITHDRAWN and entry.status in OVER:
        raise NotAllowed("This offer has ended: the patient no longer waits.", "offer.over")
    to = waitlists.answer(row.status, row.until, work.now, accepted=accepted)
    await _is(work, row, seen)
    _close(work, row, to)
    return row, entry


async def _is(work: Work, row: WaitlistOffer, seen: int | None) -> None:
    """Refuse an answer to what is no longer so; what is closed has said how before."""
    if row.status is not OfferStatus.OPEN:
        waitlists.answer(row.status, row.until, work.now, accepted=False)
    if seen is not None and row.version != seen:
        raise await changed.stale(work, row)


def _close(work: Work, row: WaitlistOffer, to: OfferStatus) -> None:
    row.status, row.answered_at, row.answered_as = to, work.now, work.actor.name


async def _take(work: Work, row: WaitlistOffer, entry: WaitlistEntry) -> Appointment:
    """Give up what was kept and book it, under the locks of everybody who is booked."""
    ward = await work.access(Ward, entry.ward_id, BOOK)
    moves = await _moves(work, row, entry)
    await work.access(Patient, row.patient_id, BOOK, lock="share")
    kept = [one.resource_id for one in await work.every(_KEPT, BOOK, hold=row.hold_id)]
    await lock(work, [row.patient_id, *kept])
    hold = await work.access(Hold, row.hold_id, BOOK, lock=True)
    await end(work, [hold] if hold.ended_at is None else [])
    local = row.starts_at.astimezone(ZoneInfo(ward.zone))
    wall = local.strftime("%Y-%m-%dT%H:%M")
    if moves is not None:
        to = NewTime(start=row.starts_at, wall=wall, fold=local.fold, resources=kept, reason=NOTE)
        return await reschedule(work, moves.id, to, seen=None)
    wish = (await work.open([entry], WaitlistEntry.wish))[entry.id]
    booking = Booking(
        patient_id=row.patient_id,
        ward_id=entry.ward_id,
        visit_type_id=entry.visit_type_id,
        resources=kept,
        start=row.starts_at,
        wall=wall,
        fold=local.fold,
        length=row.ends_at - row.starts_at,
    )
    said = AppointmentDetail(note=wish.note, interpreter=wish.interpreter, transport=wish.transport)
    return await book(work, replace(booking, detail=said))


async def _moves(work: Work, row: WaitlistOffer, entry: WaitlistEntry) -> Appointment | None:
    """Find the later appointment that is given up, as long as it stands."""
    if entry.has_id is None:
        return None
    has = await work.access(Appointment, entry.has_id, BOOK, lock=True)
    if has.status is not AppointmentStatus.BOOKED:
        return None
    if has.starts_at <= row.starts_at:
        raise NotAllowed("The patient has an earlier appointment by now.", "offer.later")
    return has


def _by(work: Work, permission: Permission) -> Work:
    """Give this work, or, for who may not do this, a piece of Ward's own beside it."""
    return work if work.may(permission) else work.also(FOR_THEM, "scheduling.offer")


def _tell(work: Work, entry: WaitlistEntry) -> None:
    work.record(WaitlistChanged(entry.id, entry.patient_id, entry.ward_id))


@tells(WaitlistOffer)
async def last_answer(work: Work, row: WaitlistOffer) -> Change | None:
    """Tell who answered an offer, for a form that shows it open."""
    if row.answered_at is None or row.answered_as is None:
        return None
    ward = await _by(work, VIEW).access(Ward, (await _place(work, row)).ward_id, VIEW)
    return Change(f"Offer {row.status.value}", row.answered_as, row.answered_at, ward.zone)


async def _place(work: Work, row: WaitlistOffer) -> WaitlistEntry:
    return await work.access(WaitlistEntry, row.entry_id, MAY)
