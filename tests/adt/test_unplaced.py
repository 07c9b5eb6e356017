"""Who should lie in a bed and lies in none: the banner of the chart warns."""

import pytest

from domain.encounters import EncounterClass
from tests.adt.scene import Scene
from tests.stations import Station, ids
from ward.adt.visits import arrive


@pytest.mark.parametrize(
    ("kind", "warned"),
    [
        (EncounterClass.INPATIENT, True),
        (EncounterClass.SHORT_STAY, True),
        (EncounterClass.AMBULATORY, False),
        (EncounterClass.EMERGENCY, False),
    ],
)
async def test_the_banner_warns_where_a_bed_is_needed(
    open_scene: Scene, nurse: Station, kind: EncounterClass, warned: bool
) -> None:
    patient = await open_scene.patient()
    branch = (await ids(open_scene.node, "branch"))["Northsite"]
    async with open_scene.work() as work:
        await arrive(work, patient, branch, kind=kind, ward_id=open_scene.east)
    shown = (await nurse.get(f"/patients/{patient}")).text
    assert ("No bed assigned" in shown) is warned
    assert ("Not on a ward" in shown) is not warned
    assert "Admit" in shown  # a bed is still a touch away
