"""The waiting list at the desks: put on it, offered, answered on the telephone, seen at once."""

import re
from dataclasses import replace

import pytest

from domain.access import Permission
from domain.waitlists import Leaving
from realtime.topics import Topic
from tests.scheduling.clinic import Clinic
from tests.scheduling.queue import Queue
from tests.stations import Sign, Station, running, signed_in
from tests.watchers import watching
from ward import render
from ward.config import Settings
from ward.node import Pictures
from ward.patients.amend import amend
from ward.patients.models import Patient


@pytest.fixture
def queue(open_door: Clinic) -> Queue:
    return Queue(open_door)


async def put(desk: Station, queue: Queue, patient, **more):
    said = {"patient_id": patient, "visit_type_id": queue.clinic.visits["Follow-up"]} | more
    return await desk.post(f"/clinics/{queue.clinic.ward}/waitlist/new", **said)


async def test_a_desk_puts_on_the_list_and_the_other_sees_it(queue: Queue, sign: Sign) -> None:
    desk, other = await sign("reception"), await sign("doctor")
    clinic = queue.clinic
    patient = await clinic.scene.patient("Khan", "Aisha")
    page = await desk.get(f"/clinics/{clinic.ward}/waitlist")
    assert "Nobody is waiting" in page.text
    form = await desk.get(f"/clinics/{clinic.ward}/waitlist/new?patient={patient}")
    assert "KHAN, Aisha" in form.text
    async with other.watch(Topic("waitlist", clinic.ward)) as screen:
        answer = await put(
            desk, queue, patient, priority="urgent", opens="09:00", closes="12:00",
            weekday="2", resource_id=clinic.resources["Dr Müller"], note="Works nights",
            short_notice="yes", interpreter="Dari", not_after=str(clinic.day(20)),
        )  # fmt: skip
        assert answer.status_code == 204, answer.text
        await screen.until("KHAN, Aisha")
        shown = (await desk.get(f"/clinics/{clinic.ward}/waitlist")).text
    for words in (
        "Urgent", "Works nights", "with Dr Müller", "Wed", "09:00\u201312:00",
        "24h notice, or by telephone", "interpreter for Dari",
    ):  # fmt: skip
        assert words in shown, words
    again = await put(desk, queue, patient)
    assert again.status_code == 409
    assert "on the waiting list for this visit already" in again.text


async def test_what_is_wrong_is_said_and_nothing_is_kept(queue: Queue, sign: Sign) -> None:
    desk, patient = await sign("reception"), await queue.clinic.scene.patient()
    today = queue.clinic.day(1)
    for more, status, words in (
        ({"visit_type_id": ""}, 422, "Choose a visit"),
        ({"weekday": "9"}, 422, "Choose days of the week"),
        ({"notice_hours": "9000"}, 422, "720 at most"),
        ({"opens": "late"}, 422, "cannot be read"),
        ({"opens": "09:00Z"}, 422, "as the clock of the clinic shows it"),
        ({"opens": "12:00", "closes": "09:00"}, 409, "end must be after"),
        ({"not_before": str(today), "not_after": "2020-01-01"}, 409, "last day has passed"),
        ({"patient_id": ""}, 422, "Choose a patient"),
    ):
        answer = await put(desk, queue, patient, **more)
        assert answer.status_code == status, (more, answer.text)
        assert words in answer.text, (more, answer.text)
    assert await queue.clinic.scene.scalar("SELECT count(*) FROM waitlist_entry") == 0


async def test_an_offer_is_answered_on_the_telephone(queue: Queue, sign: Sign) -> None:
    desk, other = await sign("reception"), await sign("doctor")
    clinic = queue.clinic
    patient = await clinic.scene.patient("Khan", "Aisha")
    await put(desk, queue, patient)
    row = await clinic.book(await clinic.scene.patient("Reid"), clinic.at(10, days=3))
    day = Topic("calendar", f"{clinic.ward}/{clinic.day(3)}")
    listing = Topic("waitlist", clinic.ward)
    async with other.watch(day) as calendar, other.watch(listing) as listed:
        await queue.call_off(row)
        await calendar.until("To the waiting list")
        await listed.until("Telephone the patient")
        taken = await press_new(desk, clinic, patient, row)
        assert taken.status_code == 409
        (offered,) = await queue.offers(patient)
        stale = await desk.post(f"/offers/{offered.id}/accept", version=offered.version + 1)
        assert stale.status_code == 409
        answer = await desk.post(f"/offers/{offered.id}/accept", version=offered.version)
        assert answer.status_code == 204, answer.text
        await calendar.until("Confirmed")
        await listed.until("Nobody is waiting")
    late = await desk.post(f"/offers/{offered.id}/decline", version=offered.version)
    assert late.status_code == 409
    assert "accepted already" in late.text


async def press_new(desk: Station, clinic: Clinic, patient, row):
    """Try to take a time at the desk."""
    return await desk.post(
        f"/clinics/{clinic.ward}/appointments/new", patient_id=patient, at=row.wall,
        visit_type_id=clinic.visits["Follow-up"], resource=clinic.resources["Dr Adeyemi"],
    )  # fmt: skip


async def test_an_entry_is_changed_and_removed_for_a_reason(queue: Queue, sign: Sign) -> None:
    desk, clinic = await sign("reception"), queue.clinic
    patient = await clinic.scene.patient("Khan", "Aisha")
    await put(desk, queue, patient, note="Works nights")
    entry = await queue.entry(patient)
    form = await desk.get(f"/waitlist/{entry.id}/edit")
    assert "Works nights" in form.text
    said = {"patient_id": patient, "visit_type_id": entry.visit_type_id, "priority": "soon"}
    changed = await desk.post(f"/waitlist/{entry.id}/edit", version=entry.version, **said)
    assert changed.status_code == 204, changed.text
    old = await desk.post(f"/waitlist/{entry.id}/edit", version=entry.version, **said)
    assert old.status_code == 409
    seen = (await queue.entry(patient)).version
    assert "Could not be reached" in (await desk.get(f"/waitlist/{entry.id}/leave")).text
    bare = await desk.post(f"/waitlist/{entry.id}/leave", version=seen, reason="other")
    assert bare.status_code == 409
    assert "Say why" in bare.text
    gone = await desk.post(f"/waitlist/{entry.id}/leave", version=seen, reason="silent")
    assert gone.status_code == 204, gone.text
    assert (await desk.post(f"/waitlist/{entry.id}/leave", version=seen)).status_code == 422
    trail = "SELECT count(*) FROM audit_event WHERE code = 'scheduling.leave' AND outcome = '0'"
    assert await clinic.scene.scalar(trail) == 1


async def test_a_booking_that_finds_nothing_leads_to_the_list(queue: Queue, sign: Sign) -> None:
    desk, clinic = await sign("reception"), queue.clinic
    patient = await clinic.scene.patient("Khan", "Aisha")
    row = await clinic.book(await clinic.scene.patient("Reid"), clinic.at(10, days=3))
    refused = await press_new(desk, clinic, patient, row)
    assert refused.status_code == 409
    (way,) = re.findall(r'href="(/clinics/[^"]+/waitlist/new[^"]*)"', refused.text)
    form = await desk.get(way.replace("&amp;", "&"))
    assert "KHAN, Aisha" in form.text
    assert f'value="{clinic.visits["Follow-up"]}" selected' in form.text


async def test_from_an_appointment_for_an_earlier_one(queue: Queue, sign: Sign) -> None:
    desk, clinic = await sign("reception"), queue.clinic
    patient = await clinic.scene.patient("Khan", "Aisha")
    row = await clinic.book(patient, clinic.at(10, days=9))
    assert f"waitlist/new?has={row.id}" in (await desk.get(f"/appointments/{row.id}")).text
    form = await desk.get(f"/clinics/{clinic.ward}/waitlist/new?has={row.id}")
    assert "Gives up the appointment of" in form.text
    assert (await put(desk, queue, patient, has_id=row.id)).status_code == 204
    assert "Gives up" in (await desk.get(f"/clinics/{clinic.ward}/waitlist")).text


async def test_whoever_may_not_book_gets_no_form(queue: Queue, sign: Sign) -> None:
    for username in ("lab", "pharmacist", "biller", "privacy"):
        station = await sign(username)
        for path in ("waitlist", "waitlist/new"):
            answer = await station.get(f"/clinics/{queue.clinic.ward}/{path}")
            assert answer.status_code == 403, (username, path)


async def test_a_desk_at_another_node_sees_the_time_pass_to_the_next(
    queue: Queue, settings: Settings
) -> None:
    clinic = queue.clinic
    async with running(settings) as second, signed_in(second.url, "reception") as desk:
        await _passes_on(queue, clinic, desk)


async def _passes_on(queue: Queue, clinic: Clinic, desk: Station) -> None:
    first, second = await queue.waiting("Bell", "Khan")
    row = await clinic.book(await clinic.scene.patient("Reid"), clinic.at(10, days=3))
    async with desk.watch(Topic("waitlist", clinic.ward)) as screen:
        await queue.call_off(row)
        await screen.until("Accepted")
        (offered,) = await queue.offers(first)
        answer = await desk.post(f"/offers/{offered.id}/decline", version=offered.version)
        assert answer.status_code == 204
        await screen.until("KHAN")
        while not await queue.offers(second):
            await screen.next()
    assert await queue.who([first, second]) == [False, True]


async def test_what_was_pushed_is_what_a_fresh_page_shows(queue: Queue, sign: Sign) -> None:
    clinic = queue.clinic
    path, of = f"/clinics/{clinic.ward}/waitlist", str(Topic("waitlist", clinic.ward))
    async with watching(await sign("reception"), path, of, wall=None) as full:
        await queue.waiting("Bell", "Khan", "Moss")
        row = await clinic.book(await clinic.scene.patient("Reid"), clinic.at(10, days=3))
        await queue.call_off(row)
        clinic.scene.node.pictures = Pictures()
        render._REMEMBERED.clear()
        await full.settled()


async def test_a_new_name_is_shown_and_who_died_waits_no_longer(queue: Queue, sign: Sign) -> None:
    desk, clinic = await sign("reception"), queue.clinic
    (patient,) = await queue.waiting("Bell")
    async with desk.watch(Topic("waitlist", clinic.ward)) as screen:
        await rename(clinic, patient, "Bellweather")
        await screen.until("BELLWEATHER")
        await rename(clinic, patient, "Bellweather", dead=True)
        await screen.until("Nobody is waiting")
    assert (await queue.entry(patient)).left_why is Leaving.DIED


async def rename(clinic: Clinic, patient, family: str, *, dead: bool = False) -> None:
    """Correct who somebody is."""
    async with clinic.work() as work:
        row = await work.access(Patient, patient, Permission.VIEW_PATIENT)
        known = (await work.open([row], Patient.identity))[row.id]
        said = replace(known, name=replace(known.name, family=family), deceased=dead)
        await amend(work, patient, said, seen=None)
