"""Results leave tasks: who relied on a corrected value reads it; a disagreement is looked into."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from domain.access import Permission
from domain.duty import DutyRole
from domain.lab_plans import Plan
from domain.labs import ResultStatus
from domain.tasks import TaskStatus
from tests.adt.conftest import open_scene, quiet, scene  # noqa: F401 - fixtures
from tests.alerts.calls import Calls
from tests.alerts.conftest import calls  # noqa: F401 - a fixture
from tests.duty.conftest import staff  # noqa: F401 - a fixture
from tests.labs.reports import POTASSIUM, later, report
from ward.labs.models import DiagnosticReport
from ward.labs.release import release
from ward.tasks.models import NursingTask

HIGH = replace(POTASSIUM, value="6.9", sent=("HH",))
RIGHT = replace(POTASSIUM, value="4.1", status=ResultStatus.CORRECTED)


@pytest.fixture
async def bedside(calls: Calls) -> Calls:  # noqa: F811 - the fixture
    await calls.staff.on("nurse")
    await calls.staff.on("doctor", DutyRole.REGISTRAR)
    await calls.staff.on("charge", DutyRole.IN_CHARGE)
    return calls


async def told(calls: Calls, *said):  # noqa: F811 - no fixture
    for one in said:
        async with calls.scene.work() as work:
            made = await release(work, one)
        await calls.settled()
    return made.id


async def tasks(calls: Calls, code: str):  # noqa: F811 - no fixture
    async with calls.scene.work() as work:
        of = select(NursingTask).where(NursingTask.code == code).order_by(NursingTask.id)
        rows = await work.every(of, Permission.VIEW_TASKS)
        what = await work.open(rows, NursingTask.what)
        return [(row.part, row.owner_id, row.status, what[row.id]) for row in rows]


async def acknowledged(calls: Calls, doctor, made) -> None:  # noqa: F811 - no fixture
    async with calls.scene.work() as work:
        row = await work.access(DiagnosticReport, made, Permission.VIEW_LABS)
    path = f"/labs/reports/{made}/acknowledge"
    answer = await doctor.post(path, plan=Plan.TREATED.value, version=row.version)
    assert answer.status_code < 400, answer.text


async def test_a_disagreement_is_looked_into_once(bedside: Calls) -> None:
    said = report(bedside.patient, replace(HIGH, sent=("N",)))
    await told(bedside, said, said, later(said))
    ((part, _, _, what),) = await tasks(bedside, "results.disagree")
    assert part is DutyRole.IN_CHARGE
    assert "Potassium 6.9: sent N, ours HH" in what
    await told(bedside, report(bedside.patient, HIGH, filler="agreed"))
    assert len(await tasks(bedside, "results.disagree")) == 1


async def test_who_acknowledged_the_old_value_and_the_nurse_are_told(bedside: Calls, sign) -> None:
    said = report(bedside.patient, HIGH)
    made = await told(bedside, said)
    doctor = await sign("doctor")
    await acknowledged(bedside, doctor, made)
    await told(bedside, later(said, RIGHT))
    found = await tasks(bedside, "results.corrected")
    assert {part for part, *_ in found} == {DutyRole.NURSE, DutyRole.REGISTRAR}
    assert {what for *_, what in found} == {
        "Result corrected: Potassium was 6.9 mmol/L, now 4.1 mmol/L"
    }
    owned = [one for one in found if one[1] is not None]
    assert len(owned) == 1
    await acknowledged(bedside, doctor, made)
    await bedside.settled()
    ended = [status for _, owner, status, _ in await tasks(bedside, "results.corrected") if owner]
    assert ended == [TaskStatus.COMPLETED]
