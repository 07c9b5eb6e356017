"""Allergies: recorded, corrected with a reason, seen at once, and only by whom it concerns."""

import re

import pytest
from sqlalchemy import text

from realtime.topics import Topic
from tests.patients.people import CLERK, registered
from tests.stations import Running, Station, running, signed_in
from ward.node import Node
from ward.patients.allergies import AllergySaid, record_allergy, take_in_allergy
from ward.patients.conditions import ConditionSaid, record_condition, take_in_condition
from ward.patients.models import AllergyDetail, ConditionDetail
from ward.patients.queries import flags_of
from ward.work import work_as

LATEX = AllergySaid(detail=AllergyDetail("Kwazinlatex", ("anaphylaxis",)))
GOUT = ConditionSaid(detail=ConditionDetail("Kwazingout"))


@pytest.fixture
async def joan(node: Node, wards):
    return await registered(node, ward_id=wards["Six East"])


async def one(node: Node, question: str):
    async with node.aside.connect() as connection:
        return (await connection.execute(text(question))).one()


async def test_an_allergy_recorded_here_shows_on_a_chart_open_on_another_node(
    nurse: Station, joan, settings
) -> None:
    async with (
        running(settings) as other,
        signed_in(other.url, "doctor") as doctor,
        doctor.watch(Topic("chart", joan)) as screen,
    ):
        answer = await nurse.post(
            f"/patients/{joan}/allergies", substance="penicillin", reaction="rash, itch"
        )
        assert answer.status_code == 200, answer.text
        frame = await screen.until("penicillin (rash, itch)")
    assert "Known allergies" in frame.content


async def test_none_known_is_stated_not_assumed(nurse: Station, joan) -> None:
    assert "Allergies not recorded" in (await nurse.get(f"/patients/{joan}")).text
    form = await nurse.get(f"/patients/{joan}/allergies/new")
    seen = re.search(r'name="version" value="(\d+)"', form.text)
    assert seen
    path = f"/patients/{joan}/allergies"
    answer = await nurse.post(path, none_known="yes", version=seen[1])
    assert "No known allergies" in answer.text
    assert "No known allergies" in (await nurse.get(f"/patients/{joan}")).text


async def test_none_known_is_refused_while_one_is_known(nurse: Station, joan) -> None:
    path = f"/patients/{joan}/allergies"
    await nurse.post(path, substance="penicillin")
    seen = re.search(r'name="version" value="(\d+)"', (await nurse.get(f"{path}/new")).text)
    answer = await nurse.post(path, none_known="yes", version=seen[1])
    assert answer.status_code == 409
    assert "There are known allergies" in answer.text


async def test_none_known_is_not_stated_by_a_form_that_does_not_say_what_it_showed(
    nurse: Station, joan
) -> None:
    answer = await nurse.post(f"/patients/{joan}/allergies", none_known="yes")
    assert answer.status_code == 422
    assert "Version is missing" in answer.text
    assert "Allergies not recorded" in (await nurse.get(f"/patients/{joan}")).text


async def test_one_substance_is_recorded_once(nurse: Station, joan) -> None:
    path = f"/patients/{joan}/allergies"
    await nurse.post(path, substance="Penicillin")
    assert (await nurse.post(path, substance="penicillin")).status_code == 409


async def test_a_wrong_allergy_is_taken_back_with_a_reason_and_stays_readable(
    nurse: Station, node: Node, joan
) -> None:
    await nurse.post(f"/patients/{joan}/allergies", substance="penicillin")
    row = await one(node, "SELECT id, version FROM allergy")
    path = f"/allergies/{row.id}/correction"
    assert "penicillin" in (await nurse.get(path)).text
    silent = await nurse.post(path, in_error="yes", version=row.version)
    assert silent.status_code == 422
    answer = await nurse.post(path, in_error="yes", version=row.version, reason="Wrong patient")
    assert "Allergies not recorded" in answer.text
    kept = await one(node, "SELECT verification, reason FROM allergy")
    assert kept.verification == "entered-in-error"
    assert b"Wrong patient" not in kept.reason
    late = await nurse.post(path, in_error="yes", version=row.version, reason="Again")
    assert late.status_code == 409


async def test_a_correction_takes_the_place_of_the_wrong_entry(
    nurse: Station, node: Node, joan
) -> None:
    await nurse.post(f"/patients/{joan}/allergies", substance="penicilin")
    row = await one(node, "SELECT id, version FROM allergy")
    answer = await nurse.post(
        f"/allergies/{row.id}/correction",
        substance="penicillin", reason="Spelling", version=row.version,
    )  # fmt: skip
    assert "penicillin" in answer.text
    assert "penicilin" not in answer.text
    assert (await one(node, "SELECT count(*) AS rows FROM allergy")).rows == 2


async def test_a_bed_card_gets_one_chip(node: Node, joan) -> None:
    async with work_as(node, CLERK, "test") as work:
        await record_allergy(work, joan, LATEX)
    async with work_as(node, CLERK, "test", reading=True) as work:
        flag = (await flags_of(work, [joan]))[joan]
    assert (flag.code, flag.label) == ("allergy", "Allergy Kwazinlatex")


async def test_what_a_border_says_twice_is_recorded_once(node: Node, joan) -> None:
    for _ in range(2):
        async with work_as(node, CLERK, "test") as work:
            await take_in_allergy(work, joan, "AL1|latex", LATEX)
            await take_in_condition(work, joan, "DG1|gout", GOUT)
    counts = "SELECT (SELECT count(*) FROM allergy) AS a, (SELECT count(*) FROM condition) AS c"
    assert tuple(await one(node, counts)) == (1, 1)
    async with work_as(node, CLERK, "test") as work:
        assert await take_in_allergy(work, joan, "AL1|latex", LATEX) is None


async def test_reception_sees_neither_allergies_nor_diagnoses(
    nurse: Station, doctor: Station, reception: Station, node: Node, joan
) -> None:
    async with work_as(node, CLERK, "test") as work:
        await record_allergy(work, joan, LATEX)
        await record_condition(work, joan, GOUT)
    pages = {one.username: (await one.get(f"/patients/{joan}")).text
             for one in (nurse, doctor, reception)}  # fmt: skip
    assert all("ZANDERFELDT" in page for page in pages.values())
    assert "Kwazinlatex" in pages["nurse"]
    assert "Kwazinlatex" in pages["doctor"]
    assert "Kwazinlatex" not in pages["reception"]
    assert "Kwazingout" in pages["doctor"]
    assert "Kwazingout" not in pages["nurse"] + pages["reception"]
    async with reception.watch(Topic("chart", joan)) as screen:
        assert "Kwazin" not in screen.first.content
    search = await reception.get("/patients?q=zanderfeldt")
    assert "Kwazin" not in search.text
    form = await reception.get(f"/patients/{joan}/allergies/new")
    assert form.status_code == 403


async def test_a_nurse_of_another_ward_is_told_how_to_ask(
    ward: Running, node: Node, wards, nurse: Station
) -> None:
    elsewhere = await registered(node, ward_id=wards["Six West"])
    answer = await nurse.get(f"/patients/{elsewhere}")
    assert answer.status_code == 403
    assert "care relationship" in answer.text
    assert "ZANDERFELDT" not in answer.text


async def test_without_the_patients_key_the_allergy_is_unreadable(node: Node, joan) -> None:
    async with work_as(node, CLERK, "test") as work:
        await record_allergy(work, joan, LATEX)
    raw = await one(node, "SELECT detail FROM allergy")
    assert b"Kwazin" not in raw.detail
