"""Promised: a bed that another ward keeps stays kept until the patient has come, or will not."""

from tests.adt.test_transfer import lying
from ward.adt.requests import accept, request_move
from ward.adt.swap import swap
from ward.adt.transfer import transfer


async def promised(scene) -> tuple:
    """Somebody on Six East for whom Six West keeps bed 03."""
    patient, encounter = await lying(scene, "6E-01", "Ida")
    async with scene.work() as work:
        asked = await request_move(work, patient, scene.west)
    async with scene.work() as work:
        await accept(work, asked.id, scene.beds["6W-03"])
    return encounter


async def test_who_is_swapped_to_a_ward_is_no_longer_awaited_there(scene) -> None:
    one = await promised(scene)
    _, two = await lying(scene, "6W-01", "Bo")
    async with scene.work() as work:
        await swap(work, one, two)
    assert [move.status for move in await scene.requests()] == ["moved"]
    assert (await scene.bed("6W-03")).held_for is None


async def test_a_move_on_the_own_ward_gives_no_promise_away(scene) -> None:
    one = await promised(scene)
    async with scene.work() as work:
        await transfer(work, one, scene.beds["6E-02"])
    assert [move.status for move in await scene.requests()] == ["accepted"]
    assert (await scene.bed("6W-03")).held_for == one
    _, two = await lying(scene, "6E-03", "Bo")
    async with scene.work() as work:
        await swap(work, one, two)
    assert (await scene.bed("6W-03")).held_for == one


async def test_a_bed_kept_for_the_way_back_is_given_up_by_the_next_move(scene) -> None:
    _, one = await lying(scene, "6E-01", "Ida")
    for bed, kept in (("6E-02", one), ("6E-03", None)):
        async with scene.work() as work:
            await transfer(work, one, scene.beds[bed], keep=bed == "6E-02")
        assert (await scene.bed("6E-01")).held_for == kept
