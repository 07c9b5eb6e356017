"""Feeds: an independent parser reads them, they say nothing of anybody, and they can be revoked."""

import re

import httpx
import icalendar
from sqlalchemy import text

from domain.appointment_codes import CancellationReason
from tests.scheduling.clinic import Clinic
from tests.stations import Sign
from ward.scheduling import cancel
from ward.scheduling.details import AppointmentDetail


async def address_of(station, clinic: Clinic, who: str = "Dr Adeyemi") -> str:
    page = await station.post("/calendars", htmx=False, resource_id=clinic.resources[who])
    (address,) = re.findall(r'value="(http[^"]+/feeds/[^"]+)"', page.text)
    return address


async def read(address: str) -> httpx.Response:
    async with httpx.AsyncClient(timeout=30) as client:
        return await client.get(address)


async def test_a_program_reads_when_somebody_is_booked_and_nothing_of_whom(
    open_door: Clinic, sign: Sign
) -> None:
    doctor, patient = await sign("doctor"), await open_door.scene.patient("Khan", "Aisha")
    said = AppointmentDetail(reason="Palpitations since Monday")
    kept = await open_door.book(patient, open_door.at(9), detail=said)
    gone = await open_door.book(patient, open_door.at(11))
    await open_door.book(patient, open_door.at(14), "Dr Müller")
    address = await address_of(doctor, open_door)
    answer = await read(address)
    assert answer.headers["content-type"].startswith("text/calendar")
    events = {str(one["uid"]): one for one in icalendar.Calendar.from_ical(answer.text).events}
    assert {key.partition("@")[0] for key in events} == {str(kept.id), str(gone.id)}
    event = events[f"{kept.id}@ward"]
    assert (event.start, event.end, event["status"]) == (
        kept.starts_at, kept.ends_at, "CONFIRMED",
    )  # fmt: skip
    for word in ("Khan", "KHAN", "Aisha", "Palpitations", str(patient)):
        assert word not in answer.text


async def test_a_cancelled_one_is_cancelled_in_the_program_too(
    open_door: Clinic, sign: Sign
) -> None:
    doctor, patient = await sign("doctor"), await open_door.scene.patient()
    row = await open_door.book(patient, open_door.at(9))
    address = await address_of(doctor, open_door)
    async with open_door.work() as work:
        await cancel.cancel(work, row.id, CancellationReason.PATIENT, "", seen=None)
    (event,) = icalendar.Calendar.from_ical((await read(address)).text).events
    assert event["status"] == "CANCELLED"
    assert int(event["sequence"]) > 1


async def test_a_revoked_address_leads_nowhere_and_so_does_that_of_one_who_left(
    open_door: Clinic, sign: Sign
) -> None:
    doctor = await sign("doctor")
    first, second = await address_of(doctor, open_door), await address_of(doctor, open_door)
    page = await doctor.get("/calendars")
    ways = re.findall(r'action="(/calendars/[^"]+/revocation)"', page.text)
    await doctor.post(ways[0])
    answers = sorted([(await read(first)).status_code, (await read(second)).status_code])
    assert answers == [200, 404]
    async with open_door.scene.node.aside.begin() as connection:
        await connection.execute(
            text("UPDATE app_user SET disabled_at = now() WHERE username = 'doctor'")
        )
    assert {(await read(first)).status_code, (await read(second)).status_code} == {404}
    assert (await read(first[:-3] + "xxx")).status_code == 404
