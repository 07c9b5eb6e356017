"""Desk: what is booked, cancelled and taken in at the demo's clinics, and never too much of it.

Each coming day is filled up to FULL for each column of people. So a demo that is left open has as
much to show tomorrow as today, and no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from uuid import UUID

from domain.appointment_codes import CancellationReason
from domain.appointments import AppointmentStatus
from domain.spans import Span
from ward.arrivals.arrive import walk_in
from ward.dev.simulator.clinic_day import AHEAD, ClinicDay
from ward.dev.simulator.waiting_room import Deed
from ward.scheduling import cancel
from ward.scheduling.book import Booking, book
from ward.scheduling.book_forms import Time
from ward.scheduling.find import Looked, Opening, openings_for
from ward.scheduling.visits import Visit
from ward.work import Work

FULL = 8  # on one day, for each column of people
WALK_INS = 6  # of one day
CANCELLED = 3  # on one day
STANDS = timedelta(minutes=10)  # what was booked is not cancelled sooner
BEFORE_THE_END = timedelta(minutes=90)  # later today nothing more is booked
AT_ONCE = timedelta(minutes=15)  # somebody who walks in is seen about then, or goes elsewhere
REASONS = (
    CancellationReason.PATIENT,
    CancellationReason.PATIENT_BETTER,
    CancellationReason.PATIENT_TRANSPORT,
    CancellationReason.PROVIDER_HOSPITAL,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who is to be booked for what, near which time."""

    day: ClinicDay
    patient_id: UUID
    visit: Visit
    within: Span

    async def opening(self, work: Work) -> Opening | None:
        """Find a time for it."""
        looked = Looked(
            ward_id=self.day.ward.id,
            visit=self.visit,
            since=self.within.start,
            until=self.within.end,
            patient_id=self.patient_id,
        )
        found = await openings_for(work, looked, 1)
        return next(iter(found), None)

    def booking(self, opening: Opening, *, past: bool = False) -> Booking:
        """Write down what is booked."""
        at = Time.of(opening.span.start, self.day.zone)
        return Booking(
            patient_id=self.patient_id,
            ward_id=self.day.ward.id,
            visit_type_id=self.visit.row.id,
            resources=opening.resources,
            start=at.at,
            wall=at.wall,
            fold=at.fold,
            past=past,
        )


def booked(day: ClinicDay, dice: Random) -> Deed | None:
    """Book somebody on a day that has room left."""
    wanted = wish(day, dice)
    if wanted is None:
        return None

    async def do(work: Work) -> None:
        if opening := await wanted.opening(work):
            await book(work, wanted.booking(opening))

    return Deed(wanted.patient_id, "book", do)


def wish(day: ClinicDay, dice: Random) -> Wanted | None:
    """Choose who is booked next, and about when; nobody once every day is full."""
    most = FULL * len(day.columns())
    days = [day.today + timedelta(days=ahead) for ahead in range(AHEAD)]
    left = [one for one in days if len(day.on(one)) < most and _within(day, one)]
    if not left or not day.visits:
        return None
    on = dice.choice(left)
    within, patients = _within(day, on), day.free_visitors(on)
    if within is None or not patients:
        return None
    start = within.start + (within.end - within.start) * dice.uniform(0, 0.8)
    visit = dice.choice(_kinds(day))
    return Wanted(day, dice.choice(patients), visit, Span(start, within.end))


def _kinds(day: ClinicDay) -> Sequence[Visit]:
    return sorted(day.visits.values(), key=lambda one: one.row.label)


def _within(day: ClinicDay, on: date) -> Span | None:
    """Tell when somebody can still be booked on a day."""
    opened = day.open_on(on)
    if opened is None:
        return None
    if on > day.today:
        return opened
    start = max(opened.start, day.now + timedelta(minutes=30))
    return Span(start, opened.end) if opened.end - start > BEFORE_THE_END else None


def walked_in(day: ClinicDay, dice: Random) -> Deed | None:
    """Take somebody in who has no appointment, while the clinic is open."""
    opened = day.open_on(day.today)
    today = [one for one in day.tickets.values() if one.walked_in and one.on_day == day.today]
    patients = day.free_visitors(day.today)
    if opened is None or not opened.holds(day.now) or len(today) >= WALK_INS or not patients:
        return None
    wanted = Wanted(
        day,
        dice.choice(patients),
        dice.choice([one for one in _kinds(day) if not one.row.remote]),
        Span(day.now, day.now + AT_ONCE + timedelta(hours=1)),
    )

    async def do(work: Work) -> None:
        opening = await wanted.opening(work)
        if opening and opening.span.start <= day.now + AT_ONCE:
            await walk_in(work, wanted.booking(opening, past=True))

    return Deed(wanted.patient_id, "walk_in", do)


def cancelled(day: ClinicDay, dice: Random) -> Deed | None:
    """Cancel an appointment of a coming day; a few of each day."""
    gone = [day.day_of(row) for row in day.rows if row.status is AppointmentStatus.CANCELLED]
    mine = [
        row
        for row in day.ours(AppointmentStatus.BOOKED)
        if day.day_of(row) > day.today
        and gone.count(day.day_of(row)) < CANCELLED
        and day.now - row.moved_at >= STANDS
    ]
    if not mine:
        return None
    row, reason = dice.choice(mine), dice.choice(REASONS)

    async def do(work: Work) -> None:
        await cancel.cancel(work, row.id, reason, "", seen=row.version)

    return Deed(row.id, "cancel", do)
