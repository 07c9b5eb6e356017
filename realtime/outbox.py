"""Outbox: revisions that grow with each commit, and the facts that made them grow."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import DateTime, Text, Uuid

from realtime.events import Event
from realtime.topics import Topic

MOST_TOPICS = 24  # of one transaction: each is a lock that its other writers wait for

# ON CONFLICT locks row by row in the order the SELECT yields, so two writers never deadlock. What
# is awaited is noted, and what stands beside is done, before any topic is locked: each may wait
# for whoever takes what has come due or does a job, and that one raises topics last as well.
_BUMP = """
    awaited AS (
        INSERT INTO live_due (topic, at) SELECT * FROM unnest(:later, :instants)
        ON CONFLICT DO NOTHING
        RETURNING 1
    ), bumped AS (
        INSERT INTO live_topic AS t (topic, rev, changed_at)
        SELECT topic, 1, clock_timestamp()
        FROM (SELECT unnest(:topics) AS topic ORDER BY 1) AS wanted
        WHERE (SELECT count(*) FROM awaited){before} >= 0
        ON CONFLICT (topic) DO UPDATE SET rev = t.rev + 1, changed_at = clock_timestamp()
        RETURNING topic, rev
    ), noted AS (
        INSERT INTO outbox (topic, rev, nth, event, cause)
        SELECT b.topic, b.rev, coalesce(e.nth, 0), coalesce(e.event, '{{}}'),
            coalesce(e.cause, :cause)
        FROM bumped b
        LEFT JOIN jsonb_to_recordset(:events) AS e(topic text, nth int, event jsonb, cause uuid)
            USING (topic)
    )
    SELECT topic, rev FROM bumped
"""
_BUMP_NAMES = (
    bindparam("topics", type_=ARRAY(Text)),
    bindparam("events", type_=JSONB),
    bindparam("cause", type_=Uuid),
    bindparam("later", type_=ARRAY(Text)),
    bindparam("instants", type_=ARRAY(DateTime(timezone=True))),
)

_EPOCH = """
    (SELECT system_identifier FROM pg_control_system())::text || ':'
        || left(pg_walfile_name(pg_current_wal_lsn()), 8) || ':'
        || coalesce((SELECT left(restore_id::text, 8) FROM live_epoch LIMIT 1), '0') AS epoch
"""
_STATE = text(f"""
    SELECT {_EPOCH},
        (SELECT coalesce(jsonb_object_agg(topic, rev), '{{}}')::text
         FROM live_topic WHERE topic = ANY(:topics)) AS revs
""").bindparams(bindparam("topics", type_=ARRAY(Text)))  # noqa: S608 - the constant above
_LATEST = text(f"""
    SELECT {_EPOCH}, coalesce(t.rev, 0) AS rev, t.changed_at, t.come_at,
        (SELECT min(at) FROM live_due WHERE topic = :topic) AS next_at
    FROM (SELECT 1) AS one LEFT JOIN live_topic t ON t.topic = :topic
""")  # noqa: S608 - the constant above

_IS_DUE = text("SELECT EXISTS (SELECT FROM live_due WHERE at <= :now)").bindparams(
    bindparam("now", type_=DateTime(timezone=True))
)
_TAKE_DUE = text("""
    DELETE FROM live_due USING (
        SELECT topic, at FROM live_due WHERE at <= :now
        ORDER BY at FOR UPDATE SKIP LOCKED LIMIT :most
    ) AS come
    WHERE live_due.topic = come.topic AND live_due.at = come.at
    RETURNING live_due.topic, live_due.at
""").bindparams(bindparam("now", type_=DateTime(timezone=True)))
_COME = text("""
    UPDATE live_topic SET come_at = greatest(come_at, c.at)
    FROM unnest(:later, :instants) AS c(topic, at) WHERE live_topic.topic = c.topic
""").bindparams(
    bindparam("later", type_=ARRAY(Text)),
    bindparam("instants", type_=ARRAY(DateTime(timezone=True))),
)

_DUE = text("""
    INSERT INTO live_due (topic, at) SELECT * FROM unnest(:later, :instants) ON CONFLICT DO NOTHING
""").bindparams(
    bindparam("later", type_=ARRAY(Text)),
    bindparam("instants", type_=ARRAY(DateTime(timezone=True))),
)


@dataclass(frozen=True, slots=True)
class Beside:
    """One more change at a transaction's end: SQL that stays the same, and what it names.

    It returns nothing, and is done before any topic is locked. Where it `wakes` somebody, it is
    told beside the revisions how many rows it wrote.
    """

    sql: str
    values: Mapping[str, Any]
    wakes: str = ""


async def bump(  # noqa: PLR0913 - all that a transaction leaves behind
    connection: AsyncConnection,
    topics: Iterable[Topic],
    events: Sequence[Event] = (),
    cause: UUID | None = None,
    *,
    also: Sequence[tuple[Event, UUID]] = (),
    awaited: Iterable[tuple[Topic, datetime]] = (),
    beside: Sequence[Beside] = (),
) -> dict[str, int]:
    """Give each topic its next revision and note the events; must be a transaction's last word.

    Each of `also` is an event with a cause of its own. What is `awaited` is noted by the way, as
    `due` would, and so is what stands `beside`; whom that wakes stands among the topics.
    """
    told = [*((event, cause) for event in events), *also]
    named = {str(topic) for event, _ in told for topic in event.topics}
    wanted = sorted(named.union(map(str, topics)))
    if not wanted:
        await due(connection, awaited)
        wrote = [(await connection.execute(_alone(one.sql), one.values)).rowcount for one in beside]
        woken = zip(beside, wrote, strict=True)
        return {one.wakes: rows for one, rows in woken if one.wakes and rows}
    assert len(wanted) <= MOST_TOPICS, f"{len(wanted)} topics in one transaction"
    noted = [
        {"topic": str(topic), "nth": nth, "cause": why and str(why)}
        | {"event": {"kind": event.kind, **event.payload()}}
        for nth, (event, why) in enumerate(told)
        for topic in set(event.topics)
    ]
    said = {"topics": wanted, "events": noted, "cause": cause, **_instants(awaited)}
    for one in beside:
        said |= one.values
    changes = tuple((one.sql, one.wakes) for one in beside)
    result = await connection.execute(_with(changes), said)
    return {row.topic: row.rev for row in result}


@cache
def _with(changes: tuple[tuple[str, str], ...]) -> TextClause:
    numbered = [(nth, *change) for nth, change in enumerate(changes)]
    parts = "".join(f"beside_{nth} AS ({sql} RETURNING 1), " for nth, sql, _ in numbered)
    done = (f" + (SELECT count(*) FROM beside_{nth})" for nth, *_ in numbered)  # noqa: S608
    woken = (
        f" UNION ALL SELECT '{wakes}', count(*) FROM beside_{nth} HAVING count(*) > 0"  # noqa: S608
        for nth, _, wakes in numbered
        if wakes
    )
    bump = _BUMP.format(before="".join(done)) + "".join(woken)
    return text(f"WITH {parts}{bump}").bindparams(*_BUMP_NAMES)


@cache
def _alone(sql: str) -> TextClause:
    return text(sql)


async def state(
    connection: AsyncConnection, topics: Iterable[Topic | str], build: str
) -> tuple[str, dict[str, int]]:
    """Tell the epoch and the revisions of these topics, as one snapshot; never bumped is 0."""
    wanted = [str(topic) for topic in topics]
    row = (await connection.execute(_STATE, {"topics": wanted})).one()
    known: dict[str, int] = json.loads(row.revs)
    return f"{row.epoch}:{build}", {topic: known.get(topic, 0) for topic in wanted}


@dataclass(frozen=True, slots=True)
class Latest:
    """A topic as one snapshot has it.

    `come_at` is the last instant that came for it: who draws this revision draws no earlier time,
    whatever his own clock says, for nobody bumps it for that instant again. `next_at` is the first
    that has yet to come.
    """

    epoch: str
    rev: int
    changed_at: datetime | None
    come_at: datetime | None
    next_at: datetime | None

    def instant(self, now: datetime) -> datetime:
        """Tell which time a picture shows that is drawn at `now`."""
        return max(now, self.come_at or now)

    def ahead(self, now: datetime) -> bool:
        """Tell whether a picture drawn at `now` shows what belongs to the next revision already."""
        return self.next_at is not None and self.next_at <= self.instant(now)


async def latest(connection: AsyncConnection, topic: Topic, build: str) -> Latest:
    """Tell the epoch, a topic's revision, when it got it and what came for it, in one statement."""
    row = (await connection.execute(_LATEST, {"topic": str(topic)})).one()
    return Latest(f"{row.epoch}:{build}", row.rev, row.changed_at, row.come_at, row.next_at)


async def epoch(connection: AsyncConnection, build: str) -> str:
    """Name the line of history that revisions count in; a failover or a restore begins another."""
    return (await state(connection, (), build))[0]


async def revisions(connection: AsyncConnection, topics: Iterable[Topic | str]) -> dict[str, int]:
    """Tell the revision of each topic."""
    return (await state(connection, topics, ""))[1]


async def renew_epoch(connection: AsyncConnection) -> None:
    """Begin another epoch: after a restore every screen asks for the whole again."""
    await connection.execute(text("DELETE FROM live_epoch"))
    await connection.execute(text("INSERT INTO live_epoch DEFAULT VALUES"))


async def due(connection: AsyncConnection, wanted: Iterable[tuple[Topic, datetime]]) -> None:
    """Have screens drawn again at these instants, although nobody writes then."""
    said = _instants(wanted)
    if said["later"]:
        await connection.execute(_DUE, said)


def _instants(wanted: Iterable[tuple[Topic, datetime]]) -> dict[str, list[str] | list[datetime]]:
    pairs = sorted((str(topic), at) for topic, at in wanted)
    return {"later": [topic for topic, _ in pairs], "instants": [at for _, at in pairs]}


async def is_due(connection: AsyncConnection, now: datetime) -> bool:
    """Say whether any topic's instant has come: one cheap question, asked all day."""
    return bool((await connection.execute(_IS_DUE, {"now": now})).scalar_one())


async def bump_due(connection: AsyncConnection, now: datetime) -> dict[str, int]:
    """Bump topics whose instant has come, few at a time; empty when none is left."""
    taken = await connection.execute(_TAKE_DUE, {"now": now, "most": MOST_TOPICS})
    come: dict[str, datetime] = {}
    for topic, at in taken:
        come[topic] = max(at, come.get(topic, at))
    revs = await bump(connection, map(Topic.parse, come))
    if come:  # these rows are locked by now
        await connection.execute(_COME, {"later": [*come], "instants": [*come.values()]})
    return revs


async def prune(connection: AsyncConnection, before: datetime) -> int:
    """Forget outbox rows older than this; returns how many."""
    forget = text("DELETE FROM outbox WHERE at < :before").bindparams(
        bindparam("before", type_=DateTime(timezone=True))
    )
    return (await connection.execute(forget, {"before": before})).rowcount
