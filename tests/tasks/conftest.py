"""The ward of the tests of stays, with nurses on duty and a patient to do something for."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from domain.duty import DutyRole
from tests.adt.conftest import open_scene, quiet, scene  # noqa: F401 - fixtures
from tests.adt.scene import Scene
from tests.alerts.conftest import come
from tests.duty.conftest import Roster, roster_of
from tests.stations import Filling
from ward import clock
from ward.tasks.assign import TaskSaid, assign
from ward.tasks.models import NursingTask


@pytest.fixture(autouse=True)
def _the_clock_comes_back():
    yield
    clock.shift(timedelta(0))


@dataclass
class Shift:
    """A patient in bed 01 of Six East, Ada and Grace on duty, and a short way to tasks."""

    scene: Scene
    staff: Roster
    patient: UUID
    encounter: UUID

    async def task(self, what: str = "Weigh", minutes: float = 60, **more) -> UUID:
        """Write a task down."""
        async with self.scene.work() as work:
            due_at = work.now + timedelta(minutes=minutes)
            return (await assign(work, self.patient, TaskSaid(what=what, due_at=due_at, **more))).id

    async def of(self, task_id: UUID) -> NursingTask:
        async with self.scene.work() as work:
            from domain.access import Permission

            return await work.access(NursingTask, task_id, Permission.VIEW_TASKS)

    async def press(self, station, task_id: UUID, verb: str, **fields):
        """Press a button as the line shows it now."""
        seen = (await self.of(task_id)).version
        return await station.post(f"/tasks/{task_id}/{verb}", version=seen, **fields)


@pytest.fixture
def beginnings() -> dict[str, Filling]:
    return {"shift": come, "calls": come}


@pytest.fixture
async def shift(open_scene: Scene) -> Shift:  # noqa: F811
    staff = await roster_of(open_scene)
    patient, encounter = (
        await open_scene.lies(),
        await open_scene.scalar("SELECT id FROM encounter"),
    )
    await staff.on("nurse")
    await staff.on("charge", DutyRole.IN_CHARGE)
    return Shift(open_scene, staff, patient, encounter)
