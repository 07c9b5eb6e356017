"""Segments: HL7 2.5.1 text written field by field, every value escaped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from ward.interop.hl7.message import Marks, escape

MARKS = Marks()
VERSION, CHARSET = "2.5.1", "UNICODE UTF-8"
_CONTROL_ID = 9  # MSH-10, counted from the separator that is MSH-1

Value = str | Sequence["Value"]
"""A text, or the components of one field."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """Several values of one field."""

    values: tuple[Value, ...]


def segment(name: str, fields: Mapping[int, Value | Repeated]) -> str:
    """Write a segment; fields that are not named stay empty."""
    written = [_field(fields.get(number, "")) for number in range(1, max(fields) + 1)]
    return MARKS.field.join((name, *written)).rstrip(MARKS.field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What an MSH says: the kind of message, from and to where, when, and in which mode.

    `site` is that of the receiver, where it is another than ours.
    """

    kind: tuple[str, str, str]
    to: str
    facility: str
    site: str = ""
    at: str
    processing_id: str


def header(head: Head, control_id: str) -> str:
    """Write the MSH; original acknowledgement mode: one answer to each message."""
    fields: dict[int, Value | Repeated] = {
        1: "WARD",
        2: head.facility,
        3: head.to,
        4: head.site or head.facility,
        5: head.at,
        7: head.kind,
        8: control_id,
        9: head.processing_id,
        10: VERSION,
        16: CHARSET,
    }
    return segment(f"MSH{MARKS.field}{MARKS.encoding_characters}", fields)


def joined(segments: Sequence[str]) -> str:
    """End each segment as the wire wants it."""
    return "".join(f"{one}\r" for one in segments)


def renumbered(raw: str, control_id: str) -> str:
    """Give a message another control id; nothing else changes."""
    head, end, rest = raw.partition("\r")
    fields = head.split(MARKS.field)
    fields[_CONTROL_ID] = control_id
    return MARKS.field.join(fields) + end + rest


def time(at: datetime | None, zone: tzinfo) -> str:
    """Write an instant by the clock of the ward, with its offset."""
    return at.astimezone(zone).strftime("%Y%m%d%H%M%S%z") if at else ""


def _field(value: Value | Repeated) -> str:
    if isinstance(value, Repeated):
        return MARKS.repetition.join(map(_components, value.values))
    return _components(value)


def _components(value: Value) -> str:
    if isinstance(value, str):
        return escape(value, MARKS)
    return MARKS.component.join(map(_subcomponents, value)).rstrip(MARKS.component)


def _subcomponents(value: Value) -> str:
    if isinstance(value, str):
        return escape(value, MARKS)
    return MARKS.subcomponent.join(escape(str(one), MARKS) for one in value)
