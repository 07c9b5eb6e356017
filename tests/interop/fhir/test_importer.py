"""Importing Synthea's patients and R4's examples into a real hospital: once, and again."""

import asyncio
import time
from collections import Counter
from html import unescape
from pathlib import Path

from hypothesis import given, settings
from sqlalchemy import text

from tests.interop.fhir.bending import SLOW, bent
from tests.interop.fhir.rows import leaked, people, problems, rows, totals
from tests.settling import PATIENCE
from ward.interop.fhir.importer import import_fhir
from ward.interop.fhir.report import Verdict
from ward.node import Node
from ward.patients.models import Life


async def test_five_patients_are_taken_in_with_what_hangs_on_them(node, synthea) -> None:
    report = await import_fhir(node, [synthea])
    assert report.clean, report.complaints
    kinds = {kind: counted[Verdict.TAKEN] for kind, counted in report.counts.items()}
    found = await rows(node)
    assert {
        table: len(found[table]) for table in ("patient", "allergy", "condition", "organization")
    } == {
        "patient": 5,
        "allergy": kinds["AllergyIntolerance"],
        "condition": kinds["Condition"],
        "organization": kinds["Organization"],
    }
    assert kinds["AllergyIntolerance"] == 8
    dead = [person for patient, person in await people(node) if patient.life is Life.DEAD]
    assert [person.died is not None for person in dead] == [True]


async def test_a_second_import_writes_nothing(node, synthea) -> None:
    first = await totals(node, synthea)
    before = await rows(node)
    again = await totals(node, synthea)
    assert again == (0, first[0] + first[1], 0, first[3])
    assert await rows(node) == before


async def test_reception_finds_an_imported_patient_and_opens_the_page(
    node, reception, synthea
) -> None:
    await import_fhir(node, [synthea])
    for patient, person in await people(node):
        record_number = next(one for one in person.numbers if one.type == "MR")
        for question in (person.name.family, record_number.value):
            page = await _until(reception, question, str(patient.id))
            assert person.shown in unescape(page)
        chart = await reception.get(f"/patients/{patient.id}")
        assert chart.status_code == 200
        assert person.born is not None
        assert person.born.words in chart.text


async def _until(station, question: str, wanted: str) -> str:
    began = time.monotonic()
    while True:
        answer = await station.get("/patients", params={"q": question})
        if wanted in answer.text:
            return answer.text
        assert time.monotonic() - began < PATIENCE, "not found"
        await asyncio.sleep(0.1)


async def test_nothing_of_a_person_stands_readable_in_any_table(node, synthea) -> None:
    await import_fhir(node, [synthea])
    words = set()
    for _, person in await people(node):
        words |= {person.name.family, *(number.value for number in person.numbers)}
        words |= {address.lines[0] for address in person.addresses}
    words = {word for word in words if len(word) >= 6}
    assert len(words) > 20
    assert await leaked(node, words) == set()
    assert await leaked(node, ["Six East"]) == {"Six East"}  # the search can find something


async def test_every_look_and_change_of_an_import_is_on_the_trail(node, synthea) -> None:
    report = await import_fhir(node, [synthea], sender="old-system")
    async with node.aside.connect() as connection:
        told = await connection.execute(
            text("SELECT code, outcome, patients FROM audit_event WHERE actor_name = :who"),
            {"who": "import:old-system"},
        )
        trail = list(told)
    assert len(trail) == report.total(Verdict.TAKEN)
    assert {(row.code, row.outcome) for row in trail} == {("import.fhir", "0")}
    named = Counter(patient for row in trail for patient in row.patients)
    assert set(named) == {patient.id for patient, _ in await people(node)}


async def test_each_example_of_r4_is_taken_or_skipped_or_refused_with_its_element(
    node: Node, examples: Path
) -> None:
    report = await import_fhir(node, [examples])
    assert all(element and message for element, message in problems(report))
    assert report.total(Verdict.TAKEN) > 130
    assert report.total(Verdict.REFUSED) == 10
    before = await rows(node)
    again = await import_fhir(node, [examples])
    assert again.total(Verdict.TAKEN) == 0
    assert again.complaints == report.complaints
    assert await rows(node) == before


@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
@given(body=bent())
async def test_a_bent_bundle_is_answered_and_changes_nothing_the_second_time(
    node: Node, write, body
) -> None:
    path = write("bent.json", body)
    report = await import_fhir(node, [path])
    assert all(element and message for element, message in problems(report))
    before = await rows(node)
    again = await import_fhir(node, [path])
    assert again.total(Verdict.TAKEN) == 0
    assert await rows(node) == before
