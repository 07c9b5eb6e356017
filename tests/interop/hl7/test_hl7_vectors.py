"""Every message of our own gets exactly the acknowledgement written beside it."""

from typing import Any

import pytest

from tests.interop.hl7.corpus import (
    RULES,
    STAMP,
    bytes_of,
    taken_apart,
    vector,
    vectors,
)
from ward.interop.hl7 import ack, wire
from ward.interop.hl7.codes import ErrorCode, Fault, Outcome

_WITHOUT_ANSWER = {"X16", "X18"}
"""X16 never ends and X18 is about the database: tests of the listener."""


def _named(one: dict[str, Any]) -> str:
    return f"{one['id']} {one['purpose']}"


@pytest.mark.parametrize("one", vectors("valid"), ids=_named)
def test_a_valid_message_is_accepted(one: dict[str, Any]) -> None:
    reading = wire.read(bytes_of(one), RULES)
    answer = taken_apart(ack.answer(reading, STAMP))
    first, _, then = one["expected"]["ack"].partition(" then ")
    assert answer.code == first
    assert answer.control_id == reading.envelope.control_id
    assert not answer.errors
    later = ack.later(reading, STAMP)
    assert (taken_apart(later).code if later else "") == then


@pytest.mark.parametrize(
    "one", [m for m in vectors("malformed") if m["id"] not in _WITHOUT_ANSWER], ids=_named
)
def test_a_malformed_message_gets_its_code_and_place(one: dict[str, Any]) -> None:
    reading = wire.read(bytes_of(one), RULES)
    answer = taken_apart(ack.answer(reading, STAMP))
    assert answer.code == one["expected"]["ack"]
    wanted = tuple((e["location"], e["code"], e["severity"]) for e in one["expected"]["errors"])
    assert answer.errors == wanted
    assert answer.control_id == (reading.envelope.control_id or "UNKNOWN")


def test_without_a_database_the_answer_is_an_error_that_senders_retry() -> None:
    fault = Fault(ErrorCode.APPLICATION)
    answer = taken_apart(ack.refuse(vector("M04"), fault, STAMP))
    assert (answer.code, answer.control_id) == ("AR", "A08-0001")
    assert answer.errors == (("", "207", "E"),)


def test_a_production_listener_takes_no_training_or_debugging_messages() -> None:
    live = wire.Rules(processing_ids=frozenset("P"))
    training = vector("M01").replace(b"|P|2.5.1", b"|T|2.5.1")
    assert wire.read(training, RULES).outcome is Outcome.ACCEPTED
    reading = wire.read(training, live)
    assert [(f.code, f.location) for f in reading.faults] == [("202", "MSH^1^11")]


def test_the_answer_goes_back_to_the_sender_in_its_own_separators() -> None:
    other = vector("X08").replace(b"|", b"#").replace(b"^", b"*").replace(b"\\&", b"\\$")
    reply = ack.answer(wire.read(other, RULES), STAMP).decode()
    header = "MSH#*~\\$#WARD#NORTHSITE#PAS#NORTHSITE#20260504101501+0000##ACK*A01*ACK#W-000017#P"
    header += "#2.5.1######UNICODE UTF-8"
    assert reply.split("\r")[:3] == [
        header,
        "MSA#AE#A01-0108",
        "ERR##PID*1*3#101*Required field missing*HL70357#E###PID-3 is empty",
    ]


@pytest.mark.parametrize("version", ["2.3", "2.3.1", "2.4"])
def test_an_older_peer_is_told_in_the_fields_it_knows(version: str) -> None:
    older = vector("X08").replace(b"|2.5.1|", f"|{version}|".encode())
    reply = ack.answer(wire.read(older, RULES), STAMP).decode().split("\r")
    assert reply[1] == "MSA|AE|A01-0108|PID-3 is empty"
    assert reply[2] == "ERR|PID^1^3^101&Required field missing&HL70357"


@pytest.mark.parametrize(
    ("accept", "application", "message", "code", "then"),
    [
        ("", "", "M01", "AA", ""),
        ("AL", "NE", "M01", "CA", ""),
        ("AL", "AL", "M01", "CA", "AA"),
        ("AL", "ER", "M01", "CA", ""),
        ("NE", "AL", "M01", "AA", ""),
        ("ER", "AL", "M01", "AA", ""),
        ("SU", "NE", "M01", "CA", ""),
        ("NE", "NE", "M01", "CA", ""),  # a frame always has one answer
        ("AL", "ER", "X08", "CE", "AE"),
        ("ER", "NE", "X08", "CE", ""),
        ("SU", "AL", "X08", "AE", ""),
        ("AL", "NE", "X04", "CR", ""),
    ],
)
def test_enhanced_mode(accept: str, application: str, message: str, code: str, then: str) -> None:
    asked = vector(message).replace(b"|2.5.1||||||", f"|2.5.1|||{accept}|{application}||".encode())
    reading = wire.read(asked, RULES)
    later = ack.later(reading, STAMP)
    assert taken_apart(ack.answer(reading, STAMP)).code == code
    assert (taken_apart(later).code if later else "") == then


def test_a_stamp_is_new_each_time_and_fits_msh_10() -> None:
    stamps = {ack.Stamp.new().control_id for _ in range(100)}
    assert len(stamps) == 100
    assert {len(one) for one in stamps} == {20}
