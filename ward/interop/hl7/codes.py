"""Codes: the HL7 tables that decide an answer, and the messages Ward takes in."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a message, as the last letter of its acknowledgement code (table 0008)."""

    ACCEPTED = "A"
    UNREADABLE = "E"
    """Stored, but its content cannot be read."""
    REFUSED = "R"
    """Stored if it can be, but its envelope is refused, or Ward itself has a problem."""


class ErrorCode(StrEnum):
    """HL7 table 0357, as far as Ward answers with it."""

    SEGMENT_SEQUENCE = "100"
    REQUIRED_MISSING = "101"
    DATA_TYPE = "102"
    NOT_IN_TABLE = "103"
    TOO_LONG = "104"
    TYPE = "200"
    EVENT = "201"
    PROCESSING_ID = "202"
    VERSION = "203"
    APPLICATION = "207"


MEANING = {
    ErrorCode.SEGMENT_SEQUENCE: "Segment sequence error",
    ErrorCode.REQUIRED_MISSING: "Required field missing",
    ErrorCode.DATA_TYPE: "Data type error",
    ErrorCode.NOT_IN_TABLE: "Table value not found",
    ErrorCode.TOO_LONG: "Value too long",
    ErrorCode.TYPE: "Unsupported message type",
    ErrorCode.EVENT: "Unsupported event code",
    ErrorCode.PROCESSING_ID: "Unsupported processing id",
    ErrorCode.VERSION: "Unsupported version id",
    ErrorCode.APPLICATION: "Application error",
}


class Severity(StrEnum):
    """HL7 table 0516."""

    FATAL = "F"
    ERROR = "E"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a message. The text names places, never a value from the message."""

    code: ErrorCode
    location: str = ""
    """An ERL: segment^sequence^field^repetition^component."""
    text: str = ""
    severity: Severity = Severity.ERROR


class Use(StrEnum):
    """What Ward does with a message of a kind it takes in."""

    ACTED_ON = "acted on"
    KEPT = "kept"
    """Stored and answered; it waits for the module that will act on it."""


TAKEN_IN: dict[str, dict[str, Use]] = {
    "ADT": {
        **dict.fromkeys(("A01", "A02", "A03", "A04", "A08", "A11", "A12", "A13"), Use.ACTED_ON),
        **dict.fromkeys(("A17", "A21", "A22", "A40"), Use.ACTED_ON),
        "A20": Use.KEPT,
    },
    "ORU": {"R01": Use.ACTED_ON},
    "ORM": {"O01": Use.KEPT},
    "OML": {"O21": Use.KEPT},
    "SIU": dict.fromkeys(("S12", "S13", "S14", "S15", "S26"), Use.ACTED_ON),
    "RDE": {"O11": Use.ACTED_ON, "O25": Use.ACTED_ON},
    "RAS": {"O17": Use.KEPT},
}
"""Message types and events; any other is refused with 200 or 201 (and stored all the same)."""

RESULT_STATUSES = frozenset("ABCDFINOPRSUVWX")
"""HL7 table 0085, observation result status (code system v2-0085 of terminology.hl7.org)."""
