"""ORU: an observation message as typed facts. Nothing is decided here."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from uuid import UUID

from domain.vitals import Vital
from ward.interop.hl7 import datatypes
from ward.interop.hl7.adt import Sender
from ward.interop.hl7.datatypes import Place
from ward.interop.hl7.loinc import vital_of
from ward.interop.hl7.message import Message, Segment
from ward.interop.hl7.moments import Moment, moment
from ward.interop.hl7.person import PersonFields, person
from ward.interop.hl7.reports import ReportFields, Sent, reports
from ward.interop.hl7.said import given, said
from ward.interop.hl7.wire import Envelope, Reading
from ward.labs.said import ReportSaid

RESULT = "ORU"  # MSH-9.1
NOBODY = UUID(int=0)
UNTIMED = datetime(1970, 1, 1, tzinfo=UTC)
"""Of a message without any time: whoever takes it in puts the time of receipt instead."""


@dataclass(frozen=True, slots=True, repr=False)
class Observed:
    """One vital sign, in the sender's words but for its time and what it measures."""

    number: int
    """Which OBX of the message, from 1."""
    vital: Vital
    kind: str
    """OBX-2: the type of the value."""
    values: tuple[str, ...]
    unit: str
    status: str
    """Table 0085."""
    at: Moment | None
    """OBX-14, else OBR-7."""
    untimely: bool
    """A time is written that is none."""
    device: str


@dataclass(frozen=True, slots=True, repr=False)
class OruFact:
    """One ORU message."""

    sender: Sender
    control_id: str
    patient: PersonFields
    people: int
    """How many patients it speaks of."""
    place: Place | None
    observed: tuple[Observed, ...]
    reports: tuple[ReportFields, ...] = ()
    """What is no vital sign, one for each OBR that reports something."""

    @property
    def measures(self) -> bool:
        """Tell whether it holds vital signs."""
        return bool(self.observed)


def oru_fact(reading: Reading, zone: tzinfo) -> OruFact:
    """Read an accepted ORU message."""
    message, sent = reading.message, reading.envelope
    pid = message.first("PID") if message else None
    if message is None or pid is None:
        raise ValueError("not an accepted ORU message")
    pv1 = message.first("PV1")
    return OruFact(
        sender=Sender(sent.sending_application, sent.sending_facility),
        control_id=sent.control_id,
        patient=person(pid, zone),
        people=sum(1 for _ in message.all("PID")),
        place=given(said(pv1, 3, datatypes.place)) if pv1 else None,
        observed=tuple(_observed(message, zone)),
        reports=tuple(reports(message, Sent(_nobody(sent, zone), zone))),
    )


def _nobody(sent: Envelope, zone: tzinfo) -> ReportSaid:
    """Prepare a report of nobody yet: who sends it, and when."""
    at = moment(sent.sent_at, zone)
    when = at.at if at else UNTIMED
    return ReportSaid(
        patient_id=NOBODY,
        sender=f"{sent.sending_application}|{sent.sending_facility}",
        filler="",
        title="",
        observed_at=when,
        reported_at=when,
    )


def _observed(message: Message, zone: tzinfo) -> Iterator[Observed]:
    """Read every OBX that measures a vital sign, with the OBR before it."""
    number, obr = 0, None
    for segment in message.segments:
        if segment.name == "OBR":
            obr = segment
        elif segment.name == "OBX":
            number += 1
            if vital := vital_of(segment):
                yield _one(vital, segment, obr, number, zone)


def _one(vital: Vital, obx: Segment, obr: Segment | None, number: int, zone: tzinfo) -> Observed:
    written = obx.text(14) or (obr.text(7) if obr else "")
    at = moment(written, zone)
    return Observed(
        number=number,
        vital=vital,
        kind=obx.text(2),
        values=tuple(part for item in obx.items(5) if (part := item.part())),
        unit=obx.text(6),
        status=obx.text(11),
        at=at,
        untimely=bool(written) and at is None,
        device=obx.text(18),
    )
