"""Answers: medicines from home on the chart, and what stands in the way of going home."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from domain.discharge import Answer, Item
from domain.reconciliation import Stage
from ward.adt.questions import OrderCheck, before_discharge
from ward.adt.whose import whose
from ward.patients.questions import on_the_summary
from ward.reconciliation.queries import VIEW, HomeMedicines, asked_in, of_patients, undecided
from ward.work import Work

UNASKED = "nobody has asked what the patient takes"


@on_the_summary.answer("reconciliation", VIEW)
async def reconciliation(work: Work, patient_ids: Sequence[UUID]) -> Mapping[UUID, HomeMedicines]:
    """Answer what the patients take at home, and what was decided about it."""
    return await of_patients(work, patient_ids)


@before_discharge.answer("reconciliation", VIEW)
async def checks(work: Work, encounter_ids: Sequence[UUID]) -> Mapping[UUID, list[OrderCheck]]:
    """Answer which medicines from home are undecided, or that nobody has asked for them."""
    patients = await whose(work, encounter_ids, VIEW)
    asked = await asked_in(work, encounter_ids)
    left = {one: await undecided(work, one, Stage.DISCHARGE) for one in asked}
    return {one: [_check(patient, left.get(one, [UNASKED]))] for one, patient in patients.items()}


def _check(patient: UUID, what: Sequence[str]) -> OrderCheck:
    answer = Answer.NOT_DONE if what else Answer.DONE
    return OrderCheck(Item.RECONCILED, answer, tuple(what), f"/patients/{patient}#reconciliation")
