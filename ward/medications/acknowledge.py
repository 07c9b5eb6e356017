"""Acknowledge: the prescriber signs what was said and written down by somebody else."""

from uuid import UUID

from domain import orders
from domain.access import Permission
from domain.errors import NotAllowed
from domain.orders import Act, OrderSource
from ward.medications import history
from ward.medications.details import Changed
from ward.medications.events import MedicationAcknowledged
from ward.medications.held import actor_id
from ward.medications.models import MedicationRequest
from ward.medications.stop import LONGEST_REASON
from ward.patients.models import Patient
from ward.work import Work

MAY = Permission.PRESCRIBE


async def acknowledge(
    work: Work, request_id: UUID, instead: str = "", *, seen: int | None
) -> MedicationRequest:
    """Sign a verbal order, also one that has ended; a colleague says why they sign instead."""
    first = await work.access(MedicationRequest, request_id, MAY)
    patient = await work.access(Patient, first.patient_id, MAY, lock="share")
    request = await work.access(MedicationRequest, request_id, MAY, lock=True, seen=seen)
    if request.source is not OrderSource.VERBAL:
        raise NotAllowed("The prescriber signed this order.", "medications.signed")
    if request.acknowledged_at is not None:
        raise NotAllowed("This verbal order is signed already.", "medications.signed")
    me, why = actor_id(work), instead.strip()[:LONGEST_REASON]
    if request.prescribed_by not in {None, me} and not why:
        raise NotAllowed(
            "Somebody else gave this order. Say why you sign it instead.", "medications.instead"
        )
    request.status = orders.move(request.status, Act.ACKNOWLEDGE)
    request.acknowledged_at, request.acknowledged_by = work.now, me
    detail = Changed(reason=why) if why else None
    await history.note(work, request, Act.ACKNOWLEDGE, MAY, detail)
    work.record(MedicationAcknowledged(patient.id, patient.ward_id, request.id))
    return request
