"""Holding, moving, cancelling: what is free afterwards is free at once, and nothing is lost."""

from datetime import timedelta

import pytest

from domain.appointment_codes import CancellationReason
from domain.appointments import AppointmentStatus
from domain.errors import NotAllowed
from domain.spans import NO_BUFFER, Span
from tests.scheduling.clinic import Clinic
from ward import clock
from ward.errors import Stale
from ward.scheduling import cancel
from ward.scheduling.hold import end_hold, hold
from ward.scheduling.in_the_way import Clashing
from ward.scheduling.models import Appointment
from ward.scheduling.reschedule import NewTime, reschedule

LIVE = "SELECT count(*) FROM reservation WHERE ended_at IS NULL"
STEPS = "SELECT string_agg(step, ' ' ORDER BY at, id) FROM appointment_history"


async def moved(clinic: Clinic, row: Appointment, start, *who: str, seen=None) -> Appointment:
    async with clinic.work() as work:
        named = [clinic.resources[one] for one in who or ("Dr Adeyemi",)]
        wall = start.strftime("%Y-%m-%dT%H:%M")
        to = NewTime(start=start, wall=wall, resources=named)
        return await reschedule(work, row.id, to, seen=seen)


async def cancelled(clinic: Clinic, row: Appointment) -> None:
    async with clinic.work() as work:
        await cancel.cancel(work, row.id, CancellationReason.PATIENT, "", seen=None)


async def test_what_is_held_nobody_else_can_have_until_it_runs_out(clinic: Clinic) -> None:
    patient, start = await clinic.scene.patient(), clinic.at(9)
    span = Span.lasting(start, timedelta(minutes=20))
    async with clinic.work() as work:
        await hold(work, clinic.ward, span, [clinic.resources["Dr Adeyemi"]], buffer=NO_BUFFER)
    with pytest.raises(Clashing, match="is held by another desk"):
        await clinic.book(patient, start)
    clock.shift(timedelta(minutes=5, seconds=1))
    await clinic.book(patient, start)
    assert await clinic.scene.scalar(LIVE) == 1
    assert await clinic.scene.scalar("SELECT count(*) FROM hold WHERE ended_at IS NULL") == 0


async def test_a_hold_that_is_let_go_is_free_at_once(clinic: Clinic) -> None:
    patient, start = await clinic.scene.patient(), clinic.at(9)
    span = Span.lasting(start, timedelta(minutes=20))
    async with clinic.work() as work:
        kept = await hold(
            work, clinic.ward, span, [clinic.resources["Dr Adeyemi"]], buffer=NO_BUFFER
        )
    async with clinic.work() as work:
        await end_hold(work, kept.id)
    await clinic.book(patient, start)


async def test_moving_takes_the_new_time_and_then_lets_the_old_one_go(clinic: Clinic) -> None:
    patient, other = await clinic.scene.patient(), await clinic.scene.patient("Bell")
    row = await clinic.book(patient, clinic.at(9))
    await moved(clinic, row, clinic.at(9, 10))  # over its own old time: it is not in its own way
    now = await clinic.of(row)
    assert (now.starts_at, now.status) == (clinic.at(9, 10), AppointmentStatus.BOOKED)
    assert await clinic.scene.scalar(LIVE) == 1
    await clinic.book(other, clinic.at(8, 50))
    with pytest.raises(Clashing):
        await moved(clinic, row, clinic.at(9))
    assert (await clinic.of(row)).starts_at == clinic.at(9, 10)
    assert await clinic.scene.scalar(STEPS) == "booked rescheduled booked"


async def test_who_saw_an_older_version_is_told_and_changes_nothing(clinic: Clinic) -> None:
    row = await clinic.book(await clinic.scene.patient(), clinic.at(9))
    await moved(clinic, row, clinic.at(10), seen=row.version)
    with pytest.raises(Stale, match="Rescheduled"):
        await moved(clinic, row, clinic.at(11), seen=row.version)
    assert (await clinic.of(row)).starts_at == clinic.at(10)


async def test_a_cancelled_time_is_free_and_comes_back_only_if_it_still_is(clinic: Clinic) -> None:
    patient, other = await clinic.scene.patient(), await clinic.scene.patient("Bell")
    row = await clinic.book(patient, clinic.at(9))
    await cancelled(clinic, row)
    async with clinic.work() as work:
        await cancel.undo(work, row.id, seen=None)
    assert (await clinic.of(row)).status is AppointmentStatus.BOOKED
    await cancelled(clinic, row)
    await clinic.book(other, clinic.at(9))
    with pytest.raises(Exception, match=r"ex_reservation|ex_appointment"):
        async with clinic.work() as work:
            await cancel.undo(work, row.id, seen=None)
    assert (await clinic.of(row)).status is AppointmentStatus.CANCELLED


async def test_undo_is_for_ten_seconds_and_for_whoever_did_it(clinic: Clinic) -> None:
    row = await clinic.book(await clinic.scene.patient(), clinic.at(9))
    await cancelled(clinic, row)
    clock.shift(timedelta(seconds=20))
    with pytest.raises(NotAllowed, match="more than 10 seconds"):
        async with clinic.work() as work:
            await cancel.undo(work, row.id, seen=None)


async def test_nobody_is_missed_before_they_could_be_late(clinic: Clinic) -> None:
    row = await clinic.book(await clinic.scene.patient(), clinic.at(9))
    with pytest.raises(NotAllowed, match="may still come"):
        async with clinic.work() as work:
            await cancel.miss(work, row.id, seen=None)
    clock.shift(clinic.at(9, 16) - clock.now())
    async with clinic.work() as work:
        await cancel.miss(work, row.id, seen=None)
    assert (await clinic.of(row)).status is AppointmentStatus.NO_SHOW


async def test_a_move_is_taken_back_with_the_room_it_had(clinic: Clinic) -> None:
    row = await clinic.book(
        await clinic.scene.patient(), clinic.at(9), "Dr Adeyemi", "Room 1", visit="New patient"
    )
    await moved(clinic, row, clinic.at(11), "Dr Müller", "Room 2")
    async with clinic.work() as work:
        await cancel.undo(work, row.id, seen=None)
    now = await clinic.of(row)
    assert (now.starts_at, now.ends_at, now.wall) == (row.starts_at, row.ends_at, row.wall)
    taken = "SELECT array_agg(resource_id) FROM reservation WHERE ended_at IS NULL"
    assert set(await clinic.scene.scalar(taken)) == {
        clinic.resources["Dr Adeyemi"], clinic.resources["Room 1"],
    }  # fmt: skip
