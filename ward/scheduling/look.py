"""Look: one appointment as its sheet shows it, with its history and what may follow."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from domain.access import D2, Permission
from domain.appointments import UNDO, AppointmentStatus
from domain.display import duration, instant
from ward.changed import by
from ward.projections import projection
from ward.scheduling import visits
from ward.scheduling.cancel import UNDONE
from ward.scheduling.clinics import Resource
from ward.scheduling.details import AppointmentDetail
from ward.scheduling.history import steps_of
from ward.scheduling.models import Appointment, AppointmentHistory, Reservation
from ward.scheduling.recurring import of_series
from ward.work import Work

VIEW = Permission.VIEW_APPOINTMENTS


@projection(D2)
class Past:
    """One step of an appointment."""

    what: str
    by: str
    at: str
    was: str | None
    note: str | None


@projection(D2)
class Shown:
    """An appointment with everything that its sheet says."""

    id: UUID
    patient_id: UUID
    version: int
    status: AppointmentStatus
    word: str
    visit: str
    when: str
    long: str
    wall: str
    starts_at: datetime
    confirmed: bool
    overbooked: bool
    with_whom: tuple[str, ...]
    resources: tuple[UUID, ...]
    detail: AppointmentDetail
    past: tuple[Past, ...]
    may_move: bool
    may_miss: bool
    may_undo: bool
    is_today: bool
    series_id: UUID | None
    following: int  # of its series, booked and meant for later
    coming: int  # of its series, booked and still to come


async def look(work: Work, row: Appointment) -> Shown:
    """Read one appointment whole."""
    zone = ZoneInfo(row.zone)
    details = await work.open([row], Appointment.detail)
    taken = await _taken(work, row)
    steps = await steps_of(work, row.id)
    offered = (await visits.offered(work, row.ward_id)).get(row.visit_type_id)
    booked = row.status is AppointmentStatus.BOOKED
    following, coming = await _of_series(work, row)
    return Shown(
        id=row.id,
        patient_id=row.patient_id,
        version=row.version,
        status=row.status,
        word=row.status.word,
        visit=offered.row.label if offered else "Visit",
        when=instant(row.starts_at, zone),
        long=duration(row.ends_at - row.starts_at),
        wall=row.wall,
        starts_at=row.starts_at,
        confirmed=row.confirmed_at is not None,
        overbooked=row.overbooked,
        with_whom=tuple(taken.values()),
        resources=tuple(taken),
        detail=details[row.id],
        past=tuple([await _past(work, one, zone) for one in reversed(steps)]),
        may_move=booked,
        may_miss=booked and work.now >= row.starts_at,
        may_undo=bool(steps) and _undoable(work, steps[-1]),
        is_today=row.starts_at.astimezone(zone).date() == work.now.astimezone(zone).date(),
        series_id=row.series_id,
        following=following,
        coming=coming,
    )


async def _of_series(work: Work, row: Appointment) -> tuple[int, int]:
    """Count what else of its series is booked: what follows it, and all that is to come."""
    if row.series_id is None or row.original_start is None:
        return 0, 0
    rows = [one for one in await of_series(work, row.series_id) if one.id != row.id]
    booked = [one for one in rows if one.status is AppointmentStatus.BOOKED]
    after = [
        one for one in booked if one.original_start and one.original_start > row.original_start
    ]
    return len(after), sum(one.starts_at > work.now for one in booked)


def _undoable(work: Work, last: AppointmentHistory) -> bool:
    mine = last.actor_id is not None and last.actor_id == work.actor.id
    return mine and last.step in UNDONE and work.now <= last.at + UNDO


async def _past(work: Work, one: AppointmentHistory, zone: ZoneInfo) -> Past:
    notes = await work.open([one], AppointmentHistory.note)
    was = instant(one.was_at, zone) if one.was_at else None
    return Past(one.step.word, by(one.actor_name), instant(one.at, zone), was, notes[one.id])


async def _taken(work: Work, row: Appointment) -> dict[UUID, str]:
    """Name what an appointment has taken, or had when it ended."""
    which = Reservation.appointment_id == row.id
    listed = await work.every(
        select(Reservation, Resource)
        .join(Resource, Resource.id == Reservation.resource_id)
        .where(which, Reservation.ended_at.is_(None))
        .order_by(Resource.position),
        Permission.VIEW_CALENDAR,
    )
    labels = await work.open([one for _, one in listed], Resource.label)
    return {one.id: labels[one.id] for _, one in listed}
