"""Taking back: what was let go a moment ago is taken again only while nobody has it."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from domain.access import Permission
from domain.appointment_codes import CancellationReason
from domain.appointments import AppointmentStatus
from domain.errors import NotAllowed
from tests.scheduling.clinic import Clinic
from tests.stations import Sign
from ward import clock
from ward.scheduling import cancel
from ward.scheduling.clinics import VisitType
from ward.scheduling.history import step
from ward.scheduling.in_the_way import Clashing
from ward.scheduling.models import Appointment, AppointmentStep
from ward.scheduling.reschedule import NewTime, reschedule

BESIDE = "SELECT count(*) FROM reservation WHERE overbooked AND ended_at IS NULL"


async def cancelled(clinic: Clinic, row: Appointment) -> None:
    async with clinic.work() as work:
        await cancel.cancel(work, row.id, CancellationReason.PATIENT, "", seen=None)


async def undone(clinic: Clinic, row: Appointment) -> None:
    async with clinic.work() as work:
        await cancel.undo(work, row.id, seen=None)


async def test_only_what_has_somebody_else_stands_beside_another(clinic: Clinic) -> None:
    one, two, three = [await clinic.scene.patient(name) for name in ("Khan", "Bell", "Cole")]
    start, visit = clinic.at(9), "New patient"
    await clinic.book(one, start, "Dr Adeyemi")
    await clinic.book(two, start, "Dr Adeyemi", "Room 1", visit=visit, overbook="Urgent")
    assert await clinic.scene.scalar(BESIDE) == 1  # the doctor; the room is theirs alone
    with pytest.raises(Clashing, match="Room 1 has"):
        await clinic.book(three, start, "Dr Müller", "Room 1", visit=visit)


async def test_a_room_taken_meanwhile_beside_another_is_not_taken_back(clinic: Clinic) -> None:
    one, two, three = [await clinic.scene.patient(name) for name in ("Khan", "Bell", "Cole")]
    start, visit = clinic.at(9), "New patient"
    await clinic.book(one, start, "Dr Adeyemi")
    row = await clinic.book(two, start, "Dr Müller", "Room 1", visit=visit)
    await cancelled(clinic, row)
    await clinic.book(three, start, "Dr Adeyemi", "Room 1", visit=visit, overbook="Urgent")
    with pytest.raises(IntegrityError, match="ex_reservation"):
        await undone(clinic, row)


async def test_no_more_stand_beside_one_after_an_undo_than_may(clinic: Clinic) -> None:
    one, two, three = [await clinic.scene.patient(name) for name in ("Khan", "Bell", "Cole")]
    await clinic.book(one, clinic.at(9))
    row = await clinic.book(two, clinic.at(9), overbook="Urgent")
    await cancelled(clinic, row)
    await clinic.book(three, clinic.at(9), overbook="Urgent")
    with pytest.raises(NotAllowed, match="just taken this time"):
        await undone(clinic, row)


async def test_a_patient_booked_elsewhere_meanwhile_is_not_booked_twice(clinic: Clinic) -> None:
    one, two = await clinic.scene.patient(), await clinic.scene.patient("Bell")
    await clinic.book(one, clinic.at(9))
    row = await clinic.book(two, clinic.at(9), overbook="Urgent")
    await cancelled(clinic, row)
    await clinic.book(two, clinic.at(9), "Dr Müller")
    with pytest.raises(NotAllowed, match="another appointment at that time"):
        await undone(clinic, row)


async def test_a_move_taken_back_is_marked_as_it_was(clinic: Clinic) -> None:
    one, two = await clinic.scene.patient(), await clinic.scene.patient("Bell")
    await clinic.book(one, clinic.at(9))
    row = await clinic.book(two, clinic.at(9), overbook="Urgent")
    start = clinic.at(11)
    async with clinic.work() as work:
        to = NewTime(
            start=start, wall=f"{start:%Y-%m-%dT%H:%M}",
            resources=[clinic.resources["Dr Adeyemi"]],
        )  # fmt: skip
        assert not (await reschedule(work, row.id, to, seen=None)).overbooked
    await undone(clinic, row)
    now = await clinic.of(row)
    assert (now.overbooked, now.starts_at) == (True, clinic.at(9))
    async with clinic.work() as work:
        assert (await work.open([now], Appointment.overbook_reason))[now.id] == "Urgent"


async def test_what_the_patient_confirmed_is_confirmed_again(clinic: Clinic) -> None:
    row = await clinic.book(await clinic.scene.patient(), clinic.at(9))
    async with clinic.work() as work:
        await cancel.confirm(work, row.id, seen=None)
    said = (await clinic.of(row)).confirmed_at
    to = NewTime(start=clinic.at(11), wall="", resources=[clinic.resources["Dr Adeyemi"]])
    async with clinic.work() as work:
        assert (await reschedule(work, row.id, to, seen=None)).confirmed_at is None
    await undone(clinic, row)
    assert (await clinic.of(row)).confirmed_at == said is not None


async def test_a_doctor_takes_back_what_ended_the_reason_to_see_the_patient(
    open_door: Clinic, sign: Sign
) -> None:
    doctor, row = (
        await sign("doctor"),
        await open_door.book(await open_door.scene.patient(), open_door.at(9)),
    )
    gone = await doctor.post(f"/appointments/{row.id}/cancel", version=row.version, reason="pat")
    path, version = gone.headers["ward-undo"].split(" ")
    assert (await doctor.post(path, version=version)).status_code == 204
    assert (await open_door.of(row)).status is AppointmentStatus.BOOKED


async def test_an_arrival_is_not_undone_as_if_it_had_let_something_go(clinic: Clinic) -> None:
    row = await clinic.book(await clinic.scene.patient(), clinic.at(9))
    async with clinic.work() as work:
        here = await work.access(Appointment, row.id, Permission.BOOK_APPOINTMENT)
        here.status, here.arrived_at = AppointmentStatus.ARRIVED, work.now
        await step(work, here, AppointmentStep.ARRIVED)
    with pytest.raises(NotAllowed, match="Only what was just done"):
        await undone(clinic, row)
    assert (await clinic.of(row)).status is AppointmentStatus.ARRIVED


async def test_who_missed_a_visit_that_is_no_longer_offered_missed_it(clinic: Clinic) -> None:
    row = await clinic.book(await clinic.scene.patient(), clinic.at(9))
    async with clinic.work() as work:
        kind = await work.access(VisitType, row.visit_type_id, Permission.SET_SCHEDULE)
        kind.ended_at = work.now
    clock.shift(timedelta(days=5))
    async with clinic.work() as work:
        missed = await cancel.miss(work, row.id, seen=None)
    assert missed.status is AppointmentStatus.NO_SHOW
