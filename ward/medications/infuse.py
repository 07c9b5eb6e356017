"""Infuse: start a pump, set it to another rate, pause, resume, hang a bag, end it."""

from dataclasses import replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from domain import doses
from domain.access import Permission
from domain.doses import Event, Guard
from domain.errors import NotAllowed
from domain.fluids import Fluid
from domain.orders import OrderKind, RequestStatus
from ward.medications import give, occasion, pump, safety
from ward.medications.details import GivenAmount, Pumped
from ward.medications.events import InfusionChanged
from ward.medications.held import Held
from ward.medications.models import MedicationAdministration, PumpStep
from ward.medications.pump import Pump
from ward.medications.said import GivenSaid
from ward.medications.witness import Witnessed
from ward.vitals import fluids
from ward.work import Work


async def start(
    work: Work, dose_id: UUID, said: GivenSaid, rate: Decimal | None = None, *, revision: int
) -> MedicationAdministration:
    """Start an infusion; `rate` as the order counts it, the one ordered where nothing is said."""
    found = await occasion.of_dose(work, dose_id, lock=True)
    infused = found.line.detail.infusion
    if found.line.detail.kind is not OrderKind.INFUSION or infused is None:
        raise NotAllowed("This is no infusion. Record the dose.", "infusion.none")
    value = infused.rate if rate is None else rate
    ml_h = pump.setting(found.line.detail, value)
    said = replace(said, ml_h=ml_h)
    judged = await give.judge(work, found, said, revision)
    made = await give.put(
        work, found, said, judged, give.move(found, Event.START, judged), started=True
    )
    pumped = Pumped(ml_h, value, infused.rate_unit, infused.volume_ml)
    await pump.step(
        work, made, PumpStep.START, judged.at, pumped=pumped, witness_id=judged.witness_id
    )
    _tell(work, found.held, made)
    return made


async def change_rate(  # noqa: PLR0913 - what a rate change is
    work: Work,
    administration_id: UUID,
    rate: Decimal,
    *,
    reason: str = "",
    witness: Witnessed | None = None,
    at: datetime | None = None,
    revision: int | None = None,
) -> MedicationAdministration:
    """Set a pump to another rate within the limits of the order; a paused one runs again."""
    run = await _load(work, administration_id, revision)
    infused = run.line.detail.infusion
    assert infused is not None
    ml_h = pump.setting(run.line.detail, rate)
    signed = await pump.second(work, run, witness, ml_h)
    pumped = Pumped(ml_h, rate, infused.rate_unit, reason=reason.strip())
    return await _do(work, run, PumpStep.RATE, pumped, at, witness_id=signed)


async def pause(
    work: Work, administration_id: UUID, reason: str, *, at: datetime | None = None
) -> MedicationAdministration:
    """Let a pump stand still for a while."""
    run = await pump.load(work, administration_id, lock=True)
    pumped = Pumped(Decimal(0), reason=_reason(reason))
    return await _do(work, run, PumpStep.PAUSE, pumped, at)


async def resume(
    work: Work, administration_id: UUID, *, at: datetime | None = None, revision: int | None = None
) -> MedicationAdministration:
    """Let a paused pump run again as it was set before."""
    run = await _load(work, administration_id, revision)
    pumped = replace(run.now, volume_ml=None, reason="")
    return await _do(work, run, PumpStep.RESUME, pumped, at)


async def change_bag(
    work: Work, administration_id: UUID, *, at: datetime | None = None, revision: int | None = None
) -> MedicationAdministration:
    """Hang another bag of the same order; what the last one gave goes to the fluid balance."""
    run = await _load(work, administration_id, revision)
    infused = run.line.detail.infusion
    assert infused is not None
    when, (hung_at, _) = at or work.now, run.bag
    before = run.volume(when) - run.volume(hung_at)
    pumped = replace(run.now, volume_ml=infused.volume_ml, reason="")
    made = await _do(work, run, PumpStep.BAG, pumped, at)
    await _charted(work, run, before, when)
    return made


async def complete(
    work: Work, administration_id: UUID, volume_ml: Decimal, *, at: datetime | None = None
) -> MedicationAdministration:
    """End an infusion that has gone in; the volume goes to the fluid balance."""
    run = await pump.load(work, administration_id, lock=True)
    return await _end(work, run, PumpStep.COMPLETE, volume_ml, at)


async def stop_pump(
    work: Work,
    administration_id: UUID,
    reason: str,
    volume_ml: Decimal,
    *,
    at: datetime | None = None,
) -> MedicationAdministration:
    """Confirm that a pump is off before its bag was empty; also after the order or the stay."""
    run = await pump.load(work, administration_id, lock=True)
    return await _end(work, run, PumpStep.STOP, volume_ml, at, reason=_reason(reason))


async def _load(work: Work, administration_id: UUID, revision: int | None) -> Pump:
    """Reach a pump whose order still covers it, as the form saw it."""
    run = await pump.load(work, administration_id, lock=True)
    await safety.refuse_changed(work, run.held, run.line.request.id)
    if run.line.request.status is not RequestStatus.ACTIVE:
        raise NotAllowed("The order is no longer active. Stop the pump.", "infusion.order")
    if revision is not None and revision != run.line.request.revision:
        raise NotAllowed(Guard.ORDER_UNCHANGED.sentence, "dose.order-changed")
    return run


async def _do(  # noqa: PLR0913 - one act at a pump
    work: Work,
    run: Pump,
    kind: PumpStep,
    pumped: Pumped,
    at: datetime | None,
    *,
    witness_id: UUID | None = None,
) -> MedicationAdministration:
    when = at or work.now
    doses.check_times(when, work.now)
    if when < run.last_at:
        raise NotAllowed("Something was done at this pump after that. Check the time.", "pump.time")
    given, event = run.given, _EVENTS.get(kind)
    if event is not None:
        given.status = doses.move(given.status, event, frozenset(Guard))
    if run.dose is not None:
        run.dose.status = given.status
    await pump.step(work, given, kind, when, pumped=pumped, witness_id=witness_id)
    _tell(work, run.held, given)
    return given


#: A bag changes nothing about how an infusion stands.
_EVENTS = {
    PumpStep.RATE: Event.CHANGE_RATE,
    PumpStep.PAUSE: Event.PAUSE,
    PumpStep.RESUME: Event.RESUME,
    PumpStep.COMPLETE: Event.COMPLETE,
    PumpStep.STOP: Event.STOP,
}


async def _end(  # noqa: PLR0913 - how an infusion ends
    work: Work,
    run: Pump,
    kind: PumpStep,
    volume_ml: Decimal,
    at: datetime | None,
    *,
    reason: str = "",
) -> MedicationAdministration:
    if volume_ml < 0 or not volume_ml.is_finite():
        raise NotAllowed(Guard.VOLUME.sentence, f"dose.{Guard.VOLUME.value}")
    when, (hung_at, _) = at or work.now, run.bag
    before = run.volume(hung_at)
    pumped = Pumped(Decimal(0), volume_ml=volume_ml, reason=reason)
    given = await _do(work, run, kind, pumped, at)
    given.ended_at = when
    ordered = run.line.detail
    went_in = pump.bag_of(ordered).per_ml(ordered.unit) * volume_ml
    amount = GivenAmount(went_in.normalize(), ordered.unit)
    await work.seal(given, detail=replace(run.detail, amount=amount))
    await work.flush()
    await _charted(work, run, volume_ml - before, when)
    return given


async def _charted(work: Work, run: Pump, volume: Decimal, at: datetime) -> None:
    """Put what went in into the fluid balance, in whole millilitres."""
    ml = int(volume.quantize(Decimal(1), ROUND_HALF_UP))
    lying = run.held.patient.ward_id is not None
    if not 0 < ml <= fluids.MOST or not lying or not work.may(Permission.RECORD_VITALS):
        return
    note = f"{run.line.drug.generic}, infusion"
    await fluids.record_fluid(work, run.given.patient_id, Fluid.INTRAVENOUS, ml, at=at, note=note)


def _reason(text: str) -> str:
    if not text.strip():
        raise NotAllowed(Guard.REASON.sentence, f"dose.{Guard.REASON.value}")
    return text.strip()[: give.LONGEST]


def _tell(work: Work, held: Held, given: MedicationAdministration) -> None:
    patient = held.patient
    work.record(
        InfusionChanged(patient.id, patient.ward_id, given.request_id, given.dose_id, given.id)
    )
