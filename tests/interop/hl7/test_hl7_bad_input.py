"""Bad input: the corpus bent in every way over one real connection; one right answer for each."""

import os

import pytest

from tests.interop.hl7.bending import Bent, bent
from tests.interop.hl7.border import rows, standing, wire_to
from tests.interop.hl7.corpus import expected, taken_apart, vector
from tests.interop.hl7.laboratory import (
    CREATININE,
    DONE,
    NA,
    K,
    message,
    obr,
    obx,
    shown,
    unmatched,
)
from tests.settling import worked_off
from tests.stations import Station
from ward.node import Node

EVERY = 1 if os.environ.get("TEST_SIZE") == "nightly" else 9


async def answered(node: Node, blocks: list[Bent]) -> list[str]:
    """Send all over one connection, hold each answer against what it may be; give the letters."""
    letters, wrong = [], []
    async with wire_to(node) as line:
        for one in blocks:
            answer = taken_apart(await line.send(one.block))
            letters.append(answer.code[1])
            if letters[-1] not in one.may or (one.control_id or answer.control_id) != (
                answer.control_id
            ):
                wrong.append((one.name, answer))
        assert taken_apart(await line.send(vector("M02"))).code == "AA"  # the line is alive
    assert wrong == []
    return letters


@pytest.mark.fuzz
@pytest.mark.parametrize("part", range(1 if EVERY > 1 else 6))
async def test_the_corpus_bent_in_every_way(open_scene, admin: Station, part: int) -> None:
    node = open_scene.node
    blocks = list(bent(expected()[part :: max(EVERY, 6) if EVERY == 1 else EVERY]))
    letters = await answered(node, blocks)
    await worked_off(node)
    stored = {}
    for outcome, state, count in await rows(
        node, "SELECT outcome, state, count(*) FROM hl7_message GROUP BY 1, 2"
    ):
        stored.setdefault(outcome, {})[state] = count
    distinct = {one.block: letter for one, letter in zip(blocks, letters, strict=True)}
    distinct[vector("M02")] = "A"
    for letter in "AER":
        assert sum(stored.get(letter, {}).values()) == list(distinct.values()).count(letter)
    assert set(stored["E"]) == {"dead"}  # where somebody corrects it
    assert set(stored["R"]) == {"done"}  # its sender knows
    assert set(stored["A"]) <= {"done", "review", "received"}
    await each_waits_where_it_is_seen(node, admin, stored)


async def each_waits_where_it_is_seen(node, admin: Station, stored) -> None:
    """What is not done waits on a page, or behind a message of its patient that does."""
    failed = await rows(
        node, "SELECT msh10, error FROM hl7_message WHERE outcome = 'A' AND error IS NOT NULL"
    )
    assert failed == []
    behind = await rows(
        node,
        "SELECT m.msh10 FROM hl7_message m WHERE m.state = 'received' AND NOT EXISTS (SELECT 1"
        " FROM hl7_subject mine JOIN hl7_subject theirs ON theirs.hash = mine.hash"
        " JOIN hl7_message e ON e.id = theirs.message_id AND e.received_seq < m.received_seq"
        " WHERE mine.message_id = m.id AND e.state = 'review')",
    )
    assert behind == []
    page = (await admin.get("/hl7")).text
    for state, letter in (("dead", "E"), ("review", "A")):
        tile = page.split(f'id="hl7-{state}"')[1].split(">")[0]
        assert f'data-count="{stored[letter][state]}"' in tile


LARGE = "OBX|#|TX|NOTE^Note^L||" + "word " * 140 + "||||||F"
TWO = "PID|2||1^^^NORTHSITE^MR||OTHER^ONE||19700101|M"
NOBODY = {"mrn": "9988776", "name": "STRANGER^SAM", "born": "19800101"}


async def test_faults_of_content_wait_where_they_belong(open_scene, ida, sign) -> None:
    node = open_scene.node
    sent = {
        "no number": ("AE", ("dead", None), (obx(K, "about six"),), {}),
        "patient": ("AA", ("review", "unknown_patient"), (obx(K, "6.9"),), NOBODY),
        "test": ("AA", DONE, (obx("ZZZ^Unheard of^L", "7"),), {}),
        "unit": ("AA", DONE, (obx(K, "6.8", "furlong"),), {}),
        "two": ("AA", ("review", "refused"), (obx(K, "4.1"), TWO), {}),
        "large": ("AA", DONE, (obx(NA, "138"), *[LARGE] * 105), {}),
        "fine": ("AA", DONE, (obx(CREATININE, "1.1", "mg/dL"),), {}),
    }
    async with wire_to(node) as line:
        for number, (code, _, segments, who) in sent.items():
            block = message(number, obr(filler=number), *segments, **who)
            assert number != "large" or 75_000 < len(block) < 80_000
            assert taken_apart(await line.send(block)).code == code
    await worked_off(node)
    assert await standing(node) == {number: state for number, (_, state, *_) in sent.items()}
    found = await shown(open_scene)
    assert found["Unheard of"] == ("7", 0)
    assert found["Potassium"] == ("6.8", 0)  # as written, and not judged
    assert found["Sodium"] == ("138", 1)
    assert await unmatched(open_scene) == [(3, None), (1, None)]
    bench, admin = await sign("lab"), await sign("admin")
    held = (await bench.get("/results/unmatched")).text
    assert held.count('<li id="held-') == 2
    assert "telephone now" in held
    page = (await admin.get("/hl7")).text
    for number, (_, state, *_) in sent.items():
        assert state == DONE or number in page
