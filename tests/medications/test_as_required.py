"""As required: the interval and the maximum of an ingredient hold, whatever order it came from."""

import asyncio
import csv
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from domain.access import Permission
from domain.amounts import Amount
from domain.formulary import FORMULARY, Unit
from domain.frequencies import Code
from domain.prescribing import Circumstance, Tier
from domain.rights import NoScan
from tests.medications.bedside import at_bed, code
from tests.medications.scene import answered, as_person, detailed
from ward import clock
from ward.medications.as_required import give_as_required
from ward.medications.details import Limits
from ward.medications.give import give
from ward.medications.held import hold
from ward.medications.ingredients import lock_out
from ward.medications.models import GivenSource, MedicationRequest
from ward.medications.prescribe import check
from ward.medications.said import GivenSaid
from ward.medications.stop import stop

PATH = Path("tests/data/clinical/mar_prn_vectors.csv")
LOOKED = frozenset({"name", "number"})
VECTORS = list(csv.DictReader(PATH.read_text("utf-8").splitlines()))


@pytest.fixture
async def bed(open_scene, ida, nurse):
    bed = await at_bed(open_scene, nurse, ida)
    await bed.pack("paracetamol", "500")
    return bed


async def agreed(bed, detail):
    """Answer what the rules ask about another order of the same medicine."""
    async with bed.scene.work() as work:
        where = await hold(work, bed.patient, Permission.PRESCRIBE)
        findings = await check(work, where, detail)
    return answered(*[one for one in findings if one.tier is Tier.REASON])


async def prn(bed, **said):
    detail = detailed("paracetamol", Code.PRN, **said)
    request, _ = await bed.order(detail=detail, overrides=await agreed(bed, detail))
    return request


def say(dose: str, hours_ago: float = 0, **more) -> GivenSaid:
    return GivenSaid(
        amount=Amount(Decimal(dose), Unit.MG),
        given_at=clock.now() - timedelta(hours=hours_ago),
        source=GivenSource.PAPER,
        why="pain",
        **more,
    )


async def test_the_panel_says_when_last_and_how_much_is_used(bed) -> None:
    request = await prn(bed)
    at = f"/orders/{request.id}"
    opened = await bed.station.get(f"{at}/administration", headers={"hx-request": "true"})
    assert "Not given in the last 24 h" in opened.text
    await bed.band(at)
    answer = await bed.give(at, pack=code(), why="Headache")
    assert answer.status_code == 200, answer.text
    given_at = (await bed.rows())[0].occurred_at
    clock.shift(given_at + timedelta(seconds=1) - datetime.now(UTC))
    again = await bed.station.get(f"{at}/administration", headers={"hx-request": "true"})
    assert "1,000" in again.text
    assert "wait 6h for the minimum interval" in again.text  # of 5h 59min 59s
    assert "Next allowed at" in again.text
    assert (await bed.said())[0].text == "Headache"


async def test_inside_the_interval_the_dose_stops_with_the_time_that_is_left(bed) -> None:
    request = await prn(bed)
    at = f"/orders/{request.id}"
    await bed.band(at)
    await bed.give(at, pack=code(), why="Headache")
    answer = await bed.give(at, pack=code(), why="Headache")
    assert answer.status_code == 409
    assert 'data-stop="prn.block_interval"' in answer.text
    assert "wait" in answer.text
    assert len(await bed.rows()) == 1


async def test_it_says_for_what(bed) -> None:
    request = await prn(bed)
    await bed.band(f"/orders/{request.id}")
    answer = await bed.give(f"/orders/{request.id}", pack=code())
    assert "As required for what?" in answer.text


async def test_a_range_takes_what_lies_in_it_and_no_more(bed) -> None:
    request = await prn(bed, dose=Decimal(500), dose_most=Decimal(1000))
    at = f"/orders/{request.id}"
    await bed.band(at)
    over = await bed.give(at, pack=code(), why="pain 8 of 10", amount="1500")
    assert 'data-stop="rights.wrong-dose"' in over.text
    inside = await bed.give(at, pack=code(), why="pain 8 of 10", amount="750")
    assert inside.status_code == 200, inside.text
    assert (await bed.said())[0].amount.value == 750


async def test_two_at_once_of_two_orders_of_one_ingredient_are_one(bed, charge) -> None:
    first, second = await prn(bed), await prn(bed, note="The other order")
    for request in (first, second):
        await bed.band(f"/orders/{request.id}")
    other = await at_bed(bed.scene, charge, bed.patient)
    await other.band(f"/orders/{second.id}")
    answers = await asyncio.gather(
        bed.give(f"/orders/{first.id}", pack=code(), why="pain"),
        other.give(f"/orders/{second.id}", pack=code(), why="pain"),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    late = next(answer for answer in answers if answer.status_code == 409)
    assert "The last paracetamol was" in late.text
    assert len(await bed.rows()) == 1


async def test_the_database_refuses_too_where_the_rule_was_not_asked(bed) -> None:
    request = await prn(bed)
    async with bed.scene.work() as work:
        given = await give_as_required(work, request.id, say("1000", 0.1), revision=1)
    async with bed.scene.work() as work:
        row = await work.access(type(given), given.id, Permission.VIEW_MEDICATIONS)
        may = Permission.GIVE_MEDICATION
        drug = FORMULARY["paracetamol"]
        await lock_out(work, row, drug, timedelta(hours=1), may)
        with pytest.raises(Exception, match="ex_ingredient_lockout_during"):
            await lock_out(work, row, drug, timedelta(hours=1), may)
        await work.give_up()


async def test_a_regular_dose_waits_for_the_interval_after_one_as_required(bed) -> None:
    request = await prn(bed)
    detail = detailed("paracetamol", Code.ONCE)
    _, dose = await bed.order(detail=detail, overrides=await agreed(bed, detail))
    await bed.band(f"/orders/{request.id}")
    await bed.give(f"/orders/{request.id}", pack=code(), why="pain")
    answer = await bed.give(f"/doses/{dose.id}", pack=code())
    assert 'data-stop="rights.too-soon"' in answer.text


async def without_limits(bed, request_id, detail) -> None:
    """Leave the order as another system may send one; our own form refuses it."""
    imported = (Circumstance.IMPORTED,)
    async with bed.scene.work() as work:
        row = await work.access(MedicationRequest, request_id, Permission.PRESCRIBE, lock=True)
        await work.seal(row, detail=replace(detail, limits=None, circumstances=imported))


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: row["id"])
async def test_every_vector_ends_at_the_bedside_as_it_should(bed, row) -> None:
    generic = "paracetamol" if int(row["requested_dose"].partition(".")[0]) > 100 else "senna"
    hours, most = int(row["min_interval_h"]), Decimal(row["max_dose_24h"])
    detail = detailed(
        generic,  # which medicine it is makes no difference to the limits of its order
        Code.PRN,
        dose=Decimal(row["requested_dose"]),
        limits=Limits(min_interval_minutes=hours * 60 or 240, max_24h=most or Decimal(4)),
    )
    number = await bed.pack(generic)
    clock.shift(clock.offset() + timedelta(hours=30))  # the patient came before the first dose
    await bed.sign_in_again()
    request, _ = await bed.order(detail=detail)
    if not hours:
        await without_limits(bed, request.id, detail)
    for item in row["history(hours_ago:dose)"].split():
        ago, dose = item.partition("(")[0].split(":")
        async with bed.scene.work() as work:
            said = say(dose, float(ago), partly="as it was")
            await give_as_required(work, request.id, said, revision=1)
    at = f"/orders/{request.id}"
    await bed.band(at)
    opened = await bed.station.get(f"{at}/administration", headers={"hx-request": "true"})
    answer = await bed.give(at, pack=code(number), why="pain")
    wanted = {"allow": 200, "block_interval": 409, "block_max": 409}[row["expected"]]
    assert ("no minimum interval" in opened.text) is (not hours)
    assert answer.status_code == wanted, (row, answer.text)
    if wanted == 409:
        assert f'data-stop="prn.{row["expected"]}"' in answer.text


async def test_two_lines_of_one_ingredient_may_be_recorded_for_one_second(bed) -> None:
    when = clock.now().replace(microsecond=0) - timedelta(minutes=1)
    both = []
    for _ in range(2):
        detail = detailed("paracetamol", Code.ONCE, dose=Decimal(500))
        overrides = await agreed(bed, detail)
        request, dose = await bed.order(
            detail=detail, overrides=overrides, at=when - timedelta(minutes=5)
        )
        both.append((request, dose))
    for request, dose in both:
        said = GivenSaid(given_at=when, no_scan=NoScan.DAMAGED, identifiers=LOOKED)
        async with as_person(bed.scene, "nurse") as work:
            await give(work, dose.id, said, revision=request.revision)
    assert {row.occurred_at for row in await bed.rows()} == {when}


async def test_what_was_given_as_required_locks_out_after_its_order_ended(bed) -> None:
    request = await prn(bed)
    await bed.band(f"/orders/{request.id}")
    await bed.give(f"/orders/{request.id}", pack=code(), why="pain")
    async with bed.scene.work() as work:
        await stop(work, request.id, "Regular from now on", seen=None)
    _, dose = await bed.order("paracetamol", Code.ONCE)
    answer = await bed.give(f"/doses/{dose.id}", pack=code())
    assert 'data-stop="rights.too-soon"' in answer.text
