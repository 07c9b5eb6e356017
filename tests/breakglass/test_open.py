"""Opening a record without a relation: what it takes, what it shows, and who hears of it."""

import asyncio
from datetime import timedelta

import pytest

from domain.access import Permission
from realtime.topics import Topic
from tests.adt.test_transfer import lying
from tests.breakglass.conftest import FAMILY, SUBSTANCE, WORDS, West
from tests.stations import Sign, Station
from ward.patients.models import Patient
from ward.security.limits import BREAK_GLASS

CANARIES = (FAMILY.upper(), FAMILY, SUBSTANCE)


def leaks(text: str) -> list[str]:
    return [word for word in CANARIES if word in text]


async def test_nothing_of_a_record_leaves_before_its_reason_is_given(
    west: West, nurse: Station
) -> None:
    refused = await nurse.get(west.path)
    assert refused.status_code == 403
    assert f'hx-get="{west.path}/break-glass"' in refused.text
    sheet = await nurse.get(f"{west.path}/break-glass")
    assert sheet.status_code == 200
    assert "at most 4 hours" in sheet.text
    answers = [refused, sheet]
    for fields in ({}, {"reason": "emergency"}, {"reason": "why not", "words": WORDS}):
        answers.append(await nurse.post(f"{west.path}/break-glass", **fields))
        assert answers[-1].status_code == 422
    answers.append(await nurse.post(f"{west.path}/break-glass", reason="other", words=". x"))
    assert answers[-1].status_code == 422
    assert "in a sentence" in answers[-1].text
    assert [leaks(answer.text) for answer in answers] == [[]] * len(answers)
    assert await west.rows("SELECT id FROM break_glass") == []
    poll = await nurse.get(f"/live/chart/{west.patient}")
    assert (poll.status_code, leaks(poll.text)) == (403, [])
    await west.broken(nurse)
    shown = await nurse.get(west.path)
    assert shown.status_code == 200
    assert FAMILY.upper() in shown.text
    assert SUBSTANCE in shown.text


async def test_a_number_leads_there_and_shows_nothing(west: West, nurse: Station) -> None:
    async with west.scene.work() as work:
        patient = await work.access(Patient, west.patient, Permission.VIEW_PATIENT)
        person = (await work.open([patient], Patient.identity))[west.patient]
    found = await nurse.get(f"/patients?q={FAMILY[:6]}")
    assert 'action="/break-glass/find"' in found.text
    led = await nurse.post("/break-glass/find", htmx=False, number=person.numbers[0].value)
    assert (led.status_code, led.headers["location"]) == (303, west.path)
    wrong = await nurse.post("/break-glass/find", htmx=False, number="0000000")
    assert wrong.status_code == 404
    board = await nurse.get(f"/wards/{west.scene.west}/beds")
    assert f'href="{west.path}"' in board.text  # the bed of another ward leads there too
    assert [leaks(one.text) for one in (found, led, wrong, board)] == [[]] * 4


async def test_it_opens_what_the_role_reads_and_no_more(
    west: West, nurse: Station, doctor: Station
) -> None:
    await west.broken(nurse)
    assert 'data-view="ward.en"' in (await nurse.get(west.path)).text
    for page in ("observations", "medications", "results"):
        assert (await nurse.get(f"{west.path}/{page}")).status_code == 200, page
    assert (await nurse.get(f"{west.path}/access")).status_code == 403
    encounter = await west.scene.scalar(
        "SELECT encounter_id FROM stay WHERE patient_id = :whom", whom=west.patient
    )
    sent_home = await nurse.get(f"/encounters/{encounter}/discharge")
    assert sent_home.status_code in {403, 404}
    again = await doctor.post(f"{west.path}/break-glass", reason="asked-to-help", words=WORDS)
    assert again.status_code == 409
    assert "without break-glass" in again.text


@pytest.mark.parametrize("username", ["lab", "reception", "biller", "admin", "privacy", "patient"])
async def test_those_who_do_not_treat_break_no_glass(west: West, sign: Sign, username: str) -> None:
    station = await sign(username)
    for answer in (
        await station.get(f"{west.path}/break-glass"),
        await station.post(f"{west.path}/break-glass", reason="emergency", words=WORDS),
    ):
        assert answer.status_code == 403
        assert "Your role does not include this." in answer.text
    assert await west.rows("SELECT id FROM break_glass") == []


async def test_it_asks_again_who_it_is(west: West, nurse: Station) -> None:
    await west.sql("UPDATE session SET proved_at = now() - interval '11 minutes'")
    answer = await nurse.post(f"{west.path}/break-glass", reason="emergency", words=WORDS)
    assert answer.status_code == 403
    assert "Confirm that it is you" in answer.text
    assert await west.rows("SELECT id FROM break_glass") == []


async def test_pressed_twice_it_is_one_case(west: West, nurse: Station) -> None:
    said = {"reason": "emergency", "words": WORDS}
    answers = await asyncio.gather(
        *(nurse.post(f"{west.path}/break-glass", **said) for _ in range(4))
    )
    assert {answer.status_code for answer in answers} <= {204, 409}
    assert 204 in {answer.status_code for answer in answers}
    assert len(await west.rows("SELECT id FROM break_glass")) == 1


async def test_ward_and_privacy_officer_are_told_at_once(
    west: West, nurse: Station, sign: Sign, privacy: Station
) -> None:
    branch = await west.scene.scalar("SELECT branch_id FROM ward WHERE id = :w", w=west.scene.west)
    await west.sql("UPDATE user_grant SET ward_id = :w WHERE role = 'charge'", w=west.scene.west)
    charge = await sign("charge")
    topics = Topic("toldbell", west.scene.west), Topic("glassbell", branch)
    async with charge.watch(topics[0]) as ward, privacy.watch(topics[1]) as office:
        case = await west.broken(nurse)
        await ward.until("opened by break-glass")
        await office.until("1 open now")
    notices = await charge.get("/break-glass/notices")
    assert "Ada Lovelock" in notices.text
    assert FAMILY.upper() in notices.text
    assert (await charge.post(f"/break-glass/{case}/seen")).status_code == 204
    assert "seen by Grace Hopwell" in (await privacy.get("/break-glass")).text


async def test_a_notice_of_another_ward_is_nobody_elses(
    west: West, nurse: Station, charge: Station
) -> None:
    case = await west.broken(nurse)
    assert (await charge.post(f"/break-glass/{case}/seen")).status_code == 404
    assert FAMILY.upper() not in (await charge.get("/break-glass/notices")).text
    assert (await charge.get(f"/live/told/{west.scene.west}")).status_code in {403, 404}


async def test_every_page_counts_down_what_is_open(west: West, nurse: Station) -> None:
    assert "data-ends" not in (await nurse.get("/wards")).text
    case = await west.broken(nurse)
    for path in ("/wards", west.path, f"/wards/{west.scene.east}/beds", "/account"):
        page = (await nurse.get(path)).text
        assert f"strip-{case}" in page, path
        assert "data-ends" in page, path
    opened, until = await west.moment(case, "opened_at"), await west.moment(case, "until")
    assert until - opened == timedelta(hours=4)


async def test_the_strip_is_one_s_own(west: West, nurse: Station, doctor: Station) -> None:
    await west.broken(nurse)
    whose = await west.scene.scalar("SELECT user_id FROM break_glass")
    assert (await nurse.get(f"/live/glass/{whose}")).status_code == 200
    assert (await doctor.get(f"/live/glass/{whose}")).status_code in {403, 404}


async def test_every_look_inside_carries_the_case(west: West, nurse: Station) -> None:
    await nurse.get(west.path)
    case = await west.broken(nurse)
    await nurse.get(west.path)
    await nurse.get(f"{west.path}/observations")
    async with nurse.watch(Topic("chart", west.patient)):
        pass
    version = await west.scene.scalar("SELECT version FROM patient WHERE id = :p", p=west.patient)
    answer = await nurse.post(
        f"{west.path}/allergies", substance="Latex", version=version, criticality="low"
    )
    assert answer.status_code == 200, answer.text
    await nurse.get("/wards")
    rows = await west.trail(case)
    codes = [code for code, _, _ in rows]
    assert codes[0] == "breakglass.open_record"
    assert {"patients.chart", "vitals.observations", "live.view_start"} <= set(codes)
    assert [a for code, a, _ in rows if code != "breakglass.open_record" and a != "R"]
    untagged = await west.rows(
        "SELECT code FROM audit_event WHERE relation = 'break-glass' AND break_glass IS NULL"
    )
    assert untagged == []
    before = await west.rows(
        "SELECT id FROM audit_event WHERE outcome = '4' AND break_glass IS NULL"
    )
    assert len(before) >= 1


async def test_a_record_that_is_one_s_own_to_open_takes_no_glass(
    west: West, nurse: Station
) -> None:
    ida, _ = await lying(west.scene, "6E-01")
    answer = await nurse.post(f"/patients/{ida}/break-glass", reason="other", words=WORDS)
    assert answer.status_code == 409
    missing = await nurse.get(f"/patients/{west.scene.east}/break-glass")
    assert missing.status_code == 404


async def test_who_lies_nowhere_can_be_opened_further(west: West, nurse: Station) -> None:
    ida = await west.scene.patient("Elsewhere")
    page = (await nurse.get(f"/patients/{ida}")).text
    assert 'data-view="desk.en"' in page
    assert f'hx-get="/patients/{ida}/break-glass"' in page
    answer = await nurse.post(f"/patients/{ida}/break-glass", reason="emergency", words=WORDS)
    assert answer.status_code == 204
    page = (await nurse.get(f"/patients/{ida}")).text
    assert 'data-view="ward.en"' in page
    assert f'hx-get="/patients/{ida}/break-glass"' not in page


async def test_it_is_slowed_down(west: West, nurse: Station) -> None:
    for _ in range(BREAK_GLASS.most):
        await nurse.post(f"{west.path}/break-glass", reason="other", words=WORDS)
    answer = await nurse.post(f"{west.path}/break-glass", reason="other", words=WORDS)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
