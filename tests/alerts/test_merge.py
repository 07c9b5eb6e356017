"""The same cause is one alert; more than somebody was told of calls again; what was wrong goes."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.alerts import AlertState, Cause, Outcome
from domain.duty import DutyRole
from domain.vitals import Absent, Vital
from tests.vitals.bedsides import ILL, WELL, told
from ward import clock
from ward.alerts.models import Happening
from ward.vitals.observe import correct, observe, take_back

WORSE = ILL | {Vital.TEMP: "39.5"}
FIVE = WELL | {Vital.RESP_RATE: "22", Vital.SPO2: "93", Vital.PULSE: "92"}


@pytest.fixture
async def bedside(calls):
    """Joan is registrar, Ada has the bed."""
    await calls.staff.on("doctor", DutyRole.REGISTRAR)
    await calls.staff.on("nurse")
    return calls


async def chart(calls, values, **more):
    """Observe, and wait for what follows; a minute later than the last set."""
    clock.shift(clock.offset() + timedelta(minutes=1))
    async with calls.scene.work() as work:
        made = await observe(work, calls.patient, told(values, **more), seen=None)
    await calls.settled()
    return made.id


async def standing(calls) -> dict[Cause, AlertState]:
    return {row.cause: row.state for row in await calls.rows()}


async def test_seven_calls_the_registrar_within_a_second(bedside, doctor) -> None:
    await chart(bedside, ILL)
    (row,) = await bedside.rows()
    assert (row.cause, row.tier, row.called) == (Cause.NEWS_HIGH, 1, DutyRole.REGISTRAR)
    page = await doctor.get("/alerts")
    assert "NEWS2 10: high." in page.text
    assert str(bedside.staff.users["doctor"]) in page.text


async def test_a_calm_set_calls_nobody(bedside) -> None:
    await chart(bedside, WELL)
    assert await bedside.rows() == []


async def test_the_same_score_again_is_no_alert_and_a_further_rise_merges(bedside) -> None:
    await chart(bedside, ILL)
    await chart(bedside, ILL)
    (row,) = await bedside.rows()
    assert row.times == 1
    await chart(bedside, WORSE)
    (row,) = await bedside.rows()
    assert (row.times, row.state) == (2, AlertState.OPEN)


async def test_a_further_rise_calls_again_although_somebody_has_it(bedside, doctor) -> None:
    await chart(bedside, ILL)
    (row,) = await bedside.rows()
    await doctor.post(f"/alerts/{row.id}/response", response="going")
    await chart(bedside, WORSE)
    (row,) = await bedside.rows()
    assert (row.state, row.owner_id, row.step) == (AlertState.OPEN, None, 2)
    assert (Happening.REOPENED, None, "worse") in await bedside.steps(row.id)


async def test_a_worse_band_speaks_for_the_milder_one(bedside) -> None:
    await chart(bedside, FIVE)
    assert await standing(bedside) == {Cause.NEWS_MEDIUM: AlertState.OPEN}
    await chart(bedside, ILL)
    assert await standing(bedside) == {
        Cause.NEWS_MEDIUM: AlertState.CLOSED,
        Cause.NEWS_HIGH: AlertState.OPEN,
    }
    assert (await bedside.rows())[0].outcome is Outcome.OVERTAKEN


async def test_not_recordable_calls_at_once_whatever_else_is_missing(bedside) -> None:
    clock.shift(clock.offset() + timedelta(minutes=1))
    said = replace(told({Vital.RESP_RATE: "30"}), absent={Vital.PULSE: Absent.NOT_RECORDABLE})
    async with bedside.scene.work() as work:
        await observe(work, bedside.patient, said, seen=None)
    await bedside.settled()
    (row,) = await bedside.rows()
    assert (row.cause, row.tier) == (Cause.NOT_RECORDABLE, 1)


async def test_what_a_wrong_value_raised_is_withdrawn_and_calls_nobody(bedside, doctor) -> None:
    wrong = await chart(bedside, ILL)
    async with bedside.scene.work() as work:
        await correct(work, wrong, told(WELL), "Other patient's monitor", seen=None)
    await bedside.settled()
    (row,) = await bedside.rows()
    assert row.state is AlertState.WITHDRAWN
    assert "Withdrawn" in (await doctor.get(f"/patients/{bedside.patient}")).text
    await bedside.wait(60)
    assert len(await bedside.called(row.id)) == 1


async def test_a_correction_that_changes_nothing_keeps_the_alert(bedside) -> None:
    wrong = await chart(bedside, ILL)
    async with bedside.scene.work() as work:
        await correct(work, wrong, told(ILL | {Vital.TEMP: "36.9"}), "Typed wrong", seen=None)
    await bedside.settled()
    (row,) = await bedside.rows()
    assert row.state is AlertState.OPEN
    assert row.source_id != wrong


async def test_taking_back_the_wrong_set_brings_back_what_it_had_overtaken(bedside) -> None:
    await chart(bedside, FIVE)
    wrong = await chart(bedside, ILL)
    async with bedside.scene.work() as work:
        await take_back(work, wrong, "Other patient", seen=None)
    await bedside.settled()
    states = [(row.cause, row.state) for row in await bedside.rows()]
    assert (Cause.NEWS_HIGH, AlertState.WITHDRAWN) in states
    assert (Cause.NEWS_MEDIUM, AlertState.OPEN) in states


async def test_what_nobody_had_looked_at_is_told_and_done_when_somebody_has(bedside) -> None:
    await chart(bedside, WELL | {Vital.PULSE: "95"})  # 1 point: due in 6 h, and a grace
    await bedside.wait(6 * 60 + 29)
    assert all(row.closed_at for row in await bedside.rows(late=True))
    await bedside.wait(2)
    row = (await bedside.rows(late=True))[-1]
    assert (row.cause, row.tier) == (Cause.OBS_OVERDUE, 2)
    await chart(bedside, WELL)
    row = (await bedside.rows(late=True))[-1]
    assert (row.state, row.outcome) == (AlertState.CLOSED, Outcome.DONE)


def test_the_sets_of_this_file_are_what_they_are_called() -> None:
    assert Decimal(WORSE[Vital.TEMP]) > Decimal(ILL[Vital.TEMP])
