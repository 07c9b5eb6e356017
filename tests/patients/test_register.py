"""A person becomes known once, is found by everybody at once, and is nowhere in clear."""

import asyncio
import re
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.patients.people import CLERK, FORM, JOAN, JOHN, registered
from tests.stations import Running, Sign, Station, running
from ward.answers import understood
from ward.node import Node
from ward.patients.duplicates import PerhapsKnown, register_once
from ward.patients.events import DuplicateOverlooked
from ward.patients.intake import of_mrn, person_of
from ward.patients.person import Name, Person
from ward.patients.queries import initials_of, names_of, similar_of
from ward.patients.register import register
from ward.work import work_as


async def patients(node: Node) -> int:
    async with node.aside.connect() as connection:
        return (await connection.execute(text("SELECT count(*) FROM patient"))).scalar_one()


def chart_of(answer) -> str:
    assert answer.status_code == 204, answer.text
    return answer.headers["hx-redirect"]


async def test_a_clerk_registers_a_person_and_opens_the_chart(reception: Station) -> None:
    chart = await reception.get(chart_of(await reception.post("/patients/new", **FORM)))
    assert chart.status_code == 200
    assert "OKONKWO, Adaeze" in chart.text
    assert "06-May-1984" in chart.text


async def test_what_was_registered_reads_back_as_written(node: Node) -> None:
    patient_id = await registered(node)
    async with work_as(node, CLERK, "test", reading=True) as work:
        named = (await names_of(work, [patient_id]))[patient_id]
        assert named.name == "ZANDERFELDT, Joan (Mrs)"
        assert (named.sex, named.mrn, named.born) == ("Female", "9012345", "14-Jul-1945")
        assert (await initials_of(work, [patient_id]))[patient_id].initials == "J.Z."
        found = await of_mrn(work, "9 012 345")
        assert found is not None
        assert await person_of(work, found) == JOAN


async def test_people_without_a_number_get_one_that_is_free(node: Node) -> None:
    await registered(node, replace(JOHN, numbers=(replace(JOHN.numbers[0], value="0100001"),)))
    async with work_as(node, CLERK, "test") as work:
        person = await person_of(work, await register(work, Person(name=Name("Plain"))))
    assert person.mrn == "0100002"


async def test_a_record_number_belongs_to_one_person(node: Node) -> None:
    await registered(node)
    other = replace(JOHN, numbers=JOAN.numbers[:1])
    with pytest.raises(IntegrityError) as caught:
        await registered(node, other)
    refusal = understood(caught.value)
    assert refusal.status == 409
    assert "belongs to another patient" in refusal.sentence


async def test_someone_nobody_can_name_is_registered_in_one_step(reception: Station) -> None:
    form = {"unknown": "yes", "sex": "male", "estimated_age": "40"}
    chart = await reception.get(chart_of(await reception.post("/patients/new", **form)))
    assert "UNKNOWN, Male" in chart.text
    assert "about 40y" in chart.text


async def test_a_similar_person_is_shown_before_anybody_is_registered_twice(
    reception: Station, node: Node
) -> None:
    await reception.post("/patients/new", **FORM)
    again = await reception.post("/patients/new", **FORM)
    assert again.status_code == 409
    assert "Perhaps already registered" in again.text
    assert '<hx-partial hx-target="#duplicates"' in again.text  # the box to tick is in the form
    assert await patients(node) == 1


async def test_register_anyway_is_kept_in_the_record_of_events(
    reception: Station, node: Node
) -> None:
    await reception.post("/patients/new", **FORM)
    assert chart_of(await reception.post("/patients/new", **FORM, anyway="yes"))
    async with node.aside.connect() as connection:
        kinds = await connection.execute(text("SELECT event->>'kind' FROM outbox"))
        assert DuplicateOverlooked.__name__ in set(kinds.scalars())
    assert await patients(node) == 2


async def test_two_clerks_at_once_do_not_register_one_person_twice(sign: Sign, node: Node) -> None:
    clerks = [await sign("reception"), await sign("reception2")]
    answers = await asyncio.gather(*(clerk.post("/patients/new", **FORM) for clerk in clerks))
    assert sorted(answer.status_code for answer in answers) == [204, 409]
    assert await patients(node) == 1


async def test_the_clerk_on_another_node_is_warned_as_well(ward: Running, settings) -> None:
    async with running(settings) as other:
        await registered(other.node)
        async with work_as(ward.node, CLERK, "test") as work:
            with pytest.raises(PerhapsKnown):
                await register_once(work, replace(JOAN, numbers=()), anyway=False)


async def test_the_same_form_sent_twice_registers_once(reception: Station, node: Node) -> None:
    first = await reception.post("/patients/new", key="one-key", **FORM)
    second = await reception.post("/patients/new", key="one-key", **FORM)
    assert first.headers["hx-redirect"] == second.headers["hx-redirect"]
    assert await patients(node) == 1


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("born", "2099-01-01", "lies in the future"),
        ("born", "31-Feb-1990", "cannot be read"),
        ("born", "0001-01-01", "more than 130 years back"),
        ("nhs", "9434765918", "not an NHS number"),
        ("estimated_age", "abc", "a number from 0 to"),
        ("family", "x" * 101, "too long"),
        ("family", "a\u202eb", "cannot be kept"),
        ("sex", "F", "Sex is missing"),
    ],
)
async def test_a_mistyped_field_gets_a_sentence(
    reception: Station, node: Node, field: str, value: str, sentence: str
) -> None:
    form = FORM | {"born": ""} | {field: value}
    answer = await reception.post("/patients/new", **form)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert await patients(node) == 0


async def test_a_nurse_does_not_register_people(nurse: Station) -> None:
    assert (await nurse.post("/patients/new", **FORM)).status_code == 403
    assert (await nurse.get("/patients/new")).status_code == 403


#: What is digits by chance: hex of what is sealed or hashed, ids, instants.
CHANCE = re.compile(
    r"\\x[0-9a-f]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT.*"
).fullmatch


async def test_no_word_of_a_person_stands_in_the_table_in_clear(node: Node) -> None:
    await registered(node)
    async with node.aside.connect() as connection:
        rows = await connection.execute(
            text("SELECT to_jsonb(patient) - 'changed_xid' FROM patient")
        )
        stored = " ".join(one for one in map(str, rows.scalar_one().values()) if not CHANCE(one))
        raw = await connection.execute(text("SELECT identity FROM patient"))
        stored += raw.scalar_one().decode("latin-1")
    for secret in ("Zanderfeldt", "Joan", "9012345", "9434765919", "1945", "Quillfeather", "7946"):
        assert secret not in stored
    assert "not-recorded" in stored  # the search is able to find what is clear


async def test_similar_names_on_a_ward_are_flagged(node: Node) -> None:
    ids = [await registered(node), await registered(node, JOHN)]
    async with work_as(node, CLERK, "test", reading=True) as work:
        flags = await similar_of(work, ids)
    assert set(flags) == set(ids)
    assert flags[ids[0]].label == "Similar name"


def test_a_person_prints_without_content() -> None:
    assert "Zanderfeldt" not in repr(JOAN)
    assert "9012345" not in f"{JOAN.numbers}"
