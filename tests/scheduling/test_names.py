"""Names: a calendar calls nobody by a name that was corrected."""

from tests.adt.scene import person
from tests.scheduling.clinic import Clinic
from tests.settling import settled
from ward.patients.amend import amend
from ward.scheduling.events import AT_ONCE, day_of

REV = "SELECT coalesce((SELECT rev FROM live_topic WHERE topic = :topic), 0)"
DUE = "SELECT count(*) FROM live_due WHERE topic = :topic"


async def test_every_day_that_names_a_patient_is_drawn_again(clinic: Clinic) -> None:
    patient, scene = await clinic.scene.patient("Khan", "Aisha"), clinic.scene
    for nth in range(1, AT_ONCE + 2):
        await clinic.book(patient, clinic.at(9, days=nth))
    first, last = [f"calendar/{day_of(clinic.ward, clinic.day(nth))}" for nth in (1, AT_ONCE + 1)]
    before = await scene.scalar(REV, topic=first)
    async with scene.work() as work:
        await amend(work, patient, person("Renamed", "Aisha"), seen=None)
    await settled(scene.node)
    assert await scene.scalar(REV, topic=first) > before
    assert await scene.scalar(DUE, topic=last) == 1  # a moment later
