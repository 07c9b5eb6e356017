"""Report: how long it took until somebody had an alert, and the policies as pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import extract, func, select

from domain import escalation
from domain.access import D0, Permission
from domain.alerts import Cause, Tier
from domain.duty import DutyRole
from domain.escalation import Policy
from ward.alerts.models import Alert, AlertPolicy
from ward.alerts.policies import SEE, as_rule
from ward.duty.queries import names
from ward.errors import Forbidden
from ward.places.models import Ward
from ward.projections import projection
from ward.work import Work

DAYS = timedelta(days=30)
EVERY = "All alerts"


@projection(D0)
class TimeToAccept:
    """How long alerts of a cause waited until somebody had them; nobody is named."""

    label: str
    count: int
    median: str
    p90: str


@projection(D0)
class PolicyLine:
    """One version of a policy."""

    id: str
    ward: str | None
    hours: tuple[str, str] | None
    tier: Tier
    steps: tuple[tuple[DutyRole, int], ...]
    since: datetime | None
    ended_at: datetime | None
    set_by: str | None


@dataclass(frozen=True, slots=True)
class PolicyGroup:
    """All versions of the policies of one cause."""

    cause: Cause
    standing: tuple[PolicyLine, ...]
    past: tuple[PolicyLine, ...]


async def times_to_accept(work: Work, ward_ids: Sequence[UUID]) -> list[TimeToAccept]:
    """Answer: how long did alerts of the last 30 days wait on these wards? Sums alone leave."""
    if not work.may(Permission.REPORT_ALERTS):
        raise Forbidden
    waited = extract("epoch", Alert.answered_at - Alert.raised_at)
    half, nine = (func.percentile_cont(at).within_group(waited.asc()) for at in (0.5, 0.9))
    of = (
        select(Alert.cause, func.count(), half, nine)
        .where(
            Alert.ward_id.in_(ward_ids),
            Alert.raised_at > work.now - DAYS,
            Alert.answered_at.is_not(None),
        )
        .group_by(func.rollup(Alert.cause))
    )
    rows = (await (await work.connection()).execute(of)).all()
    ordered = sorted(rows, key=lambda row: (row[0] is None, row[0] or ""))
    return [
        TimeToAccept(
            label=Cause(cause).word if cause else EVERY,
            count=count,
            median=_spoken(median),
            p90=_spoken(p90),
        )
        for cause, count, median, p90 in ordered
        if count
    ]


def _spoken(seconds: float) -> str:
    """Write a wait: seconds below two minutes, else minutes."""
    return f"{round(seconds)} s" if seconds < 120 else f"{round(seconds / 60)} min"


async def all_policies(work: Work, branch_id: UUID) -> list[PolicyGroup]:
    """Answer: which policies stand on this branch, and which stood before?"""
    of = select(AlertPolicy).where(AlertPolicy.branch_id == branch_id)
    rows = await work.every(of.order_by(AlertPolicy.since.desc(), AlertPolicy.id.desc()), SEE)
    here = select(Ward).where(Ward.branch_id == branch_id)
    wards = {ward.id: ward.label for ward in await work.every(here, Permission.VIEW_BEDS)}
    people = await names(work, [row.set_by for row in rows if row.set_by])
    setters = {one: person.name for one, person in people.items()}
    return [
        PolicyGroup(
            cause,
            _standing(cause, [row for row in rows if row.cause is cause], wards, setters, work.now),
            tuple(
                _line(row, wards, setters)
                for row in rows
                if row.cause is cause and row.ended_at is not None
            ),
        )
        for cause in Cause
    ]


def _standing(
    cause: Cause,
    rows: Sequence[AlertPolicy],
    wards: dict[UUID, str],
    setters: dict[UUID, str],
    now: datetime,
) -> tuple[PolicyLine, ...]:
    lines = [_line(row, wards, setters) for row in rows if row.ended_at is None]
    if any(line.ward is None and line.hours is None for line in lines):
        return tuple(lines)
    return (*lines, _default(escalation.default(cause, now)))


def _line(row: AlertPolicy, wards: dict[UUID, str], setters: dict[UUID, str]) -> PolicyLine:
    rule = as_rule(row)
    return PolicyLine(
        id=str(row.id),
        ward=wards.get(row.ward_id, "") if row.ward_id else None,
        hours=_hours(rule),
        tier=rule.tier,
        steps=tuple((step.part, step.minutes) for step in rule.steps),
        since=row.since,
        ended_at=row.ended_at,
        set_by=setters.get(row.set_by) if row.set_by else None,
    )


def _default(rule: Policy) -> PolicyLine:
    """Show the default that will be written down when an alert first needs it."""
    return PolicyLine(
        id=f"default-{rule.cause}",
        ward=None,
        hours=None,
        tier=rule.tier,
        steps=tuple((step.part, step.minutes) for step in rule.steps),
        since=None,
        ended_at=None,
        set_by=None,
    )


def _hours(rule: Policy) -> tuple[str, str] | None:
    if rule.from_time == rule.to_time:
        return None
    return (f"{rule.from_time:%H:%M}", f"{rule.to_time:%H:%M}")
