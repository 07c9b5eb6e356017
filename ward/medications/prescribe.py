"""Prescribe: sign orders; the rules are asked inside, and what they forbid is not signed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain import decisions, second_checks
from domain.access import Permission
from domain.decisions import Finding, Judged, Step
from domain.errors import NotAllowed
from domain.orders import (
    VERIFY_HIGH_ALERT_WITHIN,
    Act,
    OrderKind,
    OrderSource,
    RequestPriority,
    RequestStatus,
)
from domain.prescribing import Context
from ward.db import new_id
from ward.medications import context, firings, history, legible, overrides, planning
from ward.medications.context import Known
from ward.medications.details import Changed, OrderDetail
from ward.medications.events import MedicationPrescribed
from ward.medications.held import Held, actor_id, hold
from ward.medications.line import Line, drug_of
from ward.medications.models import MedicationRequest
from ward.medications.order_errands import VerificationDue
from ward.patients.models import Life
from ward.work import Work

MOST_AT_ONCE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """One order as it is signed, with a reason for every finding that asks for one."""

    detail: OrderDetail
    starts_at: datetime
    stops_at: datetime | None = None
    priority: RequestPriority = RequestPriority.ROUTINE
    overrides: tuple[decisions.Override, ...] = ()
    replaces_id: UUID | None = None  # the order it renews
    source_hash: bytes | None = None  # another system's number of it


async def check(
    work: Work,
    held: Held,
    detail: OrderDetail,
    *,
    id: UUID | None = None,  # noqa: A002
) -> tuple[Finding, ...]:
    """Ask every rule about an order; `id` is the order's own, where it stands already."""
    return (await judge(work, held, detail, id=id)).findings


async def judge(
    work: Work,
    held: Held,
    detail: OrderDetail,
    *,
    id: UUID | None = None,  # noqa: A002
) -> Judged:
    """Ask every rule about an order, those too that are counted only."""
    known = await context.known(work, held)
    asked = legible.order_of(detail, held.settings, id=id)
    return decisions.judge(asked, known.context, modes=known.modes)


async def prescribe(
    work: Work,
    patient_id: UUID,
    orders: Sequence[Ordered],
    *,
    source: OrderSource = OrderSource.PRESCRIBER,
    prescriber: UUID | None = None,
) -> list[MedicationRequest]:
    """Sign orders together: all of them, or, where one may not be, none; doses stand at once."""
    permission = _permission(source)
    if not 0 < len(orders) <= MOST_AT_ONCE:
        raise NotAllowed(f"Sign one to {MOST_AT_ONCE} orders at a time.", "medications.count")
    held = await hold(work, patient_id, permission, lock=True)
    if held.patient.life is Life.DEAD:
        raise NotAllowed("This patient has died.", "medications.dead")
    if any(drug_of(one.detail).called & frozenset(held.settings.controlled) for one in orders):
        work.prove()  # nobody signs for a controlled drug at a desk that somebody else left open
    known = await context.known(work, held)
    set_id, by = new_id() if len(orders) > 1 else None, prescriber or actor_id(work)
    signed = []
    for ordered in orders:
        one = await _sign(work, held, ordered, known, source)
        one.line.request.set_id, one.line.request.prescribed_by = set_id, by
        signed.append(one)
        now = known.context
        known = replace(known, context=replace(now, orders=(*now.orders, one.asked)))
    await work.flush()  # the rows that name these orders come after them
    for one in signed:
        await _complete(work, held, one, permission)
    await work.flush()
    return [one.line.request for one in signed]


def _permission(source: OrderSource) -> Permission:
    """Say what it takes: a nurse writes down what was said, everything else a prescriber signs."""
    verbal = source is OrderSource.VERBAL
    return Permission.RECORD_VERBAL if verbal else Permission.PRESCRIBE


@dataclass(frozen=True, slots=True, repr=False)
class _Signed:
    """An order that may be signed, and what the rules found."""

    ordered: Ordered
    line: Line
    asked: decisions.Order
    judged: Judged


async def _sign(
    work: Work, held: Held, ordered: Ordered, known: Known, source: OrderSource
) -> _Signed:
    """Judge one order beside what stands and what is signed with it, and write its row."""
    late = ordered.starts_at < work.now - planning.FILLED_IN
    if late and source is OrderSource.PRESCRIBER:
        raise NotAllowed("An order starts now or later.", "order.start")
    now = known.context
    request = _drafted(work, held, ordered, now, source)
    legible.check(request, ordered.detail, held)
    asked = legible.order_of(
        ordered.detail,
        held.settings,
        id=request.id,
        starts_at=ordered.starts_at,
        priority=ordered.priority,
    )
    if ordered.replaces_id is not None:
        now = replace(now, orders=_without(now, ordered.replaces_id))
    judged = decisions.judge(asked, now, modes=known.modes)
    decisions.refuse(judged.findings, ordered.overrides)
    await work.seal(request, detail=ordered.detail)
    work.add(request, _permission(source))
    return _Signed(ordered, Line(request, ordered.detail, asked.drug), asked, judged)


async def _complete(work: Work, held: Held, one: _Signed, permission: Permission) -> None:
    """Write down what hangs on a signed order: its reasons, its history, its doses."""
    request, given = one.line.request, one.ordered.overrides
    step = Step.SIGN
    found = one.judged.findings
    await overrides.keep(work, request, found, given, step=step, permission=permission)
    firings.count(work, one.judged, step, permission)
    await history.note(work, request, Act.PRESCRIBE, permission, Changed(now=one.ordered.detail))
    await planning.begin(work, held, one.line)
    _remind(work, request)
    work.record(MedicationPrescribed(held.patient.id, held.ward.id, request.id))


def _without(now: Context, request_id: UUID) -> tuple[decisions.Order, ...]:
    return tuple(order for order in now.orders if order.id != request_id)


def _drafted(
    work: Work, held: Held, ordered: Ordered, now: Context, source: OrderSource
) -> MedicationRequest:
    """Write the row of an order, not yet among the others."""
    detail, drug = ordered.detail, drug_of(ordered.detail)
    if ordered.stops_at is not None and ordered.stops_at <= ordered.starts_at:
        raise NotAllowed("An order stops after it starts.", "schedule.stop")
    as_required = detail.kind is OrderKind.AS_REQUIRED
    return MedicationRequest(
        id=new_id(),
        patient_id=held.patient.id,
        encounter_id=held.encounter.id,
        status=RequestStatus.ACTIVE,
        kind=detail.kind,
        source=source,
        priority=ordered.priority,
        timing=held.settings.timing(drug),
        high_alert=legible.high_alert(detail),
        witnessed=witnessed(held, detail, now.age_days),
        revision=1,
        replaces_id=ordered.replaces_id,
        starts_at=ordered.starts_at,
        stops_at=ordered.stops_at,
        planned_until=None if as_required else work.now + planning.HORIZON,
        prescribed_at=work.now,
        recorded_by=actor_id(work),
        recorded_as=work.actor.name,
        source_hash=ordered.source_hash,
    )


def witnessed(held: Held, detail: OrderDetail, age_days: int | None) -> bool:
    """Tell whether each dose of an order needs a second person on this ward."""
    return second_checks.needed(
        drug_of(detail),
        detail.route,
        infusion=detail.infusion is not None,
        age_days=age_days,
        rows=held.settings.second_checks,
        controlled=held.settings.controlled,
    )


def _remind(work: Work, request: MedicationRequest) -> None:
    """Have somebody told when a high-alert order waits too long for the pharmacist."""
    if request.high_alert and request.verified_at is None:
        at = work.now + VERIFY_HIGH_ALERT_WITHIN
        work.later(VerificationDue(request.id, at), at)
