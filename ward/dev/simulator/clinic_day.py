"""Clinic day: a clinic of the demo as the simulator sees it: who comes, waits and is seen now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from domain import clinic_hours
from domain.access import D0, D1, D2, Permission
from domain.appointments import BLOCKING, AppointmentStatus
from domain.queues import OPEN, TicketState
from domain.spans import Span
from ward.arrivals.models import Ticket
from ward.dev.clinics import ClinicPlan, clinic_called
from ward.dev.outpatients import SMITHSON, visitors
from ward.node import Node
from ward.patients.marks import mrn_mark
from ward.patients.models import Patient
from ward.places.models import Ward
from ward.scheduling import taken
from ward.scheduling.clinics import Resource, ResourceKind
from ward.scheduling.find import PEOPLE
from ward.scheduling.models import Appointment
from ward.scheduling.taken import Diary
from ward.scheduling.visits import Visit, offered
from ward.work import Work, work_watching

P = Permission
EYES = frozenset({D0, D1, D2})
AHEAD = 5  # days that the story fills
BACK = timedelta(days=2)  # who was forgotten longer ago stays so
_ROWS = (
    select(Appointment)
    .where(Appointment.ward_id == bindparam("ward"))
    .where(Appointment.starts_at >= bindparam("since"), Appointment.starts_at < bindparam("until"))
    .order_by(Appointment.starts_at, Appointment.id)
)
_TICKETS = (
    select(Ticket)
    .where(Ticket.ward_id == bindparam("ward"), Ticket.on_day >= bindparam("since"))
    .order_by(Ticket.on_day, Ticket.number)
)


@dataclass(frozen=True, slots=True)
class ClinicDay:
    """One snapshot of a clinic: its days around now."""

    ward: Ward
    now: datetime
    visitors: frozenset[UUID]  # of the demo; nobody else is ever touched
    rows: Sequence[Appointment]
    tickets: Mapping[UUID, Ticket]  # by appointment
    takes: Mapping[UUID, Sequence[UUID]]  # by appointment: its resources
    diaries: Mapping[UUID, Diary]
    visits: Mapping[UUID, Visit]

    @property
    def zone(self) -> ZoneInfo:
        """Give the clock on its wall."""
        return ZoneInfo(self.ward.zone)

    @property
    def today(self) -> date:
        """Say which day it has."""
        return self.now.astimezone(self.zone).date()

    def day_of(self, row: Appointment) -> date:
        """Say on which of its days somebody comes."""
        return row.starts_at.astimezone(self.zone).date()

    def ours(self, status: AppointmentStatus) -> Iterator[Appointment]:
        """Give the appointments that the story may touch: of its visitors, made by no person."""
        for row in self.rows:
            if row.status is status and row.patient_id in self.visitors and row.booked_by is None:
                yield row

    def waiting(self, state: TicketState) -> Iterator[tuple[Ticket, Appointment]]:
        """Give who of the story's visitors is in one place of the queue."""
        for row in self.rows:
            ticket = self.tickets.get(row.id)
            if ticket and ticket.state is state and row.patient_id in self.visitors:
                yield ticket, row

    def on(self, day: date) -> list[Appointment]:
        """List who is booked on a day."""
        return [row for row in self.rows if row.status in BLOCKING and self.day_of(row) == day]

    def free_visitors(self, day: date) -> list[UUID]:
        """List who has nothing in this clinic that day, and sits in no queue."""
        busy = {row.patient_id for row in self.rows if self.day_of(row) == day}
        busy |= {one.patient_id for one in self.tickets.values() if one.state in OPEN}
        return sorted(self.visitors - busy)

    def columns(self) -> list[Resource]:
        """List those whom patients come to see."""
        return [one.row for one in self.diaries.values() if one.row.kind in PEOPLE]

    def open_on(self, day: date) -> Span | None:
        """Tell from when until when anybody is there."""
        within = clinic_hours.local_day(day, self.zone)
        spans = [
            span
            for row in self.columns()
            for span in clinic_hours.open_spans(self.diaries[row.id].hours, within)
        ]
        if not spans:
            return None
        return Span(min(one.start for one in spans), max(one.end for one in spans))

    def seats_free(self, row: Appointment) -> bool:
        """Tell whether those whom somebody comes to see have nobody with them."""
        people = {one.id: one.capacity for one in self.columns()}
        for key in set(self.takes.get(row.id, ())) & people.keys():
            there = sum(
                key in self.takes.get(other.id, ())
                for state in (TicketState.CALLED, TicketState.IN_ROOM)
                for _, other in self.waiting(state)
            )
            if there >= people[key]:
                return False
        return True

    def room_of(self, row: Appointment) -> UUID | None:
        """Name the room that was booked for it."""
        mine = (self.diaries[key].row for key in self.takes.get(row.id, ()) if key in self.diaries)
        return next((one.id for one in mine if one.kind is ResourceKind.ROOM), None)


async def look(
    node: Node, plan: ClinicPlan, guests: frozenset[UUID] = frozenset()
) -> ClinicDay | None:
    """Read a clinic from one snapshot; None where the demo has founded none.

    `guests`: the visitors, where they were read before; they stay the same.
    """
    async with work_watching(node, "simulator.clinic", EYES) as work:
        ward = await clinic_called(work, plan)
        now, zone = work.now, ZoneInfo(ward.zone)
        today = clinic_hours.local_day(now.astimezone(zone).date(), zone)
        since, until = today.start - BACK, today.end + timedelta(days=AHEAD)
        diaries = await taken.diaries(work, ward.id, Span(since, until))
        if not diaries:
            return None
        rows = await work.every(_ROWS, P.VIEW_APPOINTMENTS, ward=ward.id, since=since, until=until)
        tickets = await work.every(_TICKETS, P.VIEW_QUEUE, ward=ward.id, since=_day(since, zone))
        return ClinicDay(
            ward=ward,
            now=now,
            visitors=guests or await _visitors(work, node),
            rows=rows,
            tickets={one.appointment_id: one for one in tickets},
            takes=_by_appointment(diaries),
            diaries=diaries,
            visits=await offered(work, ward.id),
        )


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def _by_appointment(diaries: Mapping[UUID, Diary]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {}
    for key, diary in diaries.items():
        for one in diary.reserved:
            if one.appointment_id is not None:
                found.setdefault(one.appointment_id, []).append(key)
    return found


async def _visitors(work: Work, node: Node) -> frozenset[UUID]:
    """Find the demo's visitors, but for whom the sign-in `patient` is: they move their own."""
    marks = [mrn_mark(node.vault, one.mrn) for one in visitors() if one.mrn != SMITHSON]
    known = select(Patient).where(Patient.mrn_hash.in_(marks))
    return frozenset(one.id for one in await work.every(known, P.VIEW_PATIENT))
