"""Offers in writing: told once, in peace and in one's language, and answered by a link."""

import asyncio
import re
from datetime import timedelta

import httpx
import pytest

import ward.modules  # noqa: F401 - what reacts to a fact is known where the fact is recorded
from domain.waitlists import OfferStatus
from tests.reminders.office import BOTH, Office
from tests.scheduling.clinic import LONDON
from tests.scheduling.queue import Queue
from tests.settling import PATIENCE
from tests.stations import Running
from ward.reminders.models import Reminder
from ward.reminders.offer_words import PAGE
from ward.scheduling.offers import Offered
from ward.scheduling.waiting import WaitStatus

MORNING, NIGHT = 10, 23


async def come_free(office: Office, patient, hour: int = MORNING) -> Offered:
    """Have somebody wait, and at an hour of the next day a time come free for them."""
    queue, clinic = Queue(office.clinic), office.clinic
    await queue.wait(patient)
    row = await clinic.book(await clinic.scene.patient("Reid"), clinic.at(14, days=5))
    office.at(clinic.at(hour, days=1))
    await queue.call_off(row)
    (offered,) = await queue.offers(patient)
    return offered


async def of_offers(office: Office) -> list[Reminder]:
    return [one for one in await office.rows() if one.offer_id is not None]


async def test_an_offer_is_told_once_by_every_channel(office: Office) -> None:
    offered = await come_free(office, await office.patient(*BOTH))
    assert not offered.by_phone
    await office.send()
    await office.send()
    arrived = [one for one in office.arrived() if "come free" in one]
    assert len(arrived) == 2
    assert all("14:00" in one and "Northsite" in one for one in arrived)
    for word in ("Quill", "Ida", "Adeyemi", "Outpatients", "Follow-up"):
        assert not any(word in one for one in arrived)
    assert {one.status.value for one in await of_offers(office)} == {"sent"}


async def test_who_cannot_be_written_to_is_telephoned_and_has_a_day(office: Office) -> None:
    offered = await come_free(office, await office.patient())
    assert offered.by_phone
    assert offered.until - offered.start < timedelta(0)
    assert await of_offers(office) == []
    (made,) = await Queue(office.clinic).made()
    assert made.until - made.offered_at == timedelta(days=1)


async def test_at_night_nobody_is_woken_and_the_time_is_kept_until_after(office: Office) -> None:
    offered = await come_free(office, await office.patient(*BOTH), NIGHT)
    local = offered.until.astimezone(LONDON)
    assert (local.hour, local.minute) == (8, 15)
    await office.send()
    assert office.arrived() == []
    office.at(offered.until - timedelta(minutes=14))
    await office.send()
    assert len([one for one in office.arrived() if "come free" in one]) == 2


async def test_what_was_answered_is_not_told(office: Office) -> None:
    offered = await come_free(office, await office.patient(*BOTH), NIGHT)
    await Queue(office.clinic).decline(offered)
    office.at(offered.until - timedelta(minutes=14))
    await office.send()
    assert office.arrived() == []
    assert {one.status.value for one in await of_offers(office)} == {"dropped"}


# -- the link --------------------------------------------------------------------------


@pytest.fixture
async def browser(ward: Running):
    async with httpx.AsyncClient(
        base_url=ward.url, headers={"origin": ward.url}, timeout=30
    ) as client:
        yield client


async def link(office: Office, **more: str) -> tuple[Queue, object, str]:
    """Offer a time, and give the path of the link in the message."""
    patient = await office.patient(BOTH[0], **more)
    queue, clinic = Queue(office.clinic), office.clinic
    await queue.wait(patient)
    row = await clinic.book(await clinic.scene.patient("Reid"), clinic.at(14, days=5))
    office.at(clinic.at(MORNING, days=1))
    await queue.call_off(row)
    async with asyncio.timeout(PATIENCE):  # the node that serves sends too: either is first
        while not (arrived := office.arrived()):
            await office.send()
            await asyncio.sleep(0.02)
    found = re.search(r"https?://\S+?(/o/[\w-]{22})", arrived[0])
    assert found
    return queue, patient, found[1]


async def test_the_link_books_it_once_and_looking_changes_nothing(
    open_office: Office, browser
) -> None:
    queue, patient, path = await link(open_office)
    for _ in range(2):
        page = await browser.get(path)
        assert "kept for you until" in page.text
        assert "Northsite" in page.text
    answer = await browser.post(f"{path}/accept")
    assert "is yours" in answer.text
    again = await browser.post(f"{path}/decline")
    assert "Not saved" in again.text
    assert "is yours" in again.text
    assert len(await queue.of(patient)) == 1
    assert (await queue.entry(patient)).status is WaitStatus.BOOKED
    assert (await browser.get("/r/" + path.removeprefix("/o/"))).status_code == 404
    assert (await browser.get("/o/nothing")).status_code == 404


async def test_not_this_time_passes_it_on(open_office: Office, browser) -> None:
    queue, patient, path = await link(open_office, language="de")
    assert PAGE["de"]["accept"] in (await browser.get(path)).text
    answer = await browser.post(f"{path}/decline")
    assert PAGE["de"]["declined"] in answer.text
    (made,) = await queue.made()
    assert made.status is OfferStatus.DECLINED
    assert await queue.of(patient) == []


def test_every_language_says_the_same() -> None:
    for words in PAGE.values():
        assert words.keys() == PAGE["en"].keys()
        assert "{until}" in words["open"]
        assert "{phone}" in words["call"]
