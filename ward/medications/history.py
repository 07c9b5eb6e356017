"""History: every act on an order is a row of its own, with who, when, what and why."""

from sqlalchemy import select

from domain.access import Permission
from domain.orders import Act
from ward import changed
from ward.db import new_id
from ward.medications.details import Changed
from ward.medications.held import actor_id
from ward.medications.models import MedicationChange, MedicationRequest
from ward.patients.banner import zone_of
from ward.patients.models import Patient
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


@changed.tells(MedicationRequest)
async def last(work: Work, request: MedicationRequest) -> changed.Change | None:
    """Tell what was done with an order last, for a form that comes too late."""
    acts = select(MedicationChange).where(MedicationChange.request_id == request.id)
    newest = acts.order_by(MedicationChange.id.desc()).limit(1)
    rows = await work.every(newest, Permission.VIEW_MEDICATIONS)
    if not rows:
        return None
    patient = await work.access(Patient, request.patient_id, Permission.VIEW_MEDICATIONS)
    zone = str(await zone_of(work, patient))
    return changed.Change(rows[0].act.word.lower(), rows[0].by_role, rows[0].at, zone)
