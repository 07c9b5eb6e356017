"""Bus: two nodes on one PostgreSQL, with Redis well, killed, restarted and frozen."""

import asyncio
import os
import signal
import time
from itertools import pairwise

from realtime.bus import Bus
from realtime.tasks import end
from tests.realtime.browser import until
from tests.realtime.conftest import node_on
from tests.realtime.toy import LAMPS


async def test_a_change_on_one_node_is_shown_by_the_other_at_once(engine, mortal):
    async with node_on(engine, mortal.url) as one, node_on(engine, mortal.url) as two:
        here, there = await one.watch(), await two.watch()
        await until(lambda: one.bus.listening and two.bus.listening)
        took = []
        for number in range(10):
            rev = await one.turn(1, f"step {number}")
            await here.until(LAMPS, rev)
            took.append(await there.until(LAMPS, rev))
        assert sorted(took)[5] < 0.2  # not by the check
        assert there.page(LAMPS).body == here.page(LAMPS).body


async def test_our_own_poke_that_comes_back_draws_nothing_again(engine, mortal):
    async with node_on(engine, mortal.url) as node:
        browser = await node.watch()
        room = node.hub.rooms.get(str(LAMPS))
        await until(lambda: node.bus.listening and not room.running)  # looked at once more, then
        heard: list[int] = []
        poked = node.bus._poked
        node.bus._poked = lambda topic, rev: (heard.append(rev), poked(topic, rev))
        node.lamps.delay = 0.05  # the echo arrives while the draw is reading
        before = node.lamps.draws
        for number in range(5):
            rev = await node.turn(1, f"step {number}")
            await browser.until(LAMPS, rev)
            await until(lambda rev=rev: heard.count(rev) == 2 and not room.running)
        assert node.lamps.draws == before + 5


async def test_with_redis_killed_the_other_node_heals_in_about_a_second(engine, mortal):
    async with node_on(engine, mortal.url) as one, node_on(engine, mortal.url) as two:
        here, there = await one.watch(), await two.watch()
        await until(lambda: one.bus.listening and two.bus.listening)
        mortal.kill()
        await until(lambda: not one.bus.listening and not two.bus.listening)
        rev = await one.turn(1, "on")
        assert await here.until(LAMPS, rev) < 0.5
        assert await there.until(LAMPS, rev) < 1.6
        mortal.start()
        heard: list[int] = []
        two.bus._poked = lambda _topic, rev: heard.append(rev)  # the check alone would hide it
        await until(lambda: one.bus.listening and two.bus.listening)
        rev = await one.turn(1, "off")
        await until(lambda: rev in heard)


async def test_with_redis_killed_rights_are_asked_for_more_often(engine, mortal):
    """Nobody can poke then: what bounds the end of a right is how often it is asked."""
    async with node_on(engine, mortal.url) as node:
        await node.watch()
        await until(lambda: node.bus.listening)
        asked: list[float] = []
        standing = node.lamps.standing

        async def noted(seated):
            asked.append(time.monotonic())
            return await standing(seated)

        node.lamps.standing = noted
        await until(lambda: len(asked) >= 4)
        hearing = sorted(pauses(asked[:4]))[1]
        mortal.kill()
        await until(lambda: not node.bus.listening)
        since = len(asked) + 1  # one pause may have begun before
        await until(lambda: len(asked) >= since + 4)
        # a busy machine makes a pause longer, never shorter
        assert min(pauses(asked[since : since + 4])) < hearing * 0.6
        mortal.start()
        await until(lambda: node.bus.listening)


def pauses(instants: list[float]) -> list[float]:
    return [after - before for before, after in pairwise(instants)]


async def test_a_frozen_redis_delays_no_command(engine, mortal):
    async with node_on(engine, mortal.url) as one:
        browser = await one.watch()
        await until(lambda: one.bus.listening)
        assert mortal.pid
        os.kill(mortal.pid, signal.SIGSTOP)
        try:
            begun = time.monotonic()
            for number in range(2_000):
                one.bus.publish("other/1", number)
            assert time.monotonic() - begun < 2  # with a bus that waits it would not end
            assert await browser.until(LAMPS, await one.turn(1, "on")) < 2
        finally:
            os.kill(mortal.pid, signal.SIGCONT)


async def test_after_a_break_everything_is_looked_at_again(mortal):
    heard: list[str] = []
    bus = Bus(
        mortal.url, poked=lambda t, r: heard.append(t), resubscribed=lambda: heard.append("all")
    )
    running = asyncio.create_task(bus.run())
    await until(lambda: heard == ["all"])
    mortal.kill()
    await asyncio.sleep(0.2)
    mortal.start()
    await until(lambda: heard.count("all") >= 2)
    await end(running)


async def test_a_forged_or_broken_poke_harms_nobody(engine, mortal):
    import redis.asyncio as redis

    async with node_on(engine, mortal.url) as one:
        browser = await one.watch()
        await until(lambda: one.bus.listening)
        heard: list[int] = []
        poked = one.bus._poked
        one.bus._poked = lambda topic, rev: (heard.append(rev), poked(topic, rev))
        async with redis.Redis.from_url(mortal.url) as stranger:
            for said in (
                "",
                "|",
                "x|",
                "lamps|é",
                f"{LAMPS}|-3",
                f"{LAMPS}|99999999999999999999",
                "a|b|c",
            ):
                await stranger.publish("live", said)
            await stranger.publish("live", f"{LAMPS}|4000000")
        await until(lambda: 4_000_000 in heard)  # and all that was said before
        await browser.until(LAMPS, await one.turn(1, "on"))
        assert browser.page(LAMPS).shown.rev == 1


async def test_without_redis_a_node_shows_its_own_changes_at_once(engine):
    async with node_on(engine, None) as one:
        browser = await one.watch()
        assert await browser.until(LAMPS, await one.turn(1, "on")) < 0.5
