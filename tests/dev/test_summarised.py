"""Summarised: who signs in as `patient` has a letter, in a demo that has run for days too."""

from datetime import timedelta

from domain.encounters import AdmitSource, Disposition
from tests.adt.conftest import quiet, scene  # noqa: F401 - fixtures
from tests.adt.scene import Scene
from ward.adt.admit import admit
from ward.adt.discharge import gone
from ward.beds.queries import ready
from ward.beds.service import finish_clean
from ward.dev import outpatients
from ward.dev.demo import FOUNDER, ward_called
from ward.dev.summarised import summarise_for_cast
from ward.work import work_as

STAYS = "SELECT count(*) FROM stay WHERE patient_id = :patient AND ended_at IS NOT NULL"


async def test_where_somebody_else_lay_another_bed_is_taken(scene: Scene) -> None:  # noqa: F811 - the fixture
    smithson = next(one for one in outpatients.visitors() if one.mrn == outpatients.SMITHSON)
    patient = await outpatients.enter(scene.node, smithson)
    other = await scene.patient("Plover")
    async with work_as(scene.node, FOUNDER, "test") as work:
        bed = (await ready(work, (await ward_called(work, "Acute Admissions"))[0].id))[0].id
        came = work.now - timedelta(days=3)
        stay = await admit(work, other, bed, at=came, source=AdmitSource.EMERGENCY)
        await gone(work, stay.id, Disposition.HOME, at=work.now - timedelta(days=1))
        await finish_clean(work, bed)
    assert await summarise_for_cast(scene.node) == 1
    assert await summarise_for_cast(scene.node) == 0
    assert await scene.scalar(STAYS, patient=patient) == 1
