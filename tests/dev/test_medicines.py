"""Medicines of the demo: standing orders with a past, and nurses who go on giving."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.access import Permission
from domain.formulary import FORMULARY
from domain.orders import OrderKind
from tests.cast import JOAN, fill
from tests.dev.test_simulator import scalar
from ward import clock
from ward.dev import orders
from ward.dev.people import everybody, member
from ward.dev.prescribed import prescribe_for_cast
from ward.dev.simulator.dosing import bedded
from ward.dev.simulator.look import marks_of
from ward.dev.simulator.medicines import Medicines
from ward.dev.simulator.pace import Pace
from ward.invariants import examine
from ward.medications.prescribe import Ordered, prescribe
from ward.node import Node
from ward.security.actors import System
from ward.security.models import User
from ward.work import work_as

SOMEBODY = System("test:person", frozenset(Permission))

GIVEN = "SELECT count(*) FROM medication_administration WHERE status = 'given'"
SCANNED = (
    "SELECT count(*) FROM medication_administration WHERE pack = 'scanned' AND band = 'scanned'"
)
DOSES = "SELECT count(*) FROM scheduled_dose WHERE status = 'planned'"


@pytest.fixture(autouse=True)
def _the_clock_comes_back():
    yield
    clock.shift(timedelta(0))


async def ordered(node: Node) -> None:
    """Six East, lying and with orders."""
    await fill(node)
    assert await prescribe_for_cast(node) > 60


EAST = pytest.mark.begins(fill=ordered)


def test_every_line_is_of_the_formulary_and_has_a_source() -> None:
    for name, usual in orders.USUAL.items():
        drug = FORMULARY[name]
        assert usual.detail.route in drug.routes, name
        assert usual.detail.unit in drug.units, name
        assert usual.source in {"chart", "m12", "synthea", "r4"}, name


def test_each_of_the_cast_has_the_same_lines_every_time() -> None:
    for one in everybody():
        mine = orders.lines(one)
        assert mine == orders.lines(one)
        assert len({line.generic for line in mine}) == len(mine)
    shown = {line.generic for line in orders.lines(member(JOAN))}
    assert {"furosemide", "gabapentin", "metoprolol", "doxycycline"} <= shown


@EAST
async def test_orders_have_a_past_and_stand_once(node: Node) -> None:
    assert await prescribe_for_cast(node) == 0
    assert await scalar(node, GIVEN) > 150
    assert await scalar(node, DOSES) > 150
    verified = await scalar(
        node, "SELECT count(*) FROM medication_request WHERE verified_at IS NOT NULL"
    )
    every = await scalar(node, "SELECT count(*) FROM medication_request")
    assert every / 2 < verified < every
    ahead = "SELECT count(*) FROM medication_administration WHERE occurred_at > now()"
    assert await scalar(node, ahead) == 0
    untouched = (
        "SELECT count(*) FROM scheduled_dose WHERE status = 'planned'"
        " AND closes_at < now() - interval '3 hours'"
    )
    assert await scalar(node, untouched) == 0
    changed = "SELECT count(*) FROM medication_change WHERE to_review AND reviewed_at IS NULL"
    assert await scalar(node, changed) == 1  # what the drawn chart shows
    assert [one for one in await examine(node) if one.violations] == []


@EAST
async def test_nurses_give_what_is_due_by_the_real_command(node: Node) -> None:
    medicines = Medicines(node, Pace(1))
    before, scanned = await scalar(node, GIVEN), await scalar(node, SCANNED)
    for hours in (4, 8, 12):
        clock.shift(timedelta(hours=hours))
        for _ in range(60):
            if not await medicines.step():
                break
    assert medicines.done["give"] > 20, medicines.done
    assert await scalar(node, GIVEN) > before + 20
    assert medicines.done["not_give"] > 0
    assert medicines.done["verify"] > 0
    turned_away = medicines.done["refused"] - medicines.done["not_give"]  # too late: left out then
    assert turned_away < medicines.done["give"] / 4, medicines.done
    assert await scalar(node, SCANNED) > scanned
    assert [one for one in await examine(node) if one.violations] == []


@EAST
async def test_a_doctor_decides_now_and_then(node: Node) -> None:
    medicines = Medicines(node, Pace(60))
    seen = set()
    for minute in range(1, 60):
        clock.shift(timedelta(seconds=40 * minute))
        for _ in range(6):
            seen.add(await medicines.step())
        if {"prescribe", "change"} <= seen:
            break
    assert {"prescribe", "change"} <= seen, medicines.done


async def _until_done(medicines: Medicines, what: str) -> None:
    for _ in range(60):
        if await medicines.step() == what:
            break
    assert medicines.done[what] == 1, medicines.done


@EAST
async def test_an_infusion_is_hung_and_taken_off(node: Node) -> None:
    here = await bedded(node, marks_of(node))
    patient = min(here)
    async with work_as(node, SOMEBODY, "test") as work:
        wanted = Ordered(detail=orders.SALINE, starts_at=work.now)
        (request,) = await prescribe(work, patient, [wanted])
        request.verified_at, request.verified_by = work.now, (await _anybody(work))
    medicines = Medicines(node, Pace(1))
    await _until_done(medicines, "start_infusion")
    clock.shift(timedelta(hours=13))
    await _until_done(medicines, "complete_infusion")
    joans = "SELECT count(*) FROM medication_administration WHERE status = 'running'"
    assert await scalar(node, joans) == 1  # the one of the drawn chart is left to people


async def _anybody(work):
    return (await work.every(select(User).limit(1), Permission.VIEW_DUTY))[0].id


@EAST
async def test_joans_chart_is_left_to_whoever_tries_the_demo(node: Node) -> None:
    hers = (
        "SELECT count(*) FROM medication_administration WHERE patient_id IN"
        " (SELECT patient_id FROM medication_change WHERE to_review)"
    )
    before = await scalar(node, hers)
    medicines = Medicines(node, Pace(1))
    clock.shift(timedelta(hours=6))
    for _ in range(40):
        await medicines.step()
    assert await scalar(node, hers) == before > 0


def test_as_required_is_bounded() -> None:
    assert orders.PARACETAMOL.kind is OrderKind.AS_REQUIRED
    assert orders.PARACETAMOL.limits is not None
    assert (orders.PARACETAMOL.limits.min_interval_minutes, orders.PARACETAMOL.limits.max_24h) == (
        240,
        4000,
    )
