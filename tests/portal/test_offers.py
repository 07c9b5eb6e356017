"""Times from the waiting list, on a patient's own page: taken, declined, and too late."""

import asyncio
import re
from uuid import UUID

import pytest

from domain.appointments import AppointmentStatus
from realtime.topics import Topic
from tests.portal.conftest import Own
from tests.scheduling.queue import Queue
from tests.settling import PATIENCE
from ward.scheduling.offers import Offered
from ward.scheduling.waiting import WaitStatus


async def made(queue: Queue, patient: UUID) -> Offered:
    """Wait until a patient is offered a time: the node that serves does the job as well."""
    async with asyncio.timeout(PATIENCE):
        while not (found := await queue.offers(patient)):  # noqa: ASYNC110 - a job of the node
            await asyncio.sleep(0.02)
    return found[0]


@pytest.fixture
async def offer(own: Own) -> tuple[Queue, str, int]:
    """Somebody cancels, and the time is kept for the patient: its address, and its version."""
    queue = Queue(own.clinic)
    await queue.wait(own.patient)
    row = await own.clinic.book(await own.clinic.scene.patient("Reid"), own.clinic.at(10, days=3))
    await queue.call_off(row)
    offered = await made(queue, own.patient)
    return queue, f"/me/offers/{offered.id}", offered.version


async def test_an_offer_is_on_the_page_and_taken(own: Own, offer: tuple[Queue, str, int]) -> None:
    queue, at, seen = offer
    page = (await own.station.get("/me")).text
    assert "An earlier time for you" in page
    assert "10:00" in page
    assert f"{at}/accept" in page
    async with own.station.watch(Topic("own", own.patient)) as screen:
        answer = await own.station.post(f"{at}/accept", version=seen)
        assert answer.status_code == 204, answer.text
        frame = await screen.until("You said that you will come")
        assert "An earlier time" not in frame.content
    (taken,) = await queue.of(own.patient)
    assert taken.status is AppointmentStatus.BOOKED
    assert (await queue.entry(own.patient)).status is WaitStatus.BOOKED
    late = await own.station.post(f"{at}/decline", version=seen)
    assert (late.status_code, "accepted already" in late.text) == (409, True)


async def test_a_declined_offer_leaves_the_patient_on_the_list(
    own: Own, offer: tuple[Queue, str, int]
) -> None:
    queue, at, seen = offer
    assert (await own.station.post(f"{at}/decline", version=seen)).status_code == 204
    assert await queue.offers(own.patient) == ()
    assert (await queue.entry(own.patient)).status is WaitStatus.WAITING
    assert "An earlier time for you" not in (await own.station.get("/me")).text


async def test_an_offer_to_somebody_else_is_not_theirs_to_answer(own: Own) -> None:
    queue = Queue(own.clinic)
    (other,) = await queue.waiting("Otherwise")
    row = await own.clinic.book(await own.clinic.scene.patient("Reid"), own.clinic.at(10, days=3))
    await queue.call_off(row)
    offered = await made(queue, other)
    for verb in ("accept", "decline"):
        answer = await own.station.post(f"/me/offers/{offered.id}/{verb}", version=offered.version)
        assert answer.status_code == 403
    assert len(await queue.offers(other)) == 1
    assert not re.search("/me/offers/", (await own.station.get("/me")).text)
