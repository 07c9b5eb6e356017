"""The whole corpus, twice: each file under a number of its own; the second run changes nothing."""

import asyncio
import re

from tests.interop.hl7.border import rows, wire_to
from tests.interop.hl7.corpus import corpus_file, expected, taken_apart, with_control_id
from tests.interop.hl7.laboratory import NA, K, message, obr, obx, shown, unmatched
from tests.labs.reports import reports
from tests.settling import settled as followed
from ward.interop.hl7 import queue
from ward.interop.hl7.unmatched.decide import create
from ward.interop.hl7.worker import drain

_MSH = re.compile(rb"\A(\xef\xbb\xbf)?MSH\|([^|]*\|){8}")


def files(prefix: str = "") -> list[tuple[str, bytes]]:
    """Give each file a number of its own, where it has an MSH to hold one."""
    found = []
    for number, row in enumerate(expected()):
        block = corpus_file(row["file"])
        if _MSH.match(block) and row["control_id"] != "UNKNOWN":
            block = with_control_id(block, f"{prefix}{number}")
        found.append((row["ack"], block))
    return found


async def sent(node, blocks: list[tuple[str, bytes]]) -> list[str]:
    """Send everything over one connection; the answers come one for each, in order."""
    async with wire_to(node) as sender:
        return [taken_apart(await sender.send(block)).code for _, block in blocks]


async def settled(node) -> None:
    """Let the worker and every job that follows come to an end."""
    async with asyncio.timeout(180):  # the whole corpus, on a machine that tests other things too
        await followed(node)
        while await queue.due(node):  # the node's own hands may have some of them
            await drain(node)
            await followed(node)


async def digests(node) -> dict[str, str]:
    """Give a digest of all rows of each table.

    The trail is left out, which tells of each look, what screens were redrawn by, and which keys
    a node says that it knows.
    """
    found = await rows(
        node,
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        " AND table_type = 'BASE TABLE' AND table_name !~ '^(audit|live|outbox|key_node)'",
    )
    made = {}
    for (name,) in found:
        every = "coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')"
        told = await rows(node, f'SELECT md5({every}) FROM "{name}" AS t')
        made[name] = told[0][0]
    return made


async def test_the_whole_corpus_twice(open_scene) -> None:
    node = open_scene.node
    blocks = [one for one in files() if one[1].strip()]
    first = await sent(node, blocks)
    assert first == [code for code, _ in blocks]
    await settled(node)
    states = await rows(node, "SELECT DISTINCT state FROM hl7_message WHERE outcome = 'A'")
    assert {row[0] for row in states} <= {"done", "review", "received"}
    failed = await rows(
        node, "SELECT msh10, error FROM hl7_message WHERE outcome = 'A' AND error IS NOT NULL"
    )
    assert failed == []
    before = await digests(node)
    assert {"patient", "encounter", "lab_result", "hl7_message", "observation_set"} <= set(before)
    assert await sent(node, blocks) == first
    await settled(node)
    after = await digests(node)
    assert [one for one in before if before[one] != after[one]] == []


async def test_every_result_of_the_corpus_finds_its_patient_when_there_is_one(open_scene) -> None:
    """Make a record of everybody named; then every report is released, and once."""
    node = open_scene.node
    blocks = [one for one in files() if b"|ORU^R01" in one[1][:200] and one[0].endswith("A")]
    assert len(blocks) > 15
    await sent(node, blocks)
    await settled(node)
    await decide_all(open_scene)
    await settled(node)
    states = await rows(node, "SELECT state, reason, count(*) FROM hl7_message GROUP BY 1, 2")
    done = {(row[0], row[1]): row[2] for row in states}
    assert done[("done", None)] >= len(blocks) - 6, done
    assert len(await reports(open_scene)) > 20
    before = await digests(node)
    again = [one for one in files("again-") if b"|ORU^R01" in one[1][:200]]
    await sent(node, again)
    await settled(node)
    await decide_all(open_scene)
    await settled(node)
    after = await digests(node)
    changed = {one for one in before if before[one] != after[one]}
    assert changed <= {"hl7_message", "hl7_body", "hl7_subject", "hl7_unmatched", "subject_key"}


async def decide_all(scene) -> None:
    """Have a record made of everybody whom nobody knows."""
    waiting = await rows(scene.node, "SELECT id FROM hl7_unmatched WHERE decision IS NULL")
    for (key,) in waiting:
        async with scene.work() as work:
            await create(work, key, "In the test everybody is real", seen=None)


async def test_line_ends_marks_and_charsets_change_nothing(open_scene, ida) -> None:
    node = open_scene.node
    part = (obr(), obx(K, "6.8"))
    plain = [message(f"{n}", *part, end=end) for n, end in enumerate(("\r", "\n", "\r\n"))]
    marked = b"\xef\xbb\xbf" + message("3", *part)
    latin = message("4", *part, "NTE|1|L|Zur\u00fcck").decode().encode("latin-1")
    assert await sent(node, [("", one) for one in [*plain, marked, latin]]) == [
        *["AA"] * 4,
        "AE",
    ]
    await settled(node)
    assert await shown(open_scene) == {"Potassium": ("6.8", 3)}
    assert len(await reports(open_scene)) == 1


async def test_cut_doubled_and_reordered_messages_each_get_one_answer(open_scene, ida) -> None:
    node = open_scene.node
    whole = message("1", obr(), obx(K, "6.8"), obx(NA, "138"))
    segments = whole.rstrip(b"\r").split(b"\r")
    pieces = [b"\r".join(segments[:n]) + b"\r" for n in range(1, len(segments))]
    mixed = b"\r".join([segments[0], *reversed(segments[1:])]) + b"\r"
    doubled = whole + whole
    nonsense = whole.replace(b"|6.8|", b"|about six|").replace(b"|1|P|", b"|2|P|")
    answers = await sent(node, [("", one) for one in (*pieces, mixed, doubled, nonsense, whole)])
    assert answers == ["AE", "AE", "AA", "AA", "AA", "AR", "AE", "AA"]
    await settled(node)
    assert await shown(open_scene) == {"Potassium": ("6.8", 3), "Sodium": ("138", 1)}
    assert await rows(node, "SELECT count(*) FROM hl7_message") == [(8,)]


async def test_a_large_frame_and_a_batch_leave_the_connection_alive(open_scene, ida) -> None:
    node = open_scene.node
    (name,) = [row["file"] for row in expected() if "TN__001" in row["file"]]
    large = with_control_id(corpus_file(name), "LARGE")
    assert len(large) > 60_000
    batch = b"FHS|^~\\&|LAB\rBHS|^~\\&|LAB\r" + message("B", obx(K, "4.1")) + b"BTS|1\rFTS|1\r"
    answers = await sent(node, [("", large), ("", batch), ("", message("1", obx(K, "4.1")))])
    assert (answers[0], answers[2]) == ("CA", "AA")
    assert answers[1] == "AA"
    await settled(node)
    assert (await shown(open_scene))["Potassium"] == ("4.1", 1)
    assert len(await unmatched(open_scene)) == 1
