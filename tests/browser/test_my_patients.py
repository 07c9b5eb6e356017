"""My patients and my tasks: who gets a bed sees it at once, and who gives it sees it go."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from domain.duty import DutyRole
from tests.browser import doings
from tests.browser.conftest import Seat
from tests.browser.desk import Desk
from tests.stations import Running, ids
from ward.dev.demo import FOUNDER, ward_called
from ward.duty.give import give_beds
from ward.duty.service import begin
from ward.tasks.assign import TaskSaid, assign
from ward.work import work_as

pytestmark = pytest.mark.asyncio(loop_scope="session")
SIZES = pytest.mark.parametrize("size", ["phone", "desk"])


async def shift(hospital: Running) -> str:
    """Put people on duty: Ada has beds 01 to 03, Grace the others: no alert calls all nurses."""
    node = hospital.node
    users = await ids(node, "app_user", "username")
    beds = [await doings.bed_id(node, f"{number:02}") for number in range(1, 31)]
    async with work_as(node, FOUNDER, "test.shift") as work:
        ward = (await ward_called(work, "Six East"))[0]
        until = work.now + timedelta(hours=12)
        for who in ("nurse", "nurse2"):
            await begin(work, ward.id, users[who], DutyRole.NURSE, until)
        await begin(work, ward.id, users["charge"], DutyRole.IN_CHARGE, until)
        await give_beds(work, ward.id, beds[:3], users["nurse"])
        await give_beds(work, ward.id, beds[3:], users["charge"])
    return str(ward.id)


async def task_in(hospital: Running, label: str, what: str, minutes: int) -> None:
    """Write a task down for whoever lies in a bed."""
    patient = await doings.ask(
        hospital.node,
        "SELECT patient_id FROM stay WHERE bed_id = :bed AND ended_at IS NULL",
        bed=await doings.bed_id(hospital.node, label),
    )
    async with work_as(hospital.node, FOUNDER, "test.task") as work:
        due_at = work.now + timedelta(minutes=minutes)
        await assign(work, patient[0][0], TaskSaid(what=what, due_at=due_at))  # type: ignore[arg-type]


async def give(charge: Desk, ward: str, to: str, *labels: str) -> None:
    """Give beds by hand, on the roster."""
    await charge.open(f"/wards/{ward}/duty")
    await charge.settle()
    await charge.press("#give-loose")
    await charge.choose(to)
    for label in labels:
        box = charge.sheet.locator(".bay label").filter(has_text=label)
        await charge.press(box.first)
    await charge.save()


@SIZES
async def test_a_bed_that_is_given_away_leaves_my_patients(
    hospital: Running, seat: Seat, size: str
) -> None:
    ward = await shift(hospital)
    nurse = await seat(hospital.url, "nurse", size)
    other = await seat(hospital.url, "nurse2", size)
    charge = await seat(hospital.url, "charge", "desk")
    for desk in (nurse, other):
        await desk.open(f"/wards/{ward}/beds?only=mine")
        desk.asked.clear()
    assert await nurse.order() == ["01", "02", "03"]
    assert await other.order() == []
    await give(charge, ward, "Florence Okonjo", "02", "03")
    for label in ("02", "03"):
        await expect(nurse.bed(label)).to_be_hidden()
        await expect(other.bed(label)).to_be_visible()
    assert await nurse.order() == ["01"]
    assert await other.order() == ["02", "03"]
    assert set(nurse.asked + other.asked) <= {"POST /session/activity"}
    await nurse.press(nurse.page.get_by_role("button", name="All", exact=True))
    assert len(await nurse.order()) == 30


@SIZES
async def test_my_tasks_go_with_the_bed_without_a_request(
    hospital: Running, seat: Seat, size: str
) -> None:
    ward = await shift(hospital)
    await task_in(hospital, "01", "Weigh", 30)
    await task_in(hospital, "02", "Swab", 20)
    nurse = await seat(hospital.url, "nurse", size)
    other = await seat(hospital.url, "nurse2", size)
    charge = await seat(hospital.url, "charge", "desk")
    for desk in (nurse, other):
        await desk.open("/tasks?only=mine")
        desk.asked.clear()
    mine, theirs = (desk.page.locator(".tasks > .task:visible") for desk in (nurse, other))
    await expect(mine).to_have_count(2)
    await expect(mine.first).to_contain_text("Swab")  # sorted by time
    await expect(theirs).to_have_count(0)
    await expect(other.page.get_by_text("Nothing to show here.")).to_be_visible()
    await give(charge, ward, "Florence Okonjo", "02")
    await expect(mine).to_have_count(1)
    await expect(theirs).to_have_count(1)
    await expect(theirs).to_contain_text("Swab")
    assert set(nurse.asked + other.asked) <= {"POST /session/activity"}


async def test_a_task_is_done_and_undone_and_others_lines_stand_still(
    hospital: Running, seat: Seat
) -> None:
    await shift(hospital)
    for label, what, minutes in (("01", "Weigh", 30), ("02", "Swab", 20), ("03", "Turn", 40)):
        await task_in(hospital, label, what, minutes)
    nurse = await seat(hospital.url, "nurse", "phone")
    charge = await seat(hospital.url, "charge", "desk")
    for desk in (nurse, charge):
        await desk.open("/tasks")
        await desk.settle()
    line = nurse.page.locator(".task").filter(has_text="Swab")
    await nurse.press(line.get_by_role("button", name="Done"))
    await expect(line).to_contain_text("Done: Ada Lovelock")
    seen = charge.page.locator(".task").filter(has_text="Swab")
    await expect(seen).to_contain_text("Done: Ada Lovelock")
    await nurse.press(line.get_by_role("button", name="Undo"))
    await expect(seen).to_contain_text("To do: Nurse")
    await task_in(hospital, "01", "First of all", 5)  # new ones come at the end until Show
    lines = charge.page.locator(".tasks > .task")
    await expect(lines).to_have_count(4)
    await expect(lines.last).to_contain_text("First of all")
    news = charge.page.locator("#list-news")
    await expect(news).to_contain_text("1 change to the list")
    await charge.press(news.get_by_role("button", name="Show"))
    await expect(lines.first).to_contain_text("First of all")
