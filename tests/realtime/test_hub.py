"""Hub: one draw serves all, nothing is forgotten, nothing leaks, nothing is silently old."""

import asyncio
from datetime import timedelta

from realtime import outbox
from realtime.subject import Lost, Seat
from realtime.topics import Topic
from realtime.views import Claim
from tests.realtime import toy
from tests.realtime.browser import Browser, until
from tests.realtime.toy import LAMPS

FLOOR = Topic("lamps", "floor")


async def test_a_change_reaches_every_watcher_from_one_draw(node):
    browsers = [await node.watch() for _ in range(20)]
    before = node.lamps.draws
    rev = await node.turn(3, "on")
    for browser in browsers:
        await browser.until(LAMPS, rev)
        assert "<b>on</b>" in browser.page(LAMPS).body
    assert node.lamps.draws == before + 1


async def test_a_change_during_a_draw_is_drawn_too(node):
    browser = await node.watch()
    node.lamps.delay = 0.05
    first = await node.turn(3, "on")
    await asyncio.sleep(0.03)  # its draw has taken its snapshot
    node.lamps.broken = {"revisions"}  # by the poke, not by the check
    rev = await node.turn(4, "on")
    assert rev == first + 1
    assert await browser.until(LAMPS, rev) < 0.5


async def test_a_frame_carries_only_the_regions_that_changed(node):
    browser = await node.watch()
    await browser.until(LAMPS, await node.turn(1, "on"))  # from revision zero it is the whole
    rev = await node.turn(3, "on")
    await browser.until(LAMPS, rev)
    (frame,) = [frame for frame in browser.frames if frame["r"] == rev]
    assert "lamp-3" in frame["k"]
    assert "lamp-4" not in frame["content"]


async def test_a_new_member_brings_the_whole_container(node):
    browser = await node.watch()
    rev = await node.turn(11, "new")
    await browser.until(LAMPS, rev)
    frame = browser.frames[-1]
    assert (frame["p"], frame["k"]) == (0, [f"lamps-{toy.HALL}"])
    assert "innerMorph" in frame["content"]


async def test_a_hidden_change_gives_a_view_no_frame(node):
    full, wall = await node.watch(), await node.watch(toy.Viewer(view="wall"))
    rev = await node.turn(2, "off", "a secret")
    await full.until(LAMPS, rev)
    await asyncio.sleep(0.05)
    assert [frame["r"] for frame in wall.frames] == [0]
    rev = await node.turn(2, "on", "a secret")
    await wall.until(LAMPS, rev)
    assert "secret" not in "".join(message.text for message in wall.wire.said)


async def test_a_page_at_the_present_revision_needs_nothing(node):
    first = await node.watch()
    rev = await node.turn(1, "on")
    await first.until(LAMPS, rev)
    again = await node.watch(claim=first.page(LAMPS).claim)
    assert again.frames == []


async def test_one_who_was_away_gets_the_frames_it_missed(node):
    first, witness = await node.watch(), await node.watch()
    for lamp in range(1, 4):
        await witness.until(LAMPS, await node.turn(lamp, "on"))
    seen = first.page(LAMPS).claim
    for lamp in range(4, 7):
        await witness.until(LAMPS, await node.turn(lamp, "on"))
    again = await node.watch(claim=seen)
    assert [(frame["p"], frame["r"]) for frame in again.frames] == [(3, 4), (4, 5), (5, 6)]


async def test_a_revision_that_coalescing_skipped_gets_the_whole(node):
    browser = await node.watch()
    epoch = browser.page(LAMPS).shown.epoch
    node.lamps.broken = {"revisions"}  # no check draws the revision between
    await node.turn(1, "on", poke=False)
    rev = await node.turn(1, "off")
    await until(lambda: node.hub.rooms.get(str(LAMPS)).rev == rev)
    again = await node.watch(claim=Claim(epoch, rev - 1, "full"))
    assert [frame["p"] for frame in again.frames] == [0]


async def test_a_page_of_another_view_gets_the_whole_of_its_own(node):
    first = await node.watch()
    shown = first.page(LAMPS)
    again = await node.watch(toy.Viewer(view="wall"), shown.claim)
    assert [frame["p"] for frame in again.frames] == [0]


async def test_a_lost_poke_is_healed_within_about_a_second(node):
    browser = await node.watch()
    rev = await node.turn(1, "on", poke=False)
    assert await browser.until(LAMPS, rev) < 1.5


async def test_a_restored_database_sends_everything_again(node):
    browser = await node.watch()
    await browser.until(LAMPS, await node.turn(1, "on"))
    was = browser.page(LAMPS).shown.epoch
    async with node.lamps.engine.begin() as connection:
        await outbox.renew_epoch(connection)
    await until(lambda: browser.page(LAMPS).shown.epoch != was)
    assert browser.frames[-1]["p"] == 0
    await browser.until(LAMPS, await node.turn(2, "on"))
    assert (browser.frames[-1]["p"], browser.frames[-1]["r"]) == (1, 2)


async def test_what_stands_around_the_regions_is_compared_too(node):
    browser = await node.watch()
    rev = await node.turn(0, "Hall of lamps")
    await browser.until(LAMPS, rev)
    assert "Hall of lamps" in browser.page(LAMPS).body


async def test_history_that_goes_backwards_in_an_epoch_still_shows_the_truth(node):
    browser = await node.watch()
    for lamp in (1, 2, 3):
        await browser.until(LAMPS, await node.turn(lamp, "on"))
    async with node.lamps.engine.begin() as connection:
        await connection.execute(outbox.text("UPDATE live_topic SET rev = 1"))
        await connection.execute(outbox.text("DELETE FROM outbox WHERE rev > 1"))
        await connection.execute(outbox.text("UPDATE lamp SET label = 'dim' WHERE id = 3"))
    await until(lambda: "dim" in browser.page(LAMPS).body)
    rev = await node.turn(4, "bright")
    await until(lambda: "bright" in browser.page(LAMPS).body)
    assert browser.page(LAMPS).shown.rev == rev == 2


async def test_a_broken_draw_leaves_the_screen_and_makes_it_age(node):
    browser = await node.watch()
    body = browser.page(LAMPS).body
    node.lamps.broken = {"draw"}
    await node.turn(1, "on")
    await until(lambda: browser.page(LAMPS) and 1.5 < browser.age < float("inf"))
    assert browser.page(LAMPS).body == body
    node.lamps.broken = set()
    await until(lambda: "on" in browser.page(LAMPS).body)
    await until(lambda: browser.page(LAMPS) and browser.age < 1)


async def test_a_view_that_cannot_be_drawn_does_not_hurt_another(node):
    full = await node.watch()
    node.lamps.broken = {"wall"}
    wall = await node.watch(toy.Viewer(view="wall"))
    rev = await node.turn(1, "on")
    await full.until(LAMPS, rev)
    assert wall.frames == []
    node.lamps.broken = set()
    await wall.until(LAMPS, rev)


async def test_whoever_subscribes_while_the_database_is_away_is_served_when_it_returns(node):
    node.lamps.broken = {"draw"}
    browser = await node.watch()
    assert browser.frames == []
    node.lamps.broken = set()
    await until(lambda: "off" in browser.page(LAMPS).body)


async def test_no_frame_before_its_durable_trail(node):
    viewer = toy.Viewer()
    browser = await node.watch(viewer)
    assert node.lamps.trail == [(viewer, str(LAMPS), frozenset(map(toy.patient, range(1, 11))))]
    node.lamps.broken = {"note"}
    rev = await node.turn(12, "new patient")
    await asyncio.sleep(0.3)
    assert len(browser.frames) == 1
    node.lamps.broken = set()
    await browser.until(LAMPS, rev)
    assert node.lamps.trail[1:] == [(viewer, str(LAMPS), frozenset({toy.patient(12)}))]


async def test_a_patient_who_left_is_not_shown_to_one_who_was_away(node):
    first = await node.watch()
    claim = first.page(LAMPS).claim
    await first.until(LAMPS, await node.turn(12, "short stay"))
    revs = await toy.take_away(node.lamps.engine, 12)
    node.poke(revs)
    await first.until(LAMPS, revs[str(LAMPS)])
    again = await node.watch(claim=claim)
    assert "short stay" not in "".join(message.text for message in again.wire.said)


async def test_a_thousand_returning_at_once_cost_one_draw(node):
    await node.watch()
    rev = await node.turn(1, "on", poke=False)
    before = node.lamps.draws
    browsers = await asyncio.gather(*(node.watch(claim=Claim("old", 7)) for _ in range(1_000)))
    await until(lambda: all(browser.page(LAMPS).shown.rev >= rev for browser in browsers))
    assert node.lamps.draws - before <= 4


async def test_rights_that_are_lost_end_the_view_within_a_second(node):
    viewer = toy.Viewer()
    browser = await node.watch(viewer)
    viewer.lost = Lost("forbidden")
    assert await until(lambda: browser.page(LAMPS) and browser.gone) < 1.1
    frames = len(browser.frames)
    await node.turn(1, "on", "secret")
    await asyncio.sleep(0.2)
    assert len(browser.frames) == frames


async def test_a_session_that_ended_closes_the_socket(node):
    viewer = toy.Viewer()
    browser = await node.watch(viewer)
    viewer.lost = Lost("signed out", 4401)
    assert await until(lambda: browser.wire.code) < 1.1
    assert browser.wire.code == 4401


async def test_a_poke_about_rights_is_heard_at_once(node):
    viewer = toy.Viewer()
    browser = await node.watch(viewer)
    await asyncio.sleep(0.1)
    viewer.lost = Lost("forbidden")
    node.hub.poked("rights/ada", 1)
    assert await until(lambda: browser.page(LAMPS) and browser.gone) < 0.2


async def test_changed_rights_bring_the_new_view(node):
    viewer = toy.Viewer()
    await node.turn(1, "on", "diagnosis", poke=False)
    browser = await node.watch(viewer)
    assert "diagnosis" in browser.page(LAMPS).body
    viewer.view = "wall"
    await until(lambda: browser.page(LAMPS).view == "wall")
    assert "diagnosis" not in browser.page(LAMPS).body
    rev = await node.turn(2, "on", "another secret")
    await browser.until(LAMPS, rev)
    assert "another secret" not in browser.wire.said[-1].text


async def test_no_frame_leaves_while_rights_cannot_be_verified(node):
    browser = await node.watch()
    node.lamps.broken = {"standing"}
    await asyncio.sleep(1.0)
    frames = len(browser.frames)
    await node.turn(1, "on")
    await asyncio.sleep(0.3)
    assert len(browser.frames) == frames
    node.lamps.broken = set()
    await until(lambda: "on" in browser.page(LAMPS).body)


async def test_a_seat_that_runs_out_is_renewed_or_lost(node):
    viewer = toy.Viewer(until=toy.now() + timedelta(seconds=0.7))
    browser = await node.watch(viewer)
    viewer.until = None
    await until(lambda: seat_of(browser).until is None)
    await browser.until(LAMPS, await node.turn(1, "on"))
    viewer.until = toy.now() + timedelta(seconds=0.2)
    other = await node.watch(viewer)
    node.lamps.broken = {"authorise"}
    await until(lambda: not other.station.watching[str(LAMPS)].seated)
    frames = len(other.frames)
    await node.turn(2, "on")
    await asyncio.sleep(0.2)
    assert len(other.frames) == frames


def seat_of(browser: Browser) -> Seat:
    return browser.station.watching[str(LAMPS)].seat


async def test_a_screen_changes_when_its_instant_comes(node):
    browser, at = await node.watch(), toy.now() + timedelta(seconds=0.3)
    async with node.lamps.engine.begin() as connection:
        await outbox.due(connection, [(LAMPS, at)])
    await until(lambda: toy.now() >= at)
    # what is promised; twice a second it is asked
    assert await until(lambda: node.hub.rooms.get(str(LAMPS)).rev == 1) < 1
    async with node.lamps.engine.begin() as connection:
        assert await outbox.bump_due(connection, toy.now()) == {}
    assert browser.page(LAMPS)


async def test_what_time_changed_is_in_the_next_frame_though_it_was_drawn_before(node):
    """Whoever makes a hub draw between two revisions takes nothing away from those who watch."""
    browser = await node.watch()
    rev = await node.turn(1, "on")
    await browser.until(LAMPS, rev)
    drawn = node.lamps.draws
    async with node.lamps.engine.begin() as connection:  # as time does: nobody says so yet
        await connection.execute(outbox.text("UPDATE lamp SET label = 'late' WHERE id = 3"))
    node.hub.poked(str(LAMPS), rev + 1_000)  # another hospital on the same Redis, or a newcomer
    await until(lambda: node.lamps.draws > drawn)
    async with node.lamps.engine.begin() as connection:
        revs = await outbox.bump(connection, [LAMPS])
    node.poke(revs)
    await until(lambda: "late" in browser.page(LAMPS).body)


async def test_a_page_that_was_drawn_before_an_instant_is_told_of_it(node):
    """The page is of another node; this one draws first after the instant, and before its bump."""
    rev = await node.turn(1, "on")
    async with node.lamps.engine.begin() as connection:
        epoch = await outbox.epoch(connection, node.lamps.build)
        await connection.execute(outbox.text("UPDATE lamp SET label = 'late' WHERE id = 3"))
    node.lamps.ahead = True
    browser = await node.watch(claim=Claim(epoch, rev, "full"))
    await until(lambda: node.lamps.draws == 1)
    assert browser.frames == []  # it shows this revision, as far as anybody knows
    node.lamps.ahead = False
    await node.turn(1, "on")
    await until(lambda: any("late" in str(frame) for frame in browser.frames))


async def test_a_full_socket_gets_the_newest_state_and_nothing_between(node):
    slow, quick = await node.watch(), await node.watch()
    slow.wire.full = True
    for number in range(5):
        await quick.until(LAMPS, await node.turn(1, f"step {number}"))
    slow.wire.full = False
    slow.wire.flush()
    assert "step 4" in slow.page(LAMPS).body
    assert "step 2" not in "".join(message.text for message in slow.wire.said)


async def test_a_poll_gives_the_snapshot_and_then_nothing_new(node):
    viewer = toy.Viewer(view="wall")
    etag, frame = await node.hub.snapshot(viewer, LAMPS)
    assert frame is not None
    assert node.lamps.trail[-1][0] is viewer
    assert await node.hub.snapshot(viewer, LAMPS, etag) == (etag, None)
    await node.turn(1, "on")
    await until(lambda: node.hub.rooms.get(str(LAMPS)).rev == 1)
    changed, frame = await node.hub.snapshot(viewer, LAMPS, etag)
    assert changed != etag
    assert frame is not None
    assert "<b>on</b>" in frame


async def test_an_abandoned_room_is_forgotten(node, monkeypatch):
    monkeypatch.setattr("realtime.rooms.IDLE_SECONDS", 0.1)
    browser = await node.watch(topic=FLOOR)
    node.hub.close(browser.station)
    await until(lambda: str(FLOOR) not in node.hub.rooms.rooms)


async def test_a_drained_node_sends_everybody_away_and_admits_nobody(node):
    browsers = [await node.watch() for _ in range(5)]
    await node.hub.drain(over=0.1, batches=3)
    assert {browser.wire.code for browser in browsers} == {1012}
    assert node.hub.draining


async def test_a_draw_whose_library_was_cancelled_is_a_draw_that_failed(node, monkeypatch):
    draw, first = node.lamps.draw, [True]

    async def cancelled(topic, views):
        if first.pop() if first else False:
            raise asyncio.CancelledError
        return await draw(topic, views)

    monkeypatch.setattr(node.lamps, "draw", cancelled)
    browser = await node.watch()
    assert browser.frames == []  # told in time: it does not wait for ever
    await until(lambda: "off" in browser.page(LAMPS).body)


async def test_whoever_waits_for_a_draw_that_is_ended_is_served_by_the_next(node):
    """Nothing but the hub's own end cancels a draw; if something did, no watch stays behind."""
    first = await node.watch()
    ahead = Claim(first.page(LAMPS).shown.epoch, 99, "full")  # so that it must wait for a draw
    node.lamps.delay = 1.5  # in the middle of which it is ended
    waiting = asyncio.create_task(node.watch(claim=ahead))
    await until(lambda: (room := node.hub.rooms.get(str(LAMPS))) and room.drawing)
    (drawing,) = [task for task in node.hub._tasks._held if "_run" in repr(task.get_coro())]
    drawing.cancel()
    node.lamps.delay = 0.0
    browser = await waiting
    assert browser.frames == []
    await until(lambda: "off" in browser.page(LAMPS).body)


async def test_a_watch_whose_first_trail_failed_is_served_although_nothing_changes(node):
    await node.watch()
    node.lamps.broken = {"note"}
    browser = await node.watch()
    assert browser.frames == []
    node.lamps.broken = set()
    await until(lambda: "off" in browser.page(LAMPS).body)
