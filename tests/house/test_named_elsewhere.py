"""Named elsewhere: every page that names a ward or a bed follows its new name."""

from contextlib import AsyncExitStack

from realtime.topics import Topic
from tests.adt.test_transfer import lying
from tests.infants.conftest import two_in
from ward.adt.requests import request_move


async def renamed(scene, admin, ward, label: str) -> None:
    seen = await scene.scalar("SELECT version FROM ward WHERE id = :ward", ward=ward)
    path = f"/admin/places/wards/{ward}/name"
    answer = await admin.post(path, label=label, code="CED", version=seen)
    assert answer.status_code == 204, answer.text


async def test_each_page_of_a_chart_names_the_ward_as_it_is_called_now(
    open_scene, admin, doctor
) -> None:
    patient, _ = await lying(open_scene, "6W-01")
    async with AsyncExitStack() as stack:
        pages = [
            await stack.enter_async_context(doctor.watch(Topic(page, patient)))
            for page in ("chart", "observations", "medications", "labs")
        ]
        await renamed(open_scene, admin, open_scene.west, "Cedar")
        for page in pages:
            await page.until("Cedar")


async def test_a_chart_follows_where_the_other_of_mother_and_infant_lies(
    open_scene, admin, doctor
) -> None:
    two = await two_in(open_scene, "6W-01", "6E-01")
    async with doctor.watch(Topic("chart", two.infant)) as chart:
        assert "Six West" in chart.first.content
        await renamed(open_scene, admin, open_scene.west, "Cedar")
        await chart.until("Cedar")


async def test_a_board_says_from_where_it_was_asked(open_scene, admin, nurse) -> None:
    patient, _ = await lying(open_scene, "6W-01")
    async with open_scene.work() as work:
        await request_move(work, patient, open_scene.east)
    async with nurse.watch(Topic("beds", open_scene.east)) as board:
        assert "Six West" in board.first.content
        await renamed(open_scene, admin, open_scene.west, "Cedar")
        await board.until("Cedar")
