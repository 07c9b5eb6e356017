"""OML: an order to the laboratory, as OML^O21 tells it: MSH PID PV1 {ORC TQ1 OBR NTE SPM}."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.analytes import ANALYTES, PANELS
from domain.lab_orders import Urgency
from ward.interop.hl7.outbound.about import About
from ward.interop.hl7.outbound.ras import Staff
from ward.interop.hl7.outbound.segments import Head, Value, header, joined, segment, time
from ward.labs.details import LabOrder
from ward.labs.specimen_kinds import panel_name

KIND = ("OML", "O21", "OML_O21")
OURS = "WARD"


class Act(StrEnum):
    """ORC-1, table 0119."""

    NEW = "NW"
    CANCEL = "CA"
    STATUS = "SC"  # a specimen was taken


#: OBR-27.6 and TQ1-9, table 0485.
_URGENCY = {
    Urgency.ROUTINE: ("R", "Routine", "HL70485"),
    Urgency.URGENT: ("A", "As soon as possible", "HL70485"),
    Urgency.STAT: ("S", "Stat", "HL70485"),
}
#: SPM-4, table 0487, by the systems of data/labs.csv.
_SPECIMENS = {
    "Ser/Plas": ("SER", "Serum", "HL70487"),
    "Bld": ("BLD", "Whole blood", "HL70487"),
    "BldA": ("BLDA", "Blood arterial", "HL70487"),
    "PPP": ("PPP", "Plasma, platelet poor", "HL70487"),
    "Plas": ("PLAS", "Plasma", "HL70487"),
    "Ur": ("UR", "Urine", "HL70487"),
}


@dataclass(frozen=True, slots=True)
class Taken:
    """One specimen: its number, what it is, and when it was taken."""

    number: str
    kind: str
    collected_at: datetime | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """All that is told of one order."""

    number: str
    order: LabOrder
    urgency: Urgency
    wanted_at: datetime
    ordered_at: datetime
    ordered_by: Staff
    specimens: Sequence[Taken]
    reason: str = ""


def message(about: About, asked: Asked, act: Act, control_id: str) -> str:
    """Write the message for one receiver under one control id."""
    head = Head(
        kind=KIND,
        to=about.to,
        facility=about.facility,
        site=about.site,
        at=time(about.now, about.zone),
        processing_id=about.processing_id,
    )
    return joined((header(head, control_id), *about.patient, *_groups(about, asked, act)))


def _groups(about: About, asked: Asked, act: Act) -> Iterator[str]:
    """Write a group for each panel and test; the specimens stand in the first that needs them."""
    told: set[str] = set()
    for nth, (service, kinds) in enumerate(_services(asked.order), 1):
        yield _orc(about, asked, act)
        yield segment(
            "TQ1", {1: "1", 7: time(asked.wanted_at, about.zone), 9: _URGENCY[asked.urgency]}
        )
        yield segment(
            "OBR",
            {
                1: str(nth),
                2: (asked.number, OURS),
                4: service,
                7: time(asked.wanted_at, about.zone),
                13: asked.order.question,
                16: asked.ordered_by.field,
            },
        )
        if asked.order.note and nth == 1:
            yield segment("NTE", {1: "1", 2: "P", 3: asked.order.note})
        mine = [one for one in asked.specimens if one.kind in kinds and one.number not in told]
        for number, one in enumerate(mine, 1):
            told.add(one.number)
            yield _spm(about, number, one)


def _orc(about: About, asked: Asked, act: Act) -> str:
    return segment(
        "ORC",
        {
            1: act.value,
            2: (asked.number, OURS),
            9: time(asked.ordered_at, about.zone),
            12: asked.ordered_by.field,
            16: ("", asked.reason) if asked.reason else "",
        },
    )


def _spm(about: About, nth: int, one: Taken) -> str:
    return segment(
        "SPM",
        {
            1: str(nth),
            2: ((one.number, OURS),),
            4: _SPECIMENS.get(one.kind, ("", one.kind)),
            17: time(one.collected_at, about.zone),
        },
    )


def _services(order: LabOrder) -> Iterator[tuple[Value, frozenset[str]]]:
    """Name each panel and test as OBR-4 does, with the specimens it needs."""
    for key in order.panels:
        panel = PANELS[key]
        code = (
            (panel.loinc, panel_name(panel), "LN") if panel.loinc else (key, panel_name(panel), "L")
        )
        yield code, frozenset(one.specimen for one in panel.members)
    for key in order.tests:
        analyte = ANALYTES[key]
        yield (analyte.loinc, analyte.name, "LN"), frozenset({analyte.specimen})
