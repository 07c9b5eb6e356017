"""Requests: asked, accepted or declined, and then the patient comes."""

import asyncio

import pytest

from domain.access import Permission
from domain.beds import BedStatus
from domain.errors import NotAllowed
from domain.movements import MovementStatus
from tests.adt.test_transfer import lying
from tests.settling import somebody_waits
from ward.adt.admit import admit
from ward.adt.held import lock_beds
from ward.adt.models import Encounter
from ward.adt.requests import accept, decline, request_move, withdraw
from ward.adt.transfer import transfer


async def test_an_accepted_request_reserves_a_bed_for_its_patient_alone(scene) -> None:
    _, encounter = await lying(scene, "6E-01")
    ida = (await scene.encounter(encounter)).patient_id
    async with scene.work() as work:
        asked = await request_move(work, ida, scene.west)
    async with scene.work() as work:
        await accept(work, asked.id, scene.beds["6W-03"])
    assert (await scene.bed("6W-03")).held_for == encounter
    bo = await scene.patient("Bo")
    with pytest.raises(NotAllowed, match="Reserved for another patient"):
        async with scene.work() as work:
            await admit(work, bo, scene.beds["6W-03"])
    async with scene.work() as work:
        await transfer(work, encounter, scene.beds["6W-03"])
    assert (await scene.requests())[0].status is MovementStatus.MOVED
    assert (await scene.bed("6W-03")).status is BedStatus.OCCUPIED


async def test_nobody_declines_without_a_reason(scene) -> None:
    ida = await scene.patient()
    async with scene.work() as work:
        asked = await request_move(work, ida, scene.west)
    with pytest.raises(NotAllowed, match="Give the reason"):
        async with scene.work() as work:
            await decline(work, asked.id, " ")
    async with scene.work() as work:
        await decline(work, asked.id, "No side room")
    assert (await scene.requests())[0].status is MovementStatus.DECLINED


async def test_a_patient_who_comes_to_another_bed_gives_the_reserved_one_back(scene) -> None:
    ida = await scene.patient()
    async with scene.work() as work:
        asked = await request_move(work, ida, scene.east)
    async with scene.work() as work:
        await accept(work, asked.id, scene.beds["6E-03"])
    async with scene.work() as work:
        await admit(work, ida, scene.beds["6E-05"])
    assert (await scene.bed("6E-03")).held_for is None
    assert (await scene.requests())[0].status is MovementStatus.MOVED


async def test_a_withdrawn_request_gives_its_bed_back(scene) -> None:
    ida = await scene.patient()
    async with scene.work() as work:
        asked = await request_move(work, ida, scene.east)
    async with scene.work() as work:
        await accept(work, asked.id, scene.beds["6E-03"])
    async with scene.work() as work:
        await withdraw(work, asked.id, "Went home from the emergency department")
    assert (await scene.bed("6E-03")).held_for is None


async def test_a_second_request_waits_for_the_answer_to_the_first(scene) -> None:
    ida = await scene.patient()
    async with scene.work() as work:
        await request_move(work, ida, scene.east)
    with pytest.raises(Exception, match="uq_move_request_open"):
        async with scene.work() as work:
            await request_move(work, ida, scene.west)


async def test_the_new_bed_and_the_one_before_are_locked_in_the_order_of_their_ids(scene) -> None:
    ida = await scene.patient()
    first, second = sorted(("6W-03", "6W-04"), key=scene.beds.__getitem__)
    async with scene.work() as work:
        asked = await request_move(work, ida, scene.west)
    async with scene.work() as work:
        await accept(work, asked.id, scene.beds[first])

    async def again() -> None:
        async with scene.work() as work:
            await accept(work, asked.id, scene.beds[second])

    async with scene.work() as work:
        await lock_beds(work, {scene.beds[first]: Permission.VIEW_BEDS})
        late = asyncio.create_task(again())
        await somebody_waits(scene.node)
        await lock_beds(work, {scene.beds[second]: Permission.VIEW_BEDS})  # who waits has it not
    await late
    assert (await scene.bed(first)).held_for is None
    assert (await scene.bed(second)).held_for == asked.encounter_id


async def test_whoever_withdraws_waits_for_the_stay_before_the_bed(scene) -> None:
    ida, bed = await scene.patient(), scene.beds["6E-03"]
    async with scene.work() as work:
        asked = await request_move(work, ida, scene.east)
    async with scene.work() as work:
        await accept(work, asked.id, bed)

    async def end() -> None:
        async with scene.work() as work:
            await withdraw(work, asked.id, "Went home")

    async with scene.work() as work:  # locks as every command does: the stay, then its bed
        await work.access(Encounter, asked.encounter_id, Permission.VIEW_STAYS, lock=True)
        late = asyncio.create_task(end())
        await somebody_waits(scene.node)
        await lock_beds(work, {bed: Permission.VIEW_BEDS})  # who waits has it not
    await late
    assert (await scene.bed("6E-03")).held_for is None
