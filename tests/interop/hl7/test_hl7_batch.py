"""Batches: every message in them is stored and answered, in one frame and in order."""

import hl7  # type: ignore[import-untyped]
import pytest

from tests.interop.hl7.border import rows, wire_to
from tests.interop.hl7.corpus import taken_apart, vector
from tests.interop.hl7.laboratory import K, message, obr, obx, shown
from tests.settling import worked_off
from ward.interop.hl7 import batch
from ward.interop.hl7.client import messages

FHS = b"FHS|^~\\&|CITYLAB|NORTH|WARD|SITE|20260504||||FILE-1\r"
BHS = b"BHS|^~\\&|CITYLAB|NORTH|WARD|SITE|20260504||||BATCH-1\r"
SOUND = [("AA", "1"), ("AE", "2"), ("AR", "X03"), ("AA", "3")]


def of(value: str, number: str) -> bytes:
    return message(number, obr(filler=f"B-{number}"), obx(K, value))


def several() -> list[bytes]:
    refused = of("4.4", "X03").replace(b"ORU^R01", b"XYZ^R01")
    return [of("4.1", "1"), of("about four", "2"), refused, of("4.3", "3")]


def wrapped(*sent: bytes, count: int | None = None) -> bytes:
    held = len(sent) if count is None else count
    return FHS + BHS + b"".join(sent) + f"BTS|{held}\rFTS|1\r".encode()


def codes(block: bytes) -> list[tuple[str, str]]:
    """Read an answer as python-hl7 does: a file of one batch of acknowledgements."""
    found = hl7.parse_file(block.decode())
    assert str(found.header[12]) == "FILE-1"
    (inner,) = found
    assert str(inner.header[12]) == "BATCH-1"
    assert [str(inner.header[n]) for n in (3, 4, 5, 6)] == [
        "WARD",
        "SITE",
        "CITYLAB",
        "NORTH",
    ]
    assert str(inner.trailer[1]) == str(len(inner))
    return [(str(one.segment("MSA")[1]), str(one.segment("MSA")[2])) for one in inner]


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b"\r\n "])
async def test_each_message_has_its_own_answer_in_one_frame(open_scene, ida, end, mark) -> None:
    sent = mark + wrapped(*several()).replace(b"\r", end)
    async with wire_to(open_scene.node) as line:
        first = await line.send(sent)
        assert codes(first) == SOUND
        again = await line.send(sent)
        assert [one for one in again.split(b"\r") if one[:3] in {b"MSH", b"MSA", b"ERR"}] == [
            one for one in first.split(b"\r") if one[:3] in {b"MSH", b"MSA", b"ERR"}
        ]
        assert taken_apart(await line.send(of("4.4", "after"))).code == "AA"
    states = await rows(
        open_scene.node, "SELECT msh10, state FROM hl7_message ORDER BY received_seq"
    )
    assert [tuple(row) for row in states] == [
        ("1", "received"),
        ("2", "dead"),
        ("X03", "done"),
        ("3", "received"),
        ("after", "received"),
    ]
    await worked_off(open_scene.node)
    assert (await shown(open_scene))["Potassium"] == ("4.4", 1)


async def test_a_batch_of_one_is_answered_by_its_acknowledgement(open_scene, ida) -> None:
    async with wire_to(open_scene.node) as line:
        answer = taken_apart(await line.send(wrapped(of("4.1", "1"))))
        assert (answer.code, answer.control_id) == ("AA", "1")
    await worked_off(open_scene.node)
    assert await shown(open_scene) == {"Potassium": ("4.1", 1)}


@pytest.mark.parametrize("count", [0, 1, 3])
async def test_a_batch_that_lost_messages_is_refused_whole(open_scene, ida, count) -> None:
    async with wire_to(open_scene.node) as line:
        sent = wrapped(of("4.1", "1"), of("4.2", "2"), count=count)
        answer = taken_apart(await line.send(sent))
        assert (answer.code, answer.errors) == ("AR", (("BTS^1^1", "100", "F"),))
        assert taken_apart(await line.send(vector("M01"))).code == "AA"
    assert await shown(open_scene) == {}
    stored = await rows(open_scene.node, "SELECT state, outcome FROM hl7_message LIMIT 1")
    assert [tuple(row) for row in stored] == [("done", "R")]


@pytest.mark.parametrize("sent", [FHS, BHS + b"BTS|0\r", b"FHS", b"BHS\r", FHS + BHS, b"BHS|\rBTS"])
async def test_a_batch_of_nothing_is_refused(open_scene, sent) -> None:
    async with wire_to(open_scene.node) as line:
        assert taken_apart(await line.send(sent)).code == "AR"
        assert taken_apart(await line.send(vector("M01"))).code == "AA"


def test_headers_without_fields_and_with_marks_of_their_own_are_answered() -> None:
    for head in (b"BHS\r", b"BHS|\r", b"BHS#^~\\&#LAB\r", b"FHS\xff^\r", b"BHS|^~\\&|\x01\xe9\r"):
        found = batch.opened(head + b"MSH|1\r" + b"MSH|2\r" + b"BTS\rFTS\r")
        assert found
        assert found.sound
        assert found.messages == (b"MSH|1\r", b"MSH|2\r")
        written = batch.answer(found, [b"MSH|a\rMSA|AA|1\r", b"MSH|b\rMSA|AA|2\r"])
        assert not set(written) & {0x0B, 0x1C, 0x0A, 0x00}
        assert written.count(b"\rMSA|AA|") == 2


def test_a_count_without_end_is_not_how_many_there_are() -> None:
    found = batch.opened(BHS + of("4.1", "1") + b"BTS|" + b"9" * 5000 + b"\r")
    assert found
    assert not found.sound


def test_messages_of_a_batch_are_found_in_a_file() -> None:
    sent = several()
    assert messages(wrapped(*sent).replace(b"\r", b"\n")) == sent
