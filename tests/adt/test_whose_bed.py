"""Nobody fills a bed of a ward that is not theirs, by whatever step."""

from domain.encounters import Disposition
from tests.adt.test_transfer import lying
from ward.adt.discharge import gone
from ward.adt.requests import request_move


async def test_a_discharge_of_another_ward_is_not_taken_back_into_its_bed(
    open_scene, nurse
) -> None:
    ida, encounter = await lying(open_scene, "6W-01")
    async with open_scene.work() as work:
        await gone(work, encounter, Disposition.HOME)
    await open_scene.clean("6W-01")
    seen = (await open_scene.encounter(encounter)).version
    answer = await nurse.post(
        f"/stays/{encounter}/cancel", step="discharge", reason="wrong-patient", version=seen
    )
    assert answer.status_code == 403, answer.text
    assert await open_scene.ward_of(ida) is None


async def test_nobody_swaps_a_patient_into_a_bed_of_another_ward(open_scene, nurse) -> None:
    ida, mine = await lying(open_scene, "6E-01")
    bo, theirs = await lying(open_scene, "6W-01", "Bo")
    async with open_scene.work() as work:
        await request_move(work, bo, open_scene.east)  # so that the nurse may see Bo
    seen = (await open_scene.encounter(mine)).version
    answer = await nurse.post(f"/stays/{mine}/swap", other_id=theirs, version=seen)
    assert answer.status_code == 404, answer.text
    assert await open_scene.ward_of(ida) == open_scene.east


async def test_a_ward_asked_to_take_a_patient_reads_but_does_not_send_home(
    open_scene, nurse
) -> None:
    bo, theirs = await lying(open_scene, "6W-01", "Bo")
    async with open_scene.work() as work:
        await request_move(work, bo, open_scene.east)
    assert (await nurse.get(f"/patients/{bo}")).status_code == 200
    seen = (await open_scene.encounter(theirs)).version
    answer = await nurse.post(f"/stays/{theirs}/discharge", disposition="home", version=seen)
    assert answer.status_code == 403, answer.text
    assert await open_scene.ward_of(bo) == open_scene.west
