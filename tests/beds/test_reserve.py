"""Reservations: kept for somebody, until an instant, and then no longer."""

from datetime import timedelta

import pytest

from domain.access import D0
from domain.errors import NotAllowed
from ward import clock
from ward.adt.admit import admit
from ward.adt.requests import accept, request_move
from ward.beds.queries import board
from ward.beds.reserve import reserve
from ward.work import work_watching


@pytest.fixture
def later():
    """Move the clock of this process."""
    yield lambda hours: clock.shift(timedelta(hours=hours))
    clock.shift(timedelta(0))


async def test_a_bed_kept_for_anybody_takes_whom_the_ward_admits(scene) -> None:
    async with scene.work() as work:
        await reserve(work, scene.beds["6E-01"])
    ida = await scene.patient()
    async with scene.work() as work:
        await admit(work, ida, scene.beds["6E-01"])
    assert (await scene.bed("6E-01")).held_for is None


async def test_a_reservation_ends_by_itself(scene, later) -> None:
    ida, bo = await scene.patient(), await scene.patient("Bo")
    async with scene.work() as work:
        asked = await request_move(work, ida, scene.east)
    async with scene.work() as work:
        await accept(work, asked.id, scene.beds["6E-01"])
    with pytest.raises(NotAllowed, match="Reserved for another patient"):
        async with scene.work() as work:
            await admit(work, bo, scene.beds["6E-01"])
    later(5)
    async with work_watching(scene.node, "test", frozenset({D0})) as work:
        cards = {card.label: card for card in (await board(work, scene.east)).beds}
    assert cards["01"].free
    async with scene.work() as work:
        await admit(work, bo, scene.beds["6E-01"])
    assert (await scene.bed("6E-01")).held_for is None


async def test_the_screens_are_drawn_again_when_it_ends(scene) -> None:
    async with scene.work() as work:
        bed = await reserve(work, scene.beds["6E-01"])
    due = "SELECT count(*) FROM live_due WHERE at = :at AND topic IN (:board, :house)"
    topics = {"board": f"beds/{bed.ward_id}", "house": f"wards/{bed.branch_id}"}
    assert await scene.scalar(due, at=bed.held_until, **topics) == 2
