"""Children: NEWS2 is not made for them, so nothing is due by it; a time that somebody set is."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from domain.news2 import Band, Scale
from domain.vitals import Absent, Vital
from realtime.topics import Topic
from tests.adt.scene import Scene, person
from tests.settling import settled
from tests.vitals.bedsides import ILL, WELL, told
from ward import clock
from ward.adt.admit import admit
from ward.adt.leave import come_back, go_on_leave
from ward.adt.visits import open_encounter
from ward.alerts.models import Alert
from ward.patients.person import When
from ward.patients.register import register
from ward.vitals import queries
from ward.vitals.observe import observe
from ward.vitals.plan import set_scale, tighten


@pytest.fixture
async def iris(open_scene: Scene):
    """Somebody three days old, admitted two hours ago to bed 02."""
    born = When((clock.now() - timedelta(days=3)).date())
    async with open_scene.work() as work:
        infant = (await register(work, replace(person("Quillfeather", "Iris"), born=born))).id
    async with open_scene.work() as work:
        await admit(work, infant, open_scene.beds["6E-02"], at=work.now - timedelta(hours=2))
    await settled(open_scene.node)
    return infant


async def bedside(scene, patient):
    async with scene.work() as work:
        return await queries.bedside(work, patient)


async def charted(scene, patient, said):
    async with scene.work() as work:
        return await observe(work, patient, said, seen=None)


async def sounded(scene) -> int:
    """Count the alerts there are, once all that follows has followed."""
    await settled(scene.node)
    async with scene.node.aside.connect() as connection:
        return await connection.scalar(select(func.count()).select_from(Alert.__table__)) or 0


def card(board: str, bed) -> str:
    return board.partition(f'id="bed-{bed}"')[2].partition("</li>")[0]


async def test_nothing_is_due_of_a_newborn_and_chart_and_card_say_so(
    open_scene, iris, nurse
) -> None:
    view = await bedside(open_scene, iris)
    assert (view.due_at, view.overdue, view.unscheduled) == (None, False, True)
    board = (await nurse.get(f"/wards/{open_scene.east}/beds")).text
    shown = card(board, open_scene.beds["6E-02"])
    assert "Obs <b>No schedule</b>" in shown
    assert "obs-due" not in re.search(r'data-is="([^"]*)"', shown)[1]
    for path in (f"/patients/{iris}", f"/patients/{iris}/observations"):
        assert "No schedule set" in (await nurse.get(path)).text
    assert await sounded(open_scene) == 0  # two hours after admission


@pytest.mark.parametrize(
    "said",
    [
        told(ILL),
        told(
            {key: value for key, value in WELL.items() if key is not Vital.PULSE},
            absent={Vital.PULSE: Absent.NOT_RECORDABLE},
        ),
    ],
    ids=["ill", "not recordable"],
)
async def test_no_interval_of_news2_follows_a_set_of_a_child(open_scene, iris, said) -> None:
    made = await charted(open_scene, iris, replace(said, taken_at=clock.now()))
    assert made.band is None
    view = await bedside(open_scene, iris)
    assert (view.due_at, view.unscheduled, view.last.scored) == (None, True, "not-applicable")
    if made.urgency is Band.HIGH:
        assert await sounded(open_scene) == 1  # what cannot be measured calls all the same


async def test_a_set_of_a_child_is_no_incomplete_score_on_any_page(open_scene, iris, nurse) -> None:
    await charted(open_scene, iris, told())
    for path in (f"/patients/{iris}", f"/patients/{iris}/observations"):
        shown = re.search(
            r'<span class="news.*?</span></span>', (await nurse.get(path)).text, re.DOTALL
        )
        assert re.sub(r"<[^>]*>", "", shown[0]) == "NEWS2–not for this patient", path


async def test_a_time_that_a_nurse_sets_makes_a_child_due_on_every_board(
    open_scene, iris, nurse, charge
) -> None:
    path = f"/patients/{iris}/observations/plan"
    sheet = (await nurse.get(path, headers={"hx-request": "true"})).text
    assert "not for patients under 16" in sheet
    version = re.search(r'name="version" value="(\d+)"', sheet)[1]
    async with charge.watch(Topic("beds", open_scene.east)) as board:
        answer = await nurse.post(path, every="60", version=version)
        assert answer.status_code == 200, answer.text
        await board.until("obs-due")
    made = await charted(open_scene, iris, told())
    view = await bedside(open_scene, iris)
    assert view.due_at == made.taken_at + timedelta(hours=1)
    assert "No schedule" not in (await nurse.get(f"/patients/{iris}/observations")).text
    clock.shift(timedelta(hours=2))
    assert (await bedside(open_scene, iris)).overdue
    assert await sounded(open_scene) == 1
    async with open_scene.work() as work:
        await tighten(work, iris, None, seen=None)
    assert (await bedside(open_scene, iris)).unscheduled


async def test_a_child_that_comes_back_is_not_due(open_scene, iris) -> None:
    async with open_scene.work() as work:
        stay = await open_encounter(work, iris)
        await go_on_leave(work, stay.id)
    await settled(open_scene.node)
    assert not (await bedside(open_scene, iris)).unscheduled  # away: nothing is due anyway
    async with open_scene.work() as work:
        await come_back(work, stay.id)
    await settled(open_scene.node)
    assert (await bedside(open_scene, iris)).unscheduled


async def test_an_adult_stays_due_from_admission_though_a_scale_was_prescribed(
    open_scene, ida
) -> None:
    async with open_scene.work() as work:
        await set_scale(work, ida, Scale.TWO, "Hypercapnic failure, target 88-92 %", seen=None)
    view = await bedside(open_scene, ida)
    assert view.overdue
    assert not view.unscheduled
