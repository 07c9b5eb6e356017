"""Search: as people type, on sealed names, on every node, and never unrecorded."""

import asyncio
import time
from dataclasses import replace

import pytest
from sqlalchemy import text

from tests.patients.people import CLERK, JOAN, JOHN, registered
from tests.stations import Running, Station, running
from tests.watchers import soon
from ward import crypto
from ward.node import Node
from ward.patients import search
from ward.patients.amend import revise
from ward.patients.index import index_of
from ward.patients.person import Name
from ward.patients.register import register
from ward.work import work_as


async def found(station: Station, question: str) -> str:
    answer = await station.get("/patients", params={"q": question})
    assert answer.status_code == 200, answer.text
    return answer.text


async def until(station: Station, question: str, name: str) -> None:
    began = time.monotonic()
    while name not in await found(station, question):
        assert time.monotonic() - began < soon(), f"{name} is not found"
        await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    "question",
    ["zanderfeldt", "Zander", "joan zanderfeld", "Jo Zanderfeldt 45", "9012345", "943 476 5919",
     "14-Jul-1945", "020 7946 0018", "zanderfelt joan", "ZANDERFELDT, Joan"],
)  # fmt: skip
async def test_a_clerk_finds_a_person_in_many_ways(reception, node, question) -> None:
    await registered(node)
    await index_of(node).refresh()
    assert "ZANDERFELDT, Joan (Mrs)" in await found(reception, question)


async def test_who_is_found_by_likeness_alone_stands_under_a_line_that_says_so(
    reception, node
) -> None:
    await registered(node)
    await registered(node, JOHN)
    await index_of(node).refresh()
    page = await found(reception, "zanderfelt")
    line = page.index("spelt or sounding alike:")
    assert page.index("ZANDERFELT, John") < line < page.index("ZANDERFELDT, Joan")
    assert "alike:" not in await found(reception, "zander")
    palette = await reception.get(
        "/patients", params={"q": "zanderfelt"}, headers={"hx-request": "true"}
    )
    line = palette.text.index("spelt or sounding alike:")
    assert palette.text.index("ZANDERFELT, John") < line < palette.text.index("ZANDERFELDT, Joan")


@pytest.mark.parametrize(
    ("who", "sheet"), [("charge", "/adt/candidates"), ("reception", "/scheduling/candidates")]
)
async def test_a_sheet_says_likeness_too_and_chooses_nobody_by_it(sign, node, who, sheet) -> None:
    await registered(node)
    await index_of(node).refresh()
    desk = await sign(who)
    exact = (await desk.get(sheet, params={"q": "zanderfeldt"})).text
    assert "ZANDERFELDT, Joan" in exact
    assert [word in exact for word in (" checked", "alike:")] == [True, False]
    alike = (await desk.get(sheet, params={"q": "zanderfelt"})).text
    assert "ZANDERFELDT, Joan" in alike
    assert [word in alike for word in (" checked", "alike:")] == [False, True]


async def test_a_person_registered_on_another_node_is_found_within_a_second(
    reception: Station, ward: Running, settings
) -> None:
    async with running(settings) as other:
        await registered(other.node)
        await until(reception, "zanderfeldt", "ZANDERFELDT, Joan")


async def test_an_amended_name_is_found_and_the_old_one_is_not(reception, node) -> None:
    patient_id = await registered(node)
    await until(reception, "zanderfeldt", "ZANDERFELDT, Joan")
    async with work_as(node, CLERK, "test") as work:
        await revise(work, patient_id, lambda known: replace(known, name=Name("Uhlenbrock", "J")))
    await until(reception, "uhlenbrock", "UHLENBROCK, J")
    assert "UHLENBROCK" not in await found(reception, "zanderfeldt")


async def test_a_change_that_was_still_open_is_not_missed(node: Node) -> None:
    """A transaction begun before others, and committed after the index looked, is read later."""
    index = index_of(node)
    async with work_as(node, CLERK, "test") as slow:
        await register(slow, JOAN)
        await registered(node, JOHN)
        await index.refresh()
        assert len(index) == 1
    await index.refresh()
    assert len(index) == 2


async def test_a_nurse_finds_only_whom_a_relation_explains(nurse, node, wards) -> None:
    await registered(node, ward_id=wards["Six East"])
    await registered(node, JOHN, ward_id=wards["Six West"])
    await index_of(node).refresh()
    answer = await found(nurse, "zander")
    assert "ZANDERFELDT, Joan" in answer
    assert "ZANDERFELT, John" not in answer


async def test_a_search_is_recorded_with_whom_it_showed_and_sealed_words(
    reception: Station, node: Node
) -> None:
    patient_id = await registered(node)
    await index_of(node).refresh()
    await found(reception, "zanderfeldt")
    async with node.aside.connect() as connection:
        rows = await connection.execute(
            text("SELECT * FROM audit_event WHERE code = 'patients.find' ORDER BY at DESC LIMIT 1")
        )
        event = rows.one()
        keys = await crypto.keys_of(connection, node.vault, [event.actor_id])
    assert (event.action, event.patients, event.data_classes) == ("E", [patient_id], ["D0", "D1"])
    assert b"zanderfeldt" not in event.query
    place = crypto.Place("audit_event", "query", event.id, event.actor_id)
    assert crypto.unseal(keys[event.actor_id][0], place, event.query) == b"zanderfeldt"


async def test_one_letter_is_not_searched_for(reception: Station, node: Node) -> None:
    await registered(node)
    await index_of(node).refresh()
    answer = await found(reception, "z")
    assert "at least two letters" in answer
    assert "ZANDERFELDT" not in answer


async def test_nobody_found_is_said_in_words(reception: Station) -> None:
    assert "Nobody you may see was found for Qqqq" in await found(reception, "Qqqq")


async def test_the_palette_gets_the_piece_alone(reception: Station, node: Node) -> None:
    await registered(node)
    await index_of(node).refresh()
    answer = await reception.get("/search?q=zander", headers={"hx-request": "true"})
    assert "ZANDERFELDT, Joan" in answer.text
    assert "<html" not in answer.text


async def test_too_many_searches_are_slowed_down(reception, node, monkeypatch) -> None:
    monkeypatch.setattr(search, "SEARCH", replace(search.SEARCH, name="search-test", most=2))
    answers = [await reception.get("/patients?q=smith") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2].headers["retry-after"]) > 0


async def test_typing_a_known_persons_name_warns(reception: Station, node: Node) -> None:
    await registered(node)
    await index_of(node).refresh()
    typed = {"family": "Zanderfelt", "given": "Joan", "born": "1945-07-14"}
    answer = await reception.get("/patients/duplicates", params=typed)
    assert "ZANDERFELDT, Joan (Mrs)" in answer.text
    assert "Very likely the same person" in answer.text
    nobody = await reception.get("/patients/duplicates", params={"family": "Okonkwo"})
    assert "Perhaps already" not in nobody.text


async def test_one_damaged_record_does_not_hide_the_others(node: Node) -> None:
    await registered(node)
    patient_id = await registered(node, JOHN)
    async with node.engine.begin() as connection:
        await connection.execute(
            text("UPDATE patient SET identity = 'broken', version = 9 WHERE id = :id"),
            {"id": patient_id},
        )
    index = index_of(node)
    await index.build()
    assert [hit.id == patient_id for hit in index.search("zander", 9)] == [False]
