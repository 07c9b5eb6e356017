"""Medicines leave tasks: an effect to look at, an order to review, what was said to sign."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.access import Permission
from domain.allergies import AllergyState
from domain.doses import NotGiven
from domain.duty import DutyRole
from domain.formulary import Route
from domain.frequencies import Code
from domain.orders import OrderSource
from domain.tasks import Priority, TaskStatus
from tests.medications.scene import detailed, doses_of, infused, prescribed, verified
from tests.settling import settled
from tests.tasks.conftest import Shift
from ward import clock
from ward.medications import infuse, stop
from ward.medications.as_required import give_as_required
from ward.medications.models import MedicationAdministration, MedicationRequest
from ward.medications.not_give import NotGivenSaid, not_give
from ward.medications.said import GivenSaid
from ward.patients.allergies import AllergySaid, take_in_allergy
from ward.patients.models import AllergyDetail, Patient
from ward.tasks.models import NursingTask

TOLD = GivenSaid(why="Pain 6 of 10")


@pytest.fixture
async def bedside(shift: Shift) -> Shift:
    """Nobody is allergic to anything."""
    async with shift.scene.work() as work:
        row = await work.access(Patient, shift.patient, Permission.RECORD_ALLERGY, lock=True)
        row.allergy_state = AllergyState.NONE_KNOWN
    return shift


async def tasks(shift: Shift) -> list[tuple[NursingTask, str]]:
    await settled(shift.scene.node)
    async with shift.scene.work() as work:
        mine = select(NursingTask).where(NursingTask.patient_id == shift.patient)
        rows = await work.every(mine.order_by(NursingTask.id), Permission.VIEW_TASKS)
        words = await work.open(rows, NursingTask.what)
        return [(row, words[row.id]) for row in rows]


async def only(shift: Shift) -> tuple[NursingTask, str]:
    (found,) = await tasks(shift)
    return found


async def first_dose(shift: Shift, request: MedicationRequest) -> UUID:
    """Wait until the first dose is due."""
    (dose, _), *_rest = await doses_of(shift.scene, request.id)
    clock.shift(clock.offset() + max(dose.due_at - clock.now(), timedelta(0)))
    return dose.id


async def left_out(
    shift: Shift, reason: NotGiven, generic: str = "metoprolol", code: Code = Code.BD
) -> MedicationAdministration:
    request = await prescribed(shift.scene, shift.patient, generic, code)
    dose = await first_dose(shift, request)
    async with shift.scene.work() as work:
        return await not_give(work, dose, NotGivenSaid(reason=reason, text="Pulse 44"))


@pytest.mark.parametrize(("route", "minutes"), [(Route.ORAL, 60), (Route.INTRAVENOUS, 30)])
async def test_the_effect_of_a_dose_as_required_is_looked_at(
    bedside: Shift, route: Route, minutes: int
) -> None:
    request = await prescribed(bedside.scene, bedside.patient, "paracetamol", Code.PRN, route=route)
    await verified(bedside.scene, request.id)  # the pharmacy may be open
    async with bedside.scene.work() as work:
        made = await give_as_required(work, request.id, TOLD, revision=1)
    task, what = await only(bedside)
    assert what == "Check the effect of paracetamol 1,000\N{NO-BREAK SPACE}mg"
    assert task.due_at == made.occurred_at + timedelta(minutes=minutes)
    assert (task.part, task.status) == (DutyRole.NURSE, TaskStatus.REQUESTED)


async def test_a_regular_dose_leaves_no_task(bedside: Shift) -> None:
    await prescribed(bedside.scene, bedside.patient)
    assert await tasks(bedside) == []


async def test_a_limit_has_a_doctor_look_at_the_order_once(bedside: Shift) -> None:
    made = await left_out(bedside, NotGiven.CONTRAINDICATED)
    task, what = await only(bedside)
    assert task.part is DutyRole.REGISTRAR
    assert what.startswith("Review metoprolol 50")
    assert what.endswith("Observation or result outside the limits")
    doses = [dose for dose, _ in await doses_of(bedside.scene, made.request_id)]
    clock.shift(clock.offset() + timedelta(hours=12))
    async with bedside.scene.work() as work:
        said = NotGivenSaid(reason=NotGiven.CONTRAINDICATED)
        await not_give(work, doses[1].id, said)
    assert len(await tasks(bedside)) == 1
    async with bedside.scene.work() as work:
        await stop.stop(work, made.request_id, "Bradycardia", seen=None)
    task, _ = await only(bedside)
    assert task.status is TaskStatus.COMPLETED


async def test_an_allergy_that_stops_a_dose_has_a_doctor_look(bedside: Shift) -> None:
    """Whatever reason the nurse chose: the warning stands against the order."""
    request = await prescribed(bedside.scene, bedside.patient, "amoxicillin")
    dose = await first_dose(bedside, request)
    async with bedside.scene.work() as work:
        said = AllergySaid(detail=AllergyDetail(substance="amoxicillin"))
        await take_in_allergy(work, bedside.patient, "test|amoxicillin", said)
    async with bedside.scene.work() as work:
        await not_give(work, dose, NotGivenSaid(reason=NotGiven.OTHER, text="Allergic"))
    found = {what.split()[0]: task for task, what in await tasks(bedside)}
    assert found["Review"].part is DutyRole.REGISTRAR


@pytest.mark.parametrize("reason", [NotGiven.REFUSED, NotGiven.NBM])
async def test_other_reasons_leave_nothing(bedside: Shift, reason: NotGiven) -> None:
    await left_out(bedside, reason)
    assert await tasks(bedside) == []


@pytest.mark.parametrize(
    ("reason", "generic", "code"),
    [
        (NotGiven.UNAVAILABLE, "metoprolol", Code.BD),
        (NotGiven.REFUSED, "levetiracetam", Code.BD),
    ],
)
async def test_what_was_not_there_or_is_critical_is_an_incident(
    bedside: Shift, reason: NotGiven, generic: str, code: Code
) -> None:
    await left_out(bedside, reason, generic, code)
    task, what = await only(bedside)
    assert task.part is DutyRole.IN_CHARGE
    assert what.startswith(f"Report an incident, not given: {generic}")


async def test_what_was_said_is_signed_by_who_said_it(bedside: Shift, doctor) -> None:
    async with bedside.scene.work() as work:
        from ward.medications.prescribe import Ordered, prescribe

        who = await bedside.scene.scalar("SELECT id FROM app_user WHERE username = 'doctor'")
        order = Ordered(detail=detailed("amoxicillin"), starts_at=work.now)
        (request,) = await prescribe(
            work, bedside.patient, [order], source=OrderSource.VERBAL, prescriber=who
        )
    task, what = await only(bedside)
    assert what.startswith("Sign what was said: amoxicillin")
    assert task.part is DutyRole.REGISTRAR
    seen = (await _request(bedside, request.id)).version
    answer = await doctor.post(f"/orders/{request.id}/sign", version=seen)
    assert answer.status_code < 400, answer.text
    task, _ = await only(bedside)
    assert task.status is TaskStatus.COMPLETED


async def _request(shift: Shift, request_id: UUID) -> MedicationRequest:
    async with shift.scene.work() as work:
        return await work.access(MedicationRequest, request_id, Permission.VIEW_MEDICATIONS)


async def test_a_pump_is_stopped_at_once(bedside: Shift) -> None:
    request = await prescribed(bedside.scene, bedside.patient, detail=infused())
    await verified(bedside.scene, request.id)  # the pharmacy may be open
    dose = await first_dose(bedside, request)
    async with bedside.scene.work() as work:
        made = await infuse.start(work, dose, TOLD, revision=1)
    async with bedside.scene.work() as work:
        await stop.stop(work, request.id, "Bleeding", seen=None)
    task, what = await only(bedside)
    assert (what, task.priority) == ("Stop the pump: heparin (unfractionated)", Priority.STAT)
    async with bedside.scene.work() as work:
        await infuse.stop_pump(work, made.id, "Order stopped", Decimal(1))
    task, _ = await only(bedside)
    assert task.status is TaskStatus.COMPLETED
