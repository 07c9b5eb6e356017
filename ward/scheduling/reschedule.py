"""Rescheduling: the new time is taken, then the old one let go, in one transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from domain import appointments
from domain.access import Permission
from domain.spans import Span
from ward.places.models import Ward
from ward.scheduling import fit
from ward.scheduling.events import AppointmentRescheduled
from ward.scheduling.fit import Wanted
from ward.scheduling.history import step, tell
from ward.scheduling.models import Appointment, AppointmentStep
from ward.scheduling.runs_out import let_go
from ward.scheduling.visits import visit
from ward.work import Work

MAY = Permission.BOOK_APPOINTMENT


async def reschedule(  # noqa: PLR0913 - a new time is an instant, what the clock shows, and with whom
    work: Work,
    appointment_id: UUID,
    start: datetime,
    resources: Sequence[UUID],
    *,
    wall: str,
    fold: int = 0,
    length: timedelta | None = None,
    seen: int | None,
    reason: str = "",
    overbook: str = "",
) -> Appointment:
    """Give an appointment another time, or other people and rooms; Clashing when it cannot be."""
    row = await work.access(Appointment, appointment_id, MAY, lock=True, seen=seen)
    appointments.reschedule(row.status)
    ward = await work.access(Ward, row.ward_id, MAY)
    offered = await visit(work, row.ward_id, row.visit_type_id)
    was = Span(row.starts_at, row.ends_at)
    span = Span.lasting(start, length or was.length)
    await let_go(work)
    wanted = Wanted(
        ward_id=row.ward_id,
        span=span,
        resources=tuple(resources),
        buffer=offered.buffer,
        patient_id=row.patient_id,
        visit=offered,
        overbook=bool(overbook),
        ignoring=frozenset({row.id}),
    )
    lanes = await fit.fit(work, wanted)
    await fit.let_go(work, row.id)
    row.starts_at, row.ends_at, row.wall, row.fold = span.start, span.end, wall, fold
    row.confirmed_at, row.overbooked = None, lanes.beside_another
    await work.seal(row, overbook_reason=overbook if row.overbooked else None)
    await work.flush()
    fit.take(work, wanted, lanes, appointment_id=row.id)
    await step(work, row, AppointmentStep.RESCHEDULED, was_at=was.start, note=reason)
    tell(work, AppointmentRescheduled, row, ward.zone, was)
    return row
