"""The explorer: who looked at this patient, what did this person do, what happened then."""

import asyncio
import csv
import io
import json
import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from fhir.resources.R4B.auditevent import AuditEvent
from sqlalchemy import text

from tests.adt.scene import Scene
from tests.adt.test_transfer import lying
from tests.audit.conftest import look
from tests.settling import PATIENCE
from tests.stations import Sign, Station
from ward import clock
from ward.audit import exporting, fhir
from ward.audit.notes import Signer
from ward.audit.sealing import seal
from ward.patients.index import index_of
from ward.trail import Action

ROW = re.compile(r'<tr role="row" id="event-([0-9a-f-]{36})"(.*?)</tr>', re.DOTALL)


def events(page: str) -> dict[str, str]:
    """Read the lines of the explorer: id to what they say."""
    return {key: re.sub(r"<[^>]+>|\s+", " ", row) for key, row in ROW.findall(page)}


@pytest.fixture
async def privacy(sign: Sign, open_scene: Scene) -> Station:
    me = await open_scene.scalar("SELECT id FROM app_user WHERE username = 'privacy'")
    await open_scene.node.limits.forget(exporting.LIMIT, str(me))  # Redis outlives a test
    return await sign("privacy")


async def test_who_looked_at_this_patient(
    open_scene: Scene, nurse: Station, doctor: Station, privacy: Station
) -> None:
    ida, _ = await lying(open_scene, "6E-01")
    other, _ = await lying(open_scene, "6E-02", "Otherwise")
    for station in (nurse, doctor):
        await station.get(f"/patients/{ida}")
    await nurse.get(f"/patients/{other}")
    page = (await privacy.get(f"/audit?patient={ida}&what=viewed")).text
    told = [line for line in events(page).values() if "Summary" in line]
    assert len(told) == 2
    assert all("Care relationship" in line for line in told)
    assert "doctor" in told[0]
    assert "nurse" in told[1]
    assert "QUILLFEATHER, Ida" in page
    assert "OTHERWISE" not in page


async def asked(station: Station, **filters: str) -> str:
    """Fill in the form, and go where it leads."""
    answer = await station.post("/audit", htmx=False, **filters)
    assert answer.status_code == 303, answer.text
    at = answer.headers["location"]
    assert not [one for one in filters.values() if one.split()[0].lower() in at.lower()], at
    return (await station.get(at)).text


async def test_no_name_stands_in_an_address_and_what_is_sealed_there_is_ones_own(
    open_scene: Scene, privacy: Station, admin: Station
) -> None:
    ida = await open_scene.patient("Smith", "Ida")
    await open_scene.patient("Smith", "Zoe")
    await index_of(open_scene.node).refresh()
    for bare in ("patient=Smith", "who=Ada"):
        answer = await privacy.get(f"/audit?{bare}")
        assert (answer.status_code, "Enter a name in the form" in answer.text) == (422, True)
    answer = await privacy.post("/audit", htmx=False, patient="Smith", what="viewed")
    at = answer.headers["location"]
    page = (await privacy.get(at)).text
    assert 'value="Smith"' in page
    assert "mith" not in "".join(re.findall(r'href="([^"]*)"', page))
    (one,) = re.findall(rf'href="(/audit\?[^"]*patient={ida}[^"]*)"', page)
    chosen = (await privacy.get(one.replace("&amp;", "&"))).text
    assert 'value="SMITH, Ida' in chosen
    theirs = await admin.get(at)
    assert (theirs.status_code, "somebody else" in theirs.text) == (422, True)
    assert (await privacy.get("/audit?said=x")).status_code == 422
    again = {"patient": "SMITH, Ida", "patient_name": "SMITH, Ida", "patient_id": str(ida)}
    answer = await privacy.post("/audit", htmx=False, **again)
    assert answer.headers["location"] == f"/audit?patient={ida}"


async def test_a_name_that_several_have_is_asked_about(open_scene: Scene, privacy: Station) -> None:
    ida = await open_scene.patient("Smith", "Ida")
    await open_scene.patient("Smith", "Zoe")
    await index_of(open_scene.node).refresh()
    page = await asked(privacy, patient="Smith")
    assert 'id="several"' in page
    assert f"patient={ida}" in page
    one = await asked(privacy, patient="Smith Ida")
    assert "SMITH, Ida" in one
    assert 'id="several"' not in one
    none = await asked(privacy, patient="Nobodysuch")
    assert "Nothing in this window" in none


async def test_what_did_this_person_do(
    open_scene: Scene, nurse: Station, doctor: Station, privacy: Station
) -> None:
    ida, encounter = await lying(open_scene, "6E-01")
    seen = (await open_scene.encounter(encounter)).version
    await nurse.post(f"/stays/{encounter}/home", home_on="2031-01-05", version=seen)
    await doctor.get(f"/patients/{ida}")
    page = (await privacy.get("/audit?who=nurse&what=changed")).text
    lines = events(page).values()
    assert any("changed" in line and "Stay: expect" in line for line in lines)
    assert not any("doctor" in line for line in lines)
    by_name = await asked(privacy, who="doctor2")  # a user name of one person
    assert "Nothing in this window" in by_name or 'id="several"' not in by_name


async def test_the_window_is_paged_and_nothing_is_lost_or_shown_twice(
    open_scene: Scene, privacy: Station
) -> None:
    at = clock.now() - timedelta(hours=3)
    made = [look(at + timedelta(seconds=nth // 3)) for nth in range(120)]
    for intent in made:
        await open_scene.node.trail.commit(intent)
    since, until = (f"{at + timedelta(minutes=m):%Y-%m-%dT%H:%M}+00:00" for m in (-1, 5))
    path, found = f"/audit?since={since.replace('+', '%2B')}&until={until.replace('+', '%2B')}", []
    for _ in range(4):
        page = (await privacy.get(path)).text
        found += events(page)
        older = re.search(r'href="(/audit\?[^"]*before=[^"]*)">Older', page)
        if older is None:
            break
        path = older.group(1).replace("&amp;", "&")
    assert found == [str(one.id) for one in sorted(made, key=lambda i: (i.at, i.id))[::-1]]
    assert "120 events" in page


async def test_filters_that_make_no_sense_are_refused(privacy: Station) -> None:
    for query in (
        "since=yesterday", "what=eaten", "why=because", "before=x", "before=2026-01-01~y",
        "since=2026-02-01T00:00&until=2026-01-01T00:00", "who=%00",
        "since=0001-01-01T00:00%2B14:00", "until=9999-12-31T23:59", "until=0001-01-01T00:00",
    ):  # fmt: skip
        answer = await privacy.get(f"/audit?{query}")
        assert answer.status_code == 422, query


async def test_a_nurse_reads_her_own_and_a_charge_nurse_her_ward(
    open_scene: Scene, nurse: Station, doctor: Station, charge: Station
) -> None:
    east, _ = await lying(open_scene, "6E-01")
    west, _ = await lying(open_scene, "6W-01", "Otherwise")
    await nurse.get(f"/patients/{east}")
    await doctor.get(f"/patients/{east}")
    await doctor.get(f"/patients/{west}")
    own = events((await nurse.get("/audit")).text)
    assert own
    assert not any("doctor" in line for line in own.values())
    on_ward = (await charge.get(f"/audit?patient={east}")).text
    assert any("doctor" in line for line in events(on_ward).values())
    (foreign,) = await _ids(open_scene, "patients.chart", west)
    assert foreign not in (await charge.get("/audit")).text
    assert (await nurse.get(f"/audit/events/{foreign}")).status_code == 404
    assert (await charge.get(f"/audit/events/{foreign}")).status_code == 404
    assert (await nurse.get(f"/audit/events/{next(iter(own))}")).status_code == 200


async def _ids(scene: Scene, code: str, patient: UUID) -> list[str]:
    found = text("SELECT id FROM audit_event WHERE code = :code AND :p = ANY(patients)")
    async with scene.node.aside.connect() as connection:
        rows = await connection.execute(found, {"code": code, "p": patient})
        return [str(row.id) for row in rows]


async def test_whoever_looks_at_the_trail_is_in_the_trail(
    open_scene: Scene, nurse: Station, privacy: Station
) -> None:
    ida, _ = await lying(open_scene, "6E-01")
    await nurse.get(f"/patients/{ida}")
    await privacy.get(f"/audit?patient={ida}")
    assert await _ids(open_scene, "audit.explore", ida)


async def test_one_event_is_shown_whole_and_proven(
    open_scene: Scene, nurse: Station, privacy: Station
) -> None:
    ida, _ = await lying(open_scene, "6E-01")
    await nurse.get(f"/patients/{ida}")
    (event,) = await _ids(open_scene, "patients.chart", ida)
    page = await privacy.get(f"/audit/events/{event}")
    assert "patients.chart" in page.text
    assert "QUILLFEATHER" in page.text
    async with asyncio.timeout(60):  # another test's transaction may hold the snapshot back
        while not (proof := await privacy.get(f"/audit/events/{event}/proof")).is_success:
            await seal(open_scene.node)
    assert proof.json()["kind"] == "ward-trail-proof-1"
    assert (await privacy.get(f"/audit/events/{uuid4()}")).status_code == 404


async def test_verify_now_says_how_far_it_is_and_how_it_ended(
    open_scene: Scene, privacy: Station, nurse: Station
) -> None:
    ida, _ = await lying(open_scene, "6E-01")
    await nurse.get(f"/patients/{ida}")
    await seal(open_scene.node)
    assert "Not verified yet" in (await privacy.get("/audit")).text
    answer = await privacy.post("/audit/verify")
    assert "Verifying" in answer.text
    assert (await privacy.post("/audit/verify")).status_code == 409  # one at a time
    page = answer.text
    async with asyncio.timeout(PATIENCE):
        while "Verifying" in page:
            page = (await privacy.get("/audit/chain", headers={"hx-request": "true"})).text
    assert "Chain verified to" in page


@pytest.mark.parametrize("form", list(exporting.Form))
async def test_events_are_taken_out_and_that_is_in_the_trail(
    open_scene: Scene, nurse: Station, privacy: Station, form: exporting.Form
) -> None:
    ida, _ = await lying(open_scene, "6E-01")
    await nurse.get(f"/patients/{ida}")
    answer = await privacy.post("/audit/export", form=form.value, patient=ida, what="viewed")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    (looked,) = await _ids(open_scene, "patients.chart", ida)
    if form is exporting.Form.CSV:
        rows = list(csv.DictReader(io.StringIO(answer.text)))
    else:
        rows = [json.loads(line) for line in answer.text.splitlines()]
    assert looked in {row["id"] for row in rows}
    if form is exporting.Form.FHIR:
        for row in rows:
            AuditEvent.model_validate(row)
    assert "QUILLFEATHER" not in answer.text.upper()
    assert await _ids(open_scene, "audit.export", ida)  # whose events were taken
    listed = (await privacy.get("/audit/exports")).text
    (manifest,) = re.findall(r'href="(/audit/exports/[0-9a-f-]+/manifest)"', listed)
    note = (await privacy.get(manifest)).text
    said = Signer(open_scene.node.vault.signing).public.check(note)
    assert f"\n{len(rows)}\nsha256 " in said
    import hashlib

    assert hashlib.sha256(answer.content).hexdigest() in said


async def test_exports_are_five_an_hour(open_scene: Scene, privacy: Station) -> None:
    for _ in range(5):
        assert (await privacy.post("/audit/export", form="csv")).status_code == 200
    answer = await privacy.post("/audit/export", form="csv")
    assert answer.status_code == 429
    assert open_scene


def test_a_cell_is_never_a_formula() -> None:
    assert exporting._cells({"a": "=1+1", "b": ["-2"], "c": None}) == ["'=1+1", "'-2", ""]


@pytest.mark.parametrize("action", list(Action))
def test_every_deed_is_an_audit_event_of_fhir(action: Action) -> None:
    from ward.trail import AuditEvent as Row
    from ward.trail import Outcome

    said = look(action=action, ip="10.0.0.1", resource="bed", request_id=uuid4())
    values = {name: getattr(said, name) for name in ("id", "at", "actor_kind", "actor_id")}
    row = Row(
        **values, actor_name="nurse", action=action, code="x.y", patients=list(said.patients),
        resource="bed", resource_id=None, relation="ward", outcome=Outcome.SUCCESS, ip="10.0.0.1",
        request_id=said.request_id, data_classes=["D1"], detail={}, items=1, session_id=None,
    )  # fmt: skip
    told = fhir.resource(row)
    AuditEvent.model_validate(told)
    assert told["meta"]["profile"][0].startswith("https://profiles.ihe.net/ITI/BALP/")
    about = replace(said, patients=frozenset())
    assert about.patients == frozenset()
