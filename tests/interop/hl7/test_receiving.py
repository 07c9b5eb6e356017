"""Receiving: who is told is added, changed, paused and removed, and the post follows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from domain.errors import NotAllowed
from tests.adt.scene import Scene
from tests.interop.hl7.listening import Memory, listening
from tests.interop.hl7.passing import Administration, lying, part
from tests.interop.hl7.taking import Taking
from tests.settling import PATIENCE, settled
from ward.adt.transfer import transfer
from ward.errors import Invalid, Missing, Stale
from ward.interop.hl7.outbound import receiving, trying
from ward.interop.hl7.outbound.known import standing
from ward.interop.hl7.outbound.models import OutState
from ward.interop.hl7.outbound.receivers import Kind, Receiver
from ward.interop.hl7.outbound.receiving import Asked
from ward.interop.hl7.outbound.sender import Post, drain

PLAIN = Asked("", "", "10.0.0.7", 2576, frozenset({Kind.MOVES}))


@asynccontextmanager
async def _posting(scene: Scene) -> AsyncIterator[Post]:
    scene.node.parts = frozenset({"worker"})
    post = Post(scene.node)
    await post.start()
    try:
        yield post
    finally:
        await post.stop()


async def _told(taking: Taking, count: int) -> None:
    """Wait until a receiver was told so much."""
    async with asyncio.timeout(PATIENCE):
        while len(taking.raws) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def _names(scene: Scene) -> list[str]:
    return [one.name for one in await standing(scene.node)]


async def test_whoever_is_added_is_told_without_a_new_start(scene: Scene) -> None:
    beds = Taking(scene.node)
    async with _posting(scene):
        await lying(scene, "6E-02", "Plover")
        await settled(scene.node)  # nobody was there to be told
        async with beds.open():
            await lying(scene)
            await settled(scene.node)
            await _told(beds, 1)
    assert [part(raw, "PID", 5) for raw in beds.raws] == ["Quillfeather"]
    assert (part(beds.raws[0], "MSH", 5), part(beds.raws[0], "MSH", 6)) == ("BEDS", "Northsite")


async def test_what_is_told_while_it_is_paused_waits_in_order(scene: Scene) -> None:
    beds = Taking(scene.node)
    async with beds.open():
        async with scene.work() as work:
            await receiving.pause(work, "beds", seen=None)
        _, encounter = await lying(scene)
        async with scene.work() as work:
            await transfer(work, encounter, scene.beds["6E-02"])
        assert await beds.send() == 0
        assert [state for state, *_ in await beds.states()] == [OutState.WAITING] * 2
        with pytest.raises(NotAllowed, match="paused already"):
            async with scene.work() as work:
                await receiving.pause(work, "beds", seen=None)
        async with scene.work() as work:
            await receiving.resume(work, "beds", seen=None)
        assert await beds.send() == 2
    assert beds.events == ["A01", "A02"]


async def test_whoever_is_removed_is_told_no_more_and_may_be_added_again(scene: Scene) -> None:
    beds = Taking(scene.node)
    async with beds.open():
        await lying(scene)
        await settled(scene.node)
        async with scene.work() as work:
            await receiving.remove(work, "beds", seen=None)
        assert await _names(scene) == []
        assert [(one[0], one[2]) for one in await beds.states()] == [
            (OutState.GIVEN_UP, receiving.REMOVED)
        ]
        await lying(scene, "6E-02", "Plover")
        await settled(scene.node)
        await beds.add()
        assert await beds.send() == 0
        await lying(scene, "6E-03", "Wagtail")
        assert await beds.send() == 1
    assert [part(raw, "PID", 5) for raw in beds.raws] == ["Wagtail"]


async def test_a_change_of_address_is_followed(scene: Scene) -> None:
    beds, moved = Taking(scene.node), Taking(scene.node, name="other")
    async with _posting(scene), beds.open(), moved.open():
        asked = Asked("BEDSYS", "SOUTH", "127.0.0.1", moved.port, frozenset({Kind.MOVES}))
        async with scene.work() as work:
            await receiving.remove(work, "other", seen=None)
        async with scene.work() as work:
            await receiving.change(work, "beds", asked, seen=None)
        await lying(scene)
        await settled(scene.node)
        await _told(moved, 1)
    assert beds.raws == []
    assert [part(moved.raws[0], "MSH", nth) for nth in (5, 6)] == ["BEDSYS", "SOUTH"]


@pytest.mark.parametrize(
    ("name", "asked", "field"),
    [
        ("Bed system", PLAIN, "name"),
        ("beds", replace(PLAIN, host="10.0.0.7:2576"), "host"),
        ("beds", replace(PLAIN, port=0), "port"),
        ("beds", replace(PLAIN, application="A|B"), "application"),
        ("beds", replace(PLAIN, facility="A^B"), "facility"),
    ],
)
async def test_what_nobody_can_mean_is_refused_at_its_field(scene, name, asked, field) -> None:
    with pytest.raises(Invalid) as refused:
        async with scene.work() as work:
            await receiving.add(work, name, asked)
    assert set(refused.value.fields) == {field}
    assert await _names(scene) == []


async def test_nobody_is_told_twice_by_one_name_nor_by_our_own_door(scene: Scene) -> None:
    async with scene.work() as work:
        row = await receiving.add(work, "beds", PLAIN)
        seen = row.version
    with pytest.raises(IntegrityError, match="uq_hl7_receiver_name"):
        async with scene.work() as work:
            await receiving.add(work, "beds", PLAIN)
    ours = replace(PLAIN, host="127.0.0.1", port=scene.node.settings.hl7_port)
    with pytest.raises(NotAllowed, match="tell itself"):
        async with scene.work() as work:
            await receiving.add(work, "echo", ours)
    with pytest.raises(Stale):
        async with scene.work() as work:
            await receiving.pause(work, "beds", seen=seen + 1)
    with pytest.raises(Missing):
        async with scene.work() as work:
            await receiving.pause(work, "nobody", seen=None)


async def test_one_of_the_settings_is_changed_there(scene: Scene) -> None:
    at = "beds=10.0.0.9:2576/ADT"
    async with scene.work() as work:
        await receiving.add(work, "beds", PLAIN)
    scene.node.settings = scene.node.settings.model_copy(update={"hl7_receivers": at})
    (known,) = await standing(scene.node)
    assert known.host == "10.0.0.9"
    for act in (receiving.pause, receiving.remove):
        with pytest.raises(NotAllowed, match="settings of this installation"):
            async with scene.work() as work:
                await act(work, "beds", seen=None)
    with pytest.raises(NotAllowed, match="settings"):
        async with scene.work() as work:
            await receiving.add(work, "beds", PLAIN)


async def test_a_row_of_the_same_name_does_not_pause_one_of_the_settings(scene: Scene) -> None:
    pas = Administration(scene.node)
    async with scene.work() as work:
        await receiving.add(work, "pas", PLAIN)
    async with scene.work() as work:
        await receiving.pause(work, "pas", seen=None)
    async with pas.open():
        await lying(scene)
        assert await pas.send() == 1


async def test_what_was_taken_by_an_older_address_goes_nowhere(scene: Scene) -> None:
    beds = Taking(scene.node)
    async with beds.open():
        before = await beds.known()
        moved = replace(PLAIN, host="127.0.0.1", port=beds.port + 1)
        async with scene.work() as work:
            await receiving.change(work, "beds", moved, seen=None)
        await lying(scene)
        await settled(scene.node)
        assert await drain(scene.node, before) == 0
    assert beds.raws == []


async def test_a_connection_is_tried_and_said_in_a_sentence() -> None:
    async with listening(Memory().handle) as listener:
        there = Receiver("beds", "127.0.0.1", listener.port)
        tried = await trying.reach(there)
        assert tried == trying.Tried(True, f"Somebody listens at {there.address}. "
                                     "The first message shows who it is.")  # fmt: skip
    gone = await trying.reach(there)
    assert (gone.reached, gone.sentence[:14]) == (False, "Nobody listens")
    unknown = await trying.reach(replace(there, host="no-such-host.invalid"))
    assert "no-such-host.invalid is not known here" in unknown.sentence
