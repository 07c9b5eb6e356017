"""Renew: an order goes on, or one that has ended begins again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from domain import decisions, orders
from domain.access import Permission
from domain.decisions import Step
from domain.errors import NotAllowed
from domain.orders import Act
from domain.schedules import First
from ward.medications import firings, history, overrides, planning, prescribe
from ward.medications.details import Changed
from ward.medications.events import DosesPlanned
from ward.medications.held import Held
from ward.medications.line import Line, reach
from ward.medications.models import MedicationRequest
from ward.medications.prescribe import Ordered
from ward.work import Work

MAY = Permission.PRESCRIBE


async def renew(
    work: Work,
    request_id: UUID,
    stops_at: datetime | None,
    given: Sequence[decisions.Override] = (),
    *,
    seen: int | None,
) -> MedicationRequest:
    """Prolong an order that stands; one that has ended is signed again as a new order.

    Without `stops_at` it goes on until somebody stops it. The rules are asked as at first.
    """
    held, line = await reach(work, request_id, MAY, seen=seen, lock=True)
    if stops_at is not None and stops_at <= work.now:
        raise NotAllowed("The new end is in the past.", "schedule.stop")
    if not line.request.status.stands:
        return await _again(work, line, stops_at, given)
    await _prolong(work, held, line, stops_at, given)
    return line.request


async def _prolong(
    work: Work,
    held: Held,
    line: Line,
    stops_at: datetime | None,
    given: Sequence[decisions.Override],
) -> None:
    request = line.request
    if request.stops_at is None:
        raise NotAllowed("This order goes on until somebody stops it.", "order.endless")
    if stops_at is not None and stops_at <= request.stops_at:
        raise NotAllowed("The order lasts longer already.", "schedule.stop")
    request.status = orders.move(request.status, Act.RENEW)
    judged = await prescribe.judge(work, held, line.detail, id=request.id)
    findings = judged.findings
    kept = await overrides.standing(work, held.patient.id)
    decisions.refuse(findings, [*given, *kept])
    await overrides.keep(work, request, findings, given, step=Step.SIGN, permission=MAY)
    firings.count(work, judged, Step.SIGN, MAY)
    request.stops_at = stops_at
    since = request.planned_until
    await history.note(work, request, Act.RENEW, MAY, Changed())
    await work.flush()
    await planning.plan(work, held, line, since=min(since or work.now, work.now))
    work.record(DosesPlanned(held.patient.id, held.ward.id, request.id))


async def _again(
    work: Work,
    line: Line,
    stops_at: datetime | None,
    given: Sequence[decisions.Override],
) -> MedicationRequest:
    """Sign the same order anew; it says which one it follows."""
    request = line.request
    orders.move(request.status, Act.RENEW)
    anew = Ordered(
        detail=replace(line.detail, first=First.STANDARD),
        starts_at=work.now,
        stops_at=stops_at,
        overrides=tuple(given),
        replaces_id=request.id,
    )
    return (await prescribe.prescribe(work, request.patient_id, [anew]))[0]
