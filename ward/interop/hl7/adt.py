"""ADT: an admission, move or discharge message as typed facts. Nothing is decided here."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import tzinfo
from enum import StrEnum

from ward.interop.hl7 import datatypes, visit
from ward.interop.hl7.datatypes import Identifier, PersonName
from ward.interop.hl7.message import Message, Segment
from ward.interop.hl7.moments import Moment, moment
from ward.interop.hl7.person import PersonFields, identifiers, person, record_number
from ward.interop.hl7.said import given, said
from ward.interop.hl7.visit import AllergyFields, DiagnosisFields, VisitFields
from ward.interop.hl7.wire import Envelope, Reading


class AdtEvent(StrEnum):
    """The events that move patients (table 0003)."""

    ADMIT = "A01"
    TRANSFER = "A02"
    DISCHARGE = "A03"
    REGISTER = "A04"
    UPDATE = "A08"
    CANCEL_ADMIT = "A11"
    CANCEL_TRANSFER = "A12"
    CANCEL_DISCHARGE = "A13"
    SWAP = "A17"
    LEAVE = "A21"
    RETURN = "A22"
    MERGE = "A40"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent a message: MSH-3 and MSH-4 as sent, by which places are mapped."""

    application: str
    facility: str


@dataclass(frozen=True, slots=True)
class Merge:
    """An A40 pair: the numbers that stay, and those that are retired into them."""

    survivor: PersonFields
    retired: tuple[Identifier, ...]
    retired_visit: Identifier | None = None
    retired_name: PersonName | None = None

    @property
    def retired_mrn(self) -> Identifier | None:
        """Return the record number that is retired."""
        return record_number(self.retired)


@dataclass(frozen=True, slots=True)
class AdtFact:
    """One ADT message."""

    event: AdtEvent
    sender: Sender
    control_id: str
    patient: PersonFields
    visit: VisitFields | None
    occurred: Moment | None
    """When it happened: EVN-6, else EVN-2, else MSH-7."""
    recorded: Moment | None
    """EVN-2: older demographics than we have are recognised by it."""
    allergies: tuple[AllergyFields, ...] = ()
    diagnoses: tuple[DiagnosisFields, ...] = ()
    merges: tuple[Merge, ...] = ()
    other: "AdtFact | None" = None
    """Of a swap: the same of the second patient."""


def fact(reading: Reading, zone: tzinfo) -> AdtFact:
    """Read an accepted ADT message that Ward acts on.

    Only a `reading` with the outcome ACCEPTED and the use ACTED_ON has what this needs.
    """
    message, sent = reading.message, reading.envelope
    pid = message.first("PID") if message else None
    if message is None or pid is None:
        raise ValueError("not an accepted ADT message")
    if AdtEvent(sent.event) is AdtEvent.SWAP:
        one, *others = [_fact(part, sent, zone) for part in _each_patient(message)]
        return replace(one, other=others[0] if len(others) == 1 else None)
    return _fact(message, sent, zone)


def _each_patient(message: Message) -> Iterator[Message]:
    """Divide a message at each PID; what stands before the first goes with every part."""
    starts = [nth for nth, one in enumerate(message.segments) if one.name == "PID"]
    head = message.segments[: starts[0]]
    for start, end in zip(starts, [*starts[1:], len(message.segments)], strict=True):
        yield Message(head + message.segments[start:end])


def _fact(message: Message, sent: Envelope, zone: tzinfo) -> AdtFact:
    pid = message.first("PID") or Segment("PID", (), sent.marks)
    evn = message.first("EVN") or Segment("EVN", (), sent.marks)
    recorded = moment(evn.text(2), zone)
    return AdtFact(
        event=AdtEvent(sent.event),
        sender=Sender(sent.sending_application, sent.sending_facility),
        control_id=sent.control_id,
        patient=person(pid, zone),
        visit=visit.visit(message, zone),
        occurred=moment(evn.text(6), zone) or recorded or moment(sent.sent_at, zone),
        recorded=recorded,
        allergies=visit.allergies(message),
        diagnoses=visit.diagnoses(message, zone),
        merges=tuple(_merges(message, zone)),
    )


def _merges(message: Message, zone: tzinfo) -> Iterator[Merge]:
    """Pair each MRG with the PID before it."""
    survivor: PersonFields | None = None
    for segment in message.segments:
        if segment.name == "PID":
            survivor = person(segment, zone)
        elif segment.name == "MRG" and survivor:
            visit_number = given(said(segment, 5, datatypes.identifier))
            name = given(said(segment, 7, datatypes.person_name))
            yield Merge(survivor, identifiers(segment, 1), visit_number, name)
