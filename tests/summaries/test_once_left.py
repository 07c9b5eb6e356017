"""A summary that is signed once the patient has left tells of that stay, and of no other time."""

from dataclasses import replace
from datetime import date, timedelta

from domain.encounters import Disposition
from domain.orders import RequestStatus
from tests.adt.scene import person
from tests.labs.reports import POTASSIUM, report
from tests.medications.scene import as_person, prescribed, request_of
from tests.settling import settled
from tests.vitals.bedsides import told
from ward.adt.admit import admit
from ward.adt.discharge import gone
from ward.labs.release import release
from ward.patients.person import When
from ward.patients.register import register
from ward.summaries.gathering import gather
from ward.summaries.parts import Parts, Words
from ward.vitals.observe import observe


async def leaves(stayed, *, ago: timedelta = timedelta(0)) -> None:
    async with stayed.scene.work() as work:
        await gone(work, stayed.encounter, Disposition.HOME, at=work.now - ago)


async def gathered(stayed, who: str = "doctor") -> Parts:
    async with as_person(stayed.scene, who) as work:
        return await gather(work, await stayed.scene.encounter(stayed.encounter), Words())


async def test_the_medicines_that_ended_with_the_stay_were_given_on_the_ward(stayed) -> None:
    stopped = await prescribed(stayed.scene, stayed.patient, "amoxicillin")
    before = (await gathered(stayed)).medicines
    assert len(before.ward) == 1
    await leaves(stayed)
    await settled(stayed.scene.node)
    assert (await request_of(stayed.scene, stopped.id)).status is RequestStatus.STOPPED
    assert (await gathered(stayed)).medicines.ward == before.ward


async def test_what_was_found_after_the_stay_stands_in_no_summary_of_it(stayed) -> None:
    before = (await gathered(stayed)).results
    assert len(before.notable) == 1
    await leaves(stayed, ago=timedelta(minutes=10))
    low = replace(POTASSIUM, value="2.1")
    async with stayed.scene.work() as work:  # in a clinic, after the stay
        await release(work, report(stayed.patient, low, filler="L-2", observed_at=work.now))
    assert (await gathered(stayed)).results.notable == before.notable


async def test_of_whom_the_score_is_not_made_for_there_is_no_score(stayed) -> None:
    scene = stayed.scene
    async with scene.work() as work:
        born = When(date(2020, 3, 4))
        child = (await register(work, replace(person("Quillfeather", "Bo"), born=born))).id
        encounter = (await admit(work, child, scene.beds["6E-02"])).id
        await observe(work, child, told(), seen=None)
    async with as_person(scene, "doctor") as work:
        record = (await gather(work, await scene.encounter(encounter), Words())).record
    assert record.observed
    assert record.news.startswith("not for this patient")
