"""Known of: what is recorded of a patient reaches the rules as it was recorded."""

from uuid import UUID

import pytest

from domain.access import Permission
from domain.allergies import Kind
from domain.prescribing import Pregnancy, Tier
from tests.adt.scene import Scene
from tests.medications.scene import detailed
from ward.db import new_id
from ward.medications.context import known
from ward.medications.held import hold
from ward.medications.prescribe import check
from ward.patients.allergies import AllergySaid, record_allergy
from ward.patients.models import AllergyDetail, Condition, ConditionDetail

MAY = Permission.PRESCRIBE


async def found(scene: Scene, patient: UUID, generic: str):
    async with scene.work() as work:
        where = await hold(work, patient, MAY)
        return {one.rule: one.tier for one in await check(work, where, detailed(generic))}


async def reacted(scene: Scene, patient: UUID, kind: Kind | None) -> None:
    detail = AllergyDetail("codeine", ("nausea",), kind=kind)
    async with scene.work() as work:
        await record_allergy(work, patient, AllergySaid(detail=detail))


@pytest.mark.parametrize(
    ("kind", "tier"),
    [(None, Tier.STOP), (Kind.ALLERGY, Tier.STOP), (Kind.INTOLERANCE, Tier.REASON)],
)
async def test_an_allergy_stops_and_an_intolerance_asks(scene, quiet_ida, kind, tier) -> None:
    await reacted(scene, quiet_ida, kind)
    assert (await found(scene, quiet_ida, "codeine"))["allergy"] is tier


async def test_the_form_takes_the_kind_and_the_banner_says_it(open_scene, ida, doctor) -> None:
    answer = await doctor.post(
        f"/patients/{ida}/allergies", substance="codeine", reaction="nausea", kind="intolerance"
    )
    assert answer.status_code == 200, answer.text
    chart = await doctor.get(f"/patients/{ida}")
    assert "intolerance, nausea" in chart.text


async def pregnant(scene: Scene, patient: UUID) -> None:
    async with scene.work() as work:
        said = Condition(id=new_id(), patient_id=patient, recorded_at=work.now)
        await work.seal(said, detail=ConditionDetail("Pregnant state, incidental", "Z33"))
        work.add(said, Permission.RECORD_CONDITION)


async def test_a_recorded_pregnancy_reaches_the_rules(scene, quiet_ida) -> None:
    await pregnant(scene, quiet_ida)
    async with scene.work() as work:
        where = await hold(work, quiet_ida, MAY)
        assert (await known(work, where)).context.pregnancy is Pregnancy.YES
    assert (await found(scene, quiet_ida, "warfarin"))["pregnancy"] is Tier.REASON
    assert (await found(scene, quiet_ida, "methotrexate"))["pregnancy"] is Tier.STOP
