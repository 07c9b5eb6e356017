"""What of a monitor's message is not taken waits for a person, with its reason, and is not lost."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.adt.scene import person
from tests.interop.hl7.border import act, adt, rows, standing
from tests.interop.hl7.monitoring import (
    HEART,
    MRN,
    REFUSED,
    SATURATION,
    SYSTOLIC,
    TAKEN,
    TEMPERATURE,
    bedside,
    message_of,
    note_of,
    obx,
    only,
    oru,
    remarks_of,
    stamp,
    whole,
)
from tests.settling import worked_off
from ward import clock
from ward.interop.hl7.service import correct, reject, replay
from ward.patients.register import register


@pytest.mark.parametrize(
    ("segment", "words"),
    [
        (obx(TEMPERATURE, "98.6"), "Fahrenheit"),
        (obx(SYSTOLIC, "16"), "kPa"),
        (obx(SATURATION, "101"), "between 0 and 100"),
        (obx(TEMPERATURE, "37.1", unit=""), "without a unit"),
        (obx(TEMPERATURE, "310", unit="K"), "another unit"),
        (obx(HEART, "70", unit="bpm"), "another unit"),
        (obx(HEART, "seventy", kind="ST"), "not sent as a number"),
        (obx(HEART, ">^100", kind="SN"), "not sent as a number"),
        (obx(HEART, "70~75"), "Several values"),
        (obx(HEART, "70", status=""), "without a status"),
        (obx(HEART, "70", status="S"), "status S"),
        (obx(HEART, "70", at="yesterday"), "no date or time"),
        (obx(HEART, "70", at="20260504"), "not exact to the minute"),
        (obx("67775-7^Level of responsiveness^LN", "A", unit="", kind="ST"), "A nurse charts it"),
    ],
)
async def test_a_value_that_would_be_a_guess_waits_and_the_others_are_shown(
    open_scene, ida, segment, words
) -> None:
    codes = await act(open_scene.node, oru("1", segment, obx("9279-1^Rate^LN", "16", unit="/min")))
    assert codes == ["AA"]
    assert await standing(open_scene.node) == {"1": REFUSED}
    assert words in await note_of(open_scene, "1")
    assert (await only(open_scene, ida)).values == {"resp_rate": Decimal(16)}
    assert "The rest waits" in await remarks_of(open_scene, "1")


@pytest.mark.parametrize(
    ("back", "words"),
    [
        (timedelta(minutes=-5), "in the future"),
        (timedelta(hours=3), "before the patient was admitted"),
        (timedelta(hours=30), "older than a day"),
        (timedelta(days=36500), "older than a day"),
    ],
)
async def test_a_time_to_come_or_long_ago_waits(open_scene, ida, back, words) -> None:
    await act(open_scene.node, oru("1", *whole(), obr_at=stamp(clock.now() - back)))
    assert await standing(open_scene.node) == {"1": REFUSED}
    assert words in await note_of(open_scene, "1")
    assert (await bedside(open_scene, ida)).unconfirmed == ()


async def test_a_message_without_any_time_waits(open_scene, ida) -> None:
    await act(open_scene.node, oru("1", obx(HEART, "70"), obr_at=""))
    assert "without the time" in await note_of(open_scene, "1")


async def test_a_number_that_is_none_is_unreadable_whole_as_the_standard_asks(
    open_scene, ida
) -> None:
    assert await act(open_scene.node, oru("1", obx(HEART, "high"), obx(SATURATION, "97"))) == ["AE"]
    assert await standing(open_scene.node) == {"1": ("dead", None)}
    assert (await bedside(open_scene, ida)).unconfirmed == ()


async def test_a_diastolic_above_the_systolic_waits_with_it(open_scene, ida) -> None:
    await act(open_scene.node, oru("1", *whole(high="80", low="120")))
    assert "lower than systolic" in await note_of(open_scene, "1")
    assert set((await only(open_scene, ida)).values) == {"pulse", "spo2", "temp", "resp_rate"}


async def test_two_values_of_one_instant_contradict_each_other(open_scene, ida) -> None:
    await act(open_scene.node, oru("1", obx(HEART, "70"), obx(HEART, "110"), obx(SATURATION, "97")))
    assert "Neither is taken" in await note_of(open_scene, "1")
    assert (await only(open_scene, ida)).values == {"spo2": Decimal(97)}


async def test_both_codings_of_one_saturation_are_one_value(open_scene, ida) -> None:
    other = obx("2708-6^Oxygen saturation^LN", "97", unit="%")
    await act(open_scene.node, oru("1", other, obx(SATURATION, "97")))
    assert await standing(open_scene.node) == {"1": TAKEN}
    assert (await only(open_scene, ida)).values == {"spo2": Decimal(97)}


async def test_whoever_is_not_known_not_the_same_or_not_in_that_bed_waits(open_scene, ida) -> None:
    async with open_scene.work() as work:
        await register(work, person("Dormouse", "Una", "7100002"))
    await act(
        open_scene.node,
        oru("1", *whole(), mrn="7999999"),
        oru("2", *whole(), mrn="7100002", name="DORMOUSE^UNA"),
        oru("3", *whole(), name="HERON^ZOE", born="19990101"),
        oru("4", *whole(), place="6E^^02"),
        oru("5", *whole()).replace(b"OBR|1", b"PID|2||7100002^^^NORTHSITE^MR\rOBR|1"),
    )
    assert await standing(open_scene.node) == {
        "1": ("review", "unknown_patient"),
        "2": ("review", "unknown_visit"),
        "3": ("review", "other_person"),
        "4": REFUSED,
        "5": REFUSED,
    }
    assert (await bedside(open_scene, ida)).unconfirmed == ()


async def test_what_waits_of_a_monitor_holds_nothing_back(open_scene, ida) -> None:
    await act(open_scene.node, oru("1", obx(TEMPERATURE, "98.6")), oru("2", *whole()))
    await act(open_scene.node, adt("A08", "3", mrn=MRN, name="QUILLFEATHER^IDA", born="19500304"))
    found = await standing(open_scene.node)
    assert (found["2"], found["3"][0]) == (TAKEN, "done")


async def test_an_unknown_patient_can_be_admitted_and_the_message_replayed(open_scene, ida) -> None:
    await act(
        open_scene.node, oru("1", *whole(), mrn="7200001", name="PLOVER^ANNA", place="6E^^03")
    )
    now = stamp(clock.now() - timedelta(minutes=2))
    await act(open_scene.node, adt("A01", "2", mrn="7200001", place="6E^^03", at=now))
    async with open_scene.work() as work:
        await replay(work, await message_of(open_scene, "1"), seen=None)
    await worked_off(open_scene.node)
    assert (await standing(open_scene.node))["1"] == TAKEN
    assert await rows(open_scene.node, "SELECT count(*) FROM observation_set") == [(1,)]


async def test_a_corrected_rest_is_shown_and_a_replay_doubles_nothing(open_scene, ida) -> None:
    await act(open_scene.node, oru("1", obx(TEMPERATURE, "98.6"), obx(HEART, "70")))
    message = await message_of(open_scene, "1")
    async with open_scene.work() as work:
        await replay(work, message, seen=None)
    await worked_off(open_scene.node)
    assert (await standing(open_scene.node))["1"] == REFUSED
    assert await rows(open_scene.node, "SELECT count(*) FROM observation_set") == [(1,)]
    sent = (await only(open_scene, ida)).taken_at
    mended = oru("1", obx(TEMPERATURE, "37.0"), obx(HEART, "70"), obr_at=stamp(sent))
    async with open_scene.work() as work:
        await correct(work, message, mended.decode().replace("\r", "\n"), seen=None)
    await worked_off(open_scene.node)
    assert (await standing(open_scene.node))["1"] == TAKEN
    assert set((await only(open_scene, ida)).values) == {"temp", "pulse"}


async def test_the_rest_can_be_rejected(open_scene, ida) -> None:
    await act(open_scene.node, oru("1", obx(TEMPERATURE, "98.6"), obx(HEART, "70")))
    async with open_scene.work() as work:
        await reject(work, await message_of(open_scene, "1"), "Charted by hand", seen=None)
    assert (await standing(open_scene.node))["1"] == ("rejected", None)
    assert (await only(open_scene, ida)).values == {"pulse": Decimal(70)}
