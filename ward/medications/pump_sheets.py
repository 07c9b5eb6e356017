"""Sheet of a pump: what it is set to, how much has gone in, and what may be done at it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from domain.access import D4
from domain.doses import Event, events
from domain.errors import NotAllowed
from domain.formulary import Unit, write
from domain.infusions import Rate, RateUnit
from domain.orders import OrderKind, RequestStatus
from ward.duty.queries import names
from ward.medications import pump, witness
from ward.medications.details import Pumped
from ward.medications.models import InfusionStep, PumpStep
from ward.medications.occasion import SOMEBODY, Occasion, who
from ward.medications.pump import Pump
from ward.patients import banner
from ward.projections import projection
from ward.work import Work

_WORDS = {
    PumpStep.START: "Started",
    PumpStep.RATE: "Rate set",
    PumpStep.BAG: "New bag",
    PumpStep.PAUSE: "Paused",
    PumpStep.RESUME: "Resumed",
    PumpStep.COMPLETE: "Completed",
    PumpStep.STOP: "Stopped",
}


@projection(D4)
class StepView:
    """One thing done at a pump, as its history says."""

    at: datetime
    what: str
    rate: str
    by: str
    second: str
    reason: str


def about(run: Pump) -> str:
    """Name what a second person signs for: this pump, as its order and its last step stand."""
    return witness.about("pumps", run.given.id, run.line.request.revision * 1000 + len(run.steps))


async def running(work: Work, found: Occasion) -> dict[str, Any] | None:
    """Give the sheet of the pump that a dose of the chart started; None where none runs."""
    if found.done is None or found.line.detail.kind is not OrderKind.INFUSION:
        return None
    return await drawn(work, found.done.id)


async def drawn(
    work: Work, administration_id: UUID, *, rate: str = "", token: str = ""
) -> dict[str, Any]:
    """Give the template of a pump what it shows."""
    run = await pump.load(work, administration_id)
    infused, request = run.line.detail.infusion, run.line.request
    assert infused is not None
    patient, person = await banner.who(work, run.given.patient_id)
    volume = run.volume(work.now).quantize(Decimal(1), ROUND_HALF_UP)
    covered = request.status is RequestStatus.ACTIVE
    return {
        "administration_id": administration_id,
        "patient_id": run.given.patient_id,
        **await banner.head(work, patient, person),
        "words": run.line.words,
        "revision": request.revision,
        "covered": covered,
        "standing": run.given.status,
        "may": [event.value for event in events(run.given.status) if covered or event in _ALWAYS],
        "rate": rate or witness.number(run.now.rate or infused.rate),
        "of": RateUnit.read(infused.rate_unit).code,
        "set_to": f"{write(run.now.ml_h, Unit.ML)} per h",
        "would": _would(run, rate) if rate else "",
        "since": run.given.occurred_at,
        "volume": volume,
        "empty_at": run.empty_at,
        "steps": await _steps(work, run),
        "witness": await _signed(work, run, token),
        "zone": str(run.held.zone),
        "title": "Infusion",
    }


_ALWAYS = frozenset({Event.STOP, Event.COMPLETE, Event.PAUSE})


def _would(run: Pump, rate: str) -> str:
    try:
        return f"{write(pump.setting(run.line.detail, Decimal(rate)), Unit.ML)} per h"
    except (NotAllowed, ArithmeticError):
        return ""


async def _steps(work: Work, run: Pump) -> list[StepView]:
    users = {one for row, _ in run.steps for one in (row.recorded_by, row.witnessed_by) if one}
    people = {key: one.name for key, one in (await names(work, users)).items()}
    return [_step(row, pumped, people) for row, pumped in run.steps]


def _step(row: InfusionStep, pumped: Pumped, people: Mapping[UUID, str]) -> StepView:
    rate = ""
    if pumped.rate is not None:
        rate = f"{Rate(pumped.rate, RateUnit.read(pumped.rate_unit))}"
    elif row.step in {PumpStep.COMPLETE, PumpStep.STOP} and pumped.volume_ml is not None:
        rate = f"{write(pumped.volume_ml, Unit.ML)} went in"
    second = people.get(row.witnessed_by, SOMEBODY) if row.witnessed_by else ""
    by = people.get(row.recorded_by, SOMEBODY) if row.recorded_by else SOMEBODY
    return StepView(row.at, _WORDS[row.step], rate, by, second, pumped.reason)


async def _signed(work: Work, run: Pump, token: str) -> dict[str, Any] | None:
    if not run.line.request.witnessed:
        return None
    if not token:
        return {"name": "", "token": "", "at": None}
    one = witness.read(work.node, token, about(run), work.now)
    return {"name": await who(work, one.user_id), "token": token, "at": one.at}
