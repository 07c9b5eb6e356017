"""Review: a nurse has read what changed; the line may be given again."""

from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.errors import NotAllowed
from domain.orders import Act
from ward.errors import Missing
from ward.medications import history
from ward.medications.events import ChangeReviewed
from ward.medications.held import actor_id
from ward.medications.models import MedicationChange, MedicationRequest
from ward.patients.models import Patient
from ward.work import Work

MAY = Permission.GIVE_MEDICATION


async def unread(
    work: Work, request_id: UUID, permission: Permission = Permission.VIEW_MEDICATIONS
) -> list[MedicationChange]:
    """List the changes of an order that no nurse has read, oldest first."""
    waiting = select(MedicationChange).where(
        MedicationChange.request_id == request_id,
        MedicationChange.to_review.is_(True),
        MedicationChange.reviewed_at.is_(None),
    )
    return await work.every(waiting.order_by(MedicationChange.id), permission)


async def review(work: Work, request_id: UUID, change_id: UUID) -> MedicationChange:
    """Say that this change, and all before it, were read; a later one still locks the line."""
    first = await work.access(MedicationRequest, request_id, MAY)
    patient = await work.access(Patient, first.patient_id, MAY, lock="share")
    request = await work.access(MedicationRequest, request_id, MAY, lock=True)
    change = await work.access(MedicationChange, change_id, MAY)
    if change.request_id != request.id or not change.to_review:
        raise Missing("There is no such change to read.")
    if change.reviewed_at is not None:
        raise NotAllowed("Somebody has read this change already.", "medications.read")
    for one in await unread(work, request.id, MAY):
        if one.id <= change.id:
            one.reviewed_at, one.reviewed_by = work.now, actor_id(work)
    await history.note(work, request, Act.REVIEW, MAY)
    work.record(ChangeReviewed(patient.id, patient.ward_id, request.id, change.id))
    return change
