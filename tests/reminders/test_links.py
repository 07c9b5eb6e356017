"""Links: confirmed or cancelled once, by nobody's glance, for the time the message spoke of."""

import asyncio
import re
from datetime import timedelta

import httpx
import pytest

import ward.modules  # noqa: F401 - what reacts to a fact is known where the fact is recorded
from domain.appointments import AppointmentStatus
from tests.reminders.office import BOTH, Office
from tests.stations import Running
from ward.reminders.link_pages import ANSWERS
from ward.reminders.link_words import PAGE
from ward.reminders.models import Reply
from ward.scheduling.models import Appointment

SECOND = timedelta(seconds=1)


async def link(office: Office, **more: str) -> tuple[Appointment, str]:
    """Book somebody, send the first reminder, and give the path of its link."""
    start = office.clinic.at(14, days=12)
    row = await office.book(await office.patient(BOTH[0], **more), start)
    office.at(start - timedelta(days=7) + SECOND)
    async with asyncio.timeout(20):  # the node that serves plans and sends too: either is first
        while not (arrived := office.arrived()):
            await office.send()
            await asyncio.sleep(0.02)
    (said,) = arrived
    found = re.search(r"https?://\S+?(/r/[\w-]{22})", said)
    assert found
    return row, found[1]


@pytest.fixture
async def browser(ward: Running):
    async with httpx.AsyncClient(
        base_url=ward.url, headers={"origin": ward.url}, timeout=30
    ) as client:
        yield client


async def test_it_tells_when_and_where_and_nothing_else(open_office: Office, browser) -> None:
    _, path = await link(open_office)
    answer = await browser.get(path)
    assert answer.status_code == 200
    assert "14:00 (" in answer.text
    assert "Northsite" in answer.text
    for word in ("Quill", "Ida", "Adeyemi", "Outpatients", "Follow-up"):
        assert word not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"


async def test_opening_it_changes_nothing_and_confirming_counts_once(
    open_office: Office, browser
) -> None:
    row, path = await link(open_office)
    for _ in range(3):
        await browser.get(path)
        await browser.get(f"{path}/cancel")
    assert (await open_office.clinic.of(row)).version == row.version
    answer = await browser.post(f"{path}/confirm")
    assert "We expect you." in answer.text
    assert (await open_office.clinic.of(row)).confirmed_at is not None
    answer = await browser.post(f"{path}/cancel")
    assert "Not saved" in answer.text
    assert (await open_office.clinic.of(row)).status is AppointmentStatus.BOOKED
    replies = [one.reply for one in await open_office.rows() if one.reply]
    assert replies == [Reply.CONFIRMED]


async def test_cancelling_takes_two_steps_and_frees_the_time(open_office: Office, browser) -> None:
    row, path = await link(open_office)
    assert "given to somebody else" in (await browser.get(f"{path}/cancel")).text
    answer = await browser.post(f"{path}/cancel")
    assert "is cancelled" in answer.text
    now = await open_office.clinic.of(row)
    assert now.status is AppointmentStatus.CANCELLED
    assert now.cancel_reason is not None
    assert now.cancel_reason.by_patient
    standing = "SELECT count(*) FROM reservation WHERE ended_at IS NULL"
    assert await open_office.clinic.scene.scalar(standing) == 0


async def test_a_moved_appointment_is_not_answered_by_its_old_link(
    open_office: Office, browser
) -> None:
    row, path = await link(open_office)
    await open_office.move(row, open_office.clinic.at(15, days=12))
    answer = await browser.post(f"{path}/cancel")
    assert "has been moved" in answer.text
    assert (await open_office.clinic.of(row)).status is AppointmentStatus.BOOKED


async def test_it_speaks_the_language_of_the_message(open_office: Office, browser) -> None:
    _, path = await link(open_office, language="es")
    answer = await browser.get(path)
    assert "¿Vendrá?" in answer.text
    assert 'lang="es"' in answer.text
    assert {frozenset(words) for words in PAGE.values()} == {frozenset(PAGE["en"])}


async def test_guessing_is_told_nothing_and_slowed_down(open_office: Office, browser) -> None:
    _, path = await link(open_office)
    guessed = path[:-1] + ("A" if path[-1] != "A" else "B")
    answer = await browser.get(guessed)
    assert answer.status_code == 404
    assert "There is no appointment behind this link." in answer.text
    for _ in range(ANSWERS.most):
        await browser.post(f"{guessed}/confirm")
    answer = await browser.post(f"{path}/confirm")
    assert "Too many tries" in answer.text
    assert [one.reply for one in await open_office.rows() if one.reply] == []


async def test_another_site_cannot_answer_for_the_patient(
    open_office: Office, ward: Running
) -> None:
    row, path = await link(open_office)
    async with httpx.AsyncClient(base_url=ward.url, timeout=30) as client:
        answer = await client.post(f"{path}/cancel", headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    assert (await open_office.clinic.of(row)).status is AppointmentStatus.BOOKED


async def test_a_stolen_database_opens_no_link(open_office: Office) -> None:
    _, path = await link(open_office)
    token = path.removeprefix("/r/")
    stored = "SELECT count(*) FROM reminder r WHERE r::text LIKE :token"
    assert await open_office.clinic.scene.scalar(stored, token=f"%{token}%") == 0
