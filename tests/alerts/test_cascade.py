"""Nobody takes it: it climbs to the nurse in charge, and goes on calling until somebody has it."""

import asyncio
from datetime import timedelta

import pytest

from domain.alerts import AlertState, Cause
from domain.duty import DutyRole
from domain.errors import NotAllowed
from tests.turns import in_turn
from ward import clock
from ward.alerts.calling import escalate
from ward.alerts.respond import accept
from ward.alerts.sound import sound

REGISTRAR, CONSULTANT, IN_CHARGE = "registrar", "consultant", "nurse-in-charge"


async def _everybody(calls) -> None:
    await calls.staff.on("doctor", DutyRole.REGISTRAR)
    await calls.staff.on("doctor2", DutyRole.CONSULTANT)
    await calls.staff.on("charge", DutyRole.IN_CHARGE)
    await calls.staff.on("nurse")


async def test_it_climbs_by_the_minutes_of_its_policy_and_repeats_at_the_end(calls) -> None:
    await _everybody(calls)
    alert = await calls.sound()
    assert await calls.called(alert) == [REGISTRAR]
    await calls.wait(4.5)
    assert await calls.called(alert) == [REGISTRAR]
    await calls.wait(0.6)
    assert await calls.called(alert) == [REGISTRAR, CONSULTANT]
    await calls.wait(10.1)
    assert await calls.called(alert) == [REGISTRAR, CONSULTANT, IN_CHARGE]
    await calls.wait(15.1)
    await calls.wait(15.1)
    assert await calls.called(alert) == [REGISTRAR, CONSULTANT, IN_CHARGE, IN_CHARGE, IN_CHARGE]
    row = await calls.row(alert)
    assert (row.state, row.step, row.place) == (AlertState.OPEN, 5, 2)


async def test_who_is_not_there_is_passed_over_at_once_and_the_history_says_so(calls) -> None:
    await calls.staff.on("charge", DutyRole.IN_CHARGE)
    alert = await calls.sound()
    assert await calls.called(alert) == ["-registrar", "-consultant", IN_CHARGE]
    assert (await calls.row(alert)).called is DutyRole.IN_CHARGE


async def test_with_nobody_on_duty_all_of_the_ward_is_called_until_somebody_has_it(
    calls, nurse
) -> None:
    alert = await calls.sound()
    await calls.wait(15.1)
    assert (await calls.called(alert))[2:] == ["-nurse-in-charge", "-nurse-in-charge"]
    clock.shift(timedelta(0))
    console = await nurse.get("/alerts")
    card = console.text.partition(f'id="alert-{alert}"')[2].partition(">")[0]
    assert "data-for" not in card
    assert "nobody on duty; all of the ward is asked" in console.text


async def test_who_has_it_is_left_in_peace(calls, doctor) -> None:
    await _everybody(calls)
    alert = await calls.sound()
    answer = await doctor.post(f"/alerts/{alert}/response", response="going")
    assert answer.status_code == 200, answer.text
    await calls.wait(60)
    assert await calls.called(alert) == [REGISTRAR]
    assert (await calls.row(alert)).owner_id == calls.staff.users["doctor"]


async def test_the_same_call_cannot_be_made_twice(calls) -> None:
    await _everybody(calls)
    alert = await calls.sound()
    clock.shift(timedelta(minutes=6))
    await calls.settled()

    async def again() -> None:
        async with calls.scene.work() as work:
            await escalate(work, alert, 1)

    await asyncio.gather(*(in_turn(again) for _ in range(5)))
    assert await calls.called(alert) == [REGISTRAR, CONSULTANT]


async def test_a_node_that_was_away_makes_up_for_one_step_not_for_many(calls) -> None:
    await _everybody(calls)
    alert = await calls.sound()
    await calls.wait(600)  # everybody's shift is not over yet
    assert await calls.called(alert) == [REGISTRAR, CONSULTANT]


async def test_the_night_and_the_ward_have_their_own(calls, admin) -> None:
    fields = {"cause": "news2-high", "tier": 1, "ward_id": calls.scene.east}
    answer = await admin.post(
        "/alerts/policies", **fields, part_1="nurse", minutes_1=3, part_2=IN_CHARGE, minutes_2=7
    )
    assert answer.status_code == 204, answer.text
    await calls.staff.on("nurse")
    alert = await calls.sound()
    assert await calls.called(alert) == ["nurse"]
    row = await calls.row(alert)
    assert row.escalates_at - row.called_at == timedelta(minutes=3)


async def test_many_reports_at_once_are_one_alert(calls) -> None:
    async def one() -> None:
        async with calls.scene.work() as work:
            await sound(work, calls.patient, Cause.NEWS_HIGH, "NEWS2 9: high.")

    await asyncio.gather(*(in_turn(one) for _ in range(8)))
    (row,) = await calls.rows()
    assert row.times == 8


async def test_a_job_does_not_take_alerts(calls) -> None:
    alert = await calls.sound()
    with pytest.raises(NotAllowed, match="Only a person"):
        async with calls.scene.work() as work:
            await accept(work, alert)
    assert (await calls.row(alert)).state is AlertState.OPEN
