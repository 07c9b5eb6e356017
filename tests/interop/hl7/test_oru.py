"""Monitors over MLLP: shown unconfirmed, counting for nothing; what cannot be shown waits."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.measured import at_chart_step
from domain.vitals import Vital
from realtime.topics import Topic
from tests.interop.hl7.border import act, rows, send, standing
from tests.interop.hl7.monitoring import (
    DIASTOLIC,
    HEART,
    REFUSED,
    SATURATION,
    SYSTOLIC,
    TAKEN,
    TEMPERATURE,
    bedside,
    charted,
    note_of,
    obx,
    only,
    oru,
    remarks_of,
    stamp,
    whole,
)
from tests.settling import PATIENCE, worked_off
from tests.vitals.bedsides import ILL, told
from ward import clock
from ward.tidy import tidy
from ward.vitals.models import SetSource, SetState
from ward.vitals.monitors import confirm
from ward.vitals.observe import observe

# -- what is taken ---------------------------------------------------------------------


async def test_a_monitors_values_are_shown_unconfirmed_and_score_nothing(open_scene, ida) -> None:
    assert await act(open_scene.node, oru("1", *whole())) == ["AA"]
    assert await standing(open_scene.node) == {"1": TAKEN}
    view = await bedside(open_scene, ida)
    assert view.last is None
    (sent,) = view.unconfirmed
    assert (sent.monitor, sent.source, sent.state) == (
        "BED-01",
        SetSource.MONITOR,
        SetState.UNVALIDATED,
    )
    assert sent.values == {
        "pulse": Decimal(72),
        "spo2": Decimal(98),
        "temp": Decimal("36.8"),
        "sbp": Decimal(122),
        "dbp": Decimal(78),
        "resp_rate": Decimal(16),
    }
    assert (sent.role, sent.by) == ("hl7:MONITORS", None)


async def test_the_open_page_of_the_nurse_shows_it_and_the_board_keeps_its_score(
    open_scene, ida, nurse, sign
) -> None:
    async with open_scene.work() as work:
        await observe(work, ida, told(at=work.now - timedelta(minutes=5)), seen=None)
    charge = await sign("charge")
    async with (
        nurse.watch(Topic("observations", ida)) as chart,
        charge.watch(Topic("beds", open_scene.east)) as board,
    ):
        ill = whole(rate="26", spo2="91", heart="118", high="98")
        await act(open_scene.node, oru("1", *ill))
        await chart.next()
        with pytest.raises(TimeoutError):
            await board.until("NEWS2 10", timeout=1)
        assert (await bedside(open_scene, ida)).last.total == 0
        sent = await only(open_scene, ida)
        async with open_scene.work() as work:
            await confirm(work, sent.id, told(ILL), seen=sent.version)
        await board.until("NEWS2 10 high")
    assert (await bedside(open_scene, ida)).last.total == 10


@pytest.mark.parametrize(
    ("code", "value", "unit", "key", "there"),
    [
        ("2708-6^Oxygen saturation^LN", "97", "%", "spo2", "97"),
        ("59408-5^SpO2^LN", "97", "%", "spo2", "97"),
        ("SPO2^own^L^59408-5^SpO2^LN", "97", "%", "spo2", "97"),
        ("8331-1^Oral temperature^LN", "37.4", "Cel", "temp", "37.4"),
        (TEMPERATURE, "99.5", "[degF]^^UCUM", "temp", "37.5"),
        (TEMPERATURE, "38.05", "Cel", "temp", "38.1"),
        (TEMPERATURE, "36.05", "Cel", "temp", "36.0"),
        (HEART, "90.5", "{beats}/min", "pulse", "91"),
        (SYSTOLIC, "16.2", "kPa", "sbp", "122"),
        ("19891-1^etCO2^LN", "38", "mm[Hg]", "etco2", "38"),
    ],
)
async def test_codes_units_and_decimals_reach_the_chart(
    open_scene, ida, code, value, unit, key, there
) -> None:
    await act(open_scene.node, oru("1", obx(code, value, unit=unit)))
    assert (await only(open_scene, ida)).values == {key: Decimal(there)}


async def test_a_panel_and_its_components_are_one_pressure(open_scene, ida) -> None:
    panel = obx("85354-9^Blood pressure^LN", "", unit="", kind="")
    await act(open_scene.node, oru("1", panel, obx(SYSTOLIC, "131"), obx(DIASTOLIC, "84")))
    assert await standing(open_scene.node) == {"1": TAKEN}
    assert (await only(open_scene, ida)).values == {"sbp": Decimal(131), "dbp": Decimal(84)}


async def test_several_obr_of_one_minute_are_one_set_and_of_two_are_two(open_scene, ida) -> None:
    now = clock.now().replace(second=20, microsecond=0)
    then = now - timedelta(minutes=3)
    second = f"OBR|2|||85354-9^Blood pressure^LN|||{stamp(now + timedelta(seconds=5))}"
    third = f"OBR|3|||85353-1^Vital signs^LN|||{stamp(then)}"
    parts = (obx(HEART, "70"), second, obx(SYSTOLIC, "120"), third, obx(TEMPERATURE, "37.0"))
    await act(open_scene.node, oru("1", *parts, at=now))
    sets = await rows(open_scene.node, "SELECT taken_at FROM observation_set ORDER BY taken_at")
    assert [row[0] for row in sets] == [then, now + timedelta(seconds=5)]
    assert set((await only(open_scene, ida)).values) == {"pulse", "sbp"}


async def test_a_time_is_read_in_its_own_zone(open_scene, ida) -> None:
    now = clock.now().replace(microsecond=0)
    abroad = (now + timedelta(hours=5)).strftime("%Y%m%d%H%M%S+0500")
    await act(open_scene.node, oru("1", obx(HEART, "70", at=abroad)))
    assert (await only(open_scene, ida)).taken_at == now


async def test_without_a_device_the_bed_names_the_monitor(open_scene, ida) -> None:
    await act(open_scene.node, oru("1", obx(HEART, "70", device="")))
    assert (await only(open_scene, ida)).monitor == "MONITORS 6E 01"


async def test_the_last_of_a_repeated_value_is_taken(open_scene, ida) -> None:
    now = clock.now().replace(second=30, microsecond=0) - timedelta(minutes=1)
    early, late = (stamp(now + timedelta(seconds=seconds)) for seconds in (0, 10))
    await act(open_scene.node, oru("1", obx(HEART, "80", at=late), obx(HEART, "70", at=early)))
    assert (await only(open_scene, ida)).values == {"pulse": Decimal(80)}
    assert "last value was taken" in await remarks_of(open_scene, "1")


async def test_only_the_newest_set_of_each_monitor_is_shown(open_scene, ida) -> None:
    now = clock.now()
    for number, (seconds, device) in enumerate(
        ((90, "BED-01"), (60, "BED-01"), (75, "BED-01"), (50, "PUMP"))
    ):
        at = now - timedelta(seconds=seconds)
        await act(
            open_scene.node, oru(str(number), obx(HEART, str(70 + number), device=device), at=at)
        )
    shown = {
        one.monitor: one.values["pulse"] for one in (await bedside(open_scene, ida)).unconfirmed
    }
    assert shown == {"BED-01": Decimal(71), "PUMP": Decimal(73)}
    assert len(await charted(open_scene, ida)) == 2
    assert await rows(open_scene.node, "SELECT count(*) FROM observation_set") == [(4,)]


async def test_what_was_sent_before_a_confirmed_set_does_not_come_back(open_scene, ida) -> None:
    now = clock.now()
    for number in range(2):
        at = now - timedelta(seconds=60 - 30 * number)
        await act(open_scene.node, oru(str(number), *whole(), at=at))
    sent = await only(open_scene, ida)
    async with open_scene.work() as work:
        await confirm(work, sent.id, None, seen=sent.version)
    assert (await bedside(open_scene, ida)).unconfirmed == ()


# -- once ------------------------------------------------------------------------------


async def test_the_same_message_again_is_one_set(open_scene, ida) -> None:
    message = oru("1", *whole())
    assert await act(open_scene.node, message, message, message) == ["AA"] * 3
    again = message.replace(b"|1|P|", b"|2|P|")  # the same values under another number
    await act(open_scene.node, again)
    assert await rows(open_scene.node, "SELECT count(*) FROM observation_set") == [(1,)]


async def test_many_monitors_at_once_lose_nothing(open_scene, ida) -> None:
    now = clock.now()
    messages = [
        oru(str(number), obx(HEART, str(60 + number)), at=now - timedelta(seconds=number))
        for number in range(20)
    ]

    async def until_taken(message: bytes) -> None:
        while await send(open_scene.node, message) != ["AA"]:
            pass  # as a sender does that is told to send it again

    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*map(until_taken, messages))
    await worked_off(open_scene.node)
    assert set((await standing(open_scene.node)).values()) == {TAKEN}
    assert await rows(open_scene.node, "SELECT count(*) FROM observation_set") == [(20,)]
    assert (await only(open_scene, ida)).values["pulse"] == 60


# -- status ----------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["F", "P", "R"])
async def test_final_and_preliminary_values_are_unconfirmed_alike(open_scene, ida, status) -> None:
    await act(open_scene.node, oru("1", obx(HEART, "70", status=status)))
    assert (await only(open_scene, ida)).state is SetState.UNVALIDATED


@pytest.mark.parametrize("status", ["X", "I", "N", "O"])
async def test_a_value_that_could_not_be_measured_is_none(open_scene, ida, status) -> None:
    await act(open_scene.node, oru("1", obx(HEART, "0", status=status), obx(SATURATION, "97")))
    assert await standing(open_scene.node) == {"1": TAKEN}
    assert (await only(open_scene, ida)).values == {"spo2": Decimal(97)}
    assert "without a value" in await remarks_of(open_scene, "1")


async def test_a_correction_stands_in_the_place_of_what_was_sent(open_scene, ida) -> None:
    now = clock.now()
    wrong = oru("1", obx(HEART, "170"), obx(SATURATION, "97"), at=now)
    right = oru("2", obx(HEART, "70", status="C"), at=now)
    await act(open_scene.node, wrong, right, right.replace(b"|2|P|", b"|3|P|"))
    assert (await only(open_scene, ida)).values == {"pulse": Decimal(70), "spo2": Decimal(97)}
    states = await rows(open_scene.node, "SELECT state FROM observation_set ORDER BY id")
    assert [row[0] for row in states] == ["corrected", "preliminary"]


@pytest.mark.parametrize("status", ["D", "W"])
async def test_a_value_taken_back_is_gone_and_the_others_stay(open_scene, ida, status) -> None:
    now = clock.now()
    sent = oru("1", obx(HEART, "170"), obx(SATURATION, "97"), at=now)
    back = oru("2", obx(HEART, "170", status=status), at=now)
    await act(open_scene.node, sent, back, back.replace(b"|2|P|", b"|3|P|"))
    assert (await only(open_scene, ida)).values == {"spo2": Decimal(97)}
    rest = oru("4", obx(SATURATION, "97", status=status), at=now)
    await act(open_scene.node, rest)
    assert (await bedside(open_scene, ida)).unconfirmed == ()
    assert set((await standing(open_scene.node)).values()) == {TAKEN}


async def test_what_a_nurse_has_confirmed_no_monitor_changes(open_scene, ida) -> None:
    now = clock.now()
    await act(open_scene.node, oru("1", *whole(), at=now))
    sent = await only(open_scene, ida)
    async with open_scene.work() as work:
        await confirm(work, sent.id, told(), seen=sent.version)
    await act(open_scene.node, oru("2", obx(HEART, "110", status="C"), at=now))
    assert (await standing(open_scene.node))["2"] == REFUSED
    assert "confirmed these values already" in await note_of(open_scene, "2")
    assert (await bedside(open_scene, ida)).last.values["pulse"] == 72


# -- what is forgotten -----------------------------------------------------------------


async def test_the_mark_of_a_stale_value_turns_without_a_request(open_scene, ida) -> None:
    await act(open_scene.node, oru("1", *whole()))
    taken = (await only(open_scene, ida)).taken_at
    due = await rows(
        open_scene.node, "SELECT topic, at FROM live_due WHERE topic LIKE :t", t=f"%{ida}"
    )
    assert (f"observations/{ida}", taken + timedelta(seconds=60)) in [tuple(row) for row in due]


async def test_what_nobody_confirmed_is_forgotten_after_a_day(open_scene, ida) -> None:
    now = clock.now()
    for number in range(3):
        at = now - timedelta(seconds=90 - 30 * number)
        await act(open_scene.node, oru(str(number), *whole(heart=str(70 + number)), at=at))
        if number == 1:
            sent = await only(open_scene, ida)
            async with open_scene.work() as work:
                await confirm(work, sent.id, told(), seen=sent.version)
    await tidy(open_scene.node)
    assert await rows(open_scene.node, "SELECT count(*) FROM observation_set") == [(4,)]
    clock.shift(timedelta(hours=25))
    await tidy(open_scene.node)
    states = await rows(open_scene.node, "SELECT state FROM observation_set ORDER BY id")
    assert [row[0] for row in states] == ["corrected", "final"]
    assert await rows(open_scene.node, "SELECT count(*) FROM hl7_message") == [(3,)]


def test_a_half_scores_as_the_more_abnormal_neighbour() -> None:
    assert at_chart_step(Vital.RESP_RATE, Decimal("24.5")) == 25
