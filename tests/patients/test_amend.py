"""Who a patient is can be corrected; the chart stays and every screen follows."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text

from realtime.topics import Topic
from tests.patients.people import CLERK, FORM, JOAN, JOHN, registered
from tests.stations import Station
from ward.clock import now
from ward.node import Node
from ward.patients.amend import revise
from ward.patients.forms import PersonForm, filled
from ward.patients.intake import of_national, person_of
from ward.patients.models import Patient
from ward.patients.person import Name, Person, Precision, When
from ward.work import work_as


async def version(node: Node, patient_id) -> int:
    async with node.aside.connect() as connection:
        found = text("SELECT version FROM patient WHERE id = :id")
        return (await connection.execute(found, {"id": patient_id})).scalar_one()


def form_of(person: Person, **changes: str) -> dict[str, str]:
    typed = filled(person, now()) | changes
    return {name: str(value) for name, value in typed.items() if name not in {"unknown", "mrn"}}


async def test_an_amended_name_shows_on_an_open_chart(reception: Station, node: Node) -> None:
    patient_id = await registered(node)
    form = form_of(JOAN, given="Joanna")
    async with reception.watch(Topic("chart", patient_id)) as screen:
        seen = await version(node, patient_id)
        answer = await reception.post(f"/patients/{patient_id}/amend", version=seen, **form)
        assert answer.status_code == 200, answer.text
        assert "ZANDERFELDT, Joanna (Mrs)" in answer.text
        await screen.until("ZANDERFELDT, Joanna (Mrs)")


async def test_a_form_that_saw_an_older_person_is_refused(reception: Station, node: Node) -> None:
    patient_id = await registered(node)
    seen, path = await version(node, patient_id), f"/patients/{patient_id}/amend"
    first = await reception.post(path, version=seen, **form_of(JOAN, city="Southsite"))
    assert first.status_code == 200
    late = await reception.post(path, version=seen, **form_of(JOAN, city="Eastsite"))
    assert late.status_code == 409
    chart = await reception.get(f"/patients/{patient_id}")
    assert "Southsite" in chart.text
    assert "Eastsite" not in chart.text


async def test_saving_what_is_known_writes_nothing(reception: Station, node: Node) -> None:
    patient_id = await registered(node)
    before = await version(node, patient_id)
    path = f"/patients/{patient_id}/amend"
    answer = await reception.post(path, version=before, **form_of(JOAN))
    assert answer.status_code == 200
    assert await version(node, patient_id) == before


async def test_someone_identified_later_keeps_the_record(reception: Station, node: Node) -> None:
    answer = await reception.post("/patients/new", unknown="yes", sex="male", estimated_age="40")
    path = answer.headers["hx-redirect"]
    form = FORM | {"sex": "male", "given": "Emeka", "version": "1"}
    assert (await reception.post(f"{path}/amend", **form)).status_code == 200
    assert "OKONKWO, Emeka" in (await reception.get(path)).text


async def test_the_amend_form_shows_what_is_known(reception: Station, node: Node) -> None:
    form = await reception.get(f"/patients/{await registered(node)}/amend")
    for known in ("Zanderfeldt", "1945-07-14", "9434765919", "1 Quillfeather Row"):
        assert known in form.text


async def test_a_border_says_field_by_field_what_changes(node: Node) -> None:
    patient_id = await registered(node)
    async with work_as(node, CLERK, "test") as work:
        await revise(work, patient_id, lambda known: replace(known, preferred="", numbers=()))
    async with work_as(node, CLERK, "test", reading=True) as work:
        patient = await work.access(Patient, patient_id, "patients.view")
        person = await person_of(work, patient)
        assert await of_national(work, "943 476 5919") is None
    assert (person.preferred, person.name) == ("", JOAN.name)
    assert person.mrn == "9012345"  # the hospital's own number stays


async def test_a_new_name_tells_the_charts_it_resembles(
    reception: Station, node: Node, wards
) -> None:
    six_east = wards["Six East"]
    joan = await registered(node, ward_id=six_east)
    other = await registered(node, replace(JOHN, name=Name("Plain", "John")), ward_id=six_east)
    async with reception.watch(Topic("chart", joan)) as screen:
        form = form_of(JOHN, family="Zanderfelt")
        seen = await version(node, other)
        answer = await reception.post(f"/patients/{other}/amend", version=seen, **form)
        assert answer.status_code == 200, answer.text
        await screen.until("ZANDERFELT, John")


@pytest.mark.parametrize(
    "born",
    [
        None,
        When(date(1950, 3, 1), Precision.MONTH),
        When(date(1950, 1, 1), Precision.YEAR),
        When(date(1986, 1, 1), Precision.YEAR, estimated=True),
        When(date(1950, 3, 2)),
    ],
)
def test_an_untouched_form_keeps_every_birth_date(born) -> None:
    person = replace(JOAN, born=born)
    assert PersonForm.of(form_of(person)).person(person, now()) == person
