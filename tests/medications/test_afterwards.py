"""Afterwards: what was given before it was written down is recorded as it was, and marked."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from domain.doses import Status
from domain.errors import NotAllowed
from domain.frequencies import Code
from domain.orders import RequestStatus
from realtime.topics import Topic
from tests.medications.bedside import at_bed, local, token
from tests.medications.scene import detailed, doses_of, hours, prescribed, request_of, verified
from tests.medications.test_follow import leave
from ward import clock
from ward.medications.change import change
from ward.medications.details import Limits
from ward.medications.give import give
from ward.medications.models import GivenSource, Identified
from ward.medications.report import whole
from ward.medications.said import GivenSaid
from ward.medications.stop import stop
from ward.medications.suspend import hold_order


@pytest.fixture
async def bed(open_scene, ida, nurse):
    bed = await at_bed(open_scene, nurse, ida)
    await bed.pack("amoxicillin", "500")
    return bed


def clocked(bed, at) -> str:
    return local(at, ZoneInfo("Europe/London"))


def before(minutes: int):
    return clock.now() - timedelta(minutes=minutes)


async def left(bed, *args, **said):
    """An order of whom the patient left before its dose was written down, and that dose."""
    request, dose = await bed.order(*args, frequency=Code.ONCE, at=before(9), **said)
    await leave(bed.scene, bed.patient)
    return request, dose


async def sheet(bed, path):
    return await bed.station.get(path, headers={"hx-request": "true"})


# -- after the stay ------------------------------------------------------------------


async def test_what_was_given_before_the_patient_left_is_written_down_after(bed) -> None:
    async with bed.station.watch(Topic("medications", bed.patient)) as screen:
        request, dose = await left(bed)
        await screen.until(f"/orders/{request.id}/late")
    offered = await sheet(bed, f"/orders/{request.id}/late")
    assert f"/doses/{dose.id}/administration" in offered.text
    form = await sheet(bed, f"/doses/{dose.id}/administration")
    assert 'data-told="afterwards"' in form.text
    at = before(5)
    answer = await bed.give(f"/doses/{dose.id}", given_at=clocked(bed, at))
    assert answer.status_code == 200, answer.text
    row = (await bed.rows())[0]
    assert (row.status, row.band, row.pack) == (
        Status.GIVEN,
        Identified.AFTERWARDS,
        Identified.AFTERWARDS,
    )
    assert row.occurred_at == at.replace(second=0, microsecond=0)
    assert f"/doses/{dose.id}/" not in (await sheet(bed, f"/orders/{request.id}/late")).text


async def test_the_time_lies_inside_the_stay(bed) -> None:
    _, dose = await left(bed)
    at = f"/doses/{dose.id}"
    clock.shift(clock.offset() + timedelta(minutes=10))
    now = await bed.give(at)
    assert 'data-stop="dose.after-stay"' in now.text
    later = await bed.give(at, given_at=clocked(bed, before(2)))
    assert "Enter when the dose was given." in later.text
    earlier = await bed.give(at, given_at=clocked(bed, before(600)))
    assert 'data-stop="dose.before-stay"' in earlier.text
    assert await bed.rows() == []


async def test_a_day_after_the_stay_it_is_too_late(bed) -> None:
    _, dose = await left(bed)
    given = clocked(bed, before(5))
    clock.shift(clock.offset() + hours(23))
    await bed.sign_in_again()
    assert (await sheet(bed, f"/doses/{dose.id}/administration")).status_code == 200
    clock.shift(clock.offset() + hours(1.1))
    await bed.sign_in_again()
    answer = await bed.give(f"/doses/{dose.id}", given_at=given)
    assert answer.status_code in {403, 409}
    assert await bed.rows() == []


async def test_it_is_not_given_twice(bed) -> None:
    _, dose = await left(bed)
    given = clocked(bed, before(5))
    assert (await bed.give(f"/doses/{dose.id}", given_at=given)).status_code == 200
    again = await bed.give(f"/doses/{dose.id}", given_at=given)
    assert 'data-stop="rights.already-given"' in again.text
    assert len(await bed.rows()) == 1


async def test_a_controlled_drug_still_asks_for_the_second_person(bed) -> None:
    _, dose = await left(bed, "morphine")
    at, given = f"/doses/{dose.id}", clocked(bed, before(5))
    alone = await bed.give(at, given_at=given)
    assert 'data-stop="dose.second-check"' in alone.text
    signed = token(await bed.sign(at, "5"))
    both = await bed.give(at, given_at=given, witness=signed)
    assert both.status_code == 200, both.text
    assert (await bed.rows())[0].witnessed_by is not None


async def test_a_dose_as_required_is_written_down_after_the_stay(bed) -> None:
    request, _ = await bed.order(detail=detailed("paracetamol", Code.PRN), at=before(9))
    await leave(bed.scene, bed.patient)
    at = f"/orders/{request.id}"
    assert 'data-told="afterwards"' in (await sheet(bed, f"{at}/administration")).text
    answer = await bed.give(at, given_at=clocked(bed, before(5)), why="pain")
    assert answer.status_code == 200, answer.text


async def test_what_was_not_given_is_said_after_the_stay(bed) -> None:
    _, dose = await left(bed)
    answer = await bed.station.post(f"/doses/{dose.id}/omission", reason="REFUSED")
    assert answer.status_code == 200, answer.text
    row = (await bed.rows())[0]
    assert row.status is Status.NOT_GIVEN
    assert row.occurred_at <= clock.now()


async def test_an_entry_is_corrected_and_taken_back_after_the_stay(bed) -> None:
    request, dose = await bed.order(frequency=Code.ONCE, at=before(9))
    assert (await bed.given(request)).status_code == 200
    await leave(bed.scene, bed.patient)
    row = (await bed.rows())[0]
    door = f"/administrations/{row.id}/correction"
    clock.shift(clock.offset() + timedelta(minutes=10))
    wrong = {"what": "other", "amount": "250", "unit": "mg", "reason": "Half was spilled"}
    outside = await bed.station.post(door, **wrong, given_at=clocked(bed, before(1)))
    assert 'data-stop="dose.after-stay"' in outside.text
    assert (await bed.station.post(door, **wrong)).status_code == 200
    standing = (await bed.rows())[0]
    assert (await bed.said())[0].amount.value == Decimal(250)
    door = f"/administrations/{standing.id}/correction"
    back = await bed.station.post(door, what="not-given", reason="Wrong patient's row")
    assert back.status_code == 200, back.text
    assert await bed.rows() == []
    assert await doses_of(bed.scene, request.id, Status.PLANNED) == []  # nobody is here to have it
    assert dose.id


async def test_what_was_given_before_its_order_was_stopped_is_written_down(bed) -> None:
    limits = Limits(min_interval_minutes=60, max_count=4)
    asked = detailed("ibuprofen", Code.PRN, limits=limits, dose=Decimal(200))
    request, _ = await bed.order(detail=asked, at=before(9))
    at = f"/orders/{request.id}"
    first = await bed.give(at, paper="yes", given_at=clocked(bed, before(7)), why="pain")
    assert first.status_code == 200, first.text
    async with bed.scene.work() as work:
        await stop(work, request.id, "No longer needed", seen=None)
    now = await bed.give(at, why="pain", no_scan="damaged", identifier=["name", "number"])
    assert 'data-stop="rights.order-ended"' in now.text
    earlier = await bed.give(at, why="pain", given_at=clocked(bed, before(3)))
    assert earlier.status_code == 200, earlier.text
    assert [row.band for row in await bed.rows()] == [Identified.PAPER, Identified.AFTERWARDS]


async def test_what_was_due_when_its_order_was_stopped_stays_on_the_chart(bed) -> None:
    request, dose = await bed.order(frequency=Code.ONCE, at=before(9))
    later = await prescribed(bed.scene, bed.patient, "metoprolol", Code.ONCE, at=before(-600))
    async with bed.scene.work() as work:
        await stop(work, request.id, "No longer needed", seen=None)
        await stop(work, later.id, "Never needed", seen=None)
    assert (await request_of(bed.scene, request.id)).status is RequestStatus.STOPPED
    assert (await request_of(bed.scene, later.id)).status is RequestStatus.CANCELLED
    chart = (await bed.station.get(f"/patients/{bed.patient}/medications")).text
    assert f"/orders/{request.id}/late" in chart
    assert f"line-{later.id}" not in chart
    answer = await bed.give(f"/doses/{dose.id}", given_at=clocked(bed, before(3)))
    assert answer.status_code == 200, answer.text


# -- from paper ----------------------------------------------------------------------


async def test_paper_records_what_was_done_whoever_signed_it(bed) -> None:
    _, dose = await bed.order("morphine", Code.ONCE, at=before(9))
    at = f"/doses/{dose.id}"
    form = await sheet(bed, f"{at}/administration?paper=yes")
    assert 'data-told="paper"' in form.text
    assert "Second person on the paper" in form.text
    answer = await bed.give(
        at, paper="yes", given_at=clocked(bed, before(5)), second="J. Brown", early="x"
    )
    assert answer.status_code == 200, answer.text
    row, said = (await bed.rows())[0], (await bed.said())[0]
    assert (row.source, row.band, row.pack) == (
        GivenSource.PAPER,
        Identified.PAPER,
        Identified.PAPER,
    )
    assert (row.witnessed_by, said.second) == (None, "J. Brown")
    async with bed.scene.work() as work:
        found = await whole(work, [bed.scene.east], 30)
    assert [(one.what, one.reason, one.count) for one in found.reasons] == [
        ("Pack", "paper", 1),
        ("Wristband", "paper", 1),
    ]


async def test_paper_is_not_stopped_by_what_holds_today(bed) -> None:
    request, dose = await bed.order(frequency=Code.ONCE, at=before(9))
    async with bed.scene.work() as work:
        await hold_order(work, request.id, "Rash", seen=None)
    at = f"/doses/{dose.id}"
    today = await bed.give(at, no_scan="damaged", identifier=["name", "number"])
    assert 'data-stop="dose.held"' in today.text
    answer = await bed.give(at, paper="yes", given_at=clocked(bed, before(5)))
    assert answer.status_code == 200, answer.text


async def test_another_dose_than_ordered_says_why_and_tomorrow_is_refused(bed) -> None:
    _, dose = await bed.order(frequency=Code.ONCE, at=before(9))
    at, given = f"/doses/{dose.id}", clocked(bed, before(5))
    silent = await bed.give(at, paper="yes", given_at=given, amount="1000")
    assert "Say why another dose was given." in silent.text
    assert (
        await bed.give(at, paper="yes", given_at=given, amount="0", partly="x")
    ).status_code == 409
    ahead = await bed.give(at, paper="yes", given_at=clocked(bed, before(-60)))
    assert ahead.status_code == 409
    told = await bed.give(at, paper="yes", given_at=given, amount="1000", partly="Two by mistake")
    assert told.status_code == 200, told.text
    assert (await bed.rows())[0].status is Status.GIVEN
    assert (await bed.said())[0].amount.value == Decimal(1000)


async def test_paper_without_its_time_is_refused(bed) -> None:
    _, dose = await bed.order(frequency=Code.ONCE, at=before(9))
    answer = await bed.give(f"/doses/{dose.id}", paper="yes")
    assert "Give the time that stands on the paper." in answer.text


async def test_a_dose_planned_anew_is_not_recorded_in_its_old_place(scene, quiet_ida) -> None:
    request = await prescribed(scene, quiet_ida, frequency=Code.BD)
    await verified(scene, request.id)
    dose = (await doses_of(scene, request.id))[0][0]
    async with scene.work() as work:
        await change(work, request.id, detailed("amoxicillin", Code.TDS), "More", (), seen=None)
    said = GivenSaid(given_at=clock.now(), source=GivenSource.PAPER)
    async with scene.work() as work:
        with pytest.raises(NotAllowed, match="planned anew"):
            await give(work, dose.id, said, revision=2)
        await work.give_up()
