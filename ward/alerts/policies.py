"""Policies: whom a cause calls on a ward, as versioned rows; a new one stands in for the old."""

from collections.abc import Iterable, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from domain import escalation
from domain.access import Permission
from domain.alerts import Cause, Tier
from domain.duty import DutyRole
from domain.errors import NotAllowed
from domain.escalation import Policy, Step
from ward.alerts.models import Alert, AlertPolicy
from ward.db import new_id
from ward.places.models import Branch, Ward, WardKind
from ward.security.actors import Actor
from ward.work import Work

SEE, SET = Permission.VIEW_ALERT_POLICY, Permission.SET_ALERT_POLICY
_PLACES = Permission.VIEW_BEDS


async def policy_for(work: Work, ward_id: UUID, cause: Cause) -> AlertPolicy:
    """Choose the policy of a ward at this time of day; a branch that has none gets the defaults."""
    ward = await work.access(Ward, ward_id, _PLACES)
    rows = await _rows(work, ward.branch_id, cause) or await found(work, ward.branch_id, cause)
    zone = ZoneInfo((await work.access(Branch, ward.branch_id, _PLACES)).zone)
    at = work.now.astimezone(zone).time()
    chosen = escalation.choose(map(as_rule, rows), ward_id, cause, at)
    if chosen is None:  # only policies for other hours stand: nothing may stay silent
        rows = await found(work, ward.branch_id, cause)
        chosen = escalation.choose(map(as_rule, rows), ward_id, cause, at)
    return next(row for row in rows if chosen and row.id == chosen.key)


async def policy_of(work: Work, alert: Alert) -> Policy:
    """Give the policy that was chosen when the alert sounded."""
    if alert.policy_id is None:
        return escalation.default(alert.cause, alert.raised_at)
    return as_rule(await work.access(AlertPolicy, alert.policy_id, SEE))


async def found(work: Work, branch_id: UUID, cause: Cause) -> list[AlertPolicy]:
    """Write the default of a cause down for a branch that has none for all day; once."""
    await work.access(Branch, branch_id, _PLACES, lock=True)
    standing = await _rows(work, branch_id, cause)
    if any(row.ward_id is None and row.from_time == row.to_time for row in standing):
        return standing
    row = _row(work, branch_id, escalation.default(cause, work.now))
    work.add(row, SET)
    await work.flush()
    return [*standing, row]


async def set_policy(work: Work, branch_id: UUID, policy: Policy) -> AlertPolicy:
    """Have a new version stand from now on; alerts that call already keep the one they have."""
    if policy.ward is not None:
        ward = await work.access(Ward, policy.ward, _PLACES)
        if ward.branch_id != branch_id:
            raise NotAllowed("This ward belongs to another branch.")
    await work.access(Branch, branch_id, _PLACES, lock=True)
    same = (policy.ward, policy.from_time, policy.to_time)
    for row in await _rows(work, branch_id, policy.cause):
        if (row.ward_id, row.from_time, row.to_time) == same:
            row.ended_at = work.now
    row = _row(work, branch_id, policy)
    work.add(row, SET)
    return row


async def _rows(work: Work, branch_id: UUID, cause: Cause) -> list[AlertPolicy]:
    standing = select(AlertPolicy).where(
        AlertPolicy.branch_id == branch_id,
        AlertPolicy.cause == cause,
        AlertPolicy.ended_at.is_(None),
    )
    return await work.every(standing.order_by(AlertPolicy.since, AlertPolicy.id), SEE)


def _row(work: Work, branch_id: UUID, policy: Policy) -> AlertPolicy:
    by = work.actor.id if isinstance(work.actor, Actor) and work.may(SET) else None
    return AlertPolicy(
        id=new_id(),
        branch_id=branch_id,
        ward_id=policy.ward,
        cause=policy.cause,
        from_time=policy.from_time,
        to_time=policy.to_time,
        tier=int(policy.tier),
        steps=[[step.part.value, step.minutes] for step in policy.steps],
        since=work.now,
        set_by=by,
    )


def as_rule(row: AlertPolicy) -> Policy:
    """Give a row in the form the rules compare."""
    return Policy(
        cause=row.cause,
        tier=Tier(row.tier),
        steps=steps_of(row.steps),
        since=row.since,
        ward=row.ward_id,
        from_time=row.from_time,
        to_time=row.to_time,
        key=row.id,
    )


def steps_of(said: Iterable[Sequence[str | int]]) -> tuple[Step, ...]:
    """Read steps as they are stored: [part, minutes]."""
    return tuple(Step(DutyRole(str(part)), int(minutes)) for part, minutes in said)


async def policy_rules(work: Work, branch_id: UUID, cause: Cause) -> list[Policy]:
    """Answer: which policies of a cause stand on this branch?"""
    return [as_rule(row) for row in await _rows(work, branch_id, cause)]


async def wards_of(work: Work, branch_id: UUID) -> list[tuple[UUID, str]]:
    """Answer: for which wards can a policy be set?"""
    of = (Ward.branch_id == branch_id, Ward.kind == WardKind.WARD, Ward.ended_at.is_(None))
    here = select(Ward).where(*of)
    rows = await work.every(here.order_by(Ward.label), _PLACES)
    return [(row.id, row.label) for row in rows]
