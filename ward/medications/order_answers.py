"""Answers: an admission with orders cannot be taken back."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from domain.access import D4, Permission
from domain.orders import RequestStatus
from ward.adt.questions import care_recorded
from ward.medications.models import MedicationRequest
from ward.patients.queries import among
from ward.projections import projection
from ward.work import Work


@projection(D4)
class Prescribed:
    """Medicines were ordered in this stay."""

    count: int


@care_recorded.answer("medications", Permission.VIEW_MEDICATIONS)
async def prescribed(work: Work, encounter_ids: Sequence[UUID]) -> Mapping[UUID, Prescribed]:
    """Answer in which of these stays something was prescribed, even if it has ended."""
    orders = select(MedicationRequest).where(
        among(MedicationRequest.encounter_id, encounter_ids),
        MedicationRequest.status != RequestStatus.WRONG,
    )
    rows = await work.every(orders, Permission.VIEW_MEDICATIONS)
    found: dict[UUID, int] = {}
    for row in rows:
        found[row.encounter_id] = found.get(row.encounter_id, 0) + 1
    return {one: Prescribed(count) for one, count in found.items()}
