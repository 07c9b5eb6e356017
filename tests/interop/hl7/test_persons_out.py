"""Persons out: who is in no hospital is told by A28 and A31, to who wants it, once, in order."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest

from domain.cancellations import CancelReason
from tests.adt.scene import Scene
from tests.interop.hl7 import passing
from tests.interop.hl7.border import act, adt, rows
from tests.interop.hl7.passing import lying, part
from tests.interop.hl7.taking import Taking
from tests.settling import settled
from ward import jobs
from ward.adt.admit import admit
from ward.adt.cancel_admission import cancel_admission
from ward.interop.hl7.outbound.sender import drain
from ward.patients.amend import revise
from ward.patients.person import Contact

PHONE = (Contact("+440000000001", "phone", "home"),)


@pytest.fixture
async def index(scene: Scene) -> AsyncIterator[Taking]:
    made = Taking(scene.node, name="mpi", kinds="ADT+A08+A28", site="REGION")
    async with made.open():
        yield made


async def _amend(scene: Scene, patient: UUID, **values: object) -> None:
    async with scene.work() as work:
        await revise(work, patient, lambda known: replace(known, **values))


async def test_a_person_without_a_visit_is_told_field_by_field(scene, index) -> None:
    await scene.patient()
    assert await index.send() == 1
    (raw,) = index.raws
    assert passing.names(raw) == ["MSH", "EVN", "PID", "PV1"]
    assert [part(raw, "MSH", 9, nth) for nth in (1, 2, 3)] == ["ADT", "A28", "ADT_A05"]
    assert [part(raw, "MSH", nth) for nth in (3, 4, 5, 6)] == ["WARD", "Northsite", "MPI", "REGION"]
    assert (part(raw, "EVN", 1), part(raw, "PID", 5)) == ("A28", "Quillfeather")
    assert (part(raw, "PV1", 2), part(raw, "PV1", 3), part(raw, "PV1", 19)) == ("N", "", "")


async def test_who_a_person_is_now_is_told_until_there_is_a_visit(scene, index) -> None:
    patient = await scene.patient()
    await index.send()
    await _amend(scene, patient, contacts=PHONE)
    await index.send()
    await _amend(scene, patient, contacts=())
    await index.send()
    async with scene.work() as work:
        encounter = (await admit(work, patient, scene.beds["6E-01"])).id
    await index.send()
    await _amend(scene, patient, language="de")
    await index.send()
    async with scene.work() as work:
        await cancel_admission(work, encounter, CancelReason.WRONG_PATIENT, "Never came")
    await _amend(scene, patient, language="fr")
    await index.send()
    assert index.events == ["A28", "A31", "A31", "A01", "A08", "A11", "A31"]
    assert part(index.raws[1], "PID", 13) == "+440000000001"
    assert part(index.raws[2], "PID", 13) == '""'
    assert part(index.raws[1], "MSH", 9, 3) == "ADT_A05"


async def test_whoever_is_admitted_at_once_is_told_by_the_admission_alone(scene, index) -> None:
    await lying(scene)
    await index.send()
    assert index.events == ["A01"]


async def test_a_change_whose_job_is_first_tells_the_person_as_new(scene, index) -> None:
    patient = await scene.patient()
    await _amend(scene, patient, contacts=PHONE)
    (late,) = await rows(scene.node, "SELECT id FROM job WHERE name LIKE '%told_moves.amended'")
    assert await jobs.do(scene.node, late[0])
    await index.send()
    assert index.events == ["A28"]
    assert part(index.raws[0], "PID", 13) == "+440000000001"


async def test_who_said_so_is_not_told_and_who_did_not_ask_neither(scene, index) -> None:
    other, pas = Taking(scene.node, name="other"), Taking(scene.node, name="pas", kinds="A28")
    async with other.open(), pas.open():
        assert await act(scene.node, adt("A08", "P-1", place="", visit="")) == ["AA"]
        await settled(scene.node)
        assert await scene.scalar("SELECT count(*) FROM patient") == 1
        for one in (index, other, pas):
            await drain(scene.node, await one.known())
    assert (index.events, other.events, pas.events) == (["A28"], [], [])


async def test_a_person_stands_sealed_and_in_the_trail(scene, index) -> None:
    patient = await scene.patient()
    await index.send()
    clear = "SELECT count(*) FROM hl7_outbound WHERE position(convert_to(:word, 'UTF8') IN raw) > 0"
    assert await scene.scalar(clear, word="Quillfeather") == 0
    looked = "SELECT data_classes, patients FROM audit_event WHERE code = 'hl7.out.take'"
    assert [(row[0], row[1]) for row in await rows(scene.node, looked)] == [(["D1"], [patient])]
