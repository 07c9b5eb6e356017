"""Intake: stored, then acknowledged; the same message once; nothing personal in clear."""

import pytest
from sqlalchemy import text

from tests.interop.hl7.border import act, adt, rows, send, standing, wire_to
from tests.interop.hl7.corpus import corpus_file, expected, taken_apart, vector, with_control_id
from ward.config import Settings
from ward.db import engine_of
from ward.interop.hl7 import intake, store
from ward.node import Node, open_node


async def test_a_message_is_in_the_table_before_its_answer_is_on_the_wire(quiet: Node) -> None:
    assert await send(quiet, vector("M01")) == ["AA"]
    (row,) = await rows(quiet, "SELECT state, message_type, event, flagged FROM hl7_message")
    assert tuple(row) == ("received", "ADT", "A01", False)
    (trail,) = await rows(quiet, "SELECT actor_name FROM audit_event WHERE code = 'hl7.receive'")
    assert trail[0] == "hl7:PAS"


async def test_the_same_message_again_gets_its_first_answer_and_is_stored_once(quiet: Node) -> None:
    async with wire_to(quiet) as sender:
        first, again = await sender.send(vector("M01")), await sender.send(vector("X14"))
    assert first == again
    assert await rows(quiet, "SELECT count(*) FROM hl7_message") == [(1,)]


async def test_a_reused_control_id_is_a_message_of_its_own_and_flagged(quiet: Node) -> None:
    assert await send(quiet, adt("A01", "C-1"), adt("A08", "C-1")) == ["AA", "AA"]
    found = await rows(quiet, "SELECT event, flagged FROM hl7_message ORDER BY received_seq")
    assert [tuple(row) for row in found] == [("A01", False), ("A08", True)]


async def test_what_is_refused_or_unreadable_or_kept_is_stored_all_the_same(quiet: Node) -> None:
    assert await send(quiet, vector("X03"), vector("X08"), vector("M14")) == ["AR", "AE", "AA"]
    found = await rows(quiet, "SELECT state, kept, error FROM hl7_message ORDER BY received_seq")
    assert [(row[0], row[1]) for row in found] == [("done", False), ("dead", False), ("done", True)]
    assert found[1][2] == "PID^1^3: PID-3 is empty (101)"


@pytest.mark.parametrize("state", ["40P01", "55P03"])
@pytest.mark.parametrize(("times", "code"), [(intake.GOES - 1, "AA"), (intake.GOES, "AR")])
async def test_whoever_was_at_the_same_people_costs_a_sender_no_message(
    quiet: Node, monkeypatch: pytest.MonkeyPatch, state: str, times: int, code: str
) -> None:
    keep, goes = store.keep, list[None]()

    async def met(work, messages):
        goes.append(None)
        answers = await keep(work, messages)
        if len(goes) <= times:
            broken_off = f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$"
            await (await work.connection()).execute(text(broken_off))
        return answers

    monkeypatch.setattr(store, "keep", met)
    assert await send(quiet, adt("A01", "1")) == [code]
    assert len(goes) == intake.GOES
    stored = await rows(quiet, "SELECT count(*) FROM hl7_message")
    assert stored == [(1 if code == "AA" else 0,)]


async def test_without_a_database_the_sender_is_asked_to_send_again(settings: Settings) -> None:
    node = await open_node(settings)
    async with wire_to(node) as sender:
        assert taken_apart(await sender.send(vector("M01"))).code == "AA"
        await _unplug(node)
        answer = taken_apart(await sender.send(vector("M04")))
        assert (answer.code, answer.errors[0][1]) == ("AR", "207")
        assert answer.control_id == "A08-0001"
        await _plug_in(node, settings)
        assert taken_apart(await sender.send(vector("M04"))).code == "AA"
    assert set(await standing(node)) == {"A01-0001", "A08-0001"}
    await node.close()


async def _unplug(node: Node) -> None:
    await node.engine.dispose()
    node.engine = engine_of("postgresql+asyncpg://ward@127.0.0.1:1/ward")


async def _plug_in(node: Node, settings: Settings) -> None:
    await node.engine.dispose()
    assert settings.database_url is not None
    node.engine = engine_of(settings.database_url.get_secret_value())


async def test_a_whole_corpus_on_one_line_is_answered_and_stored_twice_as_once(
    quiet: Node,
) -> None:
    messages = [(row, corpus_file(row["file"])) for row in expected()]
    counts = []
    async with wire_to(quiet) as sender:
        for _ in range(2):
            for row, message in messages:
                answer = taken_apart(await sender.send(message))
                assert (answer.code, answer.control_id) == (row["ack"], row["control_id"])
            counts.append(await rows(quiet, "SELECT count(*) FROM hl7_message"))
    distinct = len({message for _, message in messages})
    assert counts == [[(distinct,)], [(distinct,)]]


@pytest.mark.slow
async def test_the_corpus_is_processed_without_a_failure(quiet: Node) -> None:
    messages = [
        with_control_id(corpus_file(row["file"]), f"N-{number}")
        for number, row in enumerate(expected())
        if row["ack"] in {"AA", "CA"}
    ]
    await act(quiet, *messages)
    failed = await rows(
        quiet,
        "SELECT event, state, error FROM hl7_message WHERE attempts > 0 OR state = 'dead'",
    )
    assert failed == []


async def test_nothing_of_a_patient_stands_in_clear_in_the_tables(quiet: Node) -> None:
    await act(quiet, adt("A01", "S-1"), adt("A02", "S-2", place="Nowhere^^9"))
    tables = await rows(
        quiet, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    )
    for (name,) in tables:
        text = str(await rows(quiet, f'SELECT to_jsonb(t)::text FROM "{name}" AS t'))
        for personal in ("PLOVER", "Plover", "7001234", "V26-1"):
            assert personal not in text, name
    (found,) = await rows(quiet, "SELECT count(*) FROM hl7_message WHERE msh10 = 'S-1'")
    assert found[0] == 1  # the search sees what is there
