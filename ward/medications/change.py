"""Change: the same medicine, otherwise; a nurse reads the change before the next dose."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain import decisions, orders
from domain.access import Permission
from domain.decisions import Step
from domain.errors import NotAllowed
from domain.frequencies import Code
from domain.orders import VERIFY_HIGH_ALERT_WITHIN, Act
from ward.medications import context, firings, history, legible, overrides, planning
from ward.medications.details import Changed, OrderDetail
from ward.medications.events import MedicationChanged
from ward.medications.held import Held
from ward.medications.line import Line, reach
from ward.medications.models import MedicationChange, MedicationRequest
from ward.medications.order_errands import VerificationDue
from ward.medications.prescribe import witnessed
from ward.medications.stop import LONGEST_REASON
from ward.work import Work

MAY = Permission.PRESCRIBE


@dataclass(frozen=True, slots=True)
class Span:
    """From when, where it is one dose, and until when an order holds from now on."""

    starts_at: datetime
    stops_at: datetime | None = None


async def change(  # noqa: PLR0913 - what a changed order says
    work: Work,
    request_id: UUID,
    detail: OrderDetail,
    reason: str,
    given: Sequence[decisions.Override] = (),
    *,
    span: Span | None = None,
    seen: int | None,
) -> MedicationChange:
    """Change an order: what is untouched is planned anew, and the line is locked until it is read.

    Reasons for findings are given anew: a higher dose is another matter than the one accepted.
    """
    held, was = await reach(work, request_id, MAY, seen=seen, lock=True)
    _refuse(was, detail, span)
    known = await context.known(work, held)
    request = was.request
    request.status = orders.move(request.status, Act.CHANGE)
    _assign(work, held, was, detail, known.context.age_days)
    _stretch(request, detail, span)
    legible.check(request, detail, held)
    asked = legible.order_of(
        detail, held.settings, id=request.id, starts_at=work.now, priority=request.priority
    )
    judged = decisions.judge(asked, known.context, modes=known.modes)
    findings = judged.findings
    decisions.refuse(findings, given)
    await work.seal(request, detail=detail)
    await overrides.keep(work, request, findings, given, step=Step.SIGN, permission=MAY)
    firings.count(work, judged, Step.SIGN, MAY)
    said = Changed(was.detail, detail, reason.strip()[:LONGEST_REASON])
    row = await history.note(work, request, Act.CHANGE, MAY, said, to_review=True)
    await work.flush()
    same = was.detail.frequency is detail.frequency
    await planning.replan(work, held, Line(request, detail, was.drug), same=same)
    _remind(work, request)
    work.record(MedicationChanged(held.patient.id, held.ward.id, request.id, row.id))
    return row


def _refuse(was: Line, now: OrderDetail, span: Span | None) -> None:
    if now.generic != was.detail.generic:
        raise NotAllowed("Another medicine is another order. Stop this one.", "order.generic")
    moved = span is not None and (
        span.stops_at != was.request.stops_at
        or (now.frequency is Code.ONCE and span.starts_at != was.request.starts_at)
    )
    if now == was.detail and not moved:
        raise NotAllowed("Nothing was changed.", "order.same")


def _stretch(request: MedicationRequest, detail: OrderDetail, span: Span | None) -> None:
    """Have the order end, or its only dose fall due, at another time."""
    if span is None:
        return
    request.stops_at = span.stops_at
    if detail.frequency is Code.ONCE:
        request.starts_at = span.starts_at


def _assign(work: Work, held: Held, was: Line, detail: OrderDetail, age_days: int | None) -> None:
    """Have the row say what the detail says; the pharmacist has not seen it yet."""
    request = was.request
    request.revision += 1
    request.kind = detail.kind
    request.verified_at = request.verified_by = None
    request.witnessed = witnessed(held, detail, age_days)
    request.high_alert = legible.high_alert(detail)
    if _rhythm(detail) != _rhythm(was.detail):  # days are counted from the change on
        request.starts_at = max(request.starts_at, work.now)


def _rhythm(detail: OrderDetail) -> tuple[object, ...]:
    return (
        detail.frequency,
        detail.weekday,
        detail.monthday,
        detail.steps,
        detail.first,
        detail.count,
    )


def _remind(work: Work, request: MedicationRequest) -> None:
    if request.high_alert:
        at = work.now + VERIFY_HIGH_ALERT_WITHIN
        work.later(VerificationDue(request.id, at), at)
