"""RAS: a dose given or not given, as RAS^O17 tells it: MSH PID PV1 ORC RXA RXR."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from enum import StrEnum

from domain.doses import NotGiven, Status, coded
from domain.formulary import Drug, Route, Unit
from ward.interop.hl7.outbound import tables
from ward.interop.hl7.outbound.about import About
from ward.interop.hl7.outbound.models import OrderNumber
from ward.interop.hl7.outbound.segments import Head, Value, header, joined, segment, time
from ward.medications.details import GivenDetail

KIND = ("RAS", "O17", "RAS_O17")
NOT_KNOWN, NOTHING = "999", "0"
"""RXA-6 of an amount that is not known yet (by convention), and of a dose that was not given."""


_RUNS = frozenset({Status.RUNNING, Status.PAUSED})


class Act(StrEnum):
    """RXA-21, table 0323."""

    ADD = "A"
    DELETE = "D"
    UPDATE = "U"


@dataclass(frozen=True, slots=True, repr=False)
class Staff:
    """Somebody of the house: an id, and a name."""

    id: str = ""
    name: str = ""

    @property
    def field(self) -> Value:
        """Write an XCN."""
        return (self.id, self.name) if self.id else ""


@dataclass(frozen=True, slots=True, repr=False)
class Dose:
    """All that is told of one administration."""

    order: OrderNumber
    ordered_by: Staff
    drug: Drug
    form: str
    route: Route
    unit: Unit
    status: Status
    detail: GivenDetail
    occurred_at: datetime
    ended_at: datetime | None
    recorded_at: datetime
    given_by: Staff
    indication: str = ""


def message(about: About, dose: Dose, act: Act, control_id: str) -> str:
    """Write the message for one receiver under one control id."""
    head = Head(
        kind=KIND,
        to=about.to,
        facility=about.facility,
        site=about.site,
        at=time(about.now, about.zone),
        processing_id=about.processing_id,
    )
    own = (_orc(dose, about.zone), _rxa(dose, act, about.zone), _rxr(dose))
    return joined((header(head, control_id), *about.patient, *own))


def _orc(dose: Dose, zone: tzinfo) -> str:
    order = dose.order
    return segment(
        "ORC",
        {
            1: "RE",
            2: (order.placer, order.placed_by) if order.placer else "",
            3: (order.filler, order.filled_by) if order.filler else "",
            9: time(dose.recorded_at, zone),
            12: dose.ordered_by.field,
        },
    )


def _rxa(dose: Dose, act: Act, zone: tzinfo) -> str:
    drug, detail = dose.drug, dose.detail
    unit = detail.amount.unit if detail.amount else dose.unit
    code = (drug.rxnorm, drug.generic, "RXNORM") if drug.rxnorm else ("", drug.generic, "")
    return segment(
        "RXA",
        {
            1: "0",
            2: "1",
            3: time(dose.occurred_at, zone),
            4: time(dose.ended_at or dose.occurred_at, zone),
            5: code,
            6: _amount(dose),
            7: tables.unit_out(unit),
            8: ("", dose.form) if dose.form else "",
            10: dose.given_by.field,
            15: detail.lot,
            16: _day(detail.expires),
            18: _reason(dose),
            19: ("", dose.indication) if dose.indication else "",
            20: coded(dose.status, detail.reason).rxa_20 or "",
            21: act.value,
            22: time(dose.recorded_at, zone),
            25: (detail.gtin, "", "GTIN") if detail.gtin else "",
        },
    )


def _rxr(dose: Dose) -> str:
    route = dose.detail.route or dose.route
    fields: dict[int, Value] = {1: tables.route_out(route)}
    if dose.detail.site:
        fields[2] = ("", dose.detail.site)
    return segment("RXR", fields)


def _amount(dose: Dose) -> str:
    """Write how much went in; of what still runs nobody knows."""
    if dose.status is Status.NOT_GIVEN:
        return NOTHING
    if dose.detail.amount is None or dose.status in _RUNS:
        return NOT_KNOWN
    return _number(dose.detail.amount.value)


def _number(value: Decimal) -> str:
    written = f"{value:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def _reason(dose: Dose) -> Value:
    """Write why not, or why only in part: our own code, and the words."""
    reason, text = dose.detail.reason, dose.detail.text
    if reason is None:
        return ("", text) if dose.status is Status.GIVEN_PARTIAL and text else ""
    return (reason.value, text if reason is NotGiven.OTHER else reason.word, "L")


def _day(expires: str) -> str:
    """Write an expiry date that was kept as 2029-01-31; anything else is left out."""
    plain = expires.replace("-", "")
    return plain if len(plain) == 8 and plain.isdigit() else ""
