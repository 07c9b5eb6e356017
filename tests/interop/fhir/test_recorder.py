"""Recording: who is meant by a key, what is refused, and what a second telling changes."""

import asyncio

import pytest

from domain.access import Permission
from tests.interop.fhir.bodies import (
    MRN,
    UUID_1,
    UUID_2,
    allergy,
    bundle,
    condition,
    entry,
    patient,
)
from tests.interop.fhir.rows import count, people, problems, rows, totals
from ward.db import engine_of
from ward.errors import Unavailable
from ward.interop.fhir.importer import Step, import_fhir
from ward.patients.models import Life, Patient
from ward.security.actors import System
from ward.work import work_as

NKA = {"coding": [{"system": "http://snomed.info/sct", "code": "716186003"}]}


async def test_a_bad_resource_stays_out_and_the_rest_goes_in(node, write) -> None:
    bad = condition(UUID_1)
    del bad["code"]
    path = write("b.json", bundle(entry(patient(), UUID_1), entry(bad), entry(allergy(UUID_1))))
    report = await import_fhir(node, [path])
    assert [element for element, _ in problems(report)] == ["Condition.code"]
    assert await count(node, "allergy") == 1
    assert await count(node, "condition") == 0


async def test_new_content_amends_the_same_patient(node, write) -> None:
    await totals(node, write("p.json", patient()))
    moved = patient(address=[{"city": "Quincy"}])
    assert (await totals(node, write("p.json", moved)))[0] == 1
    [(_, person)] = await people(node)
    assert person.addresses[0].city == "Quincy"


async def test_any_of_several_keys_finds_the_patient_again(node, write) -> None:
    await totals(node, write("b.json", bundle(entry(patient(), UUID_1))))
    by_number = await totals(node, write("p.json", patient()))
    by_uuid = await totals(node, write("c.json", bundle(entry(patient(None), UUID_1))))
    assert by_number == (0, 1, 0, 0)
    assert by_uuid == (1, 0, 0, 0)  # the same person, now without a number
    assert await count(node, "patient") == 1
    assert await count(node, "patient_source") == 2


async def test_a_key_that_means_somebody_else_here_is_left_to_people(node, write) -> None:
    await totals(node, write("p.json", patient()))
    other = patient(birthDate="1999-01-01", name=[{"family": "Marsh"}])
    path = write("q.json", bundle(entry(other, UUID_2), entry(allergy(UUID_2))))
    report = await import_fhir(node, [path])
    assert problems(report) == [
        ("Patient.identifier", "Here it belongs to a patient with another birth date."),
        ("AllergyIntolerance.patient.reference", "points to a Patient that was refused"),
    ]
    assert await count(node, "allergy") == 0  # nobody gets the allergies of somebody else
    assert await count(node, "patient") == 1


async def test_keys_of_two_patients_are_refused(node, write) -> None:
    await totals(node, write("p.json", patient("1")), write("q.json", patient("2")))
    both = patient("1")
    both["identifier"].append({"system": MRN, "value": "2", "type": {"coding": [{"code": "MR"}]}})
    report = await import_fhir(node, [write("r.json", both)])
    assert problems(report) == [
        ("Patient.identifier", "These identifiers belong to different patients here.")
    ]


async def test_a_record_number_of_another_system_never_passes_for_ours(node, write) -> None:
    unsaid = patient(None, identifier=[{"value": "0000001", "type": {"coding": [{"code": "MR"}]}}])
    await totals(node, write("p.json", unsaid))
    [(_, person)] = await people(node)
    assert person.mrn != "0000001"
    assert "0000001" in [number.value for number in person.numbers]


async def test_a_death_without_a_day_shows_as_a_death(node, reception, write) -> None:
    await totals(node, write("p.json", patient(deceasedBoolean=True)))
    [(row, person)] = await people(node)
    assert (row.life, person.dead, person.died) == (Life.DEAD, True, None)
    chart = await reception.get(f"/patients/{row.id}")
    assert "Died" in chart.text


async def test_the_last_of_several_tellings_counts_at_every_import(node, write) -> None:
    old, new = patient(), patient(address=[{"city": "Quincy"}])
    path = write("p.ndjson", [old, new, new])
    assert await totals(node, path) == (1, 1, 0, 1)
    before = await rows(node)
    assert await totals(node, path) == (0, 2, 0, 1)
    assert await rows(node) == before
    [(_, person)] = await people(node)
    assert person.addresses[0].city == "Quincy"


async def test_a_record_that_another_replaces_stays_out(node, write) -> None:
    link = [{"other": {"reference": UUID_2}, "type": "replaced-by"}]
    first, second = patient("1", link=link), patient("2")
    path = write("b.json", bundle(entry(first, UUID_1), entry(second, UUID_2)))
    report = await import_fhir(node, [path])
    assert [element for element, _ in problems(report)] == ["Patient.link"]
    assert await count(node, "patient") == 1


async def test_no_known_allergies_is_a_statement_and_no_allergy(node, write) -> None:
    told = allergy(UUID_1, code=NKA)
    path = write("b.json", bundle(entry(patient(), UUID_1), entry(told)))
    assert await totals(node, path) == (2, 0, 0, 0)
    [(row, _)] = await people(node)
    assert row.allergy_state == "none-known"
    assert await count(node, "allergy") == 0
    assert await totals(node, path) == (0, 2, 0, 0)


async def test_staff_are_amended_but_a_number_of_two_names_is_refused(node, write) -> None:
    def doctor(**name: object) -> dict[str, object]:
        number = [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "9"}]
        return {"resourceType": "Practitioner", "identifier": number, "name": [name]}

    staff = await count(node, "practitioner")
    assert await totals(node, write("d.json", doctor(family="Hale"))) == (1, 0, 0, 0)
    married = doctor(family="Hale-Reed", given=["Ida"])
    assert await totals(node, write("d.json", married)) == (1, 0, 0, 0)
    assert await totals(node, write("d.json", married)) == (0, 1, 0, 0)
    report = await import_fhir(node, [write("d.json", doctor(family="Moss", given=["Bo"]))])
    assert [element for element, _ in problems(report)] == ["Practitioner.identifier"]
    assert await count(node, "practitioner") == staff + 1


async def test_places_and_nameless_institutions_stay_out_with_a_reason(node, write) -> None:
    path = write(
        "x.ndjson",
        [
            {"resourceType": "Location", "id": "w", "name": "Ward 1"},
            {
                "resourceType": "Organization",
                "identifier": [{"system": "http://x.y", "value": "1"}],
            },
        ],
    )
    report = await import_fhir(node, [path])
    assert dict(report.reasons) == {"places are opened in Ward": 1}
    assert [element for element, _ in problems(report)] == ["Organization.name"]


async def test_a_dry_run_needs_no_hospital(write) -> None:
    heard: list[tuple[Step, int, int | None]] = []
    path = write("b.json", bundle(entry(patient(), UUID_1), entry(allergy(UUID_1))))
    report = await import_fhir(
        None, [path], dry_run=True, progress=lambda *how_far: heard.append(how_far)
    )
    assert report.as_json()["total"] == {"taken": 2, "unchanged": 0, "refused": 0, "skipped": 0}
    assert heard[0] == (Step.READING, 0, None)
    assert heard[-1] == (Step.RECORDING, 2, 2)


async def test_an_import_goes_on_after_the_database_was_away(node, write) -> None:
    path = write("p.ndjson", [patient(str(number)) for number in range(5)])
    gone = engine_of("postgresql+asyncpg://nobody:x@127.0.0.1:1/nothing")
    here = node.engine

    def unplug(step: Step, done: int, total: int | None) -> None:
        if step is Step.RECORDING and done == 3:
            node.engine = gone

    with pytest.raises(Unavailable, match="3 of 5 are in and stay in"):
        await import_fhir(node, [path], progress=unplug)
    node.engine = here
    assert await totals(node, path) == (2, 3, 0, 0)


async def test_a_row_that_somebody_holds_is_waited_for(node, write) -> None:
    path = write("p.json", patient())
    await totals(node, path)
    [(row, _)] = await people(node)
    someone = System("job:test", frozenset(Permission))
    async with work_as(node, someone, "test") as work:
        await work.access(Patient, row.id, Permission.AMEND_PATIENT, lock=True)
        moved = write("p.json", patient(address=[{"city": "Quincy"}]))
        importing = asyncio.create_task(totals(node, moved))
        await asyncio.sleep(2.5)  # longer than a lock is waited for
    assert await importing == (1, 0, 0, 0)
