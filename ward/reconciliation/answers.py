"""Answers: medicines from home on the chart, and what stands in the way of going home."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from domain.discharge import Answer, Item
from domain.reconciliation import Stage
from ward.adt.questions import Check, before_discharge
from ward.patients.questions import on_the_summary
from ward.reconciliation.queries import VIEW, HomeMedicines, of_patients, undecided
from ward.work import Work


@on_the_summary.answer("reconciliation", VIEW)
async def reconciliation(work: Work, patient_ids: Sequence[UUID]) -> Mapping[UUID, HomeMedicines]:
    """Answer what the patients take at home, and what was decided about it."""
    return await of_patients(work, patient_ids)


@before_discharge.answer("reconciliation", VIEW)
async def checks(work: Work, encounter_ids: Sequence[UUID]) -> Mapping[UUID, list[Check]]:
    """Answer whether a medicine from home is undecided; what was never asked blocks nobody."""
    left = {one: await undecided(work, one, Stage.DISCHARGE) for one in encounter_ids}
    return {
        one: [Check(Item.RECONCILED, Answer.NOT_DONE)] if count else []
        for one, count in left.items()
    }
