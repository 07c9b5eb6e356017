"""Outbox: revisions without holes, in commit order, and nothing of what was rolled back."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from realtime import outbox
from realtime.outbox import Beside
from realtime.topics import Topic
from tests.realtime import toy
from tests.realtime.browser import PATIENCE
from tests.realtime.toy import HALL, LAMPS, LampTurned


async def test_a_commit_gives_each_topic_its_next_revision_and_notes_the_event(engine):
    cause = uuid4()
    async with engine.begin() as connection:
        revs = await outbox.bump(connection, [Topic("x", "1")], [LampTurned(HALL, 3)], cause)
    assert revs == {str(LAMPS): 1, "x/1": 1}
    async with engine.connect() as connection:
        rows = (await connection.execute(text("SELECT * FROM outbox ORDER BY topic"))).all()
        assert await outbox.revisions(connection, [LAMPS, Topic("y", "1")]) == {
            str(LAMPS): 1,
            "y/1": 0,
        }
    assert [(row.topic, row.rev, row.event, row.cause) for row in rows] == [
        (str(LAMPS), 1, {"kind": "LampTurned", "hall": str(HALL), "lamp": 3}, cause),
        ("x/1", 1, {}, cause),
    ]


async def test_two_events_of_one_commit_share_a_revision(engine):
    async with engine.begin() as connection:
        events = [LampTurned(HALL, 1), LampTurned(HALL, 2)]
        assert await outbox.bump(connection, [], events, None) == {str(LAMPS): 1}
        assert await connection.scalar(text("SELECT count(*) FROM outbox")) == 2


async def test_revisions_have_no_holes_whatever_is_rolled_back(engine):
    """I5, with writers that cross each other's topics in every order."""
    topics = [Topic("t", str(number)) for number in range(4)]

    async def write(number: int) -> None:
        async with engine.connect() as connection:
            some = [topics[(number + step) % 4] for step in range(1 + number % 3)]
            await outbox.bump(connection, reversed(some), [], None)
            await (connection.rollback() if number % 5 == 0 else connection.commit())

    await asyncio.gather(*(write(number) for number in range(80)))
    async with engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT topic, array_agg(rev ORDER BY rev) AS revs FROM outbox GROUP BY topic")
        )
        noted = {row.topic: row.revs for row in rows}
        revs = await outbox.revisions(connection, topics)
    assert sum(revs.values()) > 80
    assert noted == {topic: list(range(1, rev + 1)) for topic, rev in revs.items()}


async def test_topics_are_locked_in_their_order_so_that_writers_never_deadlock(engine):
    topics = [Topic("t", str(number)) for number in range(8)]
    async with engine.begin() as connection:
        await outbox.bump(connection, topics, [], None)

    async def free(topic: Topic) -> bool:
        async with engine.connect() as connection:
            rows = await connection.execute(
                text("SELECT 1 FROM live_topic WHERE topic = :t FOR UPDATE SKIP LOCKED"),
                {"t": str(topic)},
            )
            return rows.first() is not None

    async with engine.connect() as holder, engine.connect() as other:
        await outbox.bump(holder, [topics[4]], [], None)
        waiting = asyncio.create_task(outbox.bump(other, reversed(topics), [], None))
        async with asyncio.timeout(PATIENCE):
            while await free(topics[3]):  # noqa: ASYNC110 - a lock in the database
                await asyncio.sleep(0.01)
        assert [await free(topic) for topic in topics] == [False] * 5 + [True] * 3
        await holder.rollback()
        await waiting


async def test_what_stands_beside_waits_for_others_before_any_topic_is_locked(engine):
    """Whoever takes what has come due holds its instants, and then raises the same topics."""
    topic, at = Topic("t", "0"), toy.now()
    noted = "INSERT INTO live_due (topic, at) SELECT :screen, CAST(:at AS timestamptz)"
    beside = Beside(f"{noted} ON CONFLICT DO NOTHING", {"screen": "intake/0", "at": at})
    async with engine.begin() as connection:
        await outbox.due(connection, [(Topic("intake", "0"), at)])

    async def note() -> dict[str, int]:
        async with engine.begin() as connection:
            return await outbox.bump(connection, [topic], beside=[beside])

    async with engine.begin() as holder:
        assert await outbox.bump_due(holder, at) == {"intake/0": 1}
        waiting = asyncio.create_task(note())
        await _waits(engine)
        assert await outbox.bump(holder, [topic]) == {str(topic): 1}
    assert await waiting == {str(topic): 2}
    async with engine.connect() as connection:
        assert await outbox.is_due(connection, at), "it is noted again"


async def test_whom_a_change_wakes_is_told_only_when_something_was_written(engine):
    noted = "INSERT INTO live_due (topic, at) SELECT 'x/1', CAST(:at AS timestamptz)"
    beside = Beside(f"{noted} ON CONFLICT DO NOTHING", {"at": toy.now()}, "hands/now")
    async with engine.begin() as connection:
        assert await outbox.bump(connection, [LAMPS], beside=[beside]) == {
            str(LAMPS): 1,
            "hands/now": 1,
        }
        assert await outbox.bump(connection, [LAMPS], beside=[beside]) == {str(LAMPS): 2}
        assert await outbox.bump(connection, [], beside=[beside]) == {}
        later = replace(beside, values={"at": toy.now() + timedelta(seconds=1)})
        assert await outbox.bump(connection, [], beside=[later]) == {"hands/now": 1}


async def _waits(engine) -> None:
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    async with asyncio.timeout(PATIENCE), engine.connect() as connection:
        while not await connection.scalar(text(f"{waits} AND datname = current_database()")):
            await connection.rollback()  # what is active is asked anew
            await asyncio.sleep(0.01)


async def test_a_transaction_may_not_touch_more_topics_than_it_should(engine):
    async with engine.connect() as connection:
        many = [Topic("t", str(n)) for n in range(outbox.MOST_TOPICS + 1)]
        with pytest.raises(AssertionError):
            await outbox.bump(connection, many, [], None)


async def test_a_restore_a_failover_or_another_build_is_another_epoch(engine):
    async with engine.begin() as connection:
        first = await outbox.epoch(connection, "b1")
        assert await outbox.epoch(connection, "b1") == first
        assert await outbox.epoch(connection, "b2") != first
        system, timeline, *_ = first.split(":")
        assert system.isdigit()
        assert timeline == "00000001"
        await outbox.renew_epoch(connection)
        assert await outbox.epoch(connection, "b1") != first


async def test_what_falls_due_is_bumped_once_by_whoever_comes_first(engine):
    at = toy.now()
    async with engine.begin() as connection:
        for number in range(20):
            await outbox.due(connection, [(Topic("t", str(number)), at)])
            await outbox.due(connection, [(Topic("t", str(number)), at)])
        await outbox.due(connection, [(Topic("t", "later"), at + timedelta(days=1))])
        assert await outbox.is_due(connection, at)

    async def work() -> list[str]:
        done: list[str] = []
        while True:
            async with engine.begin() as connection:
                revs = await outbox.bump_due(connection, at)
            if not revs:
                return done
            done += revs

    done = [topic for topics in await asyncio.gather(work(), work(), work()) for topic in topics]
    assert sorted(done) == sorted(f"t/{number}" for number in range(20))
    async with engine.begin() as connection:
        assert not await outbox.is_due(connection, at)
        assert await outbox.is_due(connection, at + timedelta(days=1))


async def test_a_revision_knows_what_came_for_it_and_what_comes_next(engine):
    first = toy.now()
    second, soon = first + timedelta(milliseconds=300), timedelta(milliseconds=1)
    async with engine.begin() as connection:
        await outbox.due(connection, [(LAMPS, first), (LAMPS, second)])
        cold = await outbox.latest(connection, LAMPS, "b1")
        assert await outbox.bump_due(connection, first) == {str(LAMPS): 1}
        after = await outbox.latest(connection, LAMPS, "b1")
    assert (cold.rev, cold.come_at, cold.next_at) == (0, None, first)
    assert (after.rev, after.come_at, after.next_at) == (1, first, second)
    assert cold.instant(first - soon) == first - soon
    assert after.instant(first - soon) == first  # by a clock that is behind
    assert [cold.ahead(first - soon), cold.ahead(first), cold.ahead(second)] == [False, True, True]
    assert [after.ahead(second - soon), after.ahead(second)] == [False, True]


async def test_old_outbox_rows_are_forgotten(engine):
    async with engine.begin() as connection:
        await outbox.bump(connection, [LAMPS], [], None)
        assert await outbox.prune(connection, toy.now() - timedelta(days=3)) == 0
        assert await outbox.prune(connection, toy.now() + timedelta(seconds=1)) == 1
        assert await outbox.revisions(connection, [LAMPS]) == {str(LAMPS): 1}


def test_topics_are_read_written_and_ordered_as_text():
    assert Topic.parse(str(LAMPS)) == LAMPS
    assert Topic("calendar", f"{HALL}/2026-11-20") == Topic.parse(f"calendar/{HALL}/2026-11-20")
    assert max(Topic("b", "1"), Topic("a", HALL), Topic("a", "1")) == Topic("b", "1")
    for text_ in (
        "",
        "beds",
        "beds/",
        "Beds/1",
        "beds/<b>",
        "../etc",
        "beds/a b",
        "beds/" + "x" * 200,
    ):
        with pytest.raises(ValueError, match="topic"):
            Topic.parse(text_)
