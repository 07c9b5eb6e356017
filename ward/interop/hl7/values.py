"""Values: what an OBX-5 says, by the type that OBX-2 names; text stays as it was sent."""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass

from ward.interop.hl7.message import Item, Segment
from ward.labs.details import Attached
from ward.labs.said import CODED, PROSE

_COMPARED = re.compile(r"(<=|>=|<|>)\s*(\S.*)", re.DOTALL)
_COMPARATORS = frozenset({"<", "<=", ">", ">="})
_DATE = re.compile(r"(\d{4})(?:(\d\d)(?:(\d\d))?)?")
_TIME = re.compile(r"(\d\d)(\d\d)?(?:(\d\d)(?:\.\d+)?)?([+-]\d{4})?")
_OF_DAY = 8  # digits of a date before the time of day
DOCUMENT = "ED"
#: HL7 table 0191, as far as it is no media type already, and how older senders write it.
_MEDIA = {"im": "image", "tx": "text", "ap": "application", "au": "audio"}
_LONGEST_KIND = 80


@dataclass(frozen=True, slots=True, repr=False)
class Value:
    """One value: its text, what stands before a number, and the code of a coded one."""

    text: str
    comparator: str = ""
    answer: str = ""


def kind_of(obx: Segment) -> str:
    """Tell the type of the value."""
    return obx.text(2).upper()


def values(obx: Segment) -> list[Value]:
    """Read each repetition of OBX-5; the repetitions of a text are its lines."""
    kind = kind_of(obx)
    items = obx.items(5)
    if kind in PROSE:
        lines = [_whole(item) for item in items]
        return [Value("\n".join(lines))] if lines else []
    read = _READERS.get(kind, _coded if kind in CODED else _plain)
    return [one for item in items if (one := read(item)).text or one.answer]


def document(obx: Segment) -> Attached | None:
    """Read an ED; None when it holds nothing that can be decoded."""
    item = obx.item(5)
    main, sub = item.part(2).lower(), item.part(3).lower()
    encoding, data = item.part(4).upper(), item.part(5)
    content = _content(encoding, data)
    if not content:
        return None
    kind = f"{_MEDIA.get(main, main)}/{sub}" if main and sub else "application/octet-stream"
    return Attached(kind[:_LONGEST_KIND], base64.b64encode(content).decode())


def _content(encoding: str, data: str) -> bytes:
    """Decode by HL7 table 0299."""
    try:
        match encoding:
            case "BASE64":
                return base64.b64decode("".join(data.split()), validate=True)
            case "HEX":
                return bytes.fromhex(data)
            case _:
                return data.encode()
    except (binascii.Error, ValueError):
        return b""


def _whole(item: Item) -> str:
    """Read a text; a separator that its writer did not escape is part of it."""
    parts = [item.part(number) for number in range(1, item.raw.count(item.marks.component) + 2)]
    return item.marks.component.join(parts).rstrip(item.marks.component)


def _plain(item: Item) -> Value:
    """Read the parts of any other type as words."""
    parts = (item.part(number) for number in range(1, item.raw.count(item.marks.component) + 2))
    return _compared(" ".join(part for part in parts if part))


def _compared(text: str) -> Value:
    found = _COMPARED.fullmatch(text.strip())
    return Value(found[2].strip(), found[1]) if found else Value(text.strip())


def _number(item: Item) -> Value:
    return Value(item.raw.strip())


def _structured(item: Item) -> Value:
    """Read an SN: < 0.01, or 1:128, or 100-200."""
    comparator, first, separator, second = (item.part(number) for number in range(1, 5))
    text = f"{first}{separator}{second}" if separator or second else first
    if comparator in _COMPARATORS:
        return Value(text, comparator)
    return Value(text if comparator in {"", "="} else f"{comparator}{text}")


def _coded(item: Item) -> Value:
    """Read a coded value: its words, and its code."""
    code, words = item.part(1), item.part(2)
    if not code and not words:
        code, words = item.part(4), item.part(5)
    return Value(words or item.part(9) or code, answer=code)


def _date(item: Item) -> Value:
    """Write a date or a time as people do, in the zone it was sent in."""
    sent = item.part()
    on = _DATE.match(sent)
    if not on:
        return Value(sent)
    day = "-".join(part for part in on.groups() if part)
    clock = _clock(sent[_OF_DAY:]) if len(sent) > _OF_DAY else ""
    return Value(f"{day} {clock}".strip())


def _time(item: Item) -> Value:
    return Value(_clock(item.part()))


def _clock(sent: str) -> str:
    found = _TIME.fullmatch(sent)
    if not found:
        return sent
    hour, minute, second, zone = found.groups()
    clock = ":".join(part for part in (hour, minute or "00", second) if part)
    return f"{clock} {zone}" if zone else clock


def _pointer(item: Item) -> Value:
    """Read an RP: where a picture or a slide is kept."""
    return Value(item.part(1) or item.part(2))


_READERS: dict[str, Callable[[Item], Value]] = {
    "NM": _number,
    "SN": _structured,
    "DT": _date,
    "TS": _date,
    "DTM": _date,
    "TM": _time,
    "RP": _pointer,
}
