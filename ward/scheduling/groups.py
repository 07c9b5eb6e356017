"""Groups: a column that takes many at once shows a session as one piece, with how many come."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from domain.access import D2, Permission
from domain.appointments import HERE, AppointmentStatus
from domain.display import instant
from domain.spans import Span
from ward.patients.queries import Named, names_of
from ward.projections import projection
from ward.scheduling import visits
from ward.scheduling.clinics import Resource
from ward.scheduling.day import Lane
from ward.scheduling.models import Appointment, Reservation
from ward.scheduling.pieces import Group, GroupVisit
from ward.scheduling.taken import Taken
from ward.work import Work

LEAST = 4  # places at once, from which people stand no longer beside each other
VIEW = Permission.VIEW_APPOINTMENTS
_SESSION = (
    select(Appointment, Reservation)
    .join(Reservation, Reservation.appointment_id == Appointment.id)
    .where(Reservation.resource_id == bindparam("resource"), Reservation.ended_at.is_(None))
    .where(Reservation.starts_at <= bindparam("at"), Reservation.ends_at > bindparam("at"))
    .order_by(Appointment.booked_at, Appointment.id)
)


def sessions(lane: Lane, rows: Sequence[Taken]) -> tuple[list[tuple[Span, int]], list[Taken]]:
    """Divide what has taken a column into sessions, each with how many, and what stands alone."""
    if lane.row.capacity < LEAST:
        return [], list(rows)
    counts = Counter(row.span for row in rows if row.appointment_id is not None)
    alone = [row for row in rows if row.appointment_id is None]
    return sorted(counts.items(), key=lambda found: found[0]), alone


def visit_of(
    group: Group,
    rows: Iterable[Taken],
    appointments: Mapping[UUID, Appointment],
    labels: Mapping[UUID, str],
) -> GroupVisit | None:
    """Say what a session is and how many are here; nothing where that may not be read."""
    whole = Span(group.start, group.end)
    ids = [row.appointment_id for row in rows if row.appointment_id and row.span == whole]
    mine = [appointments[one] for one in ids if one in appointments]
    if not mine:
        return None
    said = Counter(labels.get(one.visit_type_id, "") for one in mine)
    here = sum(one.status in HERE or one.status is AppointmentStatus.FULFILLED for one in mine)
    return GroupVisit(group.id, ", ".join(label for label, _ in said.most_common(2)), here)


@projection(D2)
class Member:
    """Somebody of a session."""

    appointment_id: UUID
    patient_id: UUID
    word: str
    visit: str


@projection(D2)
class Session:
    """A session as its sheet shows it."""

    label: str
    when: str
    wall: str
    capacity: int
    members: tuple[Member, ...]
    visit_id: UUID | None


async def session(work: Work, row: Resource, at: datetime) -> tuple[Session, Mapping[UUID, Named]]:
    """Read who comes to a session, in the order in which they were booked."""
    zone = ZoneInfo(row.zone)
    found = await work.every(_SESSION, VIEW, resource=row.id, at=at)
    kinds = await visits.every_kind(work, row.ward_id)
    members = tuple(
        Member(
            appointment_id=one.id,
            patient_id=one.patient_id,
            word=one.status.word,
            visit=kinds[one.visit_type_id].label if one.visit_type_id in kinds else "Visit",
        )
        for one, _ in found
    )
    starts = min((one.starts_at for one, _ in found), default=at)
    labels = await work.open([row], Resource.label)
    shown = Session(
        label=labels[row.id],
        when=instant(starts, zone),
        wall=starts.astimezone(zone).strftime("%Y-%m-%dT%H:%M"),
        capacity=row.capacity,
        members=members,
        visit_id=found[0][0].visit_type_id if found else None,
    )
    return shown, await names_of(work, [one.patient_id for one in members], zone)
