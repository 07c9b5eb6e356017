"""Carers: two of the cast take alerts that nobody has taken for a while, and close them later.

Only people take alerts, so it is done in the names of those two; nobody should sign in as them
while the simulator runs fast and expect their alerts to wait.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.alerts import STANDING, AlertState, Outcome
from ward.alerts.models import Alert
from ward.alerts.respond import accept, close
from ward.dev.demo import FOUNDER
from ward.dev.simulator.hands import REFUSALS
from ward.dev.simulator.pace import Pace
from ward.dev.simulator.rounds import EYES
from ward.node import Node
from ward.security.actors import Actor
from ward.security.models import Grant, User
from ward.work import work_as, work_watching

CARERS = ("nurse2", "doctor2")
PEOPLE_FIRST = timedelta(seconds=60)  # an alert is anybody's for so long, at any speed
TAKEN_AFTER = timedelta(minutes=4)
CLOSED_AFTER = timedelta(minutes=25)
_LEFT = 0.2  # of all alerts: nobody of these two takes it, and it climbs
_OUTCOMES = (Outcome.REVIEWED, Outcome.TREATED, Outcome.TREATED)


class Carers:
    """Take and close alerts, one at a time; what the two may not take is left alone."""

    def __init__(self, node: Node, pace: Pace) -> None:
        self.node, self.pace = node, pace
        self.done: Counter[str] = Counter()
        self._people: dict[UUID, Actor] = {}
        self._not_ours: set[UUID] = set()

    async def step(self) -> UUID | None:
        """Take or close the alert that has waited longest for it."""
        if not self._people:
            carers = await people(self.node, CARERS)
            self._people = {one.id: one for one in carers.values()}
        async with work_watching(self.node, "simulator.alerts", EYES) as work:
            standing = select(Alert).where(Alert.state.in_(STANDING)).order_by(Alert.raised_at)
            found = await work.every(standing, Permission.VIEW_ALERTS)
            now = work.now
        for alert in found:
            if alert.id not in self._not_ours and self._ripe(alert, now):
                return await self._act(alert)
        return None

    def _ripe(self, alert: Alert, now: datetime) -> bool:
        dice = Random(f"alert:{alert.id}")  # noqa: S311 - a story, no secret
        if alert.state is AlertState.OPEN:
            wait, since = TAKEN_AFTER * dice.uniform(0.5, 2), alert.again_at
            return dice.random() >= _LEFT and self._over(since, now, wait)
        since = alert.accepted_at or now
        return alert.owner_id in self._people and self._over(since, now, CLOSED_AFTER)

    def _over(self, since: datetime, now: datetime, wait: timedelta) -> bool:
        return now - since >= max(wait / self.pace.speed, PEOPLE_FIRST)

    async def _act(self, alert: Alert) -> UUID | None:
        """Try each of the two; the first who may does it."""
        owner = self._people.get(alert.owner_id) if alert.owner_id else None
        for person in [owner] if owner else self._people.values():
            try:
                await self._do(alert, person)
            except REFUSALS:
                continue
            return alert.id
        self._not_ours.add(alert.id)
        return None

    async def _do(self, alert: Alert, person: Actor) -> None:
        taken = alert.state is AlertState.ACCEPTED
        code = "simulator.close_alert" if taken else "simulator.accept_alert"
        async with work_as(self.node, person, code) as work:
            if taken:
                outcome = Random(f"end:{alert.id}").choice(_OUTCOMES)  # noqa: S311
                await close(work, alert.id, outcome, seen=alert.version)
            else:
                await accept(work, alert.id, seen=alert.version)
        self.done[code] += 1


async def people(node: Node, usernames: Collection[str]) -> dict[str, Actor]:
    """Give people of the cast as they act under their grants."""
    async with work_as(node, FOUNDER, "simulator.carers") as work:
        named = select(User).where(User.username.in_(usernames)).order_by(User.username.desc())
        users = await work.every(named, Permission.MANAGE_USERS)
        held = select(Grant).where(Grant.user_id.in_([user.id for user in users]))
        grants = {grant.user_id: grant for grant in await work.every(held, Permission.MANAGE_USERS)}
        far = work.now + timedelta(days=365)
    return {
        user.username: actor_of(user, grants[user.id], far) for user in users if user.id in grants
    }


def actor_of(user: User, grant: Grant, until: datetime) -> Actor:
    """Let somebody of the cast act as if signed in; the demo has no session of theirs."""
    return Actor(
        kind="person",
        id=user.id,
        role=grant.role,
        grant_id=grant.id,
        branch_id=grant.branch_id,
        ward_id=grant.ward_id,
        session_id=None,
        until=until,
    )
