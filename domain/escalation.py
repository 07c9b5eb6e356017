"""Escalation: whom an alert calls, how long it waits, and whom it calls next.

Minutes and parts are local defaults of this project that every hospital may replace by policies of
its own; a policy is a row, and a new one stands in its place.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from types import MappingProxyType
from uuid import UUID

from domain.alerts import Cause, Tier
from domain.duty import DutyRole
from domain.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Step:
    """A part on duty that is called, and the minutes until the next one is."""

    part: DutyRole
    minutes: int


MOST_STEPS, LONGEST_STEP = 6, 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Whom a cause calls, one after the other; the last repeats until somebody has it.

    `ward` None: every ward of the branch. Hours that are equal: all day.
    """

    cause: Cause
    tier: Tier
    steps: tuple[Step, ...]
    since: datetime
    ward: UUID | None = None
    from_time: time = time()
    to_time: time = time()
    key: UUID | None = None

    def __post_init__(self) -> None:
        """Refuse a policy that would leave an alert without anybody, or without an end."""
        if not 1 <= len(self.steps) <= MOST_STEPS:
            raise NotAllowed(f"A policy has 1 to {MOST_STEPS} steps.")
        if any(not 1 <= step.minutes <= LONGEST_STEP for step in self.steps):
            raise NotAllowed("Each step needs its minutes: 1 to 1440.")
        if self.steps[-1].part is not DutyRole.IN_CHARGE:
            raise NotAllowed("The last step is the nurse in charge, who is called until it is had.")

    def covers(self, at: time) -> bool:
        """Say whether it holds at this time of day; hours may go over midnight."""
        if self.from_time == self.to_time:
            return True
        if self.from_time < self.to_time:
            return self.from_time <= at < self.to_time
        return at >= self.from_time or at < self.to_time


def choose(policies: Iterable[Policy], ward: UUID, cause: Cause, at: time) -> Policy | None:
    """Choose by ward and time of day: the ward's own before the branch's, the newest first.

    Of two that stand at the same time, one with hours goes before one for all day.
    """
    fitting = [
        one
        for one in policies
        if one.cause is cause and one.ward in (ward, None) and one.covers(at)
    ]
    own = [one for one in fitting if one.ward is not None] or fitting
    return max(own, key=lambda one: (one.from_time != one.to_time, one.since), default=None)


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the place in the policy, whom, for how long, and whether anybody is there."""

    place: int
    part: DutyRole
    minutes: int
    anybody: bool


def next_step(policy: Policy, place: int) -> tuple[int, Step]:
    """Return the step at this place; beyond the end the last one stands."""
    last = min(max(place, 0), len(policy.steps) - 1)
    return last, policy.steps[last]


def calls_from(policy: Policy, place: int, staffed: Sequence[DutyRole]) -> tuple[Call, ...]:
    """List the calls made at once from this place: steps nobody stands in are passed over.

    All but the last are told in the history as calls that nobody could hear. The last step is
    called even then: all of the ward hears it.
    """
    made: list[Call] = []
    for at in range(next_step(policy, place)[0], len(policy.steps)):
        step = policy.steps[at]
        made.append(Call(at, step.part, step.minutes, step.part in staffed))
        if made[-1].anybody:
            break
    return tuple(made)


# -- the policies that stand until a hospital sets its own ------------------------------------

_N, _I, _R, _K = DutyRole
DEFAULTS: Mapping[Cause, tuple[Tier, tuple[Step, ...]]] = MappingProxyType(
    {
        # 5 / 10 / 15 minutes: ui.md 7.7; registrar at least: RCP NEWS2 chart 4. With these the
        # nurse in charge is called after 15 of the 30 minutes within which somebody is to assess.
        Cause.NEWS_HIGH: (Tier.NOW, (Step(_R, 5), Step(_K, 10), Step(_I, 15))),
        Cause.NOT_RECORDABLE: (Tier.NOW, (Step(_R, 5), Step(_K, 10), Step(_I, 15))),
        # Assessment within 60 minutes at 5 and above: the steps before the last fit into it.
        Cause.NEWS_MEDIUM: (Tier.SOON, (Step(_R, 30), Step(_K, 15), Step(_I, 15))),
        # The registered nurse tells the medical team (chart 4); observed hourly.
        Cause.NEWS_SINGLE: (Tier.SOON, (Step(_N, 30), Step(_R, 15), Step(_I, 15))),
        Cause.NEWS_RISE: (Tier.SOON, (Step(_N, 30), Step(_R, 15), Step(_I, 15))),
        Cause.OBS_OVERDUE: (Tier.SOON, (Step(_N, 15), Step(_I, 15))),
        Cause.DOSE_OVERDUE: (Tier.SOON, (Step(_N, 15), Step(_I, 15))),
        # At once, and again after 15 and 30 minutes: domain.windows.STAT_ESCALATION.
        Cause.STAT_ORDER: (Tier.NOW, (Step(_N, 15), Step(_I, 15))),
        # No pharmacist is on duty on a ward; the pharmacy's own list shows the order anyway.
        Cause.UNVERIFIED: (Tier.SOON, (Step(_I, 30),)),
        Cause.PUMP_TO_STOP: (Tier.NOW, (Step(_N, 5), Step(_I, 10))),
        # 5 / 10 / 15 minutes: ui.md 7.7; within the 30 to 60 minutes of labs.md 2 (RCPath G158).
        Cause.CRITICAL_RESULT: (Tier.NOW, (Step(_R, 5), Step(_K, 10), Step(_I, 15))),
        Cause.RESULT_CORRECTED: (Tier.NOW, (Step(_R, 5), Step(_K, 10), Step(_I, 15))),
    }
)


def default(cause: Cause, since: datetime) -> Policy:
    """Give the policy that stands until a hospital sets its own."""
    tier, steps = DEFAULTS[cause]
    return Policy(cause=cause, tier=tier, steps=steps, since=since)
