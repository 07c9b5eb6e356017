"""Acknowledgement: the one answer to a frame."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from ward import clock
from ward.interop.hl7.codes import MEANING, Fault, Outcome
from ward.interop.hl7.message import escape
from ward.interop.hl7.wire import Envelope, Reading, envelope_of

UNKNOWN = "UNKNOWN"
"""Stands for a control id that cannot be read."""

_OLD = re.compile(r"2\.[1-4](\.|$)")
"""Peers that know ERR-1 and MSA-3 only."""
_LONGEST_ECHO = 199
_UNPRINTABLE = re.compile(r"[\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What makes one acknowledgement differ from the next: its own control id and time."""

    control_id: str
    at: datetime

    @classmethod
    def new(cls) -> "Stamp":
        """Stamp an acknowledgement now; twenty characters, as MSH-10 of 2.5.1 allows."""
        return cls(f"W-{secrets.token_hex(9)}", clock.now())


def answer(reading: Reading, stamp: Stamp) -> bytes:
    """Write the acknowledgement that goes back on the connection, after the commit."""
    return _write(code(reading), reading, stamp)


def later(reading: Reading, stamp: Stamp) -> bytes | None:
    """Write the application acknowledgement that the sender wants after the accept one, if any.

    It is a message of its own for the sender's listener, never a second answer to the frame.
    """
    wanted = _wants(reading.envelope.application, reading.outcome)
    if not code(reading).startswith("C") or not wanted:
        return None
    return _write(f"A{reading.outcome}", reading, stamp)


def refuse(block: bytes, fault: Fault, stamp: Stamp) -> bytes:
    """Answer AR without reading further: the message is too large, or Ward has a problem."""
    return answer(Reading(envelope_of(block), Outcome.REFUSED, (fault,)), stamp)


def code(reading: Reading) -> str:
    """Return the acknowledgement code (table 0008).

    Enhanced mode gives an accept code where MSH-15 asks for one, else an application code where
    MSH-16 does. A sender that asks for neither gets the accept code: every frame has one answer.
    """
    sent = reading.envelope
    accept = _wants(sent.accept, reading.outcome)
    application = _wants(sent.application, reading.outcome)
    level = "C" if sent.enhanced and (accept or not application) else "A"
    return f"{level}{reading.outcome}"


def _wants(when: str, outcome: Outcome) -> bool:
    """Say whether a condition of table 0155 holds."""
    return when in {"AL", "SU" if outcome is Outcome.ACCEPTED else "ER"}


def _write(ack_code: str, reading: Reading, stamp: Stamp) -> bytes:
    sent = reading.envelope
    segments = [_msh(sent, stamp), _msa(ack_code, reading)]
    segments += [_err(fault, sent) for fault in reading.faults]
    text = "".join(f"{segment}\r" for segment in segments)
    return text.encode(sent.marks.encoding, "backslashreplace")


def _msh(sent: Envelope, stamp: Stamp) -> str:
    part = sent.marks.component
    event = f"ACK{part}{sent.event}{part}ACK" if sent.event else "ACK"
    fields = [
        "MSH",
        sent.marks.encoding_characters,
        sent.receiving_application or "WARD",
        sent.receiving_facility,
        sent.sending_application,
        sent.sending_facility,
        stamp.at.strftime("%Y%m%d%H%M%S%z"),
        "",
        event,
        stamp.control_id,
        sent.processing_id or "P",
        sent.version or "2.5.1",
    ]
    if sent.charset:
        fields += ["", "", "", "", "", sent.charset]
    return sent.marks.field.join(map(_echo, fields))


def _msa(ack_code: str, reading: Reading) -> str:
    sent = reading.envelope
    fields = ["MSA", ack_code, _echo(sent.control_id)[:_LONGEST_ECHO] or UNKNOWN]
    if reading.faults and _OLD.match(sent.version):
        fields.append(escape(reading.faults[0].text, sent.marks))
    return sent.marks.field.join(fields)


def _err(fault: Fault, sent: Envelope) -> str:
    marks = sent.marks
    meaning = escape(MEANING[fault.code], marks)
    if _OLD.match(sent.version):
        error = marks.subcomponent.join((fault.code, meaning, "HL70357"))
        place = [*fault.location.split("^"), "", "", ""][:3]
        return marks.field.join(("ERR", marks.component.join([*place, error])))
    error = marks.component.join((fault.code, meaning, "HL70357"))
    place_text = fault.location.replace("^", marks.component)
    text = escape(fault.text, marks)
    return marks.field.join(("ERR", "", place_text, error, fault.severity, "", "", text))


def _echo(text: str) -> str:
    """Drop what could end a segment or a frame from text that another system wrote."""
    return _UNPRINTABLE.sub("", text)
