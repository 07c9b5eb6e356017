"""Swaps out: one A17 about two patients, in both lines, each half sealed for its own."""

from collections.abc import AsyncIterator

import pytest

from tests.adt.scene import Scene
from tests.interop.hl7 import passing
from tests.interop.hl7.border import rows
from tests.interop.hl7.passing import Administration, lying, part, place
from tests.stations import Station
from ward.adt.swap import swap
from ward.adt.transfer import transfer
from ward.interop.hl7.codes import ErrorCode, Fault
from ward.interop.hl7.outbound import decide, queries


@pytest.fixture
async def pas(scene: Scene) -> AsyncIterator[Administration]:
    made = Administration(scene.node)
    async with made.open():
        yield made


async def test_a_swap_is_one_message_about_two_and_in_both_lines(scene, pas) -> None:
    _ida, one = await lying(scene)
    _bea, two = await lying(scene, "6E-02", "Plover")
    async with scene.work() as work:
        await swap(work, one, two)
    async with scene.work() as work:
        await transfer(work, two, scene.beds["6E-03"])
    assert await pas.send() == 4
    assert pas.events == ["A01", "A01", "A17", "A02"]
    raw = pas.raws[2]
    assert passing.names(raw) == ["MSH", "EVN", "PID", "PV1", "PID", "PV1"]
    assert part(raw, "MSH", 9, 3) == "ADT_A17"
    said = [(part(raw, "PID", 5, nth=n), place(raw, 3, n)[1], place(raw, 6, n)[1]) for n in (0, 1)]
    assert said == [("Quillfeather", "02", "01"), ("Plover", "01", "02")]
    assert {state for state, _, _ in await pas.states()} == {"sent"}


async def test_each_half_of_a_swap_is_sealed_for_its_own_patient(scene, pas) -> None:
    _, one = await lying(scene)
    bea, two = await lying(scene, "6E-02", "Plover")
    async with scene.work() as work:
        await swap(work, one, two)
    await pas.send()
    halves = "SELECT patient_id, part_of_id IS NOT NULL FROM hl7_outbound WHERE event = 'A17'"
    assert len(found := await rows(scene.node, f"{halves} ORDER BY seq")) == 2
    assert (found[1][0], found[0][1], found[1][1]) == (bea, False, True)


async def test_a_swap_waits_for_both_and_both_wait_for_it(scene, pas) -> None:
    """Refused for one of the two: the other's later messages wait behind the swap."""
    _, one = await lying(scene)
    await pas.send()
    _bea, two = await lying(scene, "6E-02", "Plover")
    pas.refuse = Fault(ErrorCode.REQUIRED_MISSING, "PID^1^3", "PID-3 is empty")
    assert await pas.send() == 0
    pas.refuse = None
    async with scene.work() as work:
        await swap(work, one, two)
    async with scene.work() as work:
        await transfer(work, one, scene.beds["6E-03"])
    assert await pas.send() == 0
    (dead,) = await rows(scene.node, "SELECT id, version FROM hl7_outbound WHERE state = 'dead'")
    async with scene.work() as work:
        await decide.send_again(work, dead[0], seen=dead[1])
    assert await pas.send() == 3
    assert pas.events == ["A01", "A01", "A17", "A02"]
    states = await rows(scene.node, "SELECT DISTINCT state FROM hl7_outbound")
    assert [row[0] for row in states] == ["sent"]


async def test_a_refused_swap_is_decided_once_for_both(scene, pas) -> None:
    _, one = await lying(scene)
    _, two = await lying(scene, "6E-02", "Plover")
    await pas.send()
    async with scene.work() as work:
        await swap(work, one, two)
    pas.refuse = Fault(ErrorCode.REQUIRED_MISSING, "PID^1^3", "PID-3 is empty")
    await pas.send()
    pas.refuse = None
    async with scene.work() as work:
        await transfer(work, two, scene.beds["6E-03"])
    assert await pas.send() == 0
    async with scene.work() as work:
        (line,) = (await queries.overview(work)).dead
        await decide.give_up(work, line.id, "Told by telephone", seen=line.version)
    assert await pas.send() == 1
    assert pas.events == ["A01", "A01", "A02"]
    swaps = await rows(scene.node, "SELECT state FROM hl7_outbound WHERE event = 'A17'")
    assert [row[0] for row in swaps] == ["given-up"] * 2


async def test_the_page_says_who_is_told_what_and_shows_a_swap_once(
    open_scene: Scene, admin: Station
) -> None:
    pas = Administration(open_scene.node)
    async with pas.open():
        _, one = await lying(open_scene)
        _, two = await lying(open_scene, "6E-02", "Plover")
        async with open_scene.work() as work:
            await swap(work, one, two)
        while await pas.send():
            pass
        page = (await admin.get("/hl7/outbound")).text
        assert "Admissions, moves and discharges (ADT)" in page
        assert "Doses given or not" not in page
        assert page.count("<b>ADT A17</b>") == 1
        first, second = await rows(
            open_scene.node, "SELECT id FROM hl7_outbound WHERE event = 'A17' ORDER BY seq"
        )
        opened = (await admin.get(f"/hl7/outbound/{first[0]}")).text
        assert "Quillfeather" in opened
        assert "Plover" in opened
        assert (await admin.get(f"/hl7/outbound/{second[0]}")).status_code == 404
        assert (await admin.get(f"/hl7/outbound/{second[0]}/give-up")).status_code == 404
