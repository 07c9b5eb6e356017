"""The page of reminders: what failed is first, a person decides; who may not, sees nothing."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

import ward.modules  # noqa: F401 - what reacts to a fact is known where the fact is recorded
from domain.reminders import Channel
from realtime.topics import Topic
from tests.reminders.office import BOTH, Office
from tests.stations import Sign
from ward.reminders import claims
from ward.reminders.claims import LEASE
from ward.reminders.models import Reminder, ReminderStatus
from ward.scheduling.models import Appointment

SECOND = timedelta(seconds=1)


async def failed(office: Office) -> tuple[Appointment, Reminder]:
    """Have a mail fail for good."""
    start = office.clinic.at(14, days=12)
    row = await office.book(await office.patient(BOTH[1]), start)
    office.at(start - timedelta(days=7) + SECOND)
    there = office.node.settings
    away = {"smtp_url": SecretStr("smtp://127.0.0.1:9")}
    office.node.settings = there.model_copy(update=away)
    for minutes in (0, 2, 7, 19, 80):
        office.later(timedelta(minutes=minutes))
        await office.send()
    office.node.settings = there
    return row, next(one for one in await office.rows() if one.status is ReminderStatus.FAILED)


async def test_what_failed_stands_first_and_is_sent_by_a_press(
    open_office: Office, sign: Sign
) -> None:
    _, one = await failed(open_office)
    desk = await sign("reception")
    page = (await desk.get("/reminders")).text
    assert page.index('id="trouble"') < page.index('id="coming"')
    assert "QUILL, Ida" in page
    assert "Connect" in page
    answer = await desk.post(f"/reminders/{one.id}/again", htmx=False, version=one.version)
    assert answer.status_code == 303
    stale = await desk.post(f"/reminders/{one.id}/again", version=one.version)
    assert stale.status_code == 409
    assert await open_office.send() == 1
    page = (await desk.get("/reminders")).text
    assert "Nothing failed." in page
    assert "Sent in the last 24 hours: 1." in page


async def test_an_open_list_learns_that_it_is_old(open_office: Office, sign: Sign) -> None:
    desk, start = await sign("reception"), open_office.clinic.at(14, days=12)
    await open_office.book(await open_office.patient(BOTH[1]), start)
    where = f"SELECT branch_id FROM ward WHERE id = '{open_office.clinic.ward}'"
    branch = await open_office.clinic.scene.scalar(where)
    assert f'data-topic="letters/{branch}"' in (await desk.get("/reminders")).text
    open_office.at(start - timedelta(days=7) + SECOND)
    other = await sign("admin")
    async with other.watch(Topic("letters", branch)) as screen:
        assert await open_office.send() == 1
        open_office.later(3 * SECOND)
        await screen.until("1 sent in the last 24 hours")


async def test_a_mail_in_doubt_is_settled_by_whoever_asked_the_patient(
    open_office: Office, sign: Sign
) -> None:
    start = open_office.clinic.at(14, days=12)
    await open_office.book(await open_office.patient(BOTH[1]), start)
    open_office.at(start - timedelta(days=7) + SECOND)
    way = next(way for way in open_office.ways if way.channel is Channel.EMAIL)
    await claims.take(open_office.node, way)
    open_office.later(LEASE + SECOND)
    await open_office.send()
    admin = await sign("admin")
    assert "It arrived" in (await admin.get("/reminders")).text
    one = next(row for row in await open_office.rows() if row.status is ReminderStatus.IN_DOUBT)
    await admin.post(f"/reminders/{one.id}/arrived", version=one.version)
    assert (await open_office.states())["sent"] == 1


async def test_the_sheet_of_an_appointment_tells_what_was_sent(
    open_office: Office, sign: Sign
) -> None:
    row, _ = await failed(open_office)
    sheet = (await (await sign("reception")).get(f"/appointments/{row.id}")).text
    assert "Messages to the patient" in sheet
    assert "7 days before" in sheet
    assert "Failed" in sheet
    assert "2 hours before" in sheet
    admin = (await (await sign("admin")).get(f"/appointments/{row.id}")).text
    assert "Messages to the patient" in admin


@pytest.mark.parametrize("username", ["nurse", "doctor", "pharmacist", "patient"])
async def test_it_is_for_the_desk_alone(open_office: Office, sign: Sign, username: str) -> None:
    _, one = await failed(open_office)
    station = await sign(username)
    assert (await station.get("/reminders")).status_code == 403
    assert (await station.post(f"/reminders/{one.id}/again", version=1)).status_code == 403
    assert (await open_office.states())["failed"] == 1


async def test_it_says_when_nobody_is_reminded(open_office: Office, sign: Sign) -> None:
    nobody = {"smtp_url": None, "sms_url": None}
    open_office.node.settings = open_office.node.settings.model_copy(update=nobody)
    page = (await (await sign("reception")).get("/reminders")).text
    assert "No patient is reminded" in page
    assert 'href="/reminders"' in page
