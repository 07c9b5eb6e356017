"""Missing: a dose that is due and not on the ward; the pharmacy is asked, and answers."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.access import D4, Permission
from domain.errors import NotAllowed
from ward.db import new_id
from ward.medications import line as orders
from ward.medications import occasion
from ward.medications.events import DoseMissing
from ward.medications.held import actor_id
from ward.medications.models import MedicationRequest
from ward.medications.occasion import MAY, Occasion
from ward.medications.stock import MissingDose, MissingState
from ward.patients.models import Patient
from ward.patients.queries import among
from ward.projections import projection
from ward.work import Work

VIEW, ANSWER = Permission.VIEW_MEDICATIONS, Permission.VERIFY_MEDICATION


@projection(D4)
class Missing:
    """A medicine that a ward waits for."""

    id: UUID
    patient_id: UUID
    ward_id: UUID
    request_id: UUID
    dose_id: UUID | None
    medicine: str
    state: MissingState
    asked_at: datetime
    asked_by: UUID | None
    note: str | None
    version: int


async def ask(work: Work, dose_id: UUID, note: str = "") -> MissingDose:
    """Ask the pharmacy for a dose that is not on the ward."""
    return await ask_for(work, await occasion.of_dose(work, dose_id), note)


async def ask_for(work: Work, found: Occasion, note: str) -> MissingDose:
    """Ask the pharmacy for what a dose needs; the pharmacy's list shows it at once."""
    request, ward = found.line.request, found.held.ward
    row = MissingDose(
        id=new_id(),
        patient_id=request.patient_id,
        ward_id=ward.id,
        request_id=request.id,
        dose_id=found.dose.id if found.dose else None,
        state=MissingState.ASKED,
        asked_at=work.now,
        asked_by=actor_id(work),
    )
    await work.seal(row, note=note.strip()[:500] or None)
    work.add(row, MAY)
    await work.flush()
    work.record(DoseMissing(request.patient_id, ward.id, request.id, row.id))
    return row


async def answer(
    work: Work, missing_id: UUID, state: MissingState, *, seen: int | None
) -> MissingDose:
    """Say where a dose is that a ward asked for: the pharmacy sends it, the ward has it."""
    permission = ANSWER if state is MissingState.SENT else MAY
    first = await work.access(MissingDose, missing_id, VIEW)
    patient = await work.access(Patient, first.patient_id, permission, lock="share")
    row = await work.access(MissingDose, missing_id, permission, lock=True, seen=seen)
    if not row.state.open or state is MissingState.ASKED or state is row.state:
        raise NotAllowed(f"This is {row.state.word.lower()} already.", "missing.settled")
    row.state, row.settled_at, row.settled_by = state, work.now, actor_id(work)
    await work.flush()
    work.record(DoseMissing(patient.id, patient.ward_id, row.request_id, row.id))
    return row


async def waiting(work: Work, *, ward_id: UUID | None = None,
                  patients: Iterable[UUID] = ()) -> list[Missing]:  # fmt: skip
    """Answer: what does a ward, or what do these patients, wait for? Longest first."""
    mine = MissingDose.ward_id == ward_id if ward_id else among(MissingDose.patient_id, patients)
    open_ = [state for state in MissingState if state.open]
    rows = await work.every(
        select(MissingDose).where(mine, MissingDose.state.in_(open_)).order_by(MissingDose.id),
        VIEW,
    )
    lines = {line.request.id: line for line in await orders.selected(
        work,
        select(MedicationRequest).where(
            among(MedicationRequest.id, [row.request_id for row in rows])
        ),
        VIEW,
    )}  # fmt: skip
    notes = await work.open(rows, MissingDose.note)
    return [
        Missing(
            row.id, row.patient_id, row.ward_id, row.request_id, row.dose_id,
            lines[row.request_id].words.whole, row.state, row.asked_at, row.asked_by,
            notes[row.id], row.version,
        )
        for row in rows
    ]  # fmt: skip
