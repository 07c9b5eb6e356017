"""As required: when it was given last, how much of the limit is used, and from when on again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from domain import prn
from domain.amounts import Amount
from domain.display import minute_after
from domain.errors import NotAllowed
from domain.formulary import write
from domain.prn import Given
from ward.medications.chart_read import Rows
from ward.medications.details import GivenAmount
from ward.medications.legible import high_alert
from ward.medications.line import Line
from ward.medications.models import MedicationAdministration


@dataclass(frozen=True, slots=True)
class PrnView:
    """What stands beside an order as required; both limits count the same ingredient."""

    indication: str
    last_at: datetime | None
    last_who: str
    used: str  # 2 of 4 in 24 h
    next_at: datetime | None  # set while it must wait
    never: bool  # no instant at which the dose is within the limits, or no limits where needed
    preparing: str  # who does


def prn_view(rows: Rows, line: Line) -> PrnView:
    """Ask the rule of every ingredient what it says of a dose now; the strictest speaks."""
    answers = [_ask(rows, line, one) for one in sorted(line.drug.ingredients)]
    said = [one for one in answers if one is not None]
    blocked = [one for one in said if not one.allowed]
    ends = [one.next_at for one in blocked if one.next_at is not None]
    last = _last(rows, line)
    claim = next((one for one in rows.claims if one.request_id == line.request.id), None)
    return PrnView(
        indication=line.detail.indication,
        last_at=last.occurred_at if last else None,
        last_who=rows.initials(last.recorded_by) if last else "",
        used=_used(line, max(said, key=lambda one: one.count, default=None)),
        next_at=minute_after(max(ends)) if ends else None,
        never=any(one.next_at is None for one in blocked),
        preparing=claim.name if claim else "",
    )


def _last(rows: Rows, line: Line) -> MedicationAdministration | None:
    given = [one for one in rows.loose.get(line.request.id, []) if one.status.went_in]
    return given[-1] if given else None


def _ask(rows: Rows, line: Line, ingredient: str) -> prn.Answer | None:
    """Judge the largest dose of the order; None where its units cannot be compared."""
    detail, limits = line.detail, line.detail.limits
    minutes = limits.min_interval_minutes if limits else None
    rule = prn.Limits(
        ingredient=ingredient,
        min_interval=timedelta(minutes=minutes) if minutes else None,
        max_24h=Amount(limits.max_24h, detail.unit) if limits and limits.max_24h else None,
        max_count=limits.max_count if limits else None,
        high_alert=high_alert(detail),
    )
    amount = Amount(detail.dose_most or detail.dose, detail.unit)
    try:
        return prn.ask(rows.now, amount, rule, _history(rows, ingredient))
    except NotAllowed:
        return None


def _history(rows: Rows, ingredient: str) -> list[Given]:
    """List what the patient had of an ingredient, in whatever order or product."""
    found = []
    for line in rows.lines:
        if ingredient not in line.drug.ingredients:
            continue
        mine = [*rows.loose.get(line.request.id, []), *_scheduled(rows, line)]
        found += [
            Given(one.occurred_at, _amount(amount))
            for one in mine
            if one.status.went_in and (amount := _had(rows, one)) is not None
        ]
    return sorted(found, key=lambda one: one.at)


def _scheduled(rows: Rows, line: Line) -> list[MedicationAdministration]:
    doses = rows.doses.get(line.request.id, [])
    return [rows.given[dose.id] for dose in doses if dose.id in rows.given]


def _had(rows: Rows, one: MedicationAdministration) -> GivenAmount | None:
    said = rows.said.get(one.id)
    return said.amount if said else None


def _amount(had: GivenAmount) -> Amount:
    return Amount(had.value, had.unit)


def _used(line: Line, answer: prn.Answer | None) -> str:
    """Write how much of the limit is used: 2 of 4, or 2,000 mg of 4,000 mg."""
    limits = line.detail.limits
    if answer is None or limits is None:
        return ""
    if limits.max_count is not None:
        return f"{answer.count} of {limits.max_count}"
    if limits.max_24h is None:
        return f"{answer.count} doses"
    unit = line.detail.unit
    return f"{write(answer.used or Decimal(0), unit)} of {write(limits.max_24h, unit)}"
