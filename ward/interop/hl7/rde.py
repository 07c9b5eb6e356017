"""RDE: orders of a pharmacy system as typed facts. Nothing is decided here."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo

from ward.interop.hl7 import datatypes
from ward.interop.hl7.adt import Sender
from ward.interop.hl7.datatypes import Clinician, Coded
from ward.interop.hl7.message import Message, Segment
from ward.interop.hl7.moments import Moment, moment
from ward.interop.hl7.outbound.models import OrderNumber
from ward.interop.hl7.person import PersonFields, person
from ward.interop.hl7.said import given, said
from ward.interop.hl7.wire import Reading

ORDER = "RDE"  # MSH-9.1


@dataclass(frozen=True, slots=True, repr=False)
class Timed:
    """When and how often: TQ1, or RXE-1 of senders before 2.5."""

    pattern: str = ""
    """Table 0335, or what the sender uses."""
    start: Moment | None = None
    stop: Moment | None = None
    untimely: bool = False
    """A time is written that is none."""
    priority: str = ""
    """Table 0485."""
    condition: str = ""
    total: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class OrderFields:
    """One order: an ORC and what belongs to it, in the sender's words."""

    control: str
    """ORC-1, table 0119."""
    number: OrderNumber
    reason: str
    prescriber: Clinician | None
    drugs: tuple[Coded, ...]
    """What is ordered, and under which other codes."""
    least: str
    most: str
    unit: Coded
    form: Coded
    route: Coded
    timed: Timed
    several: bool
    """Several timings or routes: nobody knows which belongs to which."""
    runs: bool
    """It has a rate or components: an infusion or a mixture."""
    indication: Coded
    instructions: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class RdeFact:
    """One RDE message."""

    sender: Sender
    control_id: str
    patient: PersonFields
    people: int
    orders: tuple[OrderFields, ...]


def rde_fact(reading: Reading, zone: tzinfo) -> RdeFact:
    """Read an accepted RDE message."""
    message, sent = reading.message, reading.envelope
    pid = message.first("PID") if message else None
    if message is None or pid is None:
        raise ValueError("not an accepted RDE message")
    return RdeFact(
        sender=Sender(sent.sending_application, sent.sending_facility),
        control_id=sent.control_id,
        patient=person(pid, zone),
        people=sum(1 for _ in message.all("PID")),
        orders=tuple(_order(group, zone) for group in _groups(message)),
    )


def _groups(message: Message) -> Iterator[list[Segment]]:
    """Divide a message at each ORC."""
    group: list[Segment] = []
    for one in message.segments:
        if one.name == "ORC":
            if group:
                yield group
            group = []
        if group or one.name == "ORC":
            group.append(one)
    if group:
        yield group


def _order(group: list[Segment], zone: tzinfo) -> OrderFields:
    """Read one group; what stands behind the RXE speaks of what is given, else what is before."""
    orc = group[0]
    at = next((nth for nth, one in enumerate(group) if one.name == "RXE"), len(group))
    rxe = group[at] if at < len(group) else Segment("RXE", (), orc.marks)
    routes, timings = _nearest(group, at, "RXR"), _nearest(group, at, "TQ1")
    rxr = routes[0] if routes else Segment("RXR", (), orc.marks)
    return OrderFields(
        control=orc.text(1).upper(),
        number=_number(orc),
        reason=orc.text(16, 2) or orc.text(16),
        prescriber=given(said(orc, 12, datatypes.clinician)),
        drugs=_drugs(rxe),
        least=rxe.text(3),
        most=rxe.text(4),
        unit=_coded(rxe, 5),
        form=_coded(rxe, 6),
        route=_coded(rxr, 1),
        timed=_timed(timings[0], zone) if timings else _timed_by_rxe(rxe, zone),
        several=len(routes) > 1 or len(timings) > 1,
        runs=bool(rxe.text(23)) or any(one.name == "RXC" for one in group),
        indication=_coded(rxe, 27),
        instructions=tuple(text for one in rxe.items(7) if (text := one.part(2) or one.part(1))),
    )


def _nearest(group: list[Segment], at: int, name: str) -> list[Segment]:
    behind = [one for one in group[at:] if one.name == name]
    return behind or [one for one in group[:at] if one.name == name]


def _number(orc: Segment) -> OrderNumber:
    return OrderNumber(
        placer=orc.text(2),
        placed_by=orc.text(2, 2),
        filler=orc.text(3),
        filled_by=orc.text(3, 2),
    )


def _drugs(rxe: Segment) -> tuple[Coded, ...]:
    """Read RXE-2, its alternate code too."""
    item = rxe.item(2)
    both = (Coded(*(item.part(first + nth) for nth in range(3))) for first in (1, 4))
    return tuple(one for one in both if one.code or one.text)


def _coded(segment: Segment, number: int) -> Coded:
    return given(said(segment, number, datatypes.coded)) or Coded("")


def _timed(tq1: Segment, zone: tzinfo) -> Timed:
    start, stop = moment(tq1.text(7), zone), moment(tq1.text(8), zone)
    return Timed(
        pattern=tq1.text(3),
        start=start,
        stop=stop,
        untimely=(bool(tq1.text(7)) and start is None) or (bool(tq1.text(8)) and stop is None),
        priority=tq1.text(9),
        condition=tq1.text(10),
        total=tq1.text(14),
    )


def _timed_by_rxe(rxe: Segment, zone: tzinfo) -> Timed:
    """Read a TQ: quantity^interval^duration^start^end^priority^condition."""
    written = rxe.item(1)
    start, stop = moment(written.part(4), zone), moment(written.part(5), zone)
    return Timed(
        pattern=written.part(2, 1),
        start=start,
        stop=stop,
        untimely=(bool(written.part(4)) and start is None)
        or (bool(written.part(5)) and stop is None),
        priority=written.part(6),
        condition=written.part(7),
    )
