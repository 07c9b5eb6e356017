"""Corpus: the HL7 messages of tests/data/hl7v2, and an acknowledgement taken apart."""

import csv
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ward.interop.hl7 import ack
from ward.interop.hl7.wire import Rules

DATA = Path(__file__).parents[2] / "data" / "hl7v2"
RULES = Rules()
STAMP = ack.Stamp("W-000017", datetime(2026, 5, 4, 10, 15, 1, tzinfo=UTC))


@dataclass(frozen=True)
class Answer:
    """The parts of an acknowledgement that vectors speak of."""

    code: str
    control_id: str
    errors: tuple[tuple[str, str, str], ...] = ()
    """Location, code and severity of each ERR of 2.5 and later."""


def wire_form(data: bytes) -> bytes:
    """Write a file as senders should: CR between segments."""
    return data.replace(b"\r\n", b"\r").replace(b"\n", b"\r")


def corpus_file(name: str) -> bytes:
    """Read one corpus file as it would be sent."""
    return wire_form((DATA / name).read_bytes())


def expected() -> list[dict[str, str]]:
    """Return the reviewed table of what each corpus file must get."""
    with (DATA / "codes.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def vectors(kind: str) -> list[dict[str, Any]]:
    """Return the valid or the malformed messages of our own."""
    found = json.loads((DATA / "hl7v2_messages.json").read_text("utf-8"))[kind]
    return list(found)


def vector(key: str) -> bytes:
    """Return the bytes of one of them."""
    both = vectors("valid") + vectors("malformed")
    found = next(one for one in both if one["id"] == key)
    return bytes_of(found)


def bytes_of(one: dict[str, Any]) -> bytes:
    """Return what a vector puts on the wire."""
    if one.get("message_hex"):
        return bytes.fromhex(one["message_hex"])
    return str(one["message"]).encode()


def with_control_id(message: bytes, control_id: str) -> bytes:
    """Give a message a control id of its own; one stands in a batch."""
    at = max(message.find(b"MSH|"), 0)
    head, end, rest = message[at:].partition(b"\r")
    fields = head.split(b"|")
    fields[9] = control_id.encode()
    return message[:at] + b"|".join(fields) + end + rest


def taken_apart(block: bytes) -> Answer:
    """Read an acknowledgement, and hold its shape against the standard's."""
    segments = [line.split("|") for line in block.decode("latin-1").split("\r") if line]
    assert [fields[0] for fields in segments[:2]] == ["MSH", "MSA"]
    assert segments[0][8].startswith("ACK")
    assert segments[0][9], "an acknowledgement has a control id of its own"
    assert re.fullmatch(r"\d{14}[+-]\d{4}", segments[0][6])
    assert {fields[0] for fields in segments[2:]} <= {"ERR"}
    errors = tuple(
        (fields[2], fields[3].split("^")[0], fields[4]) for fields in segments[2:] if not fields[1]
    )
    return Answer(segments[1][1], segments[1][2], errors)
