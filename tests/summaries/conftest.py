"""A patient in a bed of Six East with something of each class in the record."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

import pytest

from domain.access import Permission
from domain.lab_orders import Urgency
from domain.reconciliation import Decision, HomeSource, Stage
from tests.adt.conftest import open_scene, quiet, scene  # noqa: F401 - fixtures
from tests.adt.scene import Scene
from tests.labs.reports import report
from tests.medications.scene import as_person
from tests.scheduling.clinic import open_clinic
from tests.stations import ids
from tests.summaries.left import left  # noqa: F401 - a fixture
from tests.vitals.bedsides import told
from ward.adt.admit import admit
from ward.db import new_id
from ward.labs.details import LabOrder
from ward.labs.order import order
from ward.labs.release import release
from ward.patients.allergies import AllergySaid, record_allergy
from ward.patients.models import AllergyDetail, Condition, ConditionDetail
from ward.reconciliation.models import HomeDetail
from ward.reconciliation.service import decide, record
from ward.vitals.observe import observe


@dataclass(frozen=True, slots=True)
class Stayed:
    """Whose stay it is, and what of each class stands in the record."""

    scene: Scene
    patient: UUID
    encounter: UUID

    WORDS: ClassVar[dict[str, str]] = {
        "D2": "Outpatients",
        "D3": "zqdallergen",
        "D4": "zqdtablet",
        "D5": "Potassium",
        "D6": "zqdillness",
    }


@pytest.fixture
async def stayed(open_scene: Scene) -> Stayed:  # noqa: F811 - the fixture
    """Two hours on the ward, with an allergy, an illness, medicines, results and a visit."""
    patient = await open_scene.patient("Quillfeather", "Ida")
    async with open_scene.work() as work:
        encounter = await admit(
            work, patient, open_scene.beds["6E-01"], at=work.now - timedelta(hours=2)
        )
    async with open_scene.work() as work:
        await record_allergy(
            work, patient, AllergySaid(detail=AllergyDetail("zqdallergen", ("rash",)))
        )
        condition = Condition(id=new_id(), patient_id=patient, recorded_at=work.now)
        await work.seal(condition, detail=ConditionDetail("zqdillness"))
        work.add(condition, Permission.RECORD_CONDITION)
        await observe(work, patient, told(), seen=None)
        await release(work, report(patient))
    async with as_person(open_scene, "doctor") as work:
        await order(work, patient, LabOrder(("LIPID",)), Urgency.ROUTINE, work.now)
        for name in ("zqdtablet", "zqdsyrup"):
            await record(work, patient, HomeSource.PATIENT, HomeDetail(name, "1", "daily"))
    await _stop_first(open_scene)
    clinic = await open_clinic(open_scene, (await ids(open_scene.node, "ward"))["Outpatients"])
    await clinic.book(patient, clinic.at(10))
    return Stayed(open_scene, patient, encounter.id)


async def _stop_first(scene: Scene) -> None:  # noqa: F811 - the name of a fixture
    found = await scene.scalar("SELECT min(id::text) FROM home_medicine")
    async with as_person(scene, "doctor") as work:
        why = "zqdreason"
        await decide(work, UUID(found), Stage.DISCHARGE, Decision.STOP, why, after=None)
