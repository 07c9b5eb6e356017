"""Care view: what is to be given and done on a ward, by patient and hour, the overdue apart."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from domain.duty import DutyRole
from domain.frequencies import Code
from domain.schedules import First
from realtime import outbox
from realtime.topics import Topic
from tests.medications.charts import awake, recorded
from tests.medications.conftest import admitted
from tests.medications.scene import doses_of, prescribed
from tests.settling import settled
from tests.stations import ids
from tests.watchers import watching
from ward import clock, live
from ward.adt.transfer import transfer
from ward.beds.questions import on_the_card
from ward.care.grid import Urgency, care
from ward.care.hours import SHOWN, Turn, hours, turn_of
from ward.duty.give import give_beds
from ward.duty.service import begin
from ward.medications.suspend import hold_order
from ward.tasks.assign import TaskSaid, assign

LONDON = ZoneInfo("Europe/London")
NOW = First.NOW_CONFIRMED
FULL = frozenset({"full.en"})


async def view(scene):
    async with scene.work() as work:
        return await care(work, scene.east)


async def line_of(scene, patient):
    found = await view(scene)
    return next(one.line for one in found.patients if one.where.patient_id == patient)


def filled(line):
    return [cell for cell in line.cells if cell]


async def first_of(scene, order):
    return (await doses_of(scene, order.id))[0][0]


async def test_doses_and_tasks_of_an_hour_stand_in_one_cell(scene, quiet_ida) -> None:
    await prescribed(scene, quiet_ida, first=NOW)
    await prescribed(scene, quiet_ida, "metoprolol", first=NOW)
    async with scene.work() as work:
        await assign(work, quiet_ida, TaskSaid(what="Weigh", due_at=work.now + timedelta(hours=5)))
    line = await line_of(scene, quiet_ida)
    due = next(cell for cell in filled(line) if cell.urgency is Urgency.DUE)
    assert (due.count, due.words) == (2, ("2 due",))
    assert ("1 task",) in [cell.words[-1:] for cell in filled(line)]
    assert line.rank == 1


async def test_what_is_overdue_stands_before_all_hours(scene, quiet_ida) -> None:
    order = await prescribed(scene, quiet_ida, frequency=Code.ONCE)
    async with scene.work() as work:
        await assign(
            work, quiet_ida, TaskSaid(what="Weigh", due_at=work.now + timedelta(minutes=1))
        )
    dose = await first_of(scene, order)
    clock.shift(dose.closes_at + timedelta(seconds=5) - (clock.now() - clock.offset()))
    line = await line_of(scene, quiet_ida)
    assert line.overdue.words == ("1 overdue", "1 task")
    assert (line.overdue.count, line.rank) == (2, 0)
    assert (await view(scene)).head.overdue == 2


async def test_what_was_given_is_quiet_and_what_is_withheld_says_so(scene, quiet_ida) -> None:
    order = await prescribed(scene, quiet_ida, first=NOW)
    held = await prescribed(scene, quiet_ida, "metoprolol", first=NOW)
    dose = await first_of(scene, order)
    await recorded(scene, order.id, at=clock.now(), dose_id=dose.id)
    async with scene.work() as work:
        await hold_order(work, held.id, "Slow", seen=None)
    cells = filled(await line_of(scene, quiet_ida))
    assert cells[0].words == ("1 withheld", "1 given")
    assert cells[0].urgency is Urgency.WITHHELD


async def test_patients_stand_in_the_order_of_their_beds_with_whose_they_are(open_scene) -> None:
    second = await admitted(open_scene, "6E-02", "Second")
    first = await admitted(open_scene, "6E-01", "First")
    nurse = (await ids(open_scene.node, "app_user", "username"))["nurse"]
    async with open_scene.work() as work:
        until = work.now + timedelta(hours=8)
        await begin(work, open_scene.east, nurse, DutyRole.NURSE, until)
        await give_beds(work, open_scene.east, [open_scene.beds["6E-02"]], nurse)
    found = await view(open_scene)
    assert [one.where.patient_id for one in found.patients] == [first, second]
    assert [one.where.for_users for one in found.patients] == [(str(nurse),), (str(nurse),)]
    assert [one.who.name for one in found.patients] == ["FIRST, Ida", "SECOND, Ida"]


async def test_a_bed_that_no_nurse_has_is_the_work_of_all_on_duty(open_scene) -> None:
    await admitted(open_scene, "6E-01", "First")
    users = await ids(open_scene.node, "app_user", "username")
    assert (await view(open_scene)).patients[0].where.for_users == ()  # shown to whoever looks
    async with open_scene.work() as work:
        until = work.now + timedelta(hours=8)
        for one in ("nurse", "charge"):
            await begin(work, open_scene.east, users[one], DutyRole.NURSE, until)
        await begin(work, open_scene.east, users["doctor"], DutyRole.REGISTRAR, until)
    both = {str(users["nurse"]), str(users["charge"])}
    assert set((await view(open_scene)).patients[0].where.for_users) == both
    bed = open_scene.beds["6E-01"]
    async with open_scene.work() as work:
        card = (await on_the_card.ask(work, [bed]))[bed]["nurse"]
    assert {str(one) for one in card.for_users} == both


async def test_every_station_sees_what_is_given_done_and_who_moves(open_scene, ida, nurse) -> None:
    order = await prescribed(open_scene, ida, first=NOW)
    await settled(open_scene.node)
    path, topic = f"/wards/{open_scene.east}/care", f"care/{open_scene.east}"
    async with watching(nurse, path, topic) as page:
        dose = await first_of(open_scene, order)
        await recorded(open_scene, order.id, at=clock.now(), dose_id=dose.id)
        await page.settled()
        assert "1 given" in page.shown.body
        async with open_scene.work() as work:
            said = TaskSaid(what="Weigh", due_at=work.now + timedelta(hours=1))
            await assign(work, ida, said)
        await page.settled()
        assert "1 task" in page.shown.body
        encounter = (await open_scene.stays(ida))[0].encounter_id
        async with open_scene.work() as work:
            await transfer(work, encounter, open_scene.beds["6W-01"])
        await page.settled()
        assert "QUILLFEATHER" not in page.shown.body


async def test_a_dose_turns_on_the_care_view_by_itself(open_scene, ida, nurse) -> None:
    order = await prescribed(open_scene, ida, frequency=Code.ONCE)
    dose = await first_of(open_scene, order)
    await settled(open_scene.node)
    async with nurse.watch(Topic("care", open_scene.east)) as screen:
        await awake(nurse, dose.closes_at + timedelta(seconds=1))
        frame = await screen.until("1 overdue")
    assert "Overdue 1" in frame.content


async def test_a_picture_is_of_no_earlier_time_than_what_came_due_in_it(open_scene, ida) -> None:
    """A node with a clock that is behind, or one that waited, draws for the last time as well."""
    order = await prescribed(open_scene, ida, frequency=Code.ONCE)
    dose = await first_of(open_scene, order)
    node, topic = open_scene.node, Topic("care", open_scene.east)
    before = await live.draw(node, topic, FULL)
    assert "1 overdue" not in before.pictures["full.en"].body
    ahead = dose.closes_at + timedelta(seconds=1)  # as the quickest node's clock has it
    async with node.engine.begin() as connection:
        while await outbox.bump_due(connection, ahead):
            pass
    drawn = await live.draw(node, topic, FULL)
    assert drawn.rev > before.rev
    assert "1 overdue" in drawn.pictures["full.en"].body


async def test_reception_has_no_care_view(open_scene, reception) -> None:
    assert (await reception.get(f"/wards/{open_scene.east}/care")).status_code == 403


@pytest.mark.parametrize(
    ("hour", "turn"),
    [(6, Turn.EARLY), (13, Turn.EARLY), (14, Turn.LATE), (21, Turn.LATE), (22, Turn.NIGHT),
     (5, Turn.NIGHT)],
)  # fmt: skip
def test_every_hour_belongs_to_a_shift(hour, turn) -> None:
    assert turn_of(datetime(2026, 11, 21, hour, tzinfo=LONDON), LONDON) is turn


@pytest.mark.parametrize("day", [date(2026, 10, 24), date(2027, 3, 27)])
@pytest.mark.parametrize("hour", range(24))
def test_the_next_twelve_hours_are_always_among_the_columns(day, hour) -> None:
    now = datetime(day.year, day.month, day.day, hour, 59, tzinfo=UTC)
    shown = hours(now, LONDON)
    assert len(shown) == SHOWN
    assert shown[0].at <= now
    assert shown[-1].at >= now + timedelta(hours=11)
    gaps = {later.at - earlier.at for earlier, later in pairwise(shown)}
    assert gaps == {timedelta(hours=1)}
