"""Suspend: a prescriber withholds a medicine for now, and has it given again."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from domain import decisions, orders
from domain.access import Permission
from domain.decisions import Step
from domain.doses import Status
from domain.errors import NotAllowed
from domain.orders import Act
from ward.medications import firings, history, overrides, planning, prescribe
from ward.medications.details import Changed
from ward.medications.events import MedicationHeld, MedicationLifted
from ward.medications.line import reach
from ward.medications.models import MedicationRequest, ScheduledDose
from ward.medications.stop import LONGEST_REASON
from ward.work import Work

MAY = Permission.PRESCRIBE


async def hold_order(
    work: Work, request_id: UUID, reason: str, *, seen: int | None
) -> MedicationRequest:
    """Withhold a medicine: its doses stay in the chart, and nobody may give them."""
    if not reason.strip():
        raise NotAllowed("Say why the medicine is withheld.", "medications.reason")
    held, line = await reach(work, request_id, MAY, seen=seen)
    request = line.request
    request.status, request.held_at = orders.move(request.status, Act.HOLD), work.now
    said = Changed(reason=reason.strip()[:LONGEST_REASON])
    await history.note(work, request, Act.HOLD, MAY, said)
    work.record(MedicationHeld(held.patient.id, held.ward.id, request.id))
    return request


async def lift(
    work: Work,
    request_id: UUID,
    given: Sequence[decisions.Override] = (),
    *,
    seen: int | None,
) -> MedicationRequest:
    """Have a medicine given again, unless the rules speak against it by now.

    Doses that fell into the pause and that the next one has overtaken are taken back: nobody was
    to give them.
    """
    held, line = await reach(work, request_id, MAY, seen=seen, lock=True)
    request = line.request
    since = request.held_at
    request.status, request.held_at = orders.move(request.status, Act.LIFT), None
    judged = await prescribe.judge(work, held, line.detail, id=request.id)
    findings = judged.findings
    kept = await overrides.standing(work, held.patient.id)
    decisions.refuse(findings, [*given, *kept])
    await overrides.keep(work, request, findings, given, step=Step.SIGN, permission=MAY)
    firings.count(work, judged, Step.SIGN, MAY)
    for dose in await _overtaken(work, request):
        if since is not None and dose.due_at >= since:
            dose.status = Status.CANCELLED
    await work.flush()
    await planning.plan(work, held, line)
    await history.note(work, request, Act.LIFT, MAY)
    work.record(MedicationLifted(held.patient.id, held.ward.id, request.id))
    return request


async def _overtaken(work: Work, request: MedicationRequest) -> list[ScheduledDose]:
    missed = select(ScheduledDose).where(
        ScheduledDose.request_id == request.id,
        ScheduledDose.status == Status.PLANNED,
        ScheduledDose.next_at <= work.now,
    )
    locked = missed.order_by(ScheduledDose.id).with_for_update(of=ScheduledDose)
    return await work.every(locked, Permission.VIEW_MEDICATIONS)
