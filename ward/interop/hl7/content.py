"""Content: what a message must hold so that it can be read at all.

A message that is readable but does not fit (an unknown stay, a taken bed) has no fault here.
"""

import re
from collections.abc import Callable, Iterator
from datetime import tzinfo

from ward.interop.hl7.codes import RESULT_STATUSES, ErrorCode, Fault
from ward.interop.hl7.message import NULL, Item, Message, Segment
from ward.interop.hl7.moments import is_time_of_day, moment
from ward.interop.hl7.siu.parts import RESOURCES, SCHEDULING

LONGEST = 250
"""Characters in one part of a name, number, address or place: what 2.5.1 gives the whole PID-5."""

_WITH_STAY = ("A01", "A02", "A03", "A04", "A11", "A12", "A13", "A17", "A21", "A22")
_NEEDED: dict[str, tuple[str, ...]] = {
    **{f"ADT^{event}": ("PID", "PV1") for event in _WITH_STAY},
    "ADT^A08": ("PID",),
    "ADT^A40": ("PID", "MRG"),
    "ADT^A20": ("NPU",),
    "ORU^R01": ("PID", "OBR"),
    "ORM^O01": ("PID",),
    "OML^O21": ("PID",),
    "RDE^O11": ("PID", "ORC", "RXE"),
    "RDE^O25": ("PID", "ORC", "RXE"),
    "RAS^O17": ("PID", "ORC", "RXA"),
}
"""Segments without which nobody can act; the message structures ask for more. SIU_S12 begins
with SCH, and an appointment may have no patient."""

_FILLED = {"PID": 3, "MRG": 1, "NPU": 1}
_SHORT = {"PID": (3, 5, 11, 13), "PV1": (3, 6, 19), "MRG": (1,), "NPU": (1,)}
_TIMES = {"EVN": (2, 6), "PID": (7, 29), "PV1": (44, 45), "PV2": (8, 9)}
_TIMES_OF_APPOINTMENTS = {"TQ1": (7, 8)} | {
    name: (start,) for name, (start, _, _) in RESOURCES.items()
}
_MEASURED = frozenset({"ORU", "ORM", "OML"})
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)
_MOST_FAULTS = 10


def faults(message: Message, kind: str, event: str, zone: tzinfo) -> list[Fault]:
    """Say what cannot be read, in the order of the message; at most ten things."""
    found: list[Fault] = []
    for fault in _all_faults(message, kind, event, zone):
        found.append(fault)
        if len(found) == _MOST_FAULTS:
            break
    return found


def _all_faults(message: Message, kind: str, event: str, zone: tzinfo) -> Iterator[Fault]:
    needed = ("SCH",) if kind == SCHEDULING else _NEEDED[f"{kind}^{event}"]
    for name in needed:
        if message.first(name) is None:
            yield Fault(ErrorCode.SEGMENT_SEQUENCE, f"{name}^1", f"{name} is missing")
    seen: dict[str, int] = {}
    for segment in message.segments:
        seen[segment.name] = seen.get(segment.name, 0) + 1
        where = f"{segment.name}^{seen[segment.name]}"
        yield from _unfilled(segment, where)
        yield from _too_long(segment, where)
        yield from _untimely(segment, where, zone)
        if kind == SCHEDULING:
            yield from _unscheduled(segment, where, zone)
        if kind in _MEASURED and segment.name == "OBX":
            yield from _unmeasured(segment, where, zone)


def _unfilled(segment: Segment, where: str) -> Iterator[Fault]:
    number = _FILLED.get(segment.name)
    if number and not any(item.part() for item in segment.items(number)):
        text = f"{segment.name}-{number} is empty"
        yield Fault(ErrorCode.REQUIRED_MISSING, f"{where}^{number}", text)


def _too_long(segment: Segment, where: str) -> Iterator[Fault]:
    for number in _SHORT.get(segment.name, ()):
        for repetition, item in enumerate(segment.items(number), 1):
            for component, part in enumerate(item.raw.split(segment.marks.component), 1):
                if len(part) > LONGEST:
                    place = f"{where}^{number}^{repetition}^{component}"
                    text = f"{segment.name}-{number}.{component} is over {LONGEST} characters"
                    yield Fault(ErrorCode.TOO_LONG, place, text)


def _untimely(segment: Segment, where: str, zone: tzinfo) -> Iterator[Fault]:
    for number in _TIMES.get(segment.name, ()):
        text = segment.text(number)
        if text and moment(text, zone) is None:
            name = f"{segment.name}-{number}"
            yield Fault(ErrorCode.DATA_TYPE, f"{where}^{number}", f"{name} is no date or time")


def _unscheduled(segment: Segment, where: str, zone: tzinfo) -> Iterator[Fault]:
    """Find times of an appointment that are none."""
    for number in _TIMES_OF_APPOINTMENTS.get(segment.name, ()):
        text = segment.text(number)
        if text and moment(text, zone) is None:
            name = f"{segment.name}-{number}"
            yield Fault(ErrorCode.DATA_TYPE, f"{where}^{number}", f"{name} is no date or time")
    if segment.name == "SCH":
        for part in (4, 5):
            text = segment.text(11, part)
            if text and moment(text, zone) is None:
                place, words = f"{where}^11^1^{part}", f"SCH-11.{part} is no date or time"
                yield Fault(ErrorCode.DATA_TYPE, place, words)


def _unmeasured(obx: Segment, where: str, zone: tzinfo) -> Iterator[Fault]:
    """Hold one observation against the type it names and the status it has."""
    status = obx.text(11)
    if status and status not in RESULT_STATUSES:
        yield Fault(ErrorCode.NOT_IN_TABLE, f"{where}^11", "OBX-11 is not in table 0085")
    readable = _readers(zone).get(obx.text(2))
    if readable and not all(readable(item) for item in obx.items(5)):
        text = f"OBX-5 is not of the type that OBX-2 names ({obx.text(2)})"
        yield Fault(ErrorCode.DATA_TYPE, f"{where}^5", text)


def _readers(zone: tzinfo) -> dict[str, Callable[[Item], bool]]:
    """Return how to tell that a value is of its type; other types are text and always are."""

    def time(item: Item) -> bool:
        return moment(item.part(), zone) is not None

    return {
        "NM": lambda item: bool(_NUMBER.fullmatch(item.raw.strip())),
        "SN": lambda item: all(_is_number(item.part(part)) for part in (2, 4)),
        "DT": time,
        "TS": time,
        "DTM": time,
        "TM": lambda item: is_time_of_day(item.part()),
    }


def _is_number(text: str) -> bool:
    return text in {"", NULL} or bool(_NUMBER.fullmatch(text))
