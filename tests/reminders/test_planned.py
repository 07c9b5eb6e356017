"""Planning: a week, two days and two hours before; of a change at once; of what changed never."""

from datetime import UTC, timedelta

import pytest
from sqlalchemy import text

import ward.modules  # noqa: F401 - what reacts to a fact is known where the fact is recorded
from domain.access import Permission
from tests.reminders.office import BOTH, LONDON, MAIL, MOBILE, Office
from ward.patients.models import Life, Patient
from ward.patients.person import Contact
from ward.reminders.plan import plan

MINUTES = (7 * 24 * 60, 2 * 24 * 60, 2 * 60)
SOON = timedelta(seconds=16)  # a change is settled


async def test_what_is_booked_is_reminded_of_by_each_channel_the_patient_has(
    office: Office,
) -> None:
    start = office.clinic.at(14, days=12)
    await office.book(await office.patient(*BOTH), start)
    rows = await office.rows()
    assert [(one.channel.value, one.minutes_before) for one in rows] == [
        (channel, minutes) for minutes in MINUTES for channel in ("email", "sms")
    ]
    for minutes in MINUTES:
        office.at(start - timedelta(minutes=minutes) + timedelta(seconds=1))
        assert await office.send() == 2
        mail, message = office.arrived()
        when = f"{start.astimezone(UTC):%Y}"
        assert mail.startswith("email: Reminder: you have an appointment on ")
        assert f" {when}, 14:00 (" in message
        assert "at Northsite." in message
        assert "/r/" in message
        assert office.node.settings.phone in message
    assert await office.states() == {"sent": 6}
    office.later(timedelta(minutes=30))
    assert await office.send() == 0
    to = {(one.channel.value, one.to) for one in office.capture.caught}
    assert to == {("email", MAIL), ("sms", MOBILE.replace(" ", ""))}


async def test_a_message_names_nobody_and_no_specialty(office: Office) -> None:
    start = office.clinic.at(14)
    trio = ("Dr Adeyemi", "Room 1", "Echo")
    await office.book(await office.patient(*BOTH), start, *trio, visit="Echocardiogram")
    office.at(start - timedelta(hours=2) + timedelta(seconds=1))
    await office.send()
    for one in office.capture.caught:
        said = f"{one.subject} {one.text}".lower()
        for word in ("quill", "ida ", "echo", "adeyemi", "outpatients", "room", "cardio"):
            assert word not in said


@pytest.mark.parametrize(
    "contacts",
    [
        (),
        (Contact("+44 20 7946 0123", "phone", "home"),),
        (Contact("old@example.org", "email", "old"), Contact("not an address", "email")),
        (Contact("a@b.org\r\nBcc: c@d.org", "email"), Contact("call me", "sms")),
    ],
)
async def test_whoever_cannot_be_reached_is_not_reminded(
    office: Office, contacts: tuple[Contact, ...]
) -> None:
    await office.book(await office.patient(*contacts), office.clinic.at(9, days=9))
    assert await office.rows() == []


async def test_it_speaks_the_patients_language_and_leaves_them_in_peace_by_their_clock(
    office: Office,
) -> None:
    start = office.clinic.at(8, days=3)
    await office.book(await office.patient(BOTH[0], language="de-AT", country="Japan"), start)
    rows = await office.rows()
    two_hours = next(one for one in rows if one.minutes_before == 120)
    assert two_hours.due_at == start - timedelta(hours=2)  # 6:00 in London is afternoon in Japan
    office.at(two_hours.due_at + timedelta(seconds=1))
    await office.send()
    assert office.arrived()[-1].startswith("sms: Erinnerung: Sie haben einen Termin am ")


async def test_nobody_is_woken_at_night(office: Office) -> None:
    start = office.clinic.at(8, 30, days=3)
    await office.book(await office.patient(BOTH[0]), start)
    due = next(one.due_at for one in await office.rows() if one.minutes_before == 120)
    assert due == office.clinic.at(8, days=3)


async def test_a_moved_appointment_is_told_of_once_and_reminded_of_at_its_new_time(
    office: Office,
) -> None:
    start, other = office.clinic.at(14, days=12), office.clinic.at(15, days=13)
    row = await office.book(await office.patient(BOTH[0]), start)
    office.at(office.clinic.at(11))
    await office.move(row, other)
    assert await office.send() == 0  # it may yet be taken back
    office.later(SOON)
    assert await office.send() == 1
    (told,) = office.arrived()
    assert "has been moved. It is now on" in told
    assert "15:00" in told
    office.at(start - timedelta(days=7) + timedelta(seconds=1))
    await office.send()
    assert office.arrived() == []  # of its old time nobody is reminded
    office.at(other - timedelta(days=7) + timedelta(seconds=1))
    await office.send()
    (told,) = office.arrived()
    assert "15:00" in told


async def test_what_is_moved_back_is_told_of_again(office: Office) -> None:
    start, other = office.clinic.at(14, days=12), office.clinic.at(15, days=13)
    row = await office.book(await office.patient(BOTH[0]), start)
    office.at(office.clinic.at(11))
    for time in (other, start, other):
        await office.move(row, time)
        office.later(SOON)
        await office.send()
        (told,) = office.arrived()
        assert f"{time.astimezone(LONDON):%H:%M} (" in told
        office.later(timedelta(minutes=1))
    assert (await office.states())["sent"] == 3


async def test_what_is_undone_at_once_is_told_to_nobody(office: Office) -> None:
    start, other = office.clinic.at(14, days=12), office.clinic.at(15, days=13)
    row = await office.book(await office.patient(*BOTH), start)
    office.at(office.clinic.at(11))
    await office.move(row, other)
    await office.undo(row)
    office.later(SOON)
    assert await office.send() == 0
    assert {(one.starts_at, one.status.value) for one in await office.rows()} == {
        (start, "planned"),
        (other, "dropped"),
    }
    office.at(start - timedelta(days=7) + timedelta(seconds=1))
    assert await office.send() == 2


async def test_a_cancelled_appointment_is_told_of_and_never_reminded_of(office: Office) -> None:
    start = office.clinic.at(14, days=12)
    row = await office.book(await office.patient(*BOTH), start)
    office.at(office.clinic.at(11))
    await office.cancel(row)
    office.later(SOON)
    assert await office.send() == 2
    assert all("has been cancelled" in one for one in office.arrived())
    for minutes in MINUTES:
        office.at(start - timedelta(minutes=minutes) + timedelta(seconds=1))
        assert await office.send() == 0
    assert await office.states() == {"sent": 2, "dropped": 6}


async def test_it_is_judged_once_more_when_it_goes(office: Office) -> None:
    """A change whose reaction has not run yet is seen too: the row itself is looked at."""
    start = office.clinic.at(14, days=12)
    patient = await office.patient(*BOTH)
    await office.book(patient, start)
    async with office.clinic.work() as work:
        hour = "starts_at = starts_at + interval '1 hour', ends_at = ends_at + interval '1 hour'"
        await (await work.connection()).execute(text(f"UPDATE appointment SET {hour}"))
    office.at(start - timedelta(days=7) + timedelta(seconds=1))
    assert await office.send() == 0
    assert (await office.states())["dropped"] == 2


async def test_nobody_writes_to_the_dead(office: Office) -> None:
    start = office.clinic.at(14, days=12)
    patient = await office.patient(*BOTH)
    await office.book(patient, start)
    async with office.clinic.work() as work:
        row = await work.access(Patient, patient, Permission.VIEW_PATIENT, lock=True)
        row.life = Life.DEAD
    office.at(start - timedelta(days=7) + timedelta(seconds=1))
    assert await office.send() == 0
    assert "The patient has died." in await office.problem()


async def test_of_two_that_are_late_the_last_is_sent(office: Office) -> None:
    start = office.clinic.at(14, days=12)
    await office.book(await office.patient(BOTH[0]), start)
    office.at(start - timedelta(days=2) + timedelta(seconds=1))  # nobody worked for five days
    assert await office.send() == 1
    assert await office.states() == {"sent": 1, "dropped": 1, "planned": 1}


async def test_planning_again_changes_nothing(office: Office) -> None:
    row = await office.book(await office.patient(*BOTH), office.clinic.at(14, days=12))
    before = [(one.id, one.version) for one in await office.rows()]
    for _ in range(2):
        async with office.clinic.work() as work:
            await plan(work, row.id)
    assert [(one.id, one.version) for one in await office.rows()] == before


async def test_a_message_about_a_change_is_judged_once_more_too(office: Office) -> None:
    start, other = office.clinic.at(14, days=12), office.clinic.at(15, days=13)
    row = await office.book(await office.patient(BOTH[0]), start)
    office.at(office.clinic.at(11))
    await office.move(row, other)
    async with office.clinic.work() as work:  # it is moved on, and that has not been planned yet
        hour = "starts_at = starts_at + interval '1 hour', ends_at = ends_at + interval '1 hour'"
        await (await work.connection()).execute(text(f"UPDATE appointment SET {hour}"))
    office.later(SOON)
    assert await office.send() == 0
    assert office.arrived() == []
