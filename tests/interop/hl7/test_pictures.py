"""Pictures: a new receiver is told who is here, in order, once at a time, and no older than now."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from domain.cancellations import CancelReason
from domain.errors import NotAllowed
from tests.adt.scene import Scene
from tests.interop.hl7.border import rows
from tests.interop.hl7.passing import lying, part, place
from tests.interop.hl7.taking import Taking
from tests.settling import settled
from ward import jobs
from ward.adt.cancel_admission import cancel_admission
from ward.adt.leave import go_on_leave
from ward.adt.transfer import transfer
from ward.interop.hl7.outbound import picture, receiving
from ward.interop.hl7.outbound.models import OutState

FAMILIES = ("Quillfeather", "Plover", "Wagtail")


@pytest.fixture
async def here(scene: Scene) -> list[UUID]:
    """Three who lie in beds 01 to 03 since before anybody was told; their visits."""
    beds = ("6E-01", "6E-02", "6E-03")
    there = [await lying(scene, bed, family) for bed, family in zip(beds, FAMILIES, strict=True)]
    await settled(scene.node)
    return [encounter for _, encounter in there]


@pytest.fixture
async def beds(scene: Scene, here: list[UUID]) -> AsyncIterator[Taking]:
    """A receiver that is added when they lie there."""
    made = Taking(scene.node)
    async with made.open():
        yield made


async def _begin(scene: Scene) -> UUID:
    async with scene.work() as work:
        return (await picture.begin(work, "beds")).id


async def _step(scene: Scene) -> None:
    """Have one stay told."""
    (job,) = await rows(scene.node, "SELECT id FROM job WHERE name LIKE '%picture.tell_next'")
    assert await jobs.do(scene.node, job[0])


async def _stands(scene: Scene) -> tuple[str, int, int]:
    sql = "SELECT state, told, total FROM hl7_picture ORDER BY begun_at DESC, id DESC"
    state, told, total = (await rows(scene.node, sql))[0]
    return state, told, total


def _beds(taking: Taking) -> list[tuple[str, str, str]]:
    """List family, event and bed of what was told."""
    return [(part(raw, "PID", 5), part(raw, "MSH", 9, 2), place(raw)[1]) for raw in taking.raws]


async def test_everybody_who_is_here_is_told_as_it_is_now_in_order(scene, here, beds) -> None:
    assert await beds.send() == 0
    await _begin(scene)
    assert await beds.send() == 3
    shown = [(family, "A08", f"{nth:02}") for nth, family in enumerate(FAMILIES, 1)]
    assert _beds(beds) == shown
    raw = beds.raws[0]
    assert [part(raw, "PV1", 19, nth) for nth in (1, 4, 5)] == [str(here[0]), "WARD", "VN"]
    assert part(raw, "PV1", 44) != ""
    assert await _stands(scene) == ("done", 3, 3)
    await _begin(scene)
    assert await beds.send() == 3
    assert _beds(beds) == shown * 2


async def test_a_newer_move_is_not_overtaken(scene, here, beds) -> None:
    """One is moved before it is told, one when it was told already: each ends where it lies."""
    await _begin(scene)
    await _step(scene)
    async with scene.work() as work:
        await transfer(work, here[0], scene.beds["6E-04"])
    async with scene.work() as work:
        await transfer(work, here[1], scene.beds["6E-05"])
    await _step(scene)
    await beds.send()
    told = _beds(beds)
    first = [one[1:] for one in told if one[0] == FAMILIES[0]]
    second = [one[1:] for one in told if one[0] == FAMILIES[1]]
    assert first == [("A08", "01"), ("A02", "04")]
    assert second == [("A02", "05"), ("A08", "05")]
    assert await _stands(scene) == ("done", 3, 3)


async def test_who_leaves_meanwhile_or_comes_later_is_told_by_that(scene, here, beds) -> None:
    await _begin(scene)
    async with scene.work() as work:
        await cancel_admission(work, here[1], CancelReason.WRONG_PATIENT, "Never came")
    await lying(scene, "6E-06", "Bittern")
    await beds.send()
    assert sorted(one[:2] for one in _beds(beds)) == [
        ("Bittern", "A01"),
        ("Plover", "A11"),
        ("Quillfeather", "A08"),
        ("Wagtail", "A08"),
    ]
    assert await _stands(scene) == ("done", 2, 3)


async def test_who_is_on_leave_is_told_as_away(scene, here, beds) -> None:
    async with scene.work() as work:
        await receiving.pause(work, "beds", seen=None)
    async with scene.work() as work:
        await go_on_leave(work, here[2])
    await settled(scene.node)
    async with scene.work() as work:  # it never hears of that
        await receiving.remove(work, "beds", seen=None)
    again = Taking(scene.node, name="again")
    async with again.open():
        async with scene.work() as work:
            await picture.begin(work, "again")
        await again.send()
    assert again.events == ["A08", "A08", "A08", "A21"]
    assert beds.raws == []


async def test_two_at_once_make_one(scene, here, beds) -> None:
    answers = await asyncio.gather(*(_begin(scene) for _ in range(3)), return_exceptions=True)
    refused = [str(one) for one in answers if isinstance(one, IntegrityError)]
    assert ["uq_hl7_picture_running" in one for one in refused] == [True, True]
    await beds.send()
    assert _beds(beds) == [(family, "A08", f"{nth:02}") for nth, family in enumerate(FAMILIES, 1)]


async def test_what_is_called_off_is_not_sent(scene, here, beds) -> None:
    started = await _begin(scene)
    await _step(scene)
    assert await _stands(scene) == ("running", 1, 3)
    async with scene.work() as work:
        await picture.cancel(work, started, seen=None)
    assert await beds.send() == 0
    assert await _stands(scene) == ("cancelled", 1, 3)
    assert [state for state, *_ in await beds.states()] == [OutState.GIVEN_UP]
    with pytest.raises(NotAllowed, match="not under way"):
        async with scene.work() as work:
            await picture.cancel(work, started, seen=None)
    await _begin(scene)
    assert await beds.send() == 3


async def test_a_receiver_that_is_removed_meanwhile_is_told_nothing(scene, here, beds) -> None:
    await _begin(scene)
    await _step(scene)
    async with scene.work() as work:
        await receiving.remove(work, "beds", seen=None)
    await settled(scene.node)
    assert await _stands(scene) == ("cancelled", 1, 3)
    assert [state for state, *_ in await beds.states()] == [OutState.GIVEN_UP]


async def test_who_does_not_want_changes_gets_no_picture(scene, here) -> None:
    made = Taking(scene.node, kinds="ADT")
    async with made.open():
        with pytest.raises(NotAllowed, match="A08"):
            await _begin(scene)


async def test_an_empty_house_is_told_at_once(scene) -> None:
    made = Taking(scene.node)
    async with made.open():
        await _begin(scene)
        assert await _stands(scene) == ("done", 0, 0)


async def test_one_record_that_does_not_open_holds_nobody_back(scene, here, beds) -> None:
    broken = (
        "UPDATE patient SET identity = substring(identity FROM 1 FOR length(identity) - 1) || '!'"
        " WHERE id = (SELECT patient_id FROM encounter WHERE id = :id)"
    )
    async with scene.node.aside.begin() as connection:
        await connection.execute(text(broken), {"id": here[1]})
    await _begin(scene)
    await beds.send()
    assert [one[0] for one in _beds(beds)] == ["Quillfeather", "Wagtail"]
    assert await _stands(scene) == ("done", 2, 3)
    assert await scene.scalar("SELECT unread FROM hl7_picture") == 1
