"""The review: a queue until somebody has looked at what was done, and what the patient reads."""

import json
import re
from datetime import timedelta
from html import unescape

import asyncpg
import pytest

from domain import breakglass as rules
from domain.breakglass import LONGEST, REVIEW_WITHIN, Verdict
from domain.errors import NotAllowed
from realtime.topics import Topic
from tests.audit.test_access import _account, said
from tests.breakglass.conftest import FAMILY, WORDS, West
from tests.stations import Sign, Station
from tests.watchers import watching
from ward import clock
from ward.audit.sealing import seal
from ward.audit.signals import look_through
from ward.audit.verifying import verify

_SEALED = """
    SELECT EXISTS (SELECT FROM audit_event e JOIN audit_checkpoint c
        ON (c.last_xid, c.last_at, c.last_id) >= (e.xid, e.at, e.id) WHERE e.break_glass = :case)
"""


async def test_a_case_shows_what_was_done_and_is_closed(
    west: West, nurse: Station, privacy: Station
) -> None:
    case = await west.broken(nurse)
    await nurse.get(west.path)
    await nurse.get(f"{west.path}/results")
    page = (await privacy.get(f"/break-glass/{case}")).text
    assert WORDS in page
    assert FAMILY.upper() in page
    assert "Ada Lovelock" in page
    assert "2 looks, 0 changes" in page
    assert await west.rows("SELECT id FROM break_glass WHERE words::text LIKE '%Cardiac%'") == []
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    said = {"note": "She was called to the arrest.", "version": version}
    early = await privacy.post(f"/break-glass/{case}/review", verdict="justified", **said)
    assert early.status_code == 409
    assert "End the access first" in early.text
    await nurse.post(f"/break-glass/{case}/end")
    stale = await privacy.post(f"/break-glass/{case}/review", verdict="justified", **said)
    assert stale.status_code == 409
    follow = said | {"version": int(version) + 1}
    kept = await privacy.post(f"/break-glass/{case}/review", verdict="follow-up", **follow)
    assert kept.headers["hx-redirect"] == f"/break-glass/{case}"
    assert "Needs follow-up" in (await privacy.get("/break-glass")).text
    last = said | {"version": int(version) + 2}
    done = await privacy.post(f"/break-glass/{case}/review", verdict="justified", **last)
    assert done.headers["hx-redirect"] == "/break-glass"
    queue = (await privacy.get("/break-glass")).text
    assert "Every case is closed." in queue
    assert "Justified" in queue
    again = await privacy.post(f"/break-glass/{case}/review", verdict="not-justified", **last)
    assert again.status_code == 409


async def test_the_queue_fills_itself_and_empties(
    west: West, nurse: Station, privacy: Station
) -> None:
    branch = await west.scene.scalar("SELECT branch_id FROM ward WHERE id = :w", w=west.scene.west)
    topic = Topic("glasses", branch)
    async with privacy.watch(topic) as queue, watching(privacy, "/break-glass", str(topic)) as page:
        assert "Every case is closed." in queue.first.content
        case = await west.broken(nurse)
        frame = await queue.until("Open now")
        assert FAMILY.upper() not in frame.content  # whose record stands on the case's own page
        await privacy.post(f"/break-glass/{case}/revoke")
        await queue.until("Ended by the privacy officer")
        version = await west.scene.scalar("SELECT version FROM break_glass")
        said = {"verdict": "not-justified", "note": "No reason was found.", "version": version}
        await privacy.post(f"/break-glass/{case}/review", **said)
        await queue.until("Not justified")
        await page.settled()


async def test_nobody_reviews_their_own(west: West, nurse: Station, privacy: Station) -> None:
    case = await west.broken(nurse)
    await west.sql(
        "UPDATE break_glass SET user_id = (SELECT id FROM app_user WHERE username = 'privacy')"
    )
    page = (await privacy.get(f"/break-glass/{case}")).text
    assert "Another privacy officer reviews it" in page
    version = await west.scene.scalar("SELECT version FROM break_glass")
    said = {"verdict": "follow-up", "note": "Mine, surely fine.", "version": version}
    assert (await privacy.post(f"/break-glass/{case}/review", **said)).status_code == 409
    assert (await privacy.post(f"/break-glass/{case}/revoke")).status_code == 409


@pytest.mark.parametrize("username", ["nurse", "charge", "doctor", "admin", "patient"])
async def test_the_desk_is_the_privacy_officer_s(
    west: West, sign: Sign, nurse: Station, username: str
) -> None:
    case = await west.broken(nurse)
    station = await sign(username)
    for path in ("/break-glass", f"/break-glass/{case}"):
        assert (await station.get(path)).status_code == 403


async def test_a_review_that_waits_too_long_is_flagged(
    west: West, nurse: Station, privacy: Station
) -> None:
    await west.broken(nurse)
    assert "Review overdue" not in (await privacy.get("/break-glass")).text
    await west.sql(
        "UPDATE break_glass SET opened_at = opened_at - interval '73 hours',"
        " until = until - interval '73 hours'"
    )
    west.scene.node.pictures._kept.clear()
    assert "Review overdue" in (await privacy.get("/break-glass")).text


async def test_the_patient_reads_why_and_what_was_found(
    west: West, nurse: Station, sign: Sign, privacy: Station
) -> None:
    case = await west.broken(nurse)
    await nurse.get(f"{west.path}/results")
    await _account(west.scene, west.patient)
    patient = await sign("patient")
    told = said((await patient.get("/account/access")).text)
    assert "Ada Lovelock, nurse, looked at your test results." in told
    assert "Opened without being on your team: you needed treatment at once." in told
    assert "The hospital checks whether that was right." in told
    assert WORDS not in told
    await privacy.post(f"/break-glass/{case}/revoke")
    given = {"verdict": "not-justified", "note": "No reason was found.", "version": 2}
    await privacy.post(f"/break-glass/{case}/review", **given)
    told = said((await patient.get("/account/access")).text)
    assert "The hospital checked it: it was not right." in told
    assert "No reason was found" not in told


async def test_the_office_reads_why_as_of_the_patient(
    west: West, nurse: Station, privacy: Station
) -> None:
    await west.broken(nurse)
    await nurse.get(f"{west.path}/results")
    told = unescape(said((await privacy.get(f"{west.path}/access")).text))
    opened = "Opened without being on the patient's team: the patient needed treatment at once."
    assert opened in told


async def test_the_explorer_filters_and_takes_out_one_case(
    west: West, nurse: Station, privacy: Station
) -> None:
    case = await west.broken(nurse)
    await nurse.get(f"{west.path}/results")
    await nurse.get("/wards")
    page = (await privacy.get(f"/audit?case={case}")).text
    assert "2 events" in page
    assert f'href="/break-glass/{case}"' in page
    assert page.count("</svg>Break-glass</span>") == 2
    assert (await privacy.get("/audit?case=none")).status_code == 422
    file = await privacy.post("/audit/export", form="fhir", case=str(case), htmx=False)
    events = [json.loads(line) for line in file.text.splitlines()]
    codes = {one["purposeOfEvent"][0]["coding"][0]["code"] for one in events}
    assert (len(events), codes) == (2, {"BTG"})
    event = (await privacy.get(f"/audit/events/{events[0]['id']}")).text
    assert f'href="/break-glass/{case}"' in event


async def test_the_mark_is_sealed_with_its_event(west: West, nurse: Station) -> None:
    case = await west.broken(nurse)
    node, owner = west.scene.node, west.scene.node.settings.database_owner_url
    while not await west.scene.scalar(_SEALED, case=case):
        await seal(node)
    assert (await verify(node)).faults == []
    assert owner is not None
    connection = await asyncpg.connect(owner.get_secret_value().replace("+asyncpg", ""))
    try:
        taken_off = "UPDATE audit_event SET break_glass = NULL WHERE break_glass = $1 RETURNING id"
        event = await connection.fetchval(taken_off, case)
    finally:
        await connection.close()
    assert [(one.what, one.event) for one in (await verify(node)).faults] == [("altered", event)]


@pytest.mark.usefixtures("by_day")
async def test_many_in_a_day_are_a_signal(west: West, nurse: Station) -> None:
    for _ in range(rules.OFTEN + 1):
        case = await west.broken(nurse)
        await nurse.post(f"/break-glass/{case}/end")
    while not await west.rows("SELECT id FROM audit_signal WHERE kind = 'break-glass'"):
        await seal(west.scene.node)
        await look_through(west.scene.node)
    kinds = await west.rows("SELECT DISTINCT kind FROM audit_signal")
    assert {row.kind for row in kinds} == {"break-glass"}


def test_a_case_is_overdue_from_an_instant_on() -> None:
    opened = clock.now()
    assert not rules.overdue(opened, None, opened + REVIEW_WITHIN - timedelta(seconds=1))
    assert rules.overdue(opened, None, opened + REVIEW_WITHIN)
    assert not rules.overdue(opened, opened, opened + 2 * REVIEW_WITHIN)
    assert timedelta(hours=4) == LONGEST


@pytest.mark.parametrize(
    ("verdict", "state", "allowed"),
    [
        (Verdict.FOLLOW_UP, {"running": True}, True),
        (Verdict.JUSTIFIED, {"running": True}, False),
        (Verdict.NOT_JUSTIFIED, {}, True),
        (Verdict.JUSTIFIED, {"closed": True}, False),
        (Verdict.FOLLOW_UP, {"own": True}, False),
    ],
)
def test_what_may_be_found_when(verdict: Verdict, state: dict[str, bool], allowed: bool) -> None:
    given = {"running": False, "closed": False, "own": False} | state
    if allowed:
        rules.review(verdict, **given)
    else:
        with pytest.raises(NotAllowed):
            rules.review(verdict, **given)
