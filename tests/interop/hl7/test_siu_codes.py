"""Codes of a sender: of several clinics, of another one, of people without a number."""

from uuid import UUID

import pytest

from domain.access import Permission
from domain.appointment_codes import AppointmentType
from tests.adt.scene import person
from tests.interop.hl7.booking import ADEYEMI, DONE, MRN, SCHED, booked, note, siu, taken
from tests.interop.hl7.border import act, rows, standing
from tests.scheduling.clinic import Clinic, open_clinic
from tests.stations import ids
from ward.db import new_id
from ward.interop.hl7.adt import Sender
from ward.interop.hl7.siu import codes
from ward.interop.hl7.siu.models import CodeKind, Hl7Code
from ward.patients.register import register
from ward.scheduling.clinics import VisitType

SENDER = Sender(*SCHED.split("|"))
DAY_CLINIC = "Day clinic^^"


@pytest.fixture
async def ada(clinic: Clinic) -> UUID:
    async with clinic.work() as work:
        return (await register(work, person("Testpatient", "Ada", MRN))).id


@pytest.fixture
async def other(clinic: Clinic) -> Clinic:
    """A second clinic that offers the same, with the same people's names."""
    return await open_clinic(clinic.scene, (await ids(clinic.scene.node, "ward"))["Day clinic"])


async def means(clinic: Clinic, kind: CodeKind, key: str, **what: UUID) -> None:
    """Say what a code means."""
    async with clinic.work() as work:
        row = Hl7Code(
            id=new_id(),
            msh3=SENDER.application,
            msh4=SENDER.facility,
            kind=kind,
            mark=codes.mark(SENDER, kind, key),
            **what,
        )
        await work.seal(row, words=key)
        work.add(row, Permission.REVIEW_MESSAGES)


async def test_one_code_of_a_visit_serves_every_clinic(
    clinic: Clinic, other: Clinic, ada: UUID
) -> None:
    """Mapped for one clinic, it means the visit of the same name in another."""
    del ada
    await means(clinic, CodeKind.VISIT, "XY", visit_type_id=clinic.visits["Follow-up"])
    node = clinic.scene.node
    await act(node, siu("S12", "1", clinic.at(9), visit="XY^Short one^L"))
    await act(
        node,
        siu("S12", "2", clinic.at(11), visit="XY^Short one^L", number="AP-2", place=DAY_CLINIC),
    )
    assert set((await standing(node)).values()) == {DONE}
    assert [row.ward_id for row in await booked(clinic)] == [clinic.ward, other.ward]


async def test_a_visit_that_is_not_offered_there_waits(
    clinic: Clinic, other: Clinic, ada: UUID
) -> None:
    del ada, other
    async with clinic.work() as work:
        kind = VisitType(
            id=new_id(), ward_id=clinic.ward, label="Rare", kind=AppointmentType.ROUTINE, minutes=20
        )
        work.add(kind, Permission.SET_SCHEDULE)
    await means(clinic, CodeKind.VISIT, "RA", visit_type_id=kind.id)
    said = siu("S12", "1", clinic.at(9), visit="RA^Rare one^L", place=DAY_CLINIC)
    await act(clinic.scene.node, said)
    assert await standing(clinic.scene.node) == {"1": ("review", "unclear_appointment")}
    assert await note(clinic, "1") == "Day clinic does not offer the visit that is meant."


async def test_a_move_into_another_clinic_is_for_a_person(
    clinic: Clinic, other: Clinic, ada: UUID
) -> None:
    del ada, other
    node = clinic.scene.node
    await act(node, siu("S12", "1", clinic.at(9)))
    await act(node, siu("S13", "2", clinic.at(10), place=DAY_CLINIC))
    assert (await standing(node))["2"] == ("review", "refused")
    assert await note(clinic, "2") == codes.ELSEWHERE
    assert [row.starts_at for row in await booked(clinic)] == [clinic.at(9)]


async def test_a_ward_is_no_clinic_whoever_is_booked(clinic: Clinic, ada: UUID) -> None:
    del ada
    await means(clinic, CodeKind.PERSON, "D1", resource_id=clinic.resources["Dr Adeyemi"])
    await act(clinic.scene.node, siu("S12", "1", clinic.at(9), place="Six East^^"))
    assert await standing(clinic.scene.node) == {"1": ("review", "unknown_code")}


async def test_nobody_on_the_list_is_named_who_has_no_number(clinic: Clinic, ada: UUID) -> None:
    """Their name is sealed with what was said of it, and shown nowhere else."""
    del ada
    node = clinic.scene.node
    await act(node, siu("S12", "1", clinic.at(9), person="^Quillfeather^Ida"))
    sql = "SELECT review_place FROM hl7_message"
    assert await rows(node, sql) == [("Person^named without a code",)]
    key = "\0ida quillfeather"
    await means(clinic, CodeKind.PERSON, key, resource_id=clinic.resources["Dr Müller"])
    await act(node, siu("S12", "2", clinic.at(9), person="^Quillfeather^Ida", number="AP-2"))
    assert await taken(clinic) == {"Dr Müller"}
    (clear,) = await rows(node, "SELECT hl7_code::text FROM hl7_code")
    assert "quill" not in clear[0].lower()


async def test_what_the_sender_takes_out_is_let_go(clinic: Clinic, ada: UUID) -> None:
    del ada
    node = clinic.scene.node
    await act(node, siu("S12", "1", clinic.at(9), more=("AIG|1|A|Echo^Echo machine^L",)))
    assert await taken(clinic) == {"Dr Adeyemi", "Echo"}
    gone = ("AIG|1|D|Echo^Echo machine^L", "AIG|2|D|ZZ^Never heard of^L")
    await act(node, siu("S14", "2", clinic.at(9), person=ADEYEMI, more=gone))
    assert await taken(clinic) == {"Dr Adeyemi"}
    assert set((await standing(node)).values()) == {DONE}
