"""ADT: a step of a stay, as table 0003 names it: MSH EVN PID PV1 PV2; of a swap both patients."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from types import MappingProxyType

from ward.adt.models import Step, Visit
from ward.interop.hl7.outbound.ras import Staff
from ward.interop.hl7.outbound.segments import Head, Value, header, joined, segment, time

OURS = "WARD"
UPDATE = "A08"
PERSON, PERSON_CHANGED = "A28", "A31"

EVENTS: Mapping[Step, str] = MappingProxyType(
    {
        Step.ARRIVED: "A04",
        Step.ADMITTED: "A01",
        Step.TRANSFERRED: "A02",
        Step.SWAPPED: "A17",
        Step.DISCHARGED: "A03",
        Step.ADMISSION_CANCELLED: "A11",
        Step.TRANSFER_CANCELLED: "A12",
        Step.DISCHARGE_CANCELLED: "A13",
        Step.LEFT: "A21",
        Step.RETURNED: "A22",
        Step.HOME_EXPECTED: UPDATE,
    }
)
"""Which event tells a step; isolation is nobody's business but ours."""

#: MSH-9.3 of each event, HL7 table 0354.
_STRUCTURES = {
    **dict.fromkeys(("A01", "A04", "A08", "A13"), "ADT_A01"),
    "A02": "ADT_A02",
    "A03": "ADT_A03",
    "A11": "ADT_A09",
    "A12": "ADT_A12",
    "A17": "ADT_A17",
    **dict.fromkeys(("A21", "A22"), "ADT_A21"),
    **dict.fromkeys((PERSON, PERSON_CHANGED), "ADT_A05"),
}


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Side:
    """One patient of a message: who, and the visit as it is after the step."""

    pid: str
    kind: str
    place: Value
    before: Value = ""
    visit_id: str
    known: Visit | None
    disposition: str = ""
    admitted_at: datetime | None = None
    discharged_at: datetime | None = None
    home_on: date | None = None


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Happened:
    """What happened, when it was written down and when it was, why, and by whom."""

    event: str
    recorded_at: datetime
    at: datetime | None = None
    reason: str = ""
    by: Staff = field(default_factory=Staff)


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a message goes, and by whose clock its times are written."""

    to: str
    facility: str
    site: str
    processing_id: str
    zone: tzinfo
    now: datetime


def message(frame: Frame, happened: Happened, side: Side, control_id: str) -> str:
    """Write the message for one receiver under one control id."""
    return joined(_opening(frame, happened, control_id)) + group(frame, side)


def person(frame: Frame, happened: Happened, pid: str, control_id: str) -> str:
    """Write who somebody is without a visit: ADT_A05 demands a PV1, so it says that none applies.

    PV1-2 N, not applicable: HL7 table 0004.
    """
    nowhere = segment("PV1", {1: "1", 2: "N"})
    return joined((*_opening(frame, happened, control_id), pid, nowhere))


def _opening(frame: Frame, happened: Happened, control_id: str) -> tuple[str, str]:
    head = Head(
        kind=("ADT", happened.event, _STRUCTURES[happened.event]),
        to=frame.to,
        facility=frame.facility,
        site=frame.site,
        at=time(frame.now, frame.zone),
        processing_id=frame.processing_id,
    )
    return header(head, control_id), _evn(frame, happened)


def group(frame: Frame, side: Side, nth: int = 1) -> str:
    """Write what is said of one patient."""
    segments = [side.pid, _pv1(frame, side, nth)]
    if side.home_on:
        segments.append(segment("PV2", {9: f"{side.home_on:%Y%m%d}"}))
    return joined(segments)


def _evn(frame: Frame, happened: Happened) -> str:
    return segment(
        "EVN",
        {
            1: happened.event,
            2: time(happened.recorded_at, frame.zone),
            4: happened.reason,
            5: happened.by.field,
            6: time(happened.at, frame.zone),
        },
    )


def _pv1(frame: Frame, side: Side, nth: int) -> str:
    """Write the visit; its number is that of whoever gave one, and then ours is PV1-50."""
    known, ours = side.known, (side.visit_id, "", "", OURS, "VN")
    return segment(
        "PV1",
        {
            1: str(nth),
            2: side.kind,
            3: side.place,
            6: side.before,
            19: (known.number, "", "", known.authority, "VN") if known else ours,
            36: side.disposition,
            44: time(side.admitted_at, frame.zone),
            45: time(side.discharged_at, frame.zone),
            50: ours if known else "",
        },
    )
