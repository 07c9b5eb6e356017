"""Measured: which values of a message can be shown at the bedside, and why others cannot.

Decided here, and written down where the sender can read it (docs/operate/hl7.md):
values of one device within one minute are one set, dated by its newest; of a vital sign that was
sent several times for that minute the last counts; two that differ at one instant contradict each
other, and neither is taken.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from domain import vitals
from domain.errors import NotAllowed
from domain.measured import in_chart_unit
from domain.vitals import PARAMETERS, Vital
from ward.interop.hl7.moments import Precision
from ward.interop.hl7.oru import Observed, OruFact

# HL7 table 0085, as far as it says more than "not for a bedside chart"
_TAKEN = frozenset("FPRC")  # final, preliminary, not verified, corrected
_TAKEN_BACK = frozenset("DW")  # deleted; wrong, such as of another patient
_NOTHING = frozenset("XINO")  # cannot be obtained, pending, not asked, order only
_CORRECTED = "C"
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True, repr=False)
class Value:
    """One number that can be taken, or (None) one that the sender takes back."""

    number: int
    vital: Vital
    value: Decimal | None
    at: datetime
    device: str
    corrects: bool


@dataclass(frozen=True, slots=True, repr=False)
class Group:
    """What one device measured in one minute."""

    device: str
    at: datetime
    values: dict[Vital, Decimal]
    gone: frozenset[Vital]
    corrects: bool


@dataclass(slots=True, repr=False)
class Sorted:
    """A message sorted: what is taken, and what waits and why."""

    groups: list[Group] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    """A sentence for each value that cannot be taken as sent."""
    empty: int = 0
    """Vital signs without a value: a lead was off."""
    repeated: int = 0


def sort(fact: OruFact) -> Sorted:
    """Sort the values of a message; each goes to exactly one place."""
    found, values = Sorted(), list[Value]()
    for one in fact.observed:
        try:
            value = _value(one, one.vital, _device(one, fact))
        except NotAllowed as refused:
            found.waiting.append(_told(one.number, one.vital, refused.sentence))
            continue
        if value is None:
            found.empty += 1
        else:
            values.append(value)
    found.groups = [_group(device, listed, found) for device, listed in _by_minute(values)]
    found.groups = [one for one in found.groups if one.values or one.gone]
    return found


def _value(one: Observed, vital: Vital, device: str) -> Value | None:
    """Read a value, None when there is none; refuse, with a sentence, what must not be guessed."""
    if one.status in _NOTHING:
        return None
    if one.status in _TAKEN_BACK:
        return Value(one.number, vital, None, _time(one), device, corrects=True)
    if one.status not in _TAKEN:
        sent = f"The status {one.status}" if one.status else "A value without a status"
        raise NotAllowed(f"{sent} is not taken from a monitor (OBX-11).")
    if not one.values:
        return None
    number = in_chart_unit(vital, _number(one, vital), one.unit)
    vitals.possible(vital, number)
    corrects = one.status == _CORRECTED
    return Value(one.number, vital, number, _time(one), device, corrects)


def _number(one: Observed, vital: Vital) -> Decimal:
    if PARAMETERS[vital].precision is None:
        raise NotAllowed("No monitor can tell it. A nurse charts it.")
    if one.kind != "NM":
        raise NotAllowed("It was not sent as a number (OBX-2 is not NM).")
    if len(one.values) > 1:
        raise NotAllowed("Several values were sent in one field.")
    return Decimal(one.values[0])


def _time(one: Observed) -> datetime:
    if one.untimely:
        raise NotAllowed("Its time is no date or time (OBX-14, OBR-7).")
    if one.at is None:
        raise NotAllowed("It was sent without the time of the measurement (OBX-14, OBR-7).")
    if one.at.precision < Precision.MINUTE:
        raise NotAllowed("Its time is not exact to the minute (OBX-14, OBR-7).")
    return one.at.at


def _device(one: Observed, fact: OruFact) -> str:
    """Name the device: OBX-18, else the sending system and the bed it stands at."""
    place = fact.place
    words = [fact.sender.application.split("^")[0]]
    words += [part for part in (place.ward, place.bed) if part] if place else []
    name = one.device or " ".join(words)
    printable = "".join(letter for letter in name if letter.isprintable()).strip()
    return printable[:_LONGEST_NAME] or "unnamed"


def _by_minute(values: Iterable[Value]) -> Iterator[tuple[str, list[Value]]]:
    def key(one: Value) -> tuple[str, datetime, bool]:
        return one.device, one.at.replace(second=0, microsecond=0), one.corrects

    for (device, _, _), listed in groupby(sorted(values, key=key), key):
        yield device, list(listed)


def _group(device: str, listed: Sequence[Value], found: Sorted) -> Group:
    """Take the last value of each vital sign; drop a pressure that contradicts itself."""
    last: dict[Vital, Value] = {}
    for vital in dict.fromkeys(one.vital for one in listed):
        of_it = sorted((one for one in listed if one.vital is vital), key=lambda one: one.at)
        newest = [one for one in of_it if one.at == of_it[-1].at]
        if len({one.value for one in newest}) > 1:
            found.waiting += [_told(one.number, vital, _CONTRADICTS) for one in newest]
            continue
        found.repeated += len({one.value for one in of_it}) - 1
        last[vital] = newest[-1]
    _drop_pressure(last, found)
    return Group(
        device=device,
        at=max((one.at for one in last.values()), default=listed[0].at),
        values={one.vital: one.value for one in last.values() if one.value is not None},
        gone=frozenset(one.vital for one in last.values() if one.value is None),
        corrects=listed[0].corrects,
    )


_CONTRADICTS = "Two values were sent for the same instant. Neither is taken."


def _drop_pressure(last: dict[Vital, Value], found: Sorted) -> None:
    high, low = last.get(Vital.SBP), last.get(Vital.DBP)
    if high is None or low is None:
        return
    try:
        vitals.check_pressure(high.value, low.value)
    except NotAllowed as refused:
        for one in (high, low):
            found.waiting.append(_told(one.number, one.vital, refused.sentence))
            del last[one.vital]


def _told(number: int, vital: Vital, sentence: str) -> str:
    return f"OBX {number}, {PARAMETERS[vital].name.lower()}: {sentence}"
