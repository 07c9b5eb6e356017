"""Correct: what was recorded wrongly stays readable, and the truth stands in its place."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from domain import doses, windows
from domain.doses import Event, Guard, Status
from domain.errors import NotAllowed
from domain.orders import STANDING, OrderKind, RequestStatus
from ward.db import new_id
from ward.medications import give, held, ingredients, register_doses
from ward.medications import line as orders
from ward.medications.details import GivenAmount, GivenDetail
from ward.medications.events import AdministrationCorrected
from ward.medications.held import Held, actor_id
from ward.medications.line import Line
from ward.medications.models import MedicationAdministration, ScheduledDose
from ward.medications.occasion import MAY
from ward.medications.said import GivenSaid
from ward.medications.witness import Witnessed
from ward.work import Work

_AGAIN = STANDING | {RequestStatus.COMPLETED}  # a reaction opens what was complete
GONE = "This entry was corrected or taken back already. Look at the chart."


async def take_back(  # noqa: PLR0913 - what was wrong, and what became of the medicine
    work: Work,
    administration_id: UUID,
    reason: str,
    *,
    given: bool = False,
    witness: Witnessed | None = None,
    wasted: bool = False,
) -> MedicationAdministration:
    """Mark an entry as wrong; it stays to read.

    Unless the dose was given nevertheless (written down elsewhere), it is due again. Of a
    controlled drug a second person signs that it came back, or that it was `wasted`.
    """
    where, line, dose, wrong = await _wrong(work, administration_id)
    rows = await register_doses.lines_of(work, wrong) if wrong.status.went_in else []
    witness_id = await register_doses.second(work, where, [] if given else rows, witness)
    await _void(work, dose, wrong, reason)
    if not given:
        await register_doses.put_back(work, rows, reason.strip(), witness_id, wasted=wasted)
        if dose is not None and line.request.status in _AGAIN and where.left_at is None:
            await _again(work, dose, Status.PLANNED)
    _tell(work, where, wrong, None)
    return wrong


async def correct(
    work: Work, administration_id: UUID, said: GivenSaid, reason: str
) -> MedicationAdministration:
    """Put what is true of a dose that was given in the place of a wrong entry."""
    where, line, dose, wrong = await _wrong(work, administration_id)
    if not wrong.status.went_in or line.detail.kind is OrderKind.INFUSION:
        raise NotAllowed("Take this entry back, and record what is true.", "dose.correct")
    was: GivenDetail = (await work.open([wrong], MedicationAdministration.detail))[wrong.id]
    assert was.amount is not None
    at = said.given_at or wrong.occurred_at
    doses.check_times(at, work.now)
    where.refuse_outside(at)
    amount = GivenAmount(said.amount.value, said.amount.unit) if said.amount else was.amount
    if amount.value <= 0:
        raise NotAllowed("Enter the dose that was given, or take the entry back.", "dose.amount")
    if line.request.witnessed and amount != was.amount:
        raise NotAllowed(
            "A second person signed for this dose. Take the entry back, and record the other dose "
            "with them.",
            f"dose.{Guard.SECOND_CHECK.value}",
        )
    rows = [] if amount == was.amount else await register_doses.lines_of(work, wrong)
    witness_id = await register_doses.second(work, where, rows, said.witness)
    await _void(work, dose, wrong, reason)
    fresh = await _again(work, dose, wrong.status) if dose else None
    made = _copy(work, wrong, fresh, at)
    detail = replace(was, amount=amount, text=reason.strip()[: give.LONGEST])
    await work.seal(made, detail=detail)
    work.add(made, MAY)
    await work.flush()
    taken = await ingredients.taken(work, made.patient_id, line.drug, at, without=made.id)
    note = "Corrected"
    await ingredients.lock_out(work, made, line.drug, taken.interval, MAY, reason=note)
    if rows:
        await register_doses.instead(
            work, rows, made, amount, reason.strip(), witness_id=witness_id
        )
    _tell(work, where, wrong, made)
    return made


async def _wrong(
    work: Work, administration_id: UUID
) -> tuple[Held, Line, ScheduledDose | None, MedicationAdministration]:
    seen = await work.access(MedicationAdministration, administration_id, MAY)
    where = await held.hold_stay(work, seen.patient_id, seen.request_id, MAY, lock=True)
    line = await orders.line(work, seen.request_id, MAY, lock="share")
    dose = await work.access(ScheduledDose, seen.dose_id, MAY, lock=True) if seen.dose_id else None
    row = await work.access(MedicationAdministration, administration_id, MAY, lock=True)
    if row.voided_at is not None:
        raise NotAllowed(GONE, "dose.voided")
    if work.now - row.recorded_at > doses.CORRECT_WITHIN:
        raise NotAllowed(Guard.IN_TIME.sentence, f"dose.{Guard.IN_TIME.value}")
    return where, line, dose, row


async def _void(
    work: Work, dose: ScheduledDose | None, wrong: MedicationAdministration, reason: str
) -> None:
    if not reason.strip():
        raise NotAllowed("Say what was wrong.", "dose.reason")
    status = doses.move(wrong.status, Event.CORRECT, frozenset(Guard))
    by = actor_id(work)
    if by is None:
        raise NotAllowed("Only a person corrects what was recorded.", "dose.person")
    wrong.voided_at, wrong.voided_by = work.now, by
    await work.seal(wrong, void_reason=reason.strip()[: give.LONGEST])
    if dose is not None:
        dose.status = status
    await work.flush()
    await ingredients.let_go(work, wrong.id, MAY)


async def _again(work: Work, dose: ScheduledDose, status: Status) -> ScheduledDose:
    """Have the dose stand in the chart once more, at the same time."""
    amount: GivenAmount = (await work.open([dose], ScheduledDose.amount))[dose.id]
    fresh = ScheduledDose(
        id=new_id(),
        status=status,
        **{name: getattr(dose, name) for name in _SAME},
    )
    await work.seal(fresh, amount=amount)
    work.add(fresh, MAY)
    await work.flush()
    return fresh


_SAME = ("patient_id", "request_id", "due_at", "opens_at", "closes_at", "next_at", "wall", "zone",
         "clock_note", "revision")  # fmt: skip
_COPIED = ("patient_id", "encounter_id", "ward_id", "request_id", "status", "witnessed_by",
           "source", "band", "pack")  # fmt: skip


def _copy(
    work: Work, wrong: MedicationAdministration, dose: ScheduledDose | None, at: datetime
) -> MedicationAdministration:
    timing = windows.timing(dose.due_at, at, dose.due_at - dose.opens_at) if dose else None
    by = actor_id(work)
    made = MedicationAdministration(
        id=new_id(),
        dose_id=dose.id if dose else None,
        timing=timing,
        occurred_at=at,
        recorded_at=work.now,
        recorded_by=by,
        recorded_as=work.actor.name,
        replaces_id=wrong.id,
        **{name: getattr(wrong, name) for name in _COPIED},
    )
    if made.witnessed_by == by:  # whoever was the witness cannot be their own
        made.witnessed_by = wrong.recorded_by
    return made


def _tell(
    work: Work,
    where: Held,
    wrong: MedicationAdministration,
    made: MedicationAdministration | None,
) -> None:
    work.record(
        AdministrationCorrected(
            where.patient.id,
            where.ward.id,
            wrong.request_id,
            wrong.dose_id,
            wrong.id,
            made.id if made else None,
        )
    )
