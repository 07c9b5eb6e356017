"""Laboratory values reach the rules of ordering: the last ones, in our unit, while they are new."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from domain.labs import ResultStatus
from tests.labs.reports import POTASSIUM, later, report
from tests.medications.scene import VIEW
from ward import clock
from ward.labs.release import release
from ward.labs.said import ResultSaid
from ward.medications import context
from ward.medications.held import hold

EGFR = ResultSaid(name="eGFR", value="22", loinc="98979-8", unit="mL/min/{1.73_m2}")
PLATELETS = ResultSaid(name="Platelets", value="31", loinc="777-3", unit="10*9/L")


async def told(scene, *said) -> None:
    for one in said:
        async with scene.work() as work:
            await release(work, one)


async def known(scene, patient):
    async with scene.work() as work:
        found = (await context.known(work, await hold(work, patient, VIEW))).context
    return found.egfr, found.potassium, found.platelets


async def test_the_last_values_count_and_corrections_too(open_scene, ida) -> None:
    assert await known(open_scene, ida) == (None, None, None)
    said = report(ida, POTASSIUM, EGFR, PLATELETS)
    await told(open_scene, said)
    values = await known(open_scene, ida)
    assert values == (Decimal(22), Decimal("6.8"), Decimal(31))
    right = replace(POTASSIUM, value="4.1", status=ResultStatus.CORRECTED)
    await told(open_scene, later(said, right, EGFR, PLATELETS))
    assert (await known(open_scene, ida))[1] == Decimal("4.1")


async def test_old_values_are_not_ordered_by(open_scene, ida) -> None:
    then = clock.now() - timedelta(days=8)
    old = report(ida, POTASSIUM, EGFR, PLATELETS, observed_at=then, reported_at=then)
    await told(open_scene, old)
    assert await known(open_scene, ida) == (Decimal(22), None, None)
