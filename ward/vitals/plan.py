"""Plan: which saturation scale applies, and how often somebody looks."""

from uuid import UUID

from domain.access import Permission
from domain.errors import NotAllowed
from domain.news2 import Scale
from ward.security.actors import Actor
from ward.vitals import bedside
from ward.vitals.events import ObservationsPlanned, ScaleSet
from ward.vitals.models import ObservationPlan
from ward.work import Work

LONGEST = 12 * 60  # minutes: no score lets a patient wait longer (NEWS2, chart 4)


async def set_scale(
    work: Work, patient_id: UUID, scale: Scale, reason: str, *, seen: int | None
) -> ObservationPlan:
    """Prescribe the saturation scale: who, when and why stay with it; later sets score by it."""
    if not reason.strip():
        raise NotAllowed("Say why this scale applies.", "vitals.reason")
    held = await bedside.hold(work, patient_id, seen=seen, permission=Permission.SET_SCALE)
    plan = held.plan
    plan.scale, plan.scale_at = scale.value, work.now
    plan.scale_by = work.actor.id if isinstance(work.actor, Actor) else None
    await work.seal(plan, scale_reason=reason.strip())
    work.record(ScaleSet(patient_id, held.patient.ward_id))
    return plan


async def tighten(
    work: Work, patient_id: UUID, every_minutes: int | None, *, seen: int | None
) -> ObservationPlan:
    """Have somebody look more often than the score asks for; never less often."""
    if every_minutes is not None and not 0 < every_minutes <= LONGEST:
        raise NotAllowed("Give a time between 1 minute and 12 hours.", "vitals.every")
    held = await bedside.hold(work, patient_id, seen=seen)
    held.plan.every_minutes = every_minutes
    await work.flush()
    await bedside.settle(work, held)
    work.record(ObservationsPlanned(patient_id, held.patient.ward_id))
    return held.plan
