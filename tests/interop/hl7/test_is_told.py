"""Is told: jobs for receivers are written where there is one to tell; no step is missed."""

import asyncio
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text

from tests.adt.scene import Scene
from tests.interop.hl7.border import rows
from tests.interop.hl7.passing import lying, part
from tests.interop.hl7.taking import Taking
from tests.settling import settled, somebody_waits
from ward.adt.admit import admit
from ward.adt.home import expect_home
from ward.interop.hl7.outbound import picture, receiving
from ward.interop.hl7.outbound.receivers import Kind
from ward.interop.hl7.outbound.receiving import Asked
from ward.later import WAKE
from ward.patients.amend import revise

_ASK = "SELECT hl7_is_told(ARRAY['ADT'])"
_GATE = 0x6A7E


async def _add(scene: Scene, *kinds: Kind, name: str = "beds") -> None:
    async with scene.work() as work:
        await receiving.add(work, name, _at(*kinds))


def _at(*kinds: Kind) -> Asked:
    return Asked("", "", "10.0.0.7", 2576, frozenset(kinds or {Kind.MOVES}))


async def _jobs(scene: Scene) -> set[str]:
    """Tell which jobs for receivers wait."""
    waiting = "SELECT name FROM job WHERE name LIKE 'interop.hl7.outbound.%'"
    return {row.name.rpartition(".")[2] for row in await rows(scene.node, waiting)}


async def _all_three(scene: Scene) -> None:
    """Register somebody, admit them and say who they are."""
    patient, _ = await lying(scene)
    async with scene.work() as work:
        await revise(work, patient, lambda known: replace(known, language="de"))


async def test_nothing_is_written_where_nobody_is_told(scene: Scene) -> None:
    await _all_three(scene)
    assert await _jobs(scene) == set()


async def test_no_hands_are_woken_for_what_nobody_is_told(scene: Scene) -> None:
    _, encounter = await lying(scene)
    woken: dict[str, int] = {}
    scene.node.poke = woken.update
    async with scene.work() as work:
        await expect_home(work, encounter, date(2030, 1, 2))
    assert woken
    assert WAKE not in woken
    await _add(scene, Kind.UPDATES)
    async with scene.work() as work:
        await expect_home(work, encounter, date(2030, 1, 3))
    assert WAKE in woken


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (Kind.MOVES, {"moved"}),
        (Kind.UPDATES, {"moved", "amended"}),
        (Kind.PERSONS, {"registered", "amended"}),
        (Kind.DOSES, set()),
    ],
)
async def test_only_what_somebody_is_told_is_written(scene: Scene, kind, written) -> None:
    await _add(scene, kind)
    await _all_three(scene)
    assert await _jobs(scene) == written


async def test_what_the_settings_name_needs_no_row(scene: Scene) -> None:
    named = {"hl7_receivers": "pas=10.0.0.7:2576"}
    scene.node.settings = scene.node.settings.model_copy(update=named)
    await _all_three(scene)
    assert await _jobs(scene) == {"moved", "amended"}


async def test_one_that_is_paused_is_told_later_and_one_that_is_removed_is_not(scene) -> None:
    await _add(scene)
    async with scene.work() as work:
        await receiving.pause(work, "beds", seen=None)
    await lying(scene)
    assert await _jobs(scene) == {"moved"}
    await settled(scene.node)
    async with scene.work() as work:
        await receiving.remove(work, "beds", seen=None)
    await lying(scene, "6E-02", "Plover")
    assert await _jobs(scene) == set()


async def test_what_is_done_while_one_is_added_is_told_to_it(scene: Scene) -> None:
    """Nobody waits for the administrator, and nobody is forgotten."""
    async with scene.work() as work:
        await receiving.add(work, "beds", _at())
        await lying(scene)
        assert await _jobs(scene) == {"moved", "registered"}
    await settled(scene.node)
    told = await rows(scene.node, "SELECT receiver, event FROM hl7_outbound")
    assert [(*one,) for one in told] == [("beds", "A01")]


async def test_what_has_no_job_has_committed_before_there_is_a_receiver(scene: Scene) -> None:
    """Whoever is added waits for it, so the first picture shows it."""
    patient = await scene.patient()
    async with scene.work() as work:
        await admit(work, patient, scene.beds["6E-01"])
        assert not await (await work.connection()).scalar(text(_ASK))  # as its last statement does
        added = asyncio.create_task(_add(scene, Kind.UPDATES))
        await somebody_waits(scene.node)
        assert not added.done()
    await added
    async with scene.work() as work:
        assert (await picture.begin(work, "beds")).total == 1


async def test_a_statement_that_began_before_a_receiver_was_there_sees_it(scene: Scene) -> None:
    late = text(f"SELECT CASE WHEN pg_advisory_xact_lock({_GATE}) IS NOT NULL THEN ({_ASK}) END")
    async with scene.node.aside.begin() as gate, scene.work() as work:
        await gate.execute(text(f"SELECT pg_advisory_xact_lock({_GATE})"))
        asked = asyncio.create_task((await work.connection()).scalar(late))
        await somebody_waits(scene.node)
        await _add(scene)
        await gate.commit()
        assert await asked is True


async def test_one_that_is_told_of_more_hears_of_it_from_then_on(scene: Scene) -> None:
    beds = Taking(scene.node, kinds="ADT")
    async with beds.open():
        patient, _ = await lying(scene)
        await beds.send()
        asked = replace(_at(Kind.MOVES, Kind.UPDATES), host="127.0.0.1", port=beds.port)
        async with scene.work() as work:
            await receiving.change(work, "beds", asked, seen=None)
            async with scene.work() as other:
                await revise(other, patient, lambda known: replace(known, language="de"))
        await beds.send()
    assert [part(raw, "MSH", 9, 2) for raw in beds.raws] == ["A01", "A08"]
