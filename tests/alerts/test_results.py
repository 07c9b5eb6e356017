"""Results call: a critical one until it is acknowledged; a corrected one tells who relied on it."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain.alerts import AlertState, Cause, Decline, Outcome, Tier
from domain.duty import DutyRole
from domain.encounters import Disposition
from domain.errors import NotAllowed
from domain.lab_plans import Plan
from domain.labs import ResultStatus
from tests.alerts.calls import Calls
from tests.labs.reports import POTASSIUM, SODIUM, later, report
from ward.adt.discharge import gone
from ward.alerts import respond
from ward.alerts.models import Alert
from ward.labs.acknowledge import acknowledge
from ward.labs.models import DiagnosticReport
from ward.labs.release import release

HIGH = replace(POTASSIUM, value="6.9", sent=("HH",))
RIGHT = replace(POTASSIUM, value="4.1", status=ResultStatus.CORRECTED)


@pytest.fixture
async def bedside(calls: Calls) -> Calls:
    """Ada has the bed, Joan is the registrar, Grace is in charge."""
    await calls.staff.on("nurse")
    await calls.staff.on("doctor", DutyRole.REGISTRAR)
    await calls.staff.on("charge", DutyRole.IN_CHARGE)
    return calls


async def told(calls: Calls, *said) -> UUID:
    for one in said:
        async with calls.scene.work() as work:
            made: DiagnosticReport = await release(work, one)
        await calls.settled()
    return made.id


async def seen(calls: Calls, report_id: UUID) -> None:
    async with calls.scene.work() as work:
        await acknowledge(work, report_id, Plan.TREATED)
    await calls.settled()


async def alerts(calls: Calls, cause: Cause = Cause.CRITICAL_RESULT) -> list[tuple]:
    async with calls.scene.work() as work:
        rows = [row for row in await calls.rows() if row.cause is cause]
        words = await work.open(rows, Alert.what)
        return [(row.state, words[row.id], row.outcome) for row in rows]


async def test_a_critical_result_calls_the_registrar_and_escalates(bedside: Calls) -> None:
    await told(bedside, report(bedside.patient, HIGH, SODIUM))
    ((state, what, _),) = await alerts(bedside)
    assert (state, what) == (AlertState.OPEN, "Potassium 6.9 mmol/L HH")
    (row,) = [one for one in await bedside.rows() if one.cause is Cause.CRITICAL_RESULT]
    assert Tier(row.tier) is Tier.NOW
    assert await bedside.called(row.id) == ["registrar"]
    await bedside.wait(6)
    await bedside.wait(11)
    assert (await bedside.called(row.id))[-1] == "nurse-in-charge"


async def test_what_is_only_abnormal_or_unverified_calls_nobody(bedside: Calls) -> None:
    await told(
        bedside,
        report(bedside.patient, replace(POTASSIUM, value="5.6"), filler="A"),
        report(bedside.patient, replace(HIGH, status=ResultStatus.UNVERIFIED), filler="B"),
    )
    assert await alerts(bedside) == []


async def test_the_same_again_does_not_call_again_and_another_joins(bedside: Calls) -> None:
    said = report(bedside.patient, HIGH)
    await told(bedside, said, said, later(said))
    (row,) = [one for one in await bedside.rows() if one.cause is Cause.CRITICAL_RESULT]
    assert row.times == 1
    low = replace(SODIUM, value="115")
    await told(bedside, report(bedside.patient, low, filler="B"))
    ((_, what, _),) = await alerts(bedside)
    assert "Potassium 6.9" in what
    assert "Sodium 115" in what


async def test_the_acknowledgement_closes_it_and_counts_as_the_answer(bedside: Calls) -> None:
    made = await told(bedside, report(bedside.patient, HIGH))
    await bedside.wait(2)
    await seen(bedside, made)
    ((state, _, outcome),) = await alerts(bedside)
    assert (state, outcome) == (AlertState.CLOSED, Outcome.DONE)
    (row,) = [one for one in await bedside.rows() if one.cause is Cause.CRITICAL_RESULT]
    assert timedelta(minutes=2) <= row.answered_at - row.raised_at < timedelta(minutes=3)


async def test_closing_asks_who_repeated_it(bedside: Calls) -> None:
    await told(bedside, report(bedside.patient, HIGH))
    (row,) = [one for one in await bedside.rows() if one.cause is Cause.CRITICAL_RESULT]
    with pytest.raises(NotAllowed, match="read back"):
        async with bedside.scene.work() as work:
            await respond.close(work, row.id, Outcome.TREATED)
    async with bedside.scene.work() as work:
        await respond.close(work, row.id, Outcome.TREATED, "Dr Jones told, repeated 6.9")


async def test_who_says_not_my_patient_has_the_next_called(bedside: Calls, sign) -> None:
    await told(bedside, report(bedside.patient, HIGH))
    (row,) = [one for one in await bedside.rows() if one.cause is Cause.CRITICAL_RESULT]
    doctor = await sign("doctor")
    answer = await doctor.post(f"/alerts/{row.id}/refusal", reason=Decline.NOT_MINE.value)
    assert answer.status_code in {200, 303}
    assert len(await bedside.called(row.id)) > 1


async def test_a_correction_withdraws_the_call_and_tells_who_relied_on_it(bedside: Calls) -> None:
    said = report(bedside.patient, HIGH)
    made = await told(bedside, said)
    await seen(bedside, made)
    await told(bedside, later(said, RIGHT))
    ((state, what, _),) = await alerts(bedside, Cause.RESULT_CORRECTED)
    assert state is AlertState.OPEN
    assert what == "Corrected: Potassium was 6.9 mmol/L HH, now 4.1 mmol/L"
    await seen(bedside, made)
    ((state, _, _),) = await alerts(bedside, Cause.RESULT_CORRECTED)
    assert state is AlertState.CLOSED


async def test_a_correction_that_nobody_had_seen_only_withdraws(bedside: Calls) -> None:
    said = report(bedside.patient, HIGH)
    await told(bedside, said, later(said, RIGHT))
    ((state, _, _),) = await alerts(bedside)
    assert state is AlertState.WITHDRAWN
    assert await alerts(bedside, Cause.RESULT_CORRECTED) == []


async def test_of_another_patient_the_value_is_not_repeated(bedside: Calls) -> None:
    said = report(bedside.patient, HIGH)
    made = await told(bedside, said)
    await seen(bedside, made)
    wrong = replace(HIGH, status=ResultStatus.WRONG_PATIENT)
    await told(bedside, later(said, wrong))
    ((_, what, _),) = await alerts(bedside, Cause.RESULT_CORRECTED)
    assert what.endswith("now withdrawn")


async def test_a_correction_to_a_critical_value_calls_anew(bedside: Calls) -> None:
    said = report(bedside.patient, replace(POTASSIUM, value="4.1"))
    made = await told(bedside, said)
    await seen(bedside, made)
    await told(bedside, later(said, replace(HIGH, status=ResultStatus.CORRECTED)))
    ((state, what, _),) = await alerts(bedside)
    assert (state, what) == (AlertState.OPEN, "Potassium 6.9 mmol/L HH (was 4.1 mmol/L)")


async def test_whoever_has_left_is_called_for_on_the_last_ward(bedside: Calls) -> None:
    async with bedside.scene.work() as work:
        await gone(work, bedside.encounter, Disposition.HOME)
    await bedside.settled()
    await told(bedside, report(bedside.patient, HIGH))
    ((state, _, _),) = await alerts(bedside)
    assert state is AlertState.OPEN
