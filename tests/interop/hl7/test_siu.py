"""SIU: another system books, moves, changes and cancels; the calendar knows it at once, once."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

import ward.modules  # noqa: F401 - what reacts to a fact is known where the fact is recorded
from domain.access import Permission
from domain.appointment_codes import CancellationReason
from domain.appointments import AppointmentStatus
from realtime.topics import Topic
from tests.adt.scene import person
from tests.interop.hl7.booking import (
    DONE,
    MRN,
    MUELLER,
    again,
    booked,
    minutes,
    note,
    siu,
    steps,
    taken,
    told,
)
from tests.interop.hl7.border import act, rows, send, standing
from tests.scheduling.clinic import Clinic
from tests.settling import settled, worked_off
from tests.stations import Station
from ward import clock
from ward.interop.hl7.siu import carry_out, ending, needed, placing
from ward.patients.person import Contact
from ward.patients.register import register
from ward.scheduling.events import day_of
from ward.scheduling.models import Appointment

STATUS = AppointmentStatus
BY_TEXT = {"sms_url": "http://127.0.0.1:9/messages", "phone": "020 7946 0000"}


@pytest.fixture
async def ada(clinic: Clinic) -> UUID:
    """The patient of the published messages."""
    return await registered(clinic)


async def registered(clinic: Clinic, mrn: str = MRN) -> UUID:
    who = replace(
        person("Testpatient", "Ada", mrn), contacts=(Contact("+44 7700 900123", use="mobile"),)
    )
    async with clinic.work() as work:
        return (await register(work, who)).id


async def test_an_appointment_is_booked(clinic: Clinic, ada: UUID) -> None:
    at = clinic.at(9)
    nte = ("NTE|1||Please come fasting.",)
    assert await act(clinic.scene.node, siu("S12", "1", at, more=nte)) == ["AA"]
    assert await standing(clinic.scene.node) == {"1": DONE}
    (row,) = await booked(clinic)
    assert (row.patient_id, row.status, row.starts_at, row.ends_at) == (
        ada, STATUS.BOOKED, at, at + minutes(20),
    )  # fmt: skip
    assert row.wall.endswith("T09:00")
    assert (row.visit_type_id, row.booked_as) == (clinic.visits["Follow-up"], "hl7:SCHED")
    assert await taken(clinic) == {"Dr Adeyemi"}
    async with clinic.work() as work:
        detail = (await work.open([row], Appointment.detail))[row.id]
    assert (detail.reason, detail.note) == ("Follow-up", "Please come fasting.")
    assert await steps(clinic) == [("booked", "hl7:SCHED")]


async def test_its_reminders_are_planned_and_dropped(clinic: Clinic, ada: UUID) -> None:
    del ada
    node = clinic.scene.node
    node.settings = node.settings.model_copy(update=BY_TEXT)
    planned = "SELECT count(*) FROM reminder WHERE status = 'planned' AND minutes_before > 0"
    await act(node, siu("S12", "1", clinic.at(9, days=15)))
    await settled(node)
    assert (await rows(node, planned))[0][0] > 0
    await act(node, siu("S15", "2"))
    await settled(node)
    assert await rows(node, planned) == [(0,)]


async def test_it_is_moved_changed_missed_and_cancelled(clinic: Clinic, ada: UUID) -> None:
    del ada
    node, at = clinic.scene.node, clinic.at(9)
    await act(node, siu("S12", "1", at))
    await act(node, siu("S13", "2", clinic.at(14), minutes=40, why="R^Asked for^L"))
    (row,) = await booked(clinic)
    assert (row.starts_at, row.ends_at) == (clinic.at(14), clinic.at(14, 40))
    await act(node, siu("S14", "3", clinic.at(14), minutes=40, person=MUELLER, reason="X^Pain^L"))
    assert await taken(clinic) == {"Dr Müller"}
    await act(node, siu("S15", "4", clinic.at(14), why="pat-lt^No transport^L"))
    (row,) = await booked(clinic)
    assert (row.status, row.cancel_reason) == (
        STATUS.CANCELLED,
        CancellationReason.PATIENT_TRANSPORT,
    )
    assert await taken(clinic) == set()
    assert set((await standing(node)).values()) == {DONE}
    done = ["booked", "rescheduled", "rescheduled", "amended", "cancelled"]
    assert [one for one, _ in await steps(clinic)] == done


async def test_the_words_alone_are_amended(clinic: Clinic, ada: UUID) -> None:
    del ada
    await act(clinic.scene.node, siu("S12", "1", clinic.at(9)))
    await act(clinic.scene.node, siu("S14", "2", clinic.at(9), reason="X^Chest pain^L"))
    assert [one for one, _ in await steps(clinic)] == ["booked", "amended"]


async def test_nobody_came(clinic: Clinic, ada: UUID) -> None:
    """Never before the grace is over: until then it waits."""
    del ada
    node, at = clinic.scene.node, clinic.at(9)
    await act(node, siu("S12", "1", at), siu("S26", "2", at))
    assert (await standing(node))["2"] == ("review", "refused")
    assert "may still come" in await note(clinic, "2")
    clock.shift(at + minutes(16) - datetime.now(UTC))
    await again(clinic, "2")
    assert (await standing(node))["2"] == DONE
    assert [row.status for row in await booked(clinic)] == [STATUS.NO_SHOW]


@pytest.mark.parametrize("event", ["S12", "S13", "S14"])
async def test_the_same_again_changes_nothing(clinic: Clinic, ada: UUID, event: str) -> None:
    """By its control id it is not even looked at; under another it says nothing new."""
    del ada
    node, first = clinic.scene.node, siu("S12", "1", clinic.at(9))
    again = siu(event, "2", clinic.at(9))
    assert await act(node, first, first, again, again) == ["AA"] * 4
    assert await standing(node) == {"1": DONE, "2": DONE}
    assert await told(clinic, "2") == (placing.STANDS,)
    assert len(await booked(clinic)) == 1
    assert [one for one, _ in await steps(clinic)] == ["booked"]


async def test_cancelled_twice_is_once(clinic: Clinic, ada: UUID) -> None:
    del ada
    node = clinic.scene.node
    await act(node, siu("S12", "1", clinic.at(9)), siu("S15", "2"), siu("S15", "3"))
    await act(node, siu("S26", "4"))
    assert set((await standing(node)).values()) == {DONE}
    assert await told(clinic, "3") == await told(clinic, "4") == (ending.ENDED,)


async def test_messages_that_overtook_each_other(clinic: Clinic, ada: UUID) -> None:
    """The move came first and stands; the booking that was sent before it changes nothing."""
    del ada
    node, now = clinic.scene.node, clock.now()
    await act(node, siu("S13", "2", clinic.at(14), sent=now - minutes(1)))
    assert await told(clinic, "2") == (placing.WITHOUT,)
    await act(node, siu("S12", "1", clinic.at(9), sent=now - minutes(2)))
    assert await told(clinic, "1") == (carry_out.OLDER,)
    assert [row.starts_at for row in await booked(clinic)] == [clinic.at(14)]
    await act(
        node,
        siu("S13", "4", clinic.at(16), sent=now),
        siu("S13", "3", clinic.at(15), sent=now - minutes(1)),
    )
    assert [row.starts_at for row in await booked(clinic)] == [clinic.at(16)]
    assert set((await standing(node)).values()) == {DONE}


async def test_a_cancellation_that_came_first_is_not_lost(clinic: Clinic, ada: UUID) -> None:
    del ada
    node, now = clinic.scene.node, clock.now()
    await act(node, siu("S15", "2", sent=now))
    assert await standing(node) == {"2": ("review", "unknown_appointment")}
    assert await note(clinic, "2") == carry_out.NOT_HERE
    await act(node, siu("S12", "1", clinic.at(9), sent=now - minutes(1)))
    assert await standing(node) == {"1": DONE, "2": DONE}
    assert [row.status for row in await booked(clinic)] == [STATUS.CANCELLED]


async def test_a_cancellation_from_before_is_for_a_person(clinic: Clinic, ada: UUID) -> None:
    del ada
    node, now = clinic.scene.node, clock.now()
    await act(node, siu("S12", "1", clinic.at(9), sent=now))
    await act(node, siu("S15", "2", sent=now - minutes(1)))
    assert (await standing(node))["2"] == ("review", "refused")
    assert [row.status for row in await booked(clinic)] == [STATUS.BOOKED]


async def test_a_second_booking_with_the_number_is_for_a_person(clinic: Clinic, ada: UUID) -> None:
    del ada
    await act(clinic.scene.node, siu("S12", "1", clinic.at(9)), siu("S12", "2", clinic.at(10)))
    assert (await standing(clinic.scene.node))["2"] == ("review", "refused")
    assert "booked here already" in await note(clinic, "2")
    assert [row.starts_at for row in await booked(clinic)] == [clinic.at(9)]


async def test_what_is_needed_beside_is_chosen(clinic: Clinic, ada: UUID) -> None:
    """Rooms are; whom the patient sees never is."""
    del ada
    node = clinic.scene.node
    await act(node, siu("S12", "1", clinic.at(9), visit="NP^New patient^L"))
    assert await taken(clinic) == {"Dr Adeyemi", "Room 1"}
    assert await told(clinic, "1") == (needed.CHOSEN,)
    await act(
        node, siu("S12", "2", clinic.at(9), visit="NP^New patient^L", number="AP-2", person="")
    )
    assert (await standing(node))["2"] == ("review", "refused")
    assert await note(clinic, "2") == "New patient needs a clinician. Choose one."


async def test_a_move_keeps_whom_and_what_it_does_not_name(clinic: Clinic, ada: UUID) -> None:
    del ada
    node = clinic.scene.node
    room = "Outpatients^Room 2^"
    await act(node, siu("S12", "1", clinic.at(9), visit="NP^New patient^L", place=room, minutes=40))
    await act(node, siu("S13", "2", clinic.at(11), visit="", place="", minutes=None))
    (row,) = await booked(clinic)
    assert (row.starts_at, row.ends_at) == (clinic.at(11), clinic.at(11, 40))
    assert await taken(clinic) == {"Dr Adeyemi", "Room 2"}
    assert set((await standing(node)).values()) == {DONE}


async def test_our_own_appointment_is_known_by_our_id(clinic: Clinic, ada: UUID) -> None:
    mine = await clinic.book(ada, clinic.at(9))
    await act(clinic.scene.node, siu("S13", "1", clinic.at(10), number=f"{mine.id}^WARD"))
    await act(clinic.scene.node, siu("S15", "2", number=f"{mine.id}^WARD", pid=False))
    (row,) = await booked(clinic)
    assert (row.id, row.status, row.starts_at) == (mine.id, STATUS.CANCELLED, clinic.at(10))


async def test_another_patients_appointment_is_not_touched(clinic: Clinic, ada: UUID) -> None:
    await registered(clinic, "700999")
    await act(clinic.scene.node, siu("S12", "1", clinic.at(9)), siu("S15", "2", mrn="700999"))
    assert (await standing(clinic.scene.node))["2"] == ("review", "other_person")
    assert [(row.patient_id, row.status) for row in await booked(clinic)] == [(ada, STATUS.BOOKED)]


async def test_who_has_come_is_moved_by_no_message(clinic: Clinic, ada: UUID) -> None:
    del ada
    node = clinic.scene.node
    await act(node, siu("S12", "1", clinic.at(9)))
    (row,) = await booked(clinic)
    async with clinic.work() as work:
        found = await work.access(Appointment, row.id, Permission.BOOK_APPOINTMENT, lock=True)
        found.status, found.arrived_at = STATUS.ARRIVED, work.now
    await act(node, siu("S14", "2", clinic.at(9), status="Started"), siu("S13", "3", clinic.at(10)))
    await act(node, siu("S15", "4", number="AP-1^SCHED"))
    assert await told(clinic, "2") == (placing.HERE,)
    found_now = await standing(node)
    assert found_now["3"] == ("review", "refused")
    assert found_now["4"] == ("received", None), "it waits behind the move"


async def test_a_desk_sees_it_at_once(open_door: Clinic, sign) -> None:
    await registered(open_door)
    desk: Station = await sign("reception")
    day = Topic("calendar", day_of(open_door.ward, open_door.day()))
    async with desk.watch(day) as screen:
        await send(open_door.scene.node, siu("S12", "1", open_door.at(9)))
        await worked_off(open_door.scene.node)
        await screen.until("TESTPATIENT")
