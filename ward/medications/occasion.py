"""Occasion: one dose that is about to be given, or not: everything that is known of it now."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from uuid import UUID

from sqlalchemy import select

from domain import rights, windows
from domain.access import Permission
from domain.amounts import Amount
from domain.display import time_of
from domain.doses import Status
from domain.errors import NotAllowed
from domain.orders import OrderKind, RequestStatus
from domain.rights import Done
from domain.windows import Standing
from ward.duty.queries import names
from ward.medications import claims, held, ingredients
from ward.medications import line as orders
from ward.medications.details import GivenAmount, GivenDetail
from ward.medications.held import Held
from ward.medications.ingredients import Taken
from ward.medications.line import Line
from ward.medications.models import DoseClaim, MedicationAdministration, ScheduledDose
from ward.patients.models import Patient
from ward.patients.person import Person
from ward.work import Work
from ward.wristbands.queries import band_of

MAY = Permission.GIVE_MEDICATION
SOMEBODY = "Somebody"


@dataclass(frozen=True, slots=True, repr=False)
class Occasion:
    """A dose with its order, its patient, and whoever stands there."""

    held: Held
    line: Line
    dose: ScheduledDose | None  # None: as required
    ordered: Amount
    most: Amount | None  # of a range
    person: Person
    patient: rights.Patient
    claim: DoseClaim | None
    taken: Taken
    done: MedicationAdministration | None
    now: datetime

    @property
    def width(self) -> timedelta | None:
        """Give half of the window."""
        return self.dose.due_at - self.dose.opens_at if self.dose else None

    @property
    def over(self) -> bool:
        """Tell whether the order's time is over, also where nothing has completed it yet."""
        stops_at = self.line.request.stops_at
        return stops_at is not None and stops_at <= self.now

    @property
    def ended_at(self) -> datetime | None:
        """Tell since when nothing more of it is given: its order or the stay has ended."""
        request = self.line.request
        ends = [self.held.left_at, request.ended_at, request.stops_at if self.over else None]
        return min((one for one in ends if one is not None), default=None)

    def standing(self, at: datetime) -> Status:
        """Tell what the dose is called at an instant, as long as nobody has touched it."""
        if self.dose is None:
            return Status.DUE
        if self.dose.status is not Status.PLANNED:
            return self.dose.status
        if self.line.request.status is RequestStatus.ON_HOLD:
            return Status.HELD
        width = self.width or timedelta(0)
        return _STANDING[windows.standing(self.dose.due_at, at, width, self.dose.next_at)]

    def rule(self, done: Done | None = None) -> rights.Line:
        """Give it in the form the rights are judged by."""
        request = self.line.request
        return rights.Line(
            patient=self.patient,
            generic=self.line.drug.generic,
            amount=self.ordered,
            route=self.line.detail.route,
            version=request.revision,
            zone=self.held.zone,
            due_at=self.dose.due_at if self.dose else None,
            width=self.width,
            least_at=self.taken.least_at if self.dose else None,
            active=request.status is RequestStatus.ACTIVE and not self.over,
            done=done,
            high_alert=request.high_alert,
        )

    def ranged(self, amount: Amount) -> rights.Line:
        """Give the line as it stands; of a range, any amount in it is the ordered one."""
        line = self.rule()
        if self.most is None:
            return line
        ordered, most = self.ordered, self.most
        inside = ordered.value <= amount.to(ordered.unit).value <= most.value
        return replace(line, amount=amount) if inside else line


_STANDING = {
    Standing.PLANNED: Status.PLANNED,
    Standing.DUE: Status.DUE,
    Standing.OVERDUE: Status.OVERDUE,
    Standing.MISSED: Status.MISSED,
}


async def of_dose(work: Work, dose_id: UUID, *, lock: bool = False) -> Occasion:
    """Gather a dose of the chart; locked, nobody else gives it or changes its order meanwhile."""
    seen = await work.access(ScheduledDose, dose_id, MAY)
    if lock:  # whoever comes too late hears so without waiting for others who do
        await refuse_done(work, await effective(work, dose_id))
    where = await held.hold_stay(work, seen.patient_id, seen.request_id, MAY, lock=lock)
    found = await orders.line(work, seen.request_id, MAY, lock=lock and "share")
    dose = await work.access(ScheduledDose, dose_id, MAY, lock=lock)
    amount: GivenAmount = (await work.open([dose], ScheduledDose.amount))[dose.id]
    done = await effective(work, dose_id)
    if lock:
        await refuse_done(work, done)
    ordered = Amount(amount.value, amount.unit)
    return await _gather(work, where, found, ordered, dose=dose, done=done)


async def of_order(work: Work, request_id: UUID, *, lock: bool = False) -> Occasion:
    """Gather an order as required: its next dose."""
    seen = await orders.line(work, request_id, MAY)
    if seen.detail.kind is not OrderKind.AS_REQUIRED:
        raise NotAllowed("This is given at its times. Record the dose that is due.", "prn.kind")
    where = await held.hold_stay(work, seen.request.patient_id, request_id, MAY, lock=lock)
    found = await orders.line(work, request_id, MAY, lock=lock and "share")
    return await _gather(work, where, found, Amount(found.detail.dose, found.detail.unit))


@dataclass(frozen=True, slots=True, repr=False)
class Brief:
    """As much of an occasion as it takes to read its form."""

    line: Line
    dose: ScheduledDose | None
    zone: tzinfo


async def brief(
    work: Work, *, dose_id: UUID | None = None, request_id: UUID | None = None
) -> Brief:
    """Look a dose or an order as required up, without what only a sheet shows."""
    dose = await work.access(ScheduledDose, dose_id, MAY) if dose_id else None
    key = dose.request_id if dose else request_id
    assert key is not None
    found = await orders.line(work, key, MAY)
    patient = await work.access(Patient, found.request.patient_id, MAY)
    zone = await held.zone_of_stay(work, patient, found.request.encounter_id, MAY)
    return Brief(found, dose, zone)


async def _gather(  # noqa: PLR0913 - what an occasion is made of
    work: Work,
    where: Held,
    found: Line,
    ordered: Amount,
    *,
    dose: ScheduledDose | None = None,
    done: MedicationAdministration | None = None,
) -> Occasion:
    patient_id, most = where.patient.id, found.detail.dose_most
    people: dict[UUID, Person] = await work.open([where.patient], Patient.identity)
    taken = await ingredients.taken(
        work, patient_id, found.drug, work.now, without=done.id if done else None
    )
    return Occasion(
        held=where,
        line=found,
        dose=dose,
        ordered=ordered,
        most=Amount(most, found.detail.unit) if most is not None and dose is None else None,
        person=people[patient_id],
        patient=await band_of(work, patient_id, MAY),
        claim=await claims.my_claim(work, patient_id),
        taken=taken,
        done=done,
        now=work.now,
    )


async def effective(work: Work, dose_id: UUID) -> MedicationAdministration | None:
    """Find what was done with a dose, unless it was taken back."""
    done = select(MedicationAdministration).where(
        MedicationAdministration.dose_id == dose_id, MedicationAdministration.voided_at.is_(None)
    )
    return next(iter(await work.every(done, MAY)), None)


async def who(work: Work, user_id: UUID | None) -> str:
    """Name a member of staff."""
    known = await names(work, [user_id]) if user_id else {}
    return known[user_id].name if user_id and user_id in known else SOMEBODY


async def refuse_done(work: Work, done: MedicationAdministration | None) -> None:
    """Refuse what has been recorded already, with who did it and when."""
    if done is None:
        return
    patient = await work.access(Patient, done.patient_id, MAY)
    zone = await held.zone_of_stay(work, patient, done.encounter_id, MAY)
    by, at = await who(work, done.recorded_by), time_of(done.occurred_at, zone)
    if done.status.went_in:
        raise NotAllowed(
            f"{by} gave this dose at {at}. Do not give it.", rights.Stop.ALREADY_GIVEN.value
        )
    detail: GivenDetail = (await work.open([done], MedicationAdministration.detail))[done.id]
    why = detail.reason.word if detail.reason else ""
    raise NotAllowed(
        f"{by} recorded at {at} that this dose was not given: {why}. Look at the chart.",
        "dose.not-given",
    )
