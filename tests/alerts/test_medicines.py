"""Medicines call: a late dose, an order for now, one unverified, a pump without an order."""

from decimal import Decimal
from uuid import UUID

import pytest

from domain.access import Permission
from domain.alerts import AlertState, Cause, Outcome, Tier
from domain.allergies import AllergyState
from domain.doses import NotGiven, Status
from domain.duty import DutyRole
from domain.encounters import Disposition
from domain.frequencies import Code
from domain.orders import RequestPriority
from domain.overrides import Approver, Override
from domain.windows import LateChoice
from tests.alerts.calls import Calls
from tests.medications.scene import (
    doses_of,
    infused,
    prescribed,
    until_the_pharmacy_is_open,
    verified,
)
from ward.adt.discharge import discharge
from ward.alerts.models import Alert
from ward.medications import give, infuse, stop, suspend
from ward.medications.models import GivenSource, MedicationAdministration, ScheduledDose
from ward.medications.not_give import NotGivenSaid, not_give
from ward.medications.said import GivenSaid
from ward.patients.models import Patient
from ward.work import Work

TOLD = GivenSaid()  # by another system: nobody scans
LATE = GivenSaid(late="Away", late_choice=LateChoice.KEEP)


@pytest.fixture
async def bedside(calls: Calls) -> Calls:
    """Ada has the bed, Grace is in charge; nobody is allergic to anything."""
    await calls.staff.on("nurse")
    await calls.staff.on("charge", DutyRole.IN_CHARGE)
    async with calls.scene.work() as work:
        row = await work.access(Patient, calls.patient, Permission.RECORD_ALLERGY, lock=True)
        row.allergy_state = AllergyState.NONE_KNOWN
    return calls


async def alerts(calls: Calls, cause: Cause) -> list[tuple[AlertState, str, Tier]]:
    async with calls.scene.work() as work:
        rows = [row for row in await calls.rows() if row.cause is cause]
        words = await work.open(rows, Alert.what)
        return [(row.state, words[row.id], Tier(row.tier)) for row in rows]


def in_time(dose: ScheduledDose) -> GivenSaid:
    """A dose that was given when it was due, and written down afterwards."""
    return GivenSaid(source=GivenSource.PAPER, given_at=dose.due_at)


async def late_dose(calls: Calls, generic: str = "levetiracetam") -> ScheduledDose:
    """Order something of which minutes matter, due in a moment, and let the window close."""
    request = await prescribed(calls.scene, calls.patient, generic, Code.Q1H)
    (dose, _), *_rest = await doses_of(calls.scene, request.id)
    await calls.wait((dose.closes_at - dose.due_at).total_seconds() / 60 + 1)
    return dose


async def test_a_late_time_critical_dose_calls_its_nurse_and_is_done_when_given(
    bedside: Calls,
) -> None:
    dose = await late_dose(bedside)
    ((state, what, tier),) = await alerts(bedside, Cause.DOSE_OVERDUE)
    assert (state, tier) == (AlertState.OPEN, Tier.SOON)
    assert what.startswith("levetiracetam")
    assert "overdue since" in what
    await bedside.wait(16)
    (row,) = [one for one in await bedside.rows() if one.cause is Cause.DOSE_OVERDUE]
    assert (await bedside.called(row.id)) == ["nurse", "nurse-in-charge"]
    async with bedside.scene.work() as work:
        await give.give(work, dose.id, in_time(dose), revision=1)
    await bedside.settled()
    row = await bedside.row(row.id)
    if row.state is not AlertState.CLOSED:  # the next hour's dose may be late by now
        assert row.state is AlertState.OPEN
    else:
        assert row.outcome is Outcome.DONE


async def test_not_given_with_a_reason_settles_it(bedside: Calls) -> None:
    dose = await late_dose(bedside)
    async with bedside.scene.work() as work:
        await not_give(work, dose.id, NotGivenSaid(reason=NotGiven.NBM))
    await bedside.settled()
    ((state, _, _),) = await alerts(bedside, Cause.DOSE_OVERDUE)
    assert state is AlertState.CLOSED


async def test_a_dose_of_which_minutes_do_not_matter_calls_nobody(bedside: Calls) -> None:
    request = await prescribed(bedside.scene, bedside.patient, "metoprolol", Code.BD)
    (dose, _), *_rest = await doses_of(bedside.scene, request.id)
    assert dose.status is Status.PLANNED
    await bedside.wait(60 * 30)
    assert await alerts(bedside, Cause.DOSE_OVERDUE) == []


async def test_two_late_medicines_are_one_alert_that_says_what_is_left(bedside: Calls) -> None:
    requests = [
        await prescribed(bedside.scene, bedside.patient, generic, Code.Q1H)
        for generic in ("levetiracetam", "carbamazepine")
    ]
    firsts = [(await doses_of(bedside.scene, one.id))[0][0] for one in requests]
    await bedside.wait(31)
    ((_, what, _),) = await alerts(bedside, Cause.DOSE_OVERDUE)
    assert what.count("overdue since") == 2
    async with bedside.scene.work() as work:
        await give.give(work, firsts[0].id, in_time(firsts[0]), revision=1)
    await bedside.settled()
    ((state, what, _),) = await alerts(bedside, Cause.DOSE_OVERDUE)
    assert state is AlertState.OPEN
    assert what.startswith("carbamazepine")


async def test_a_withheld_order_calls_nobody(bedside: Calls) -> None:
    await late_dose(bedside)
    row = (await bedside.rows())[0]
    async with bedside.scene.work() as work:
        of = await work.access(Alert, row.id, Permission.VIEW_ALERTS)
        dose = await _request_of(work, of.source_id)
        await suspend.hold_order(work, dose, "Drowsy", seen=None)
    await bedside.settled()
    assert (await bedside.row(row.id)).state is AlertState.CLOSED


async def _request_of(work: Work, dose_id: UUID | None) -> UUID:
    assert dose_id is not None
    return (await work.access(ScheduledDose, dose_id, Permission.VIEW_MEDICATIONS)).request_id


async def test_an_order_for_now_calls_at_once_and_again(bedside: Calls) -> None:
    request = await prescribed(
        bedside.scene,
        bedside.patient,
        "amoxicillin",
        Code.STAT,
        priority=RequestPriority.STAT,
    )
    await bedside.settled()
    ((state, what, tier),) = await alerts(bedside, Cause.STAT_ORDER)
    assert (state, tier) == (AlertState.OPEN, Tier.NOW)
    assert what == "Give now: amoxicillin 500\N{NO-BREAK SPACE}mg, oral"
    (row,) = await bedside.rows()
    for _ in range(2):
        await bedside.wait(15)
    called = await bedside.called(row.id)
    assert called == ["nurse", "nurse-in-charge", "nurse-in-charge"]
    (dose, _), *_rest = await doses_of(bedside.scene, request.id)
    async with bedside.scene.work() as work:
        given = await give.give(work, dose.id, LATE, revision=1)
    await bedside.settled()
    ((state, _, _),) = await alerts(bedside, Cause.STAT_ORDER)
    assert state is AlertState.CLOSED
    del given


async def test_a_routine_order_calls_nobody(bedside: Calls) -> None:
    await prescribed(bedside.scene, bedside.patient)
    await bedside.settled()
    assert await bedside.rows() == []


async def test_an_order_for_now_that_is_stopped_calls_no_more(bedside: Calls) -> None:
    request = await prescribed(
        bedside.scene, bedside.patient, "amoxicillin", Code.STAT, priority=RequestPriority.STAT
    )
    await bedside.settled()
    async with bedside.scene.work() as work:
        await stop.stop(work, request.id, "Wrong patient", seen=None)
    await bedside.settled()
    ((state, _, _),) = await alerts(bedside, Cause.STAT_ORDER)
    assert state is AlertState.CLOSED


async def run(calls: Calls) -> MedicationAdministration:
    """Start an infusion."""
    request = await prescribed(calls.scene, calls.patient, detail=infused())
    await verified(calls.scene, request.id)  # the pharmacy may be open
    (dose, _), *_rest = await doses_of(calls.scene, request.id)
    async with calls.scene.work() as work:
        return await infuse.start(work, dose.id, TOLD, revision=1)


async def test_a_pump_without_an_order_calls_until_somebody_has_stopped_it(
    bedside: Calls,
) -> None:
    made = await run(bedside)
    async with bedside.scene.work() as work:
        await stop.stop(work, made.request_id, "Bleeding", seen=None)
    await bedside.settled()
    ((state, what, tier),) = await alerts(bedside, Cause.PUMP_TO_STOP)
    assert (state, tier) == (AlertState.OPEN, Tier.NOW)
    assert what == "Stop the pump: heparin (unfractionated), the order has ended"
    async with bedside.scene.work() as work:
        await infuse.stop_pump(work, made.id, "Order stopped", Decimal(1))
    await bedside.settled()
    ((state, _, _),) = await alerts(bedside, Cause.PUMP_TO_STOP)
    assert state is AlertState.CLOSED


async def test_a_pump_calls_on_after_the_patient_has_left(bedside: Calls) -> None:
    await run(bedside)
    async with bedside.scene.work() as work:
        why = Override(Approver.DOCTOR, "Going by ambulance, pump and all")
        await discharge(work, bedside.encounter, Disposition.HOME, override=why)
    await bedside.settled()
    ((state, _, _),) = await alerts(bedside, Cause.PUMP_TO_STOP)
    assert state is AlertState.OPEN


async def test_a_high_alert_order_that_nobody_verifies_calls_the_nurse_in_charge(
    bedside: Calls,
) -> None:
    request = await prescribed(bedside.scene, bedside.patient, "warfarin", Code.OD)
    await bedside.wait(until_the_pharmacy_is_open().total_seconds() / 60)
    found = await alerts(bedside, Cause.UNVERIFIED)
    assert [(state, what) for state, what, _ in found] == [
        (AlertState.OPEN, "Not verified: warfarin 3\N{NO-BREAK SPACE}mg, oral")
    ]
    async with bedside.scene.work() as work:
        await stop.stop(work, request.id, "Not needed", seen=None)
    await bedside.settled()
    ((state, _, _),) = await alerts(bedside, Cause.UNVERIFIED)
    assert state is AlertState.CLOSED


async def test_a_dose_given_at_the_same_moment_leaves_no_alert_behind(bedside: Calls) -> None:
    """The record of the dose is settled before the call for it is made: the call finds it done."""
    from ward.alerts import medicines
    from ward.alerts.medicines import Fresh

    dose = await late_dose(bedside)
    async with bedside.scene.work() as work:
        await not_give(work, dose.id, NotGivenSaid(reason=NotGiven.NBM))
    await bedside.settled()
    async with bedside.scene.work() as work:
        await medicines.look(work, bedside.patient, Fresh(Cause.DOSE_OVERDUE, dose.id))
    assert all(
        state is AlertState.CLOSED for state, _, _ in await alerts(bedside, Cause.DOSE_OVERDUE)
    )
