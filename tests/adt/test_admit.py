"""Admitting: bed, encounter and stay in one commit, and never two patients in one bed."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy.exc import IntegrityError

from domain.access import Permission
from domain.beds import BedStatus
from domain.encounters import Disposition, EncounterStatus
from domain.errors import NotAllowed
from tests.turns import in_turn
from ward.adt.admit import admit
from ward.adt.discharge import gone
from ward.adt.models import Visit
from ward.answers import understood
from ward.beds.models import Bed
from ward.errors import Stale


async def test_an_admission_fills_the_bed_and_names_the_ward(scene) -> None:
    ida = await scene.patient()
    async with scene.work() as work:
        encounter = await admit(work, ida, scene.beds["6E-04"])
    assert encounter.status is EncounterStatus.IN_PROGRESS
    assert (await scene.bed("6E-04")).status is BedStatus.OCCUPIED
    assert await scene.ward_of(ida) == scene.east
    assert len(await scene.stays(ida)) == 1


async def test_fifty_admissions_to_one_bed_let_one_in(scene) -> None:
    people = [await scene.patient(f"Crowd{n:02}") for n in range(50)]

    async def come(patient):
        try:
            async with scene.work() as work:
                await admit(work, patient, scene.beds["6E-01"])
        except NotAllowed as refusal:
            return refusal.sentence
        return None

    said = await asyncio.gather(*(in_turn(partial(come, one)) for one in people))
    assert said.count(None) == 1
    assert set(said) - {None} == {"This bed is Occupied. Choose a bed that is Ready."}
    assert await scene.scalar("SELECT count(*) FROM stay") == 1
    assert await scene.scalar("SELECT count(*) FROM patient WHERE ward_id IS NOT NULL") == 1


async def test_a_patient_is_not_admitted_twice(scene) -> None:
    ida = await scene.patient()
    async with scene.work() as work:
        await admit(work, ida, scene.beds["6E-01"])
    with pytest.raises(NotAllowed, match="already in a bed"):
        async with scene.work() as work:
            await admit(work, ida, scene.beds["6E-02"])


async def test_one_patient_admitted_to_two_beds_at_once_lies_in_one(scene) -> None:
    ida = await scene.patient()

    async def come(label):
        try:
            async with scene.work() as work:
                await admit(work, ida, scene.beds[label])
        except NotAllowed:
            return False
        return True

    assert sum(await asyncio.gather(come("6E-01"), come("6E-02"))) == 1


async def test_a_form_that_saw_an_older_bed_is_refused(scene) -> None:
    ida = await scene.patient()
    with pytest.raises(Stale):
        async with scene.work() as work:
            await admit(work, ida, scene.beds["6E-01"], seen=99)


async def test_a_crash_between_the_steps_leaves_nothing(scene) -> None:
    ida = await scene.patient()
    with pytest.raises(RuntimeError, match="power cut"):  # noqa: PT012 - the commit is what fails
        async with scene.work() as work:
            await admit(work, ida, scene.beds["6E-01"])
            await work.flush()
            raise RuntimeError("power cut")
    assert (await scene.bed("6E-01")).status is BedStatus.UNOCCUPIED
    assert await scene.scalar("SELECT count(*) FROM encounter") == 0
    assert await scene.ward_of(ida) is None


async def test_a_back_dated_admission_never_overlaps_the_patient_before(scene) -> None:
    ida, bo = await scene.patient(), await scene.patient("Bo")
    async with scene.work() as work:
        first = await admit(work, ida, scene.beds["6E-01"], at=work.now - timedelta(hours=5))
        await gone(work, first.id, Disposition.HOME, at=work.now - timedelta(hours=1))
    await scene.clean("6E-01")
    with pytest.raises(NotAllowed, match="Another patient was in this bed at that time"):
        async with scene.work() as work:
            await admit(work, bo, scene.beds["6E-01"], at=work.now - timedelta(hours=3))


async def test_the_database_refuses_an_overlap_that_no_rule_saw(scene) -> None:
    ida, bo = await scene.patient(), await scene.patient("Bo")
    async with scene.work() as work:
        first = await admit(work, ida, scene.beds["6E-01"], at=work.now - timedelta(hours=5))
        await gone(work, first.id, Disposition.HOME, at=work.now - timedelta(hours=1))
    await scene.clean("6E-01")
    async with scene.work() as work:
        bed = await work.access(Bed, scene.beds["6E-01"], Permission.VIEW_BEDS)
        bed.vacated_at = None
    with pytest.raises(IntegrityError) as refused:
        async with scene.work() as work:
            await admit(work, bo, scene.beds["6E-01"], at=work.now - timedelta(hours=3))
    assert understood(refused.value).sentence == "Another patient was in this bed at that time."


async def test_a_visit_number_finds_the_encounter_again_and_is_nobody_elses(scene) -> None:
    ida, bo = await scene.patient(), await scene.patient("Bo")
    visit = Visit("V-1001", "PAS")
    async with scene.work() as work:
        await admit(work, ida, scene.beds["6E-01"], visit=visit)
    with pytest.raises(NotAllowed, match="belongs to another patient"):
        async with scene.work() as work:
            await admit(work, bo, scene.beds["6E-02"], visit=visit)
    async with scene.work() as work:
        other = Visit("V-1001", "ANOTHER")
        await admit(work, bo, scene.beds["6E-02"], visit=other)
