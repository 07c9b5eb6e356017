"""SIU: a message about an appointment as typed facts. Nothing is decided here."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum

from domain import names
from ward.interop.hl7 import datatypes
from ward.interop.hl7.adt import Sender
from ward.interop.hl7.datatypes import Clinician, Coded, Place
from ward.interop.hl7.message import Message, Segment
from ward.interop.hl7.person import PersonFields, person
from ward.interop.hl7.said import given, said
from ward.interop.hl7.siu.models import CodeKind
from ward.interop.hl7.siu.numbers import AppointmentNumber, number
from ward.interop.hl7.siu.parts import GONE
from ward.interop.hl7.siu.timing import Timing, timing
from ward.interop.hl7.wire import Reading

LONGEST_REASON, LONGEST_NOTE = 200, 2000
UNCODED = "named without a code"


class SiuEvent(StrEnum):
    """The events of table 0003 that Ward acts on."""

    NEW = "S12"
    RESCHEDULED = "S13"
    MODIFIED = "S14"
    CANCELLED = "S15"
    MISSED = "S26"

    @property
    def ends(self) -> bool:
        """Tell whether it will not be, or was not."""
        return self in {SiuEvent.CANCELLED, SiuEvent.MISSED}


@dataclass(frozen=True, slots=True)
class Asked:
    """A visit, a place, a person or a machine in the sender's words."""

    kind: CodeKind
    key: str
    """By which the sender knows it; of somebody without a number the name."""
    words: str
    names: tuple[str, ...] = ()
    """What a column or a visit here may be called, to be the same."""
    clinic: str = ""
    """The label of a clinic, of a place alone."""
    coded: bool = True
    gone: bool = False
    """The sender takes it out of the appointment (table 0206: D)."""

    @property
    def shown(self) -> str:
        """Name it where no name of a person may stand."""
        return f"{self.kind.word}^{self.key if self.coded else UNCODED}"


@dataclass(frozen=True, slots=True, repr=False)
class SiuFact:
    """One SIU message."""

    event: SiuEvent
    sender: Sender
    control_id: str
    number: AppointmentNumber | None
    patient: PersonFields
    people: int
    """How many patients it speaks of; an appointment may have none."""
    status: str
    """SCH-25, table 0278."""
    why: Coded
    """SCH-6: why this message was sent."""
    reason: str
    """SCH-7, in words: why the patient comes."""
    timing: Timing
    asked: tuple[Asked, ...]
    note: str


def siu_fact(reading: Reading, zone: tzinfo) -> SiuFact:
    """Read an accepted SIU message."""
    message, sent = reading.message, reading.envelope
    sch = message.first("SCH") if message else None
    if message is None or sch is None:
        raise ValueError("not an accepted SIU message")
    pid = message.first("PID")
    return SiuFact(
        event=SiuEvent(sent.event),
        sender=Sender(sent.sending_application, sent.sending_facility),
        control_id=sent.control_id,
        number=number(sch),
        patient=person(pid, zone) if pid else PersonFields(),
        people=sum(1 for _ in message.all("PID")),
        status=sch.text(25),
        why=_coded(sch, 6),
        reason=_words(_coded(sch, 7))[:LONGEST_REASON],
        timing=timing(message),
        asked=tuple(dict.fromkeys(_asked(message, sch))),
        note="\n".join(dict.fromkeys(_notes(message)))[:LONGEST_NOTE],
    )


def _asked(message: Message, sch: Segment) -> Iterator[Asked]:
    """Read every code; without an AIS the reason tells the visit, without an AIL PV1-3 where."""
    found = [one for segment in message.segments if (one := _one(segment))]
    kinds = {one.kind for one in found}
    if CodeKind.VISIT not in kinds and (reason := _coded(sch, 7)) != Coded(""):
        yield _of_code(CodeKind.VISIT, reason, gone=False)
    pv1 = message.first("PV1")
    if CodeKind.PLACE not in kinds and pv1 and (place := given(said(pv1, 3, datatypes.place))):
        yield _of_place(place, gone=False)
    yield from found


def _one(segment: Segment) -> Asked | None:
    gone = segment.text(2).upper() == GONE
    match segment.name:
        case "AIS" | "AIG":
            kind = CodeKind.VISIT if segment.name == "AIS" else CodeKind.EQUIPMENT
            code = _coded(segment, 3)
            return None if code == Coded("") else _of_code(kind, code, gone=gone)
        case "AIL":
            place = given(said(segment, 3, datatypes.place))
            return _of_place(place, gone=gone) if place else None
        case "AIP":
            who = given(said(segment, 3, datatypes.clinician))
            return _of_person(who, gone=gone) if who else None
        case _:
            return None


def _of_code(kind: CodeKind, code: Coded, *, gone: bool) -> Asked:
    key = code.code or names.fold(code.text)
    called = tuple(one for one in (code.code, code.text) if one)
    return Asked(kind, key, " ".join(dict.fromkeys(called)), called, gone=gone)


def _of_place(place: Place, *, gone: bool) -> Asked:
    words = " ".join(one for one in (place.ward, place.room, place.bed) if one)
    rooms = tuple(one for one in (place.bed, place.room) if one)
    return Asked(CodeKind.PLACE, str(place), words, rooms, clinic=place.ward, gone=gone)


def _of_person(who: Clinician, *, gone: bool) -> Asked:
    name = " ".join(one for one in (who.name.prefix, who.name.given, who.name.family) if one)
    key = who.number or f"\0{names.fold(name)}"  # no number can be mistaken for a name
    words = " ".join(one for one in (who.number, name) if one)
    called = tuple(one for one in (who.number, who.name.family) if one)
    return Asked(CodeKind.PERSON, key, words, called, coded=bool(who.number), gone=gone)


def _notes(message: Message) -> Iterator[str]:
    """Read what was written to the appointment or to a part of it."""
    for nte in message.all("NTE"):
        for item in nte.items(3):
            if text := item.part():
                yield text


def _coded(segment: Segment, place: int) -> Coded:
    return given(said(segment, place, datatypes.coded)) or Coded("")


def _words(code: Coded) -> str:
    return code.text or code.code
