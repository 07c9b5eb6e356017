"""Every screen that shows something hears when it changes, wherever the patient is by then."""

from datetime import date, timedelta

from tests.adt.scene import person
from tests.adt.test_transfer import lying
from ward import clock
from ward.adt.home import expect_home
from ward.adt.requests import decline, request_move
from ward.adt.swap import swap
from ward.adt.transfer import transfer
from ward.patients.amend import amend

REV = "SELECT coalesce((SELECT rev FROM live_topic WHERE topic = :topic), 0)"
DUE = "SELECT count(*) FROM live_due WHERE topic = :topic AND at > :now"


async def test_the_ward_that_awaits_somebody_hears_of_another_name(scene) -> None:
    ida, _ = await lying(scene, "6E-01")
    async with scene.work() as work:
        await request_move(work, ida, scene.west)
    before = await scene.scalar(REV, topic=f"beds/{scene.west}")
    async with scene.work() as work:
        await amend(work, ida, person("Renamed", "Ida"), seen=None)
    assert await scene.scalar(REV, topic=f"beds/{scene.west}") > before


async def test_the_ward_a_patient_has_moved_to_hears_that_a_request_is_declined(scene) -> None:
    ida, encounter = await lying(scene, "6E-01")
    async with scene.work() as work:
        asked = await request_move(work, ida, await _third(scene))
    async with scene.work() as work:
        await transfer(work, encounter, scene.beds["6W-01"])
    before = await scene.scalar(REV, topic=f"beds/{scene.west}")
    async with scene.work() as work:
        await decline(work, asked.id, "No bed.")
    assert await scene.scalar(REV, topic=f"beds/{scene.west}") > before


async def test_a_bed_kept_for_the_way_back_is_drawn_again_when_the_time_is_over(scene) -> None:
    _, encounter = await lying(scene, "6E-01")
    async with scene.work() as work:
        await transfer(work, encounter, scene.beds["6E-02"], keep=True)
    assert (await scene.bed("6E-01")).held_until is not None
    assert await scene.scalar(DUE, topic=f"beds/{scene.east}", now=clock.now()) > 0


async def test_the_chart_hears_the_midnight_that_makes_it_today(scene) -> None:
    ida, encounter = await lying(scene, "6E-01")
    async with scene.work() as work:
        await expect_home(work, encounter, date.today() + timedelta(days=3))  # noqa: DTZ011
    assert await scene.scalar(DUE, topic=f"chart/{ida}", now=clock.now()) > 0


async def test_people_with_namesakes_on_both_wards_can_be_swapped(scene) -> None:
    for ward in ("6E", "6W"):
        for bed, family in (("02", "Smith"), ("03", "Smith"), ("04", "Jones"), ("05", "Jones")):
            await lying(scene, f"{ward}-{bed}", family)
    _, one = await lying(scene, "6E-01", "Smith")
    _, two = await lying(scene, "6W-01", "Jones")
    async with scene.work() as work:
        await swap(work, one, two)
    assert (await scene.encounter(one)).ward_id == scene.west


async def test_the_banner_of_a_namesake_is_drawn_a_moment_later(scene) -> None:
    other, _ = await lying(scene, "6E-02", "Smith")
    before = await scene.scalar(REV, topic=f"chart/{other}")
    await lying(scene, "6E-01", "Smith")
    soon = "SELECT count(*) FROM live_due WHERE topic = :topic AND at <= :now"
    waiting = await scene.scalar(soon, topic=f"chart/{other}", now=clock.now())
    drawn = await scene.scalar(REV, topic=f"chart/{other}") > before
    assert waiting or drawn


async def _third(scene):
    return await scene.scalar("SELECT id FROM ward WHERE label = 'Acute Admissions'")
