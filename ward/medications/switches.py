"""Switches: how the pharmacy has set each rule; one read for each command."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from domain import rule_switches
from domain.access import D0, Permission
from domain.rule_switches import Mode, Modes
from ward.db import new_id
from ward.duty.queries import names
from ward.errors import Stale
from ward.medications.held import actor_id
from ward.medications.house import RuleSwitch
from ward.projections import projection
from ward.work import Work

SEE, SET, REPORT = (
    Permission.VIEW_MEDICATIONS,
    Permission.SET_FORMULARY,
    Permission.REPORT_MEDICATIONS,
)
NEW = 0  # the version of a rule that nobody has set
LONGEST_REASON = 500


@projection(D0)
class SwitchView:
    """How a rule is or was set."""

    rule: str
    mode: Mode
    reason: str
    until: datetime | None
    set_at: datetime
    set_by: str
    ended_at: datetime | None


async def modes(work: Work) -> Modes:
    """Answer: which rules are less than on at this moment?"""
    standing = select(RuleSwitch).where(RuleSwitch.ended_at.is_(None), RuleSwitch.mode != Mode.ON)
    rows = await work.every(standing, SEE)
    return {row.rule: row.mode for row in rows if _counts(row, work.now)}


def _counts(row: RuleSwitch, now: datetime) -> bool:
    return row.until is None or now < row.until


async def switch(  # noqa: PLR0913 - how a rule is set
    work: Work,
    rule: str,
    mode: Mode,
    reason: str,
    *,
    trial: timedelta | None = None,
    seen: int | None,
) -> RuleSwitch:
    """Set a rule from now on; how it was set before stays to read."""
    rule_switches.check(rule, mode, reason, trial)
    was = await _standing(work, rule)
    if seen is not None and seen != (was.version if was else NEW):
        raise Stale
    if was is not None:
        was.ended_at = work.now
        await work.flush()
    row = RuleSwitch(
        id=new_id(),
        rule=rule,
        mode=mode,
        reason=reason.strip()[:LONGEST_REASON],
        until=work.now + trial if trial else None,
        set_at=work.now,
        set_by=actor_id(work),
    )
    work.add(row, SET)
    await work.flush()
    return row


async def version_of(work: Work, rule: str) -> int:
    """Tell the version that a form must bring back."""
    row = await _standing(work, rule)
    return row.version if row else NEW


async def _standing(work: Work, rule: str) -> RuleSwitch | None:
    mine = select(RuleSwitch).where(RuleSwitch.rule == rule, RuleSwitch.ended_at.is_(None))
    return next(iter(await work.every(mine, SET)), None)


async def standing(work: Work) -> dict[str, SwitchView]:
    """Answer: how is each rule set that is not simply on?"""
    rows = await work.every(select(RuleSwitch).where(RuleSwitch.ended_at.is_(None)), REPORT)
    less = [row for row in rows if row.mode is not Mode.ON and _counts(row, work.now)]
    return {one.rule: one for one in await _views(work, less)}


async def history(work: Work, rule: str) -> list[SwitchView]:
    """Answer: how was this rule set, by whom and why? Newest first."""
    mine = select(RuleSwitch).where(RuleSwitch.rule == rule)
    rows = await work.every(mine.order_by(RuleSwitch.set_at.desc()), REPORT)
    return await _views(work, rows)


async def _views(work: Work, rows: Iterable[RuleSwitch]) -> list[SwitchView]:
    listed = list(rows)
    users: set[UUID] = {row.set_by for row in listed if row.set_by}
    called = await names(work, users) if users and work.may(Permission.VIEW_DUTY) else {}
    return [
        SwitchView(
            row.rule,
            row.mode,
            row.reason,
            row.until,
            row.set_at,
            called[row.set_by].name if row.set_by in called else "",
            row.ended_at,
        )
        for row in listed
    ]
