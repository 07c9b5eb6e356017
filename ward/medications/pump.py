"""Pump: one running infusion: what it was set to, how much has gone in, when the bag is empty."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from domain import doses, infusions
from domain.access import Permission
from domain.amounts import Amount
from domain.errors import NotAllowed
from domain.infusions import Bag, Change, Rate, RateUnit
from ward.adt.models import Encounter
from ward.db import new_id
from ward.medications import held, witness
from ward.medications import line as orders
from ward.medications.details import GivenDetail, OrderDetail, Pumped
from ward.medications.held import Held, actor_id
from ward.medications.line import Line
from ward.medications.models import (
    InfusionStep,
    MedicationAdministration,
    PumpStep,
    ScheduledDose,
)
from ward.medications.witness import Witnessed
from ward.patients.models import Patient
from ward.work import Work

MAY = Permission.GIVE_MEDICATION
_STANDS = frozenset({PumpStep.PAUSE, PumpStep.COMPLETE, PumpStep.STOP})
_MARKS = frozenset({PumpStep.START, PumpStep.BAG})


@dataclass(frozen=True, slots=True, repr=False)
class Pump:
    """An infusion that was started, locked where somebody changes it."""

    held: Held
    line: Line
    dose: ScheduledDose | None
    given: MedicationAdministration
    detail: GivenDetail
    steps: tuple[tuple[InfusionStep, Pumped], ...]

    @property
    def changes(self) -> tuple[Change, ...]:
        """List from when on it ran at which rate; a pause and the end are 0."""
        return tuple(
            Change(row.at, Decimal(0) if row.step in _STANDS else pumped.ml_h)
            for row, pumped in self.steps
        )

    @property
    def now(self) -> Pumped:
        """Give what it was set to last, pauses aside."""
        return next(pumped for row, pumped in reversed(self.steps) if row.step not in _STANDS)

    @property
    def last_at(self) -> datetime:
        """Say when something was done at it last."""
        return self.steps[-1][0].at

    @property
    def bag(self) -> tuple[datetime, Decimal]:
        """Say when the bag that hangs there was hung, and how much was in it."""
        row, pumped = next(pair for pair in reversed(self.steps) if pair[0].step in _MARKS)
        assert self.line.detail.infusion is not None
        return row.at, pumped.volume_ml or self.line.detail.infusion.volume_ml

    def volume(self, at: datetime) -> Decimal:
        """Work out how much has gone in, in mL."""
        return infusions.volume(self.changes, self.given.occurred_at, at)

    @property
    def empty_at(self) -> datetime | None:
        """Say when the bag will be empty; None while it stands still."""
        hung_at, volume = self.bag
        at_hanging = Change(hung_at, self._rate_at(hung_at))
        since = [at_hanging, *(one for one in self.changes if one.at > hung_at)]
        return infusions.empty_at(since, volume)

    def _rate_at(self, at: datetime) -> Decimal:
        return next((one.ml_h for one in reversed(self.changes) if one.at <= at), Decimal(0))


async def load(work: Work, administration_id: UUID, *, lock: bool = False) -> Pump:
    """Reach an infusion; it can be stopped after its order ended, and after the stay did."""
    seen = await work.access(MedicationAdministration, administration_id, MAY)
    patient = await work.access(Patient, seen.patient_id, MAY, lock=lock)
    line = await orders.line(work, seen.request_id, MAY, lock=lock and "share")
    dose = await work.access(ScheduledDose, seen.dose_id, MAY, lock=lock) if seen.dose_id else None
    given = await work.access(MedicationAdministration, administration_id, MAY, lock=lock)
    encounter = await work.access(Encounter, given.encounter_id, MAY)
    ward_id = patient.ward_id or given.ward_id or encounter.ward_id
    if line.detail.infusion is None or given.voided_at is not None or ward_id is None:
        raise NotAllowed("This is no running infusion. Look at the chart.", "infusion.none")
    where = await held.held_on(work, patient, encounter, ward_id)
    detail: GivenDetail = (await work.open([given], MedicationAdministration.detail))[given.id]
    return Pump(where, line, dose, given, detail, tuple(await steps_of(work, given.id)))


async def steps_of(work: Work, administration_id: UUID) -> Sequence[tuple[InfusionStep, Pumped]]:
    """List what was done at a pump, oldest first."""
    run = select(InfusionStep).where(InfusionStep.administration_id == administration_id)
    ordered = run.order_by(InfusionStep.at, InfusionStep.id)
    rows = await work.every(ordered, Permission.VIEW_MEDICATIONS)
    opened: dict[UUID, Pumped] = await work.open(rows, InfusionStep.pumped)
    return [(row, opened[row.id]) for row in rows]


def bag_of(detail: OrderDetail) -> Bag:
    """Say what is in a bag of an order."""
    assert detail.infusion is not None
    return Bag(Amount(detail.dose, detail.unit), detail.infusion.volume_ml)


def setting(detail: OrderDetail, value: Decimal) -> Decimal:
    """Work out what the pump is set to, in mL/h; refused outside the limits of the order."""
    infused = detail.infusion
    assert infused is not None
    unit = RateUnit.read(infused.rate_unit)
    if infused.least is None and infused.most is None and value != infused.rate:
        ordered = Rate(infused.rate, unit)
        raise NotAllowed(
            f"Ordered is {ordered}, without limits to change it in. Ask the prescriber.",
            "infusion.fixed",
        )
    least, most = (Rate(one, unit) if one is not None else None
                   for one in (infused.least, infused.most))  # fmt: skip
    rate = Rate(value, unit)
    if value != infused.rate:
        infusions.check_limits(rate, least, most)
    return infusions.on_pump(infusions.ml_per_hour(rate, bag_of(detail), infused.weight_kg))


async def step(  # noqa: PLR0913 - what is written down of one act at a pump
    work: Work,
    given: MedicationAdministration,
    kind: PumpStep,
    at: datetime,
    *,
    pumped: Pumped,
    witness_id: UUID | None = None,
) -> InfusionStep:
    """Write down what was done at a pump."""
    doses.check_times(at, work.now)
    row = InfusionStep(
        id=new_id(),
        patient_id=given.patient_id,
        administration_id=given.id,
        step=kind,
        at=at,
        recorded_at=work.now,
        recorded_by=actor_id(work),
        witnessed_by=witness_id,
    )
    await work.seal(row, pumped=pumped)
    work.add(row, MAY)
    await work.flush()
    return row


async def second(work: Work, pump: Pump, said: Witnessed | None, ml_h: Decimal) -> UUID | None:
    """Have a second person come to the same setting, where the medicine asks for one."""
    if said is None:
        if pump.line.request.witnessed:
            raise NotAllowed(doses.Guard.SECOND_CHECK.sentence, "dose.second-check")
        return None
    witness.compare(said, ml_h)
    return await witness.check(work, said, pump.held.ward)
