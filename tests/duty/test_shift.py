"""Shifts: people come, stay longer, go, and are sent home by the clock; their beds say so."""

import asyncio
from datetime import UTC, datetime, timedelta

from domain.duty import DutyRole
from realtime.topics import Topic
from tests.adt.test_transfer import lying
from tests.duty.conftest import until
from tests.settling import settled
from ward import clock
from ward.duty import queries
from ward.duty.give import give_beds
from ward.users import service as users

OPEN = "SELECT count(*) FROM duty WHERE ended_at IS NULL"
OWNED = "SELECT count(*) FROM bed_nurse WHERE ended_at IS NULL"


def local(hours: float) -> str:
    """Write an instant as the form does; London and UTC are the same in November."""
    return (datetime.now(UTC) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M")


async def test_a_nurse_comes_on_duty_and_the_roster_shows_her(staff, nurse, charge) -> None:
    east = staff.scene.east
    async with charge.watch(Topic("duty", east)) as screen:
        answer = await nurse.post(f"/wards/{east}/duty/mine", part="nurse", until=local(8))
        assert answer.status_code == 200, answer.text
        assert "Ada Lovelock" in (await screen.until("Ada Lovelock")).content
    assert await staff.scene.scalar(OPEN) == 1


async def test_who_comes_twice_stays_longer(staff, nurse) -> None:
    east = staff.scene.east
    for hours in (8, 10):
        answer = await nurse.post(f"/wards/{east}/duty/mine", part="nurse", until=local(hours))
        assert answer.status_code == 200, answer.text
    assert await staff.scene.scalar(OPEN) == 1


async def test_a_part_belongs_to_a_role_and_a_shift_ends(staff, nurse) -> None:
    path = f"/wards/{staff.scene.east}/duty/mine"
    assert (await nurse.post(path, part="registrar", until=local(8))).status_code == 409
    assert (await nurse.post(path, part="nurse", until=local(-1))).status_code == 409
    assert (await nurse.post(path, part="nurse", until=local(100))).status_code == 409
    assert (await nurse.post(path, part="nurse")).status_code == 422
    assert (await nurse.post(path, until=local(8))).status_code == 422
    assert await staff.scene.scalar(OPEN) == 0


async def test_nobody_comes_on_duty_on_a_ward_that_is_not_theirs(staff, nurse) -> None:
    answer = await nurse.post(f"/wards/{staff.scene.west}/duty/mine", part="nurse", until=local(8))
    assert answer.status_code == 404


async def test_who_is_in_charge_puts_others_on_duty_and_nobody_else_does(
    staff, nurse, charge
) -> None:
    path, florence = f"/wards/{staff.scene.east}/duty/others", staff.users["nurse2"]
    fields = {"user_id": florence, "part": "nurse", "until": local(8)}
    refused = await nurse.post(path, **fields)
    assert refused.status_code == 403
    assert "Only the nurse in charge" in refused.text
    assert (await charge.post(path, **fields)).status_code == 200
    await staff.on("nurse", DutyRole.IN_CHARGE)  # at night a nurse is in charge
    assert (await nurse.post(path, **fields)).status_code == 200


async def test_a_doctor_is_on_duty_on_all_wards_by_one_form(staff, doctor) -> None:
    sheet = await doctor.get(f"/wards/{staff.scene.east}/duty/mine", headers={"hx-request": "true"})
    assert sheet.text.count('name="ward"') == 3
    wards = f"{staff.scene.east},{staff.scene.west}"
    answer = await doctor.post(
        f"/wards/{staff.scene.east}/duty/mine", part="registrar", until=local(8), ward=wards
    )
    assert answer.status_code == 200, answer.text
    await until(staff.scene.scalar, OPEN, 2)
    async with staff.scene.work() as work:
        duties = await queries.duties_of(work, staff.users["doctor"])
        here = await queries.on_duty(work, staff.scene.west, DutyRole.REGISTRAR)
    assert {ward for ward, _ in duties} == {staff.scene.east, staff.scene.west}
    assert here == [staff.users["doctor"]]


async def test_who_goes_everywhere_goes_on_all_wards(staff, doctor) -> None:
    wards = f"{staff.scene.east},{staff.scene.west}"
    path = f"/wards/{staff.scene.east}/duty/mine"
    await doctor.post(path, part="registrar", until=local(8), ward=wards)
    await until(staff.scene.scalar, OPEN, 2)
    duty = await staff.scene.scalar(
        "SELECT id FROM duty WHERE ward_id = :ward", ward=staff.scene.east
    )
    sheet = await doctor.get(f"/duties/{duty}/end", headers={"hx-request": "true"})
    assert "On all wards" in sheet.text
    answer = await doctor.post(f"/duties/{duty}/end", version=1, everywhere="yes")
    assert answer.status_code == 200, answer.text
    await until(staff.scene.scalar, OPEN)


async def test_who_goes_hands_the_beds_on(staff, nurse) -> None:
    scene, florence = staff.scene, staff.users["nurse2"]
    duty = await staff.on("nurse")
    await staff.on("nurse2")
    async with scene.work() as work:
        await give_beds(work, scene.east, staff.beds("6E-01", "6E-02"), staff.users["nurse"])
    sheet = await nurse.get(f"/duties/{duty}/end", headers={"hx-request": "true"})
    assert "Beds 01, 02 go to" in sheet.text
    answer = await nurse.post(f"/duties/{duty}/end", version=1, to=florence)
    assert answer.status_code == 200, answer.text
    async with scene.work() as work:
        nurses = await queries.nurses_of(work, staff.beds("6E-01", "6E-02"))
    assert set(nurses.values()) == {florence}


async def test_a_shift_ends_by_itself_after_a_minute_and_its_beds_are_flagged(
    staff, charge
) -> None:
    scene = staff.scene
    ida, _ = await lying(scene, "6E-01")
    await staff.on("nurse", hours=0.1)
    await staff.on("nurse2", hours=12)
    async with scene.work() as work:
        await give_beds(work, scene.east, staff.beds("6E-01"), staff.users["nurse"])
        assert await queries.nurse_of_patients(work, [ida]) == {ida: staff.users["nurse"]}
    async with charge.watch(Topic("beds", scene.east)) as board:
        over = await scene.scalar("SELECT min(until) FROM duty WHERE ended_at IS NULL")
        clock.shift(over + timedelta(seconds=30) - datetime.now(UTC))  # within the minute of grace
        await asyncio.sleep(1.3)
        assert await scene.scalar(OPEN) == 2
        clock.shift(over + timedelta(seconds=61) - datetime.now(UTC))
        card = await board.until("No nurse")
        assert "no-nurse" in card.content
    # the screen turns by the clock, the rows by a job
    await until(scene.scalar, OPEN, 1)
    await until(scene.scalar, OWNED)
    async with scene.work() as work:
        assert await queries.nurse_of_patients(work, [ida]) == {}


async def test_a_prolonged_shift_is_not_ended_by_its_first_end(staff) -> None:
    await staff.on("nurse", hours=1)
    await staff.on("nurse", hours=3)
    clock.shift(timedelta(hours=2))
    await settled(staff.scene.node)
    assert await staff.scene.scalar(OPEN) == 1
    clock.shift(timedelta(hours=3, minutes=2))
    await until(staff.scene.scalar, OPEN)


async def test_a_shortened_shift_ends_when_it_was_said(staff) -> None:
    await staff.on("nurse", hours=3)
    await staff.on("nurse", hours=1)
    clock.shift(timedelta(hours=1, minutes=2))
    await until(staff.scene.scalar, OPEN)


async def test_whose_role_was_taken_away_is_not_on_duty(staff) -> None:
    scene = staff.scene
    await staff.on("nurse")
    async with scene.work() as work:
        await give_beds(work, scene.east, staff.beds("6E-01"), staff.users["nurse"])
    grant = await scene.scalar(
        "SELECT id FROM user_grant WHERE user_id = :user", user=staff.users["nurse"]
    )
    async with scene.work() as work:
        await users.revoke(work, grant)
    await until(scene.scalar, OPEN)
    await until(scene.scalar, OWNED)


async def test_who_is_let_in_no_more_is_not_on_duty(staff) -> None:
    await staff.on("nurse")
    async with staff.scene.work() as work:
        await users.disable(work, staff.users["nurse"])
    await until(staff.scene.scalar, OPEN)
