"""Stop: nothing more of an order falls due; what runs must be stopped by somebody at the pump."""

from uuid import UUID

from sqlalchemy import select

from domain import orders
from domain.access import Permission
from domain.doses import Status
from domain.errors import NotAllowed
from domain.orders import STANDING, Act, OrderKind
from ward.medications import history, planning
from ward.medications.details import Changed
from ward.medications.events import DosesPlanned, MedicationStopped, PumpToStop
from ward.medications.models import MedicationAdministration, MedicationRequest, ScheduledDose
from ward.patients.models import Patient
from ward.work import Work

MAY = Permission.PRESCRIBE
LONGEST_REASON = 500
_RUNS = frozenset({Status.RUNNING, Status.PAUSED})


async def stop(work: Work, request_id: UUID, reason: str, *, seen: int | None) -> MedicationRequest:
    """Stop an order: untouched doses are taken back, and whoever has to stop a pump is told.

    One of which nothing could have been given yet is cancelled, and leaves the chart.
    """
    said = _said(reason)
    first = await work.access(MedicationRequest, request_id, MAY)
    patient = await work.access(Patient, first.patient_id, MAY, lock="share")
    request = await work.access(MedicationRequest, request_id, MAY, lock=True, seen=seen)
    begun = bool(await _given(work, request.id)) or await _due_already(work, request)
    await _end(work, patient, request, Act.STOP if begun else Act.CANCEL, said)
    return request


async def stop_all(
    work: Work,
    patient_id: UUID,
    reason: str,
    *,
    encounter_id: UUID | None = None,
    ward_id: UUID | None = None,
) -> list[MedicationRequest]:
    """Stop every order of a patient who leaves; `ward_id` is whose board and pumps it concerns."""
    patient = await work.access(Patient, patient_id, MAY, lock="share")
    standing = select(MedicationRequest).where(
        MedicationRequest.patient_id == patient_id, MedicationRequest.status.in_(STANDING)
    )
    if encounter_id is not None:
        standing = standing.where(MedicationRequest.encounter_id == encounter_id)
    locked = standing.order_by(MedicationRequest.id).with_for_update(of=MedicationRequest)
    stopped = await work.every(locked, MAY)
    for request in stopped:
        await _end(work, patient, request, Act.STOP, _said(reason), ward_id=ward_id)
    return stopped


async def reopen(
    work: Work, patient: Patient, request: MedicationRequest, *, withheld: bool = False
) -> None:
    """Have an order stand again, because what ended it was taken back; withheld as it was."""
    request.status, request.ended_at = orders.move(request.status, Act.REOPEN), None
    if withheld:
        request.status, request.held_at = orders.move(request.status, Act.HOLD), work.now
    await history.note(work, request, Act.REOPEN, MAY)
    work.record(DosesPlanned(patient.id, patient.ward_id, request.id))


async def complete(work: Work, patient: Patient, request: MedicationRequest) -> None:
    """End an order whose last dose is past."""
    await _end(work, patient, request, Act.COMPLETE, "")


def _said(reason: str) -> str:
    if not reason.strip():
        raise NotAllowed("Say why the order is stopped.", "medications.reason")
    return reason.strip()[:LONGEST_REASON]


async def _given(work: Work, request_id: UUID) -> list[MedicationAdministration]:
    """List what was given of an order, and counts."""
    mine = select(MedicationAdministration).where(
        MedicationAdministration.request_id == request_id,
        MedicationAdministration.voided_at.is_(None),
    )
    return await work.every(mine, Permission.VIEW_MEDICATIONS)


async def _due_already(work: Work, request: MedicationRequest) -> bool:
    """Tell whether somebody may have given of it, and not have written it down yet."""
    if request.kind is OrderKind.AS_REQUIRED:
        return request.starts_at <= work.now
    opened = select(ScheduledDose).where(
        ScheduledDose.request_id == request.id,
        ScheduledDose.status == Status.PLANNED,
        ScheduledDose.opens_at <= work.now,
    )
    return bool(await work.every(opened.limit(1), Permission.VIEW_MEDICATIONS))


async def _end(  # noqa: PLR0913 - an order, and how it ends
    work: Work,
    patient: Patient,
    request: MedicationRequest,
    act: Act,
    reason: str,
    *,
    ward_id: UUID | None = None,
) -> None:
    ward_id = ward_id or patient.ward_id
    request.status = orders.move(request.status, act)
    request.held_at, request.ended_at = None, work.now
    await planning.cancel(work, request.id)
    await history.note(work, request, act, MAY, Changed(reason=reason))
    for run in await _given(work, request.id):
        if run.status in _RUNS:  # nobody assumes that a pump is off
            work.record(PumpToStop(patient.id, ward_id, request.id, run.dose_id, run.id))
    work.record(MedicationStopped(patient.id, ward_id, request.id))
