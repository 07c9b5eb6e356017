"""Replies: what a receiver's acknowledgement means for the message it answers."""

from dataclasses import dataclass
from enum import StrEnum

from ward.interop.hl7.message import Message, parse
from ward.interop.hl7.wire import envelope_of

DOWN = frozenset({"206", "207"})
"""HL7 table 0357, record locked and application error: the receiver's trouble alone."""


class Meaning(StrEnum):
    """What is done after an answer."""

    TAKEN = "taken"
    REFUSED = "refused"
    LATER = "later"
    STRANGE = "strange"
    """No answer to this message: the connection cannot be trusted any more."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and its codes without content: AE 101 PID^1^3."""

    meaning: Meaning
    codes: str = ""
    text: str = ""


def read(block: bytes, control_id: str) -> Reply:
    """Read an acknowledgement (tables 0008, 0357); AA and CA take the message off our hands.

    CE, and AR because the receiver is down, are tried again; any other AE, AR or CR is not sent
    again unless a person says so.
    """
    text = block.decode("utf-8", "replace")
    message = parse(text, envelope_of(block).marks)
    msa = message.first("MSA")
    if msa is None or msa.text(2) != control_id:
        return Reply(Meaning.STRANGE, "no acknowledgement of this message", text)
    code = msa.text(1)
    codes = " ".join((code, *_errors(message)))[:200]
    return Reply(_meaning(code, message), codes, text)


def _meaning(code: str, message: Message) -> Meaning:
    match code:
        case "AA" | "CA":
            return Meaning.TAKEN
        case "CE":
            return Meaning.LATER
        case "AR" | "CR" if any(err.text(3) in DOWN for err in message.all("ERR")):
            return Meaning.LATER
        case "AE" | "AR" | "CR":
            return Meaning.REFUSED
        case _:
            return Meaning.STRANGE


def _errors(message: Message) -> list[str]:
    """Name code and place of each ERR; ERR-7 and ERR-8 may quote the message."""
    found = []
    for err in message.all("ERR"):
        place = "^".join(part for part in err.raw(2).split(err.marks.component) if part)
        found.append(" ".join(part for part in (err.text(3), place) if _is_code(part)))
    return [one for one in found if one]


def _is_code(text: str) -> bool:
    return len(text) <= 40 and all(part.isalnum() and part.isascii() for part in text.split("^"))
