"""Waiting room: what happens to those who come to a clinic, and to those who do not.

Who comes early or late, who stays away and how long a visit takes follow from each appointment;
a clinician who runs late today does so all day. At the end of the day the room empties.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from domain import no_shows, queues
from domain.appointments import AppointmentStatus
from domain.queues import OPEN, TicketState, Waiting
from ward.arrivals import call
from ward.arrivals.arrive import arrive
from ward.arrivals.models import Ticket
from ward.dev.simulator.clinic_day import ClinicDay
from ward.dev.simulator.pace import Pace
from ward.scheduling import cancel
from ward.scheduling.find import PEOPLE
from ward.scheduling.models import Appointment
from ward.work import Work

PEOPLE_FIRST = timedelta(seconds=60)  # what somebody just pressed is theirs for so long
EARLIEST, LATEST = -15.0, 9.0  # minutes before and after the time that was agreed
STAYS_AWAY, GIVES_UP = 0.06, 0.3
PATIENCE = timedelta(minutes=70)
TOO_LATE = timedelta(hours=1)
SOON = timedelta(minutes=5)  # a room is free: somebody is called so long before their time
TO_THE_ROOM = 75.0  # seconds from the call
RUNS = (0.9, 1.5)  # how long a clinician takes today, of what was planned
EACH = (0.7, 1.3)
AFTER_HOURS = 0.3


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing to do, to whom, under one code of the trail."""

    key: UUID
    code: str
    do: Callable[[Work], Awaitable[object]]


def deeds(day: ClinicDay, pace: Pace) -> Iterator[Deed]:
    """Give all that is due now, what keeps others waiting first."""
    yield from forgotten(day)
    yield from finished(day)
    yield from entered(day, pace)
    yield from called(day)
    yield from arrived(day)
    yield from missed(day)
    yield from left(day)


def forgotten(day: ClinicDay) -> Iterator[Deed]:
    """Clear up what an earlier day left: the demo was off, or somebody pressed half of it."""
    for state in OPEN:
        for ticket, _ in day.waiting(state):
            if ticket.on_day < day.today:
                verb = call.finish if state is TicketState.IN_ROOM else call.leave
                yield _of_ticket(ticket, "clear", verb)
    for row in day.ours(AppointmentStatus.BOOKED):
        if day.day_of(row) < day.today:
            yield _of_row(row, "miss", cancel.miss)


def finished(day: ClinicDay) -> Iterator[Deed]:
    """End visits that have lasted long enough: by the clock on the wall, as they are booked."""
    for ticket, row in day.waiting(TicketState.IN_ROOM):
        lasts = max(takes(day, row), PEOPLE_FIRST)
        if ticket.in_room_at and day.now - ticket.in_room_at >= lasts:
            yield _of_ticket(ticket, "finish", call.finish)


def takes(day: ClinicDay, row: Appointment) -> timedelta:
    """Tell how long this visit takes: by who sees it today, and by itself."""
    seen_by = [key for key in day.takes.get(row.id, ()) if _sees(day, key)]
    runs = Random(f"runs:{seen_by[:1]}:{day.today}").uniform(*RUNS)  # noqa: S311 - a story
    each = Random(f"lasts:{row.id}").uniform(*EACH)  # noqa: S311 - a story, no secret
    opened = day.open_on(day.today)
    late = AFTER_HOURS if opened is None or day.now > opened.end else 1.0
    return (row.ends_at - row.starts_at) * runs * each * late


def entered(day: ClinicDay, pace: Pace) -> Iterator[Deed]:
    """Have those who were called come in."""
    for ticket, _ in day.waiting(TicketState.CALLED):
        way = max(timedelta(seconds=TO_THE_ROOM / pace.speed), PEOPLE_FIRST)
        if ticket.called_at and day.now - ticket.called_at >= way:
            yield _of_ticket(ticket, "enter", call.enter)


def called(day: ClinicDay) -> Iterator[Deed]:
    """Call whose turn it is, when whoever sees them has nobody there."""
    line = {
        ticket.id: (ticket, row)
        for ticket, row in day.waiting(TicketState.WAITING)
        if ticket.on_day == day.today
    }
    turns = queues.order(
        Waiting(
            key=ticket.id,
            number=ticket.number,
            since=ticket.waits_since,
            booked_for=None if ticket.walked_in else row.starts_at,
        )
        for ticket, row in line.values()
    )
    for one in turns:
        ticket, row = line[UUID(str(one.key))]
        its_time = ticket.walked_in or day.now >= row.starts_at - SOON
        settled = day.now - ticket.waits_since >= PEOPLE_FIRST
        if its_time and settled and day.seats_free(row):
            yield _call(ticket, day.room_of(row))


def arrived(day: ClinicDay) -> Iterator[Deed]:
    """Have those come whose time it is."""
    for row in day.ours(AppointmentStatus.BOOKED):
        at = comes_at(day, row)
        if at is not None and at <= day.now < row.starts_at + TOO_LATE and _settled(day, row):
            yield _of_row(row, "arrive", arrive)


def comes_at(day: ClinicDay, row: Appointment) -> datetime | None:
    """Tell when somebody comes; None: never. A call by telephone is on time."""
    if day.day_of(row) != day.today:
        return None
    dice = Random(f"comes:{row.id}")  # noqa: S311 - a story, no secret
    if dice.random() < STAYS_AWAY:
        return None
    visit = day.visits.get(row.visit_type_id)
    if visit is not None and visit.row.remote:
        return row.starts_at
    return row.starts_at + timedelta(minutes=dice.uniform(EARLIEST, LATEST))


def missed(day: ClinicDay) -> Iterator[Deed]:
    """Say who did not come; it is said a while after the time of grace."""
    for row in day.ours(AppointmentStatus.BOOKED):
        comes = comes_at(day, row)
        last = row.starts_at + (TOO_LATE if comes else 2 * no_shows.GRACE)
        if day.day_of(row) == day.today and day.now >= last and _settled(day, row):
            yield _of_row(row, "miss", cancel.miss)


def left(day: ClinicDay) -> Iterator[Deed]:
    """Have some go home who waited too long."""
    for ticket, row in day.waiting(TicketState.WAITING):
        since = max(ticket.waits_since, row.starts_at)
        dice = Random(f"waits:{row.id}")  # noqa: S311 - a story, no secret
        if day.now - since >= PATIENCE and dice.random() < GIVES_UP:
            yield _of_ticket(ticket, "leave", call.leave)


def _settled(day: ClinicDay, row: Appointment) -> bool:
    return day.now - row.moved_at >= PEOPLE_FIRST


def _sees(day: ClinicDay, key: UUID) -> bool:
    return key in day.diaries and day.diaries[key].row.kind in PEOPLE


def _call(ticket: Ticket, room: UUID | None) -> Deed:
    async def do(work: Work) -> None:
        await call.call(work, ticket.id, room, seen=ticket.version)

    return Deed(ticket.id, "call", do)


def _of_ticket(ticket: Ticket, code: str, verb: Callable[..., Awaitable[object]]) -> Deed:
    async def do(work: Work) -> None:
        await verb(work, ticket.id, seen=ticket.version)

    return Deed(ticket.id, code, do)


def _of_row(row: Appointment, code: str, verb: Callable[..., Awaitable[object]]) -> Deed:
    async def do(work: Work) -> None:
        await verb(work, row.id, seen=row.version)

    return Deed(row.id, code, do)
