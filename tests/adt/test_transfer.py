"""Moving: transfers and swaps end one stay and begin the next at the same instant."""

import asyncio

import pytest

from domain.beds import BedStatus
from domain.errors import NotAllowed
from ward.adt.admit import admit
from ward.adt.isolate import isolate
from ward.adt.leave import come_back, go_on_leave
from ward.adt.models import Precaution
from ward.adt.swap import swap
from ward.adt.transfer import transfer
from ward.errors import Stale
from ward.patients.events import ON_A_WARD, charts


async def lying(scene, label: str, family: str = "Quillfeather"):
    patient = await scene.patient(family)
    async with scene.work() as work:
        return patient, (await admit(work, patient, scene.beds[label])).id


async def test_a_transfer_leaves_one_bed_for_cleaning_and_fills_the_other(scene) -> None:
    ida, encounter = await lying(scene, "6E-01")
    async with scene.work() as work:
        await transfer(work, encounter, scene.beds["6W-02"])
    assert (await scene.bed("6E-01")).status is BedStatus.HOUSEKEEPING
    assert (await scene.bed("6W-02")).status is BedStatus.OCCUPIED
    assert await scene.ward_of(ida) == scene.west
    first, second = await scene.stays(ida)
    assert first.ended_at == second.started_at
    assert second.ended_at is None


async def test_the_old_bed_can_be_kept_for_the_way_back(scene) -> None:
    _, encounter = await lying(scene, "6E-01")
    async with scene.work() as work:
        await transfer(work, encounter, scene.beds["6W-02"], keep=True)
    assert (await scene.bed("6E-01")).held_for == encounter
    await scene.clean("6E-01")
    async with scene.work() as work:
        await transfer(work, encounter, scene.beds["6E-01"])
    back = await scene.bed("6E-01")
    assert (back.status, back.held_for) == (BedStatus.OCCUPIED, None)


async def test_both_boards_and_the_branch_hear_of_a_transfer_once(scene) -> None:
    ida, encounter = await lying(scene, "6E-01")
    async with scene.work() as work:
        await transfer(work, encounter, scene.beds["6W-02"])
    wards = (scene.east, scene.west)
    told = {f"{board}/{ward}" for board in ON_A_WARD for ward in wards} | set(map(str, charts(ida)))
    (branch,) = set(work.revs) - told
    assert branch.startswith("wards/")
    assert told <= set(work.revs)


async def test_a_transfer_into_a_taken_bed_is_refused(scene) -> None:
    _, encounter = await lying(scene, "6E-01")
    await lying(scene, "6E-02", "Bo")
    with pytest.raises(NotAllowed, match="This bed is Occupied"):
        async with scene.work() as work:
            await transfer(work, encounter, scene.beds["6E-02"])


async def test_a_form_that_saw_an_older_encounter_is_refused(scene) -> None:
    _, encounter = await lying(scene, "6E-01")
    seen = (await scene.encounter(encounter)).version
    async with scene.work() as work:
        await transfer(work, encounter, scene.beds["6E-02"], seen=seen)
    with pytest.raises(Stale):
        async with scene.work() as work:
            await transfer(work, encounter, scene.beds["6E-03"], seen=seen)


async def test_isolation_goes_along_and_leaves_a_terminal_clean_behind(scene) -> None:
    _, encounter = await lying(scene, "6E-01")
    async with scene.work() as work:
        await isolate(work, encounter, Precaution.AIRBORNE)
    async with scene.work() as work:
        await transfer(work, encounter, scene.beds["6E-02"])
    assert (await scene.bed("6E-01")).status is BedStatus.CONTAMINATED
    assert (await scene.bed("6E-02")).status is BedStatus.ISOLATED


async def test_a_swap_across_wards_exchanges_both(scene) -> None:
    ida, one = await lying(scene, "6E-01")
    bo, two = await lying(scene, "6W-01", "Bo")
    async with scene.work() as work:
        await swap(work, one, two)
    assert await scene.ward_of(ida) == scene.west
    assert await scene.ward_of(bo) == scene.east
    assert (await scene.bed("6E-01")).status is BedStatus.OCCUPIED
    assert [stay.bed_id for stay in await scene.stays(ida)] == [
        scene.beds["6E-01"],
        scene.beds["6W-01"],
    ]


async def test_a_swap_that_fails_half_way_moves_nobody(scene, monkeypatch) -> None:
    ida, one = await lying(scene, "6E-01")
    _, two = await lying(scene, "6W-01", "Bo")
    with pytest.raises(RuntimeError, match="power cut"):  # noqa: PT012 - the commit is what fails
        async with scene.work() as work:
            await swap(work, one, two)
            await work.flush()
            raise RuntimeError("power cut")
    assert await scene.ward_of(ida) == scene.east
    assert len(await scene.stays(ida)) == 1


async def test_two_swaps_of_the_same_patients_at_once_never_deadlock(scene) -> None:
    _, one = await lying(scene, "6E-01")
    _, two = await lying(scene, "6W-01", "Bo")

    async def exchange(first, second):
        async with scene.work() as work:
            await swap(work, first, second)

    for _ in range(3):
        await asyncio.gather(exchange(one, two), exchange(two, one))
    assert await scene.scalar("SELECT count(*) FROM stay WHERE ended_at IS NULL") == 2


async def test_a_patient_on_leave_keeps_her_bed(scene) -> None:
    _, encounter = await lying(scene, "6E-01")
    async with scene.work() as work:
        await go_on_leave(work, encounter)
    with pytest.raises(NotAllowed, match="On leave"):
        async with scene.work() as work:
            await transfer(work, encounter, scene.beds["6E-02"])
    async with scene.work() as work:
        await come_back(work, encounter)
    assert (await scene.bed("6E-01")).away_since is None
