"""Rescheduling: the new time is taken, then the old one let go, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
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
from ward.scheduling.visits import visit
from ward.work import Work

MAY = Permission.BOOK_APPOINTMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTime:
    """When and with whom it is to be; `wall` and `fold` are the local time that was agreed."""

    start: datetime
    wall: str
    fold: int = 0
    resources: Sequence[UUID]
    reason: str = ""
    overbook: str = ""  # why it may stand beside another
    length: timedelta | None = None  # None: as long as before
    past: bool = False  # a message of another system may lie before now
    along: frozenset[UUID] = frozenset()  # what moves with it, and is not in its way


async def reschedule(
    work: Work, appointment_id: UUID, to: NewTime, *, seen: int | None
) -> Appointment:
    """Give an appointment another time, or other people and rooms; Clashing when it cannot be."""
    row = await work.access(Appointment, appointment_id, MAY, lock=True, seen=seen)
    appointments.reschedule(row.status)
    ward = await work.access(Ward, row.ward_id, MAY)
    was, agreed = Span(row.starts_at, row.ends_at), row.confirmed_at
    wanted = await _wanted(work, row, to)
    lanes = await fit.fit(work, wanted)
    await fit.let_go(work, row.id)
    row.starts_at, row.ends_at = wanted.span.start, wanted.span.end
    row.wall, row.fold = to.wall, to.fold
    row.confirmed_at, row.overbooked = None, lanes.beside_another
    if row.overbooked:  # else what was said before stays, for who takes this back
        await work.seal(row, overbook_reason=to.overbook)
    await work.flush()
    fit.take(work, wanted, lanes, appointment_id=row.id)
    await step(
        work,
        row,
        AppointmentStep.RESCHEDULED,
        note=to.reason,
        was_at=was.start,
        was_confirmed_at=agreed,
    )
    tell(work, AppointmentRescheduled, row, ward.zone, was, many=bool(to.along))
    return row


async def _wanted(work: Work, row: Appointment, to: NewTime) -> Wanted:
    offered = await visit(work, row.ward_id, row.visit_type_id)
    return Wanted(
        ward_id=row.ward_id,
        span=Span.lasting(to.start, to.length or row.ends_at - row.starts_at),
        resources=tuple(to.resources),
        buffer=offered.buffer,
        patient_id=row.patient_id,
        visit=offered,
        overbook=bool(to.overbook),
        past=to.past,
        ignoring=to.along | {row.id},
    )
