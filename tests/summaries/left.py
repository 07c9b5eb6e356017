"""Left: a patient who went home two days ago, with a summary that a doctor had signed."""

from datetime import timedelta
from uuid import UUID

import pytest

from domain.encounters import Disposition
from tests.adt.scene import Scene
from tests.medications.scene import as_person
from ward.adt.admit import admit
from ward.adt.discharge import gone
from ward.patients.allergies import AllergySaid, record_allergy
from ward.patients.models import AllergyDetail
from ward.summaries.parts import Words
from ward.summaries.service import sign as sign_summary
from ward.summaries.service import write


class Left:
    """A patient who left two days ago, with a summary that `doctor` had signed."""

    def __init__(self, scene: Scene, patient: UUID) -> None:
        self.scene, self.patient = scene, patient
        self.encounter = self.summary = UUID(int=0)
        self.page = f"/patients/{patient}/discharge-summary"


@pytest.fixture
async def left(open_scene: Scene) -> Left:
    patient = await open_scene.patient("Quillfeather", "Ida")
    found, bed = Left(open_scene, patient), open_scene.beds["6E-01"]
    async with open_scene.work() as work:
        came = work.now - timedelta(days=3)
        found.encounter = (await admit(work, patient, bed, at=came)).id
        said = AllergySaid(detail=AllergyDetail("zqdallergen", ("rash",)))
        await record_allergy(work, patient, said)
    async with as_person(open_scene, "doctor") as work:
        said = Words(reason="zqdreason", course="zqdwrong", plan="zqdplan")
        row = await write(work, found.encounter, said, seen=None)
        found.summary = (await sign_summary(work, row.id, seen=None, site="http://ward.test")).id
    async with open_scene.work() as work:
        at = work.now - timedelta(days=2)
        await gone(work, found.encounter, Disposition.HOME, at=at)
        later = AllergySaid(detail=AllergyDetail("zqdlater", ("rash",)))
        await record_allergy(work, patient, later)
    return found
