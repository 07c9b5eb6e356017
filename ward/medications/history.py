"""History: every act on an order is a row of its own, with who, when, what and why."""

from domain.access import Permission
from domain.orders import Act
from ward.db import new_id
from ward.medications.details import Changed
from ward.medications.held import actor_id
from ward.medications.models import MedicationChange, MedicationRequest
from ward.work import Work


async def note(  # noqa: PLR0913 - one row of the history
    work: Work,
    request: MedicationRequest,
    act: Act,
    permission: Permission,
    detail: Changed | None = None,
    *,
    to_review: bool = False,
) -> MedicationChange:
    """Write down what was done with an order; a change to be read locks its line."""
    row = MedicationChange(
        id=new_id(),
        patient_id=request.patient_id,
        request_id=request.id,
        act=act,
        at=work.now,
        by=actor_id(work),
        by_role=work.actor.name,
        revision=request.revision,
        to_review=to_review,
    )
    await work.seal(row, detail=detail)
    work.add(row, permission)
    return row
