"""Verify: a pharmacist finds an order right; the rules are asked again, and more strictly."""

from collections.abc import Sequence
from uuid import UUID

from domain import decisions, orders
from domain.access import Permission
from domain.decisions import Finding, Judged, Step
from domain.errors import NotAllowed
from domain.orders import Act
from ward.medications import context, firings, history, legible, overrides
from ward.medications.events import MedicationVerified
from ward.medications.held import Held, actor_id
from ward.medications.line import Line, reach
from ward.medications.models import MedicationRequest
from ward.work import Work

MAY = Permission.VERIFY_MEDICATION


async def findings(work: Work, held: Held, line: Line) -> tuple[Finding, ...]:
    """Ask every rule about an order that stands, as a pharmacist must."""
    return (await judge(work, held, line)).findings


async def judge(work: Work, held: Held, line: Line) -> Judged:
    """Ask every rule, those too that are counted only."""
    known = await context.known(work, held)
    request = line.request
    asked = legible.order_of(line.detail, held.settings, id=request.id, priority=request.priority)
    return decisions.judge(asked, known.context, Step.VERIFY, known.modes)


async def verify(
    work: Work, request_id: UUID, given: Sequence[decisions.Override] = (), *, seen: int | None
) -> MedicationRequest:
    """Verify an order; what nobody has answered for keeps it from being verified."""
    held, line = await reach(work, request_id, MAY, seen=seen)
    request, me = line.request, actor_id(work)
    if request.verified_at is not None:
        raise NotAllowed("This order is verified already.", "medications.verified")
    if me is None or me == request.prescribed_by:
        raise NotAllowed("Somebody else than the prescriber verifies.", "medications.verifier")
    request.status = orders.move(request.status, Act.VERIFY)
    judged = await judge(work, held, line)
    found = judged.findings
    kept = await overrides.standing(work, held.patient.id)
    decisions.refuse(found, [*given, *kept])
    await overrides.keep(work, request, found, given, step=Step.VERIFY, permission=MAY)
    firings.count(work, judged, Step.VERIFY, MAY)
    request.verified_at, request.verified_by = work.now, me
    await history.note(work, request, Act.VERIFY, MAY)
    work.record(MedicationVerified(held.patient.id, held.ward.id, request.id))
    return request
