"""Clocks apart: a patient's steps are told in their order, whatever the nodes' clocks say."""

from datetime import timedelta

import pytest

from domain.encounters import Disposition
from tests.adt.clocks import behind
from tests.adt.scene import Scene
from tests.interop.hl7.border import rows
from tests.interop.hl7.passing import Administration, lying, place
from ward import jobs
from ward.adt.discharge import gone
from ward.adt.swap import swap
from ward.adt.transfer import transfer

APART = timedelta(minutes=5)  # more than any step takes here


async def test_a_step_by_a_node_whose_clock_is_behind_overtakes_none(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    pas = Administration(scene.node)
    async with pas.open():
        _, encounter = await lying(scene)
        with behind(monkeypatch, APART):
            async with scene.work() as work:
                await transfer(work, encounter, scene.beds["6E-02"])
        await _newest_first(scene)
        assert await pas.send() == 2
    assert pas.events == ["A01", "A02"]
    assert [place(raw)[1] for raw in pas.raws] == ["01", "02"]


async def test_what_happened_before_a_swap_is_told_before_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    pas = Administration(scene.node)
    async with pas.open():
        _, one = await lying(scene)
        _, two = await lying(scene, "6E-02", "Plover")
        with behind(monkeypatch, APART):
            async with scene.work() as work:
                await swap(work, one, two)
            with behind(monkeypatch, APART):
                async with scene.work() as work:
                    await gone(work, two, Disposition.HOME)
        await _newest_first(scene)
        assert await pas.send() == 4
    assert pas.events == ["A01", "A01", "A17", "A03"]


async def _newest_first(scene: Scene) -> None:
    """Do the job of the newest step before any other."""
    newest = """
        SELECT job.id FROM job JOIN movement ON movement.id = (job.body->>'step_id')::uuid
        WHERE job.name LIKE '%told_moves%' ORDER BY movement.ctid DESC
    """
    ((last,), *_) = await rows(scene.node, newest)
    assert await jobs.do(scene.node, last)
