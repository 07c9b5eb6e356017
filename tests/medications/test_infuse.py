"""Infuse: a pump is started, set, paused and ended; what went in is worked out and charted."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from domain.doses import Status
from domain.encounters import Disposition
from domain.errors import NotAllowed
from domain.fluids import Fluid
from domain.formulary import Route, Unit
from domain.frequencies import Code
from domain.overrides import Approver, Override
from realtime.topics import Topic
from tests.medications.bedside import VIEW, at_bed, code, token
from tests.medications.scene import detailed, infused
from ward import clock
from ward.adt.discharge import discharge
from ward.dev.cast import PASSWORD
from ward.medications import infuse, pump
from ward.medications.details import Infused
from ward.medications.models import InfusionStep, PumpStep
from ward.medications.said import GivenSaid
from ward.medications.stop import stop
from ward.vitals import queries


@pytest.fixture
async def bed(open_scene, ida, nurse):
    bed = await at_bed(open_scene, nurse, ida)
    await bed.pack("sodium chloride", "1000", route=Route.INTRAVENOUS, of=Unit.ML)
    return bed


ANYWAY = Override(Approver.CHARGE_NURSE, "Left against advice")


def saline():
    """A litre at 125 mL/h, between 50 and 200."""
    rate = Infused(Decimal(1000), Decimal(125), "mL/h", least=Decimal(50), most=Decimal(200))
    return detailed(
        "sodium chloride",
        Code.STAT,
        dose=Decimal(1000),
        unit=Unit.ML,
        route=Route.INTRAVENOUS,
        kind=infused().kind,
        infusion=rate,
    )


async def started(bed, detail=None, **said):
    request, dose = await bed.order(detail=detail or saline())
    at = f"/doses/{dose.id}"
    await bed.band(at)
    answer = await bed.station.post(f"{at}/start", pack=code(), revision=1, **said)
    return request, dose, answer


def pass_by(**by) -> None:
    clock.shift(clock.offset() + timedelta(**by))


async def steps(bed):
    async with bed.scene.work() as work:
        rows = await work.every(select(InfusionStep).order_by(InfusionStep.at), VIEW)
        opened = await work.open(rows, InfusionStep.pumped)
    return [(row.step, opened[row.id].ml_h) for row in rows]


async def test_a_pump_is_started_at_the_ordered_rate(bed, doctor) -> None:
    async with doctor.watch(Topic("medications", bed.patient)) as screen:
        _, dose, answer = await started(bed)
        assert answer.status_code == 200, answer.text
        frame = await screen.until('data-state="running"')
    assert f'id="dose-{dose.id}"' in frame.content
    assert (await bed.rows())[0].status is Status.RUNNING
    assert await steps(bed) == [(PumpStep.START, Decimal(125))]


async def test_an_infusion_is_no_bolus(bed) -> None:
    _, dose = await bed.order(detail=saline())
    await bed.band(f"/doses/{dose.id}")
    answer = await bed.give(f"/doses/{dose.id}", no_scan="no-code")
    assert "start it at the pump" in answer.text


async def test_the_rate_per_kg_is_worked_out_for_the_pump(bed) -> None:
    """5 microgram/kg/min for 70 kg at 4000 microgram/mL: 5.25 mL/h (MAR rules, section 9)."""
    rate = Infused(
        Decimal(50), Decimal(5), "microgram/kg/min", most=Decimal(10), weight_kg=Decimal(70)
    )
    detail = detailed(
        "dobutamine",
        Code.STAT,
        dose=Decimal(200),
        unit=Unit.MG,
        route=Route.INTRAVENOUS,
        kind=infused().kind,
        infusion=rate,
    )
    assert pump.setting(detail, Decimal(5)) == Decimal("5.25")
    with pytest.raises(NotAllowed, match="above the limit"):
        pump.setting(detail, Decimal(11))
    assert bed


async def test_another_rate_a_pause_and_the_volume_until_then(bed) -> None:
    await started(bed)
    row = (await bed.rows())[0]
    at = f"/administrations/{row.id}/pump"
    pass_by(hours=1)
    await bed.sign_in_again()
    over = await bed.station.post(f"{at}/rate", rate="300", revision=1)
    assert "above the limit of" in over.text
    assert (await bed.station.post(f"{at}/rate", rate="200", revision=1)).status_code == 200
    pass_by(hours=1)
    await bed.sign_in_again()
    assert (await bed.station.post(f"{at}/pause", reason="Line blocked")).status_code == 200
    pass_by(minutes=30)
    await bed.sign_in_again()
    sheet = await bed.station.get(at, headers={"hx-request": "true"})
    assert "<dd>325 mL</dd>" in sheet.text
    assert "Stands still" in sheet.text
    assert (await bed.station.post(f"{at}/resume", revision=1)).status_code == 200
    assert [step for step, _ in await steps(bed)] == [
        PumpStep.START,
        PumpStep.RATE,
        PumpStep.PAUSE,
        PumpStep.RESUME,
    ]
    assert (await steps(bed))[-1][1] == 200


async def test_what_went_in_stands_in_the_fluid_balance(bed) -> None:
    await started(bed)
    at = f"/administrations/{(await bed.rows())[0].id}/pump"
    pass_by(hours=4)
    await bed.sign_in_again()
    assert (await bed.station.post(f"{at}/bag", revision=1)).status_code == 200
    pass_by(hours=2)
    await bed.sign_in_again()
    answer = await bed.station.post(f"{at}/completion", volume="750")
    assert answer.status_code == 200, answer.text
    row = (await bed.rows())[0]
    assert (row.status, row.ended_at is not None) == (Status.GIVEN, True)
    assert (await bed.said())[0].amount.value == 750
    async with bed.scene.work() as work:
        found = await queries.fluids(
            work, bed.patient, row.occurred_at, clock.now() + timedelta(hours=1)
        )
    assert [(one.kind, one.ml) for one in found] == [
        (Fluid.INTRAVENOUS, 500),
        (Fluid.INTRAVENOUS, 250),
    ]


async def test_an_ended_order_leaves_only_the_stop(bed) -> None:
    request, _, _ = await started(bed)
    row = (await bed.rows())[0]
    at = f"/administrations/{row.id}/pump"
    async with bed.scene.work() as work:
        await stop(work, request.id, "Enough", seen=None)
    refused = await bed.station.post(f"{at}/rate", rate="100", revision=1)
    assert "The order is no longer active. Stop the pump." in refused.text
    silent = await bed.station.post(f"{at}/stop", volume="100")
    assert silent.status_code == 422
    answer = await bed.station.post(f"{at}/stop", volume="100", reason="Order ended")
    assert answer.status_code == 200, answer.text
    assert (await bed.rows())[0].status is Status.STOPPED
    assert (await bed.said())[0].amount.value == 100


async def test_a_pump_is_stopped_also_after_the_patient_went_home(bed) -> None:
    await started(bed)
    row = (await bed.rows())[0]
    async with bed.scene.work() as work:
        await discharge(work, row.encounter_id, Disposition.HOME, override=ANYWAY)
    answer = await bed.station.post(
        f"/administrations/{row.id}/pump/stop", volume="10", reason="Gone home"
    )
    assert answer.status_code == 200, answer.text
    assert (await bed.rows())[0].status is Status.STOPPED


async def test_a_dose_of_somebody_who_went_home_is_not_given(bed) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    _, _, answer = await started(bed)
    assert answer.status_code == 200
    encounter = (await bed.rows())[0].encounter_id
    async with bed.scene.work() as work:
        await discharge(work, encounter, Disposition.HOME, override=ANYWAY)
    answer = await bed.give(f"/doses/{dose.id}", pack=code())
    assert 'data-stop="dose.after-stay"' in answer.text


async def test_what_needs_two_is_set_by_two(bed) -> None:
    """Heparin by pump: both work the setting out."""
    request, dose = await bed.order(detail=infused())
    assert request.witnessed
    at = f"/doses/{dose.id}"
    await bed.band(at)
    signed = token(await bed.sign(at, "25"))
    answer = await bed.station.client.post(
        f"{at}/start",
        data={
            "revision": "1",
            "no_scan": "no-code",
            "identifier": ["name", "born"],
            "witness": signed,
        },
        headers={"hx-request": "true"},
    )
    assert answer.status_code == 200, answer.text
    pumped = f"/administrations/{(await bed.rows())[0].id}/pump"
    alone = await bed.station.post(f"{pumped}/rate", rate="30", revision=1)
    assert 'data-stop="dose.second-check"' in alone.text
    sheet = await bed.station.post(
        f"{pumped}/witness",
        witness_name="charge",
        witness_password=PASSWORD,
        witness_value="30",
        rate="30",
    )
    both = await bed.station.post(f"{pumped}/rate", rate="30", revision=1, witness=token(sheet))
    assert both.status_code == 200, both.text
    assert (await steps(bed))[-1] == (PumpStep.RATE, Decimal(30))


async def test_a_second_start_and_a_time_before_the_last_step_are_refused(bed) -> None:
    _, dose, _ = await started(bed)
    async with bed.scene.work() as work:
        with pytest.raises(NotAllowed, match="gave this dose at"):
            await infuse.start(work, dose.id, GivenSaid(), revision=1)
        await work.give_up()
    row = (await bed.rows())[0]
    async with bed.scene.work() as work:
        with pytest.raises(NotAllowed, match="Check the time"):
            await infuse.pause(work, row.id, "x", at=row.occurred_at - timedelta(minutes=1))
        await work.give_up()
