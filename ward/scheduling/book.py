"""Booking: a patient, a time, and everybody and everything it needs, at once or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain import appointments
from domain.access import Permission
from domain.appointments import AppointmentStatus
from domain.errors import NotAllowed
from domain.spans import Span
from ward.db import new_id
from ward.patients.models import Life, Patient
from ward.places.models import Ward
from ward.scheduling import fit
from ward.scheduling.details import AppointmentDetail
from ward.scheduling.events import AppointmentBooked
from ward.scheduling.fit import Wanted
from ward.scheduling.history import step, tell
from ward.scheduling.models import Appointment, AppointmentStep
from ward.scheduling.visits import Visit, visit
from ward.work import Work

MAY = Permission.BOOK_APPOINTMENT
NOTHING = AppointmentDetail()


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """What is booked. `wall` and `fold` are the local time that was agreed, `start` its instant."""

    patient_id: UUID
    ward_id: UUID
    visit_type_id: UUID
    resources: Sequence[UUID]
    start: datetime
    wall: str
    fold: int = 0
    length: timedelta | None = None
    detail: AppointmentDetail = NOTHING
    overbook: str = ""  # why it may stand beside another
    series_id: UUID | None = None
    original_start: datetime | None = None
    replaces_id: UUID | None = None
    source_hash: bytes | None = None
    past: bool = False  # a walk-in, or a message of another system, may lie before now


async def book(work: Work, said: Booking) -> Appointment:
    """Book it, or raise Clashing with everything that is in the way and times that fit."""
    ward = await work.access(Ward, said.ward_id, MAY)
    patient = await work.access(Patient, said.patient_id, MAY, lock="share")
    if patient.life is Life.DEAD:
        raise NotAllowed("This patient has died. Nothing is booked.", "appointment.dead")
    offered = await visit(work, said.ward_id, said.visit_type_id)
    wanted = wanted_of(said, offered)
    lanes = await fit.fit(work, wanted)
    row = _row(work, said, wanted.span)
    row.overbooked = lanes.beside_another
    await work.seal(
        row, detail=said.detail, overbook_reason=said.overbook if row.overbooked else None
    )
    work.add(row, Permission.OVERBOOK if row.overbooked else MAY)
    await work.flush()
    fit.take(work, wanted, lanes, appointment_id=row.id)
    how = AppointmentStep.OVERBOOKED if row.overbooked else AppointmentStep.BOOKED
    await step(work, row, how)
    tell(work, AppointmentBooked, row, ward.zone)
    return row


def wanted_of(said: Booking, offered: Visit) -> Wanted:
    """Write down what has to be free for a booking."""
    return Wanted(
        ward_id=said.ward_id,
        span=Span.lasting(said.start, said.length or offered.length),
        resources=tuple(said.resources),
        buffer=offered.buffer,
        patient_id=said.patient_id,
        visit=offered,
        overbook=bool(said.overbook),
        past=said.past,
    )


def _row(work: Work, said: Booking, span: Span) -> Appointment:
    return Appointment(
        id=new_id(),
        patient_id=said.patient_id,
        ward_id=said.ward_id,
        visit_type_id=said.visit_type_id,
        status=appointments.book(AppointmentStatus.PENDING),
        starts_at=span.start,
        ends_at=span.end,
        wall=said.wall,
        fold=said.fold,
        series_id=said.series_id,
        original_start=said.original_start,
        replaces_id=said.replaces_id,
        source_hash=said.source_hash,
        booked_at=work.now,
        booked_by=work.actor.id,
        booked_as=work.actor.name,
        moved_at=work.now,
    )
