"""Watch: what the hub asks of Ward: who may see which view, what it shows, and the trail of it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import Uuid

from domain.access import D0
from domain.errors import NotAllowed
from realtime import outbox
from realtime.frames import Drawing
from realtime.subject import Lost, RefusedError, Seat, Seated
from realtime.topics import Topic
from ward import clock, live
from ward.db import new_id
from ward.errors import Forbidden, SignedOut, Unavailable, WardError
from ward.node import Node
from ward.security.actors import Actor
from ward.trail import SCREEN_PATIENCE, AuditIntent, Outcome, intent_of
from ward.work import work_as

SIGNED_OUT, RIGHTS_CHANGED = 4401, 4403

# For each session: does it stand? For each (grant, key): what explains it? A grant ends by the
# later of both clocks, or what it explains (PostgreSQL's clock) would be gone before itself.
_SESSIONS = text("""
    SELECT s.id FROM session s JOIN app_user u ON u.id = s.user_id
    LEFT JOIN device d ON d.id = s.device_id
    WHERE s.id = ANY(:sessions) AND s.ended_at IS NULL AND u.disabled_at IS NULL
      AND s.locked_at IS NULL AND d.revoked_at IS NULL
      AND s.abs_until > :now AND s.idle_until > :now
""").bindparams(bindparam("sessions", type_=ARRAY(Uuid)))
_GRANTS = text("""
    SELECT g.id FROM user_grant g LEFT JOIN device d ON d.id = g.device_id
    WHERE g.id = ANY(:grants) AND g.revoked_at IS NULL AND d.revoked_at IS NULL
      AND g.since <= :now AND (g.until IS NULL OR g.until > greatest(:now, now()))
""").bindparams(bindparam("grants", type_=ARRAY(Uuid)))
_SEEN = text("UPDATE device SET seen_at = :now WHERE id = ANY(:devices)").bindparams(
    bindparam("devices", type_=ARRAY(Uuid))
)
_BRANCHES = text("SELECT id FROM branch")  # each has a page that says when a wall was seen
SEEN_EVERY = timedelta(minutes=1)
_REASONS = text("""
    SELECT q.grant_id, q.key,
        (SELECT array_agg(r.covers) FROM reach r
         WHERE r.grant_id = q.grant_id AND r.ward_id = q.key) AS covers,
        (SELECT array_agg(e.code) FROM explains e
         WHERE e.grant_id = q.grant_id AND e.patient_id = q.key) AS codes
    FROM unnest(:grants, :keys) AS q(grant_id, key)
""").bindparams(bindparam("grants", type_=ARRAY(Uuid)), bindparam("keys", type_=ARRAY(Uuid)))


@dataclass(eq=False, slots=True)
class Viewer:
    """Whoever sits behind one socket, and what its trail already says."""

    actor: Actor
    request_id: UUID
    watching: set[Topic] = field(default_factory=set)
    views: dict[Topic, str] = field(default_factory=dict)


class Watching:
    """Answers the hub's questions from PostgreSQL."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._seen: dict[UUID, datetime] = {}  # wallboards, and when each was last noted

    async def revisions(self, topics: Sequence[str]) -> tuple[str, dict[str, int]]:
        """Tell epoch and revisions in one snapshot."""
        async with self._connection() as connection:
            return await outbox.state(connection, topics, self.node.build)

    async def draw(self, topic: Topic, views: frozenset[str]) -> Drawing:
        """Draw the watched views from one snapshot."""
        return await live.draw(self.node, topic, views)

    async def authorise(self, viewer: object, topic: Topic) -> Seat:
        """Choose the viewer's view, or refuse; the refusal leaves its trail."""
        assert isinstance(viewer, Viewer)
        kind = live.KINDS.get(topic.kind)
        if kind is None:
            raise RefusedError("unknown")
        try:
            async with work_as(self.node, viewer.actor, kind.policy.code, reading=True) as work:
                await still_here(await work.connection(), viewer.actor)
                view = await live.choose(work, kind, topic)
                viewer.actor = cast("Actor", work.actor)  # it may have opened a record since
        except Unavailable:  # nobody said no: the browser comes back and asks again
            raise
        except SignedOut as error:
            raise RefusedError("signed out", SIGNED_OUT) from error
        except (WardError, NotAllowed) as error:
            raise RefusedError("forbidden") from error
        viewer.views[topic] = view
        return Seat(view, viewer.actor.until)

    async def note(
        self, viewers: Sequence[object], topic: Topic, patients: frozenset[UUID]
    ) -> None:
        """Commit a trail row per viewer before these patients reach its screen."""
        await asyncio.gather(*(self._shown(viewer, topic, patients) for viewer in viewers))

    async def _shown(self, viewer: object, topic: Topic, patients: frozenset[UUID]) -> None:
        assert isinstance(viewer, Viewer)
        code = "view_delta" if topic in viewer.watching else "view_start"
        row = _look(viewer, topic, code, patients)
        await self.node.trail.commit(row, SCREEN_PATIENCE)
        viewer.watching.add(topic)

    def left(self, viewer: object, topic: Topic) -> None:
        """Note the end of a look; nobody waits for its row, and it is written in the end."""
        assert isinstance(viewer, Viewer)
        viewer.watching.discard(topic)
        self.node.trail.owe(_look(viewer, topic, "view_end", frozenset()))

    async def standing(self, seated: Sequence[Seated]) -> Mapping[int, Seat | Lost]:
        """Say which subscriptions lost their session, their grant or their relation."""
        actors = [_actor(one) for one in seated]
        now = {"now": clock.now()}
        await self._note_walls(actors, now["now"])
        async with self._connection() as connection:
            sessions = {actor.session_id for actor in actors if actor.session_id}
            alive = await _ids(connection, _SESSIONS, {"sessions": sorted(sessions), **now})
            granted = await _ids(
                connection, _GRANTS, {"grants": sorted({actor.grant_id for actor in actors}), **now}
            )
            reasons = await _reasons(connection, seated)
        changes: dict[int, Seat | Lost] = {}
        for place, one in enumerate(seated):
            if change := _judge(one, alive, granted, reasons):
                changes[place] = change
                if isinstance(change, Seat):
                    _viewer(one).views[one.topic] = change.view
                _close_glass(_viewer(one), one.topic)
        return changes

    async def _note_walls(self, actors: Sequence[Actor], now: datetime) -> None:
        """Keep when each wallboard was last there, to the minute: for whoever looks after them."""
        here = {actor.id for actor in actors if actor.kind == "device"}
        late = sorted(
            one for one in here if now - self._seen.get(one, now - SEEN_EVERY) >= SEEN_EVERY
        )
        if late:
            async with self.node.aside.begin() as connection:
                await connection.execute(_SEEN, {"devices": late, "now": now})
                sites = (await connection.execute(_BRANCHES)).scalars()
                await outbox.due(connection, [(Topic("devices", one), now) for one in sites])
        self._seen = {one: now if one in late else self._seen[one] for one in here}

    async def due(self) -> None:
        """Bump the topics whose instant has come."""
        async with self.node.asking.connect() as connection:
            if not await outbox.is_due(connection, clock.now()):
                return
        while True:
            async with self.node.aside.connect() as connection:
                revs = await outbox.bump_due(connection, clock.now())
                await connection.commit()
            if not revs:
                return
            self.node.poke(revs)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection]:
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        async with self.node.aside.execution_options(**options).connect() as connection:
            yield connection


def _close_glass(viewer: Viewer, topic: Topic) -> None:
    """Forget what was opened without a relation, once there is less or more to see of it."""
    kept = tuple(one for one in viewer.actor.glass if one.patient_id != topic.place)
    if len(kept) < len(viewer.actor.glass):
        viewer.actor = replace(viewer.actor, glass=kept)


def _look(viewer: Viewer, topic: Topic, code: str, patients: frozenset[UUID]) -> AuditIntent:
    """Say who looks, at what, and whom it shows."""
    kind = live.KINDS[topic.kind]
    return replace(
        intent_of(viewer.actor, f"live.{code}", viewer.request_id),
        patients=patients,
        items=len(patients),
        data_classes=frozenset(kind.views[live.bare(viewer.views[topic])]),
        resource=kind.of.__tablename__,
        resource_id=topic.place,
        outcome=Outcome.SUCCESS,
    )


def _viewer(one: Seated) -> Viewer:
    assert isinstance(one.viewer, Viewer)
    return one.viewer


def _actor(one: Seated) -> Actor:
    return _viewer(one).actor


async def still_here(connection: AsyncConnection, actor: Actor) -> None:
    """Refuse a socket that outlived its session; one that watches nothing is asked here alone."""
    now = {"now": clock.now()}
    if actor.session_id is not None:
        sessions = {"sessions": [actor.session_id], **now}
        if not await _ids(connection, _SESSIONS, sessions):
            raise SignedOut
    if not await _ids(connection, _GRANTS, {"grants": [actor.grant_id], **now}):
        raise Forbidden


async def _ids(
    connection: AsyncConnection, statement: object, values: dict[str, object]
) -> set[UUID]:
    return set((await connection.execute(statement, values)).scalars())  # type: ignore[call-overload]


Reasons = dict[tuple[UUID, UUID | None], tuple[set[bool], set[str]]]


async def _reasons(connection: AsyncConnection, seated: Sequence[Seated]) -> Reasons:
    places = ((_actor(one).grant_id, one.topic.place) for one in seated)
    pairs = sorted({(grant, place) for grant, place in places if place is not None})
    if not pairs:
        return {}
    grants, keys = zip(*pairs, strict=True)
    rows = await connection.execute(_REASONS, {"grants": list(grants), "keys": list(keys)})
    return {(row.grant_id, row.key): (set(row.covers or ()), set(row.codes or ())) for row in rows}


def _judge(
    one: Seated, alive: set[UUID], granted: set[UUID], reasons: Reasons
) -> Seat | Lost | None:
    actor, kind = _actor(one), live.KINDS[one.topic.kind]
    if actor.session_id is not None and actor.session_id not in alive:
        return Lost("signed out", SIGNED_OUT)
    if actor.grant_id not in granted:
        return Lost("rights changed", RIGHTS_CHANGED)
    place = one.topic.place
    covers, codes = (
        reasons.get((actor.grant_id, place), (set(), set())) if place else (set(), set())
    )
    classes = live.covered(covers) | live.explained(codes)
    if place == (actor.branch_id if kind.of.scope.branch else actor.id):
        classes = {D0}
    view = live.richest(kind, actor.role, classes)
    if view is None:
        return Lost("forbidden")
    return None if view == one.seat.view else Seat(view, one.seat.until)


def viewer_of(actor: Actor) -> Viewer:
    """Seat a person or a device at a socket."""
    return Viewer(actor, new_id())
