"""Answers: the summaries on the chart, and whether one is signed before somebody goes home."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from domain.discharge import Answer, Item
from ward.adt.questions import RecordCheck, before_discharge
from ward.adt.whose import whose
from ward.patients.questions import on_the_summary
from ward.summaries.queries import VIEW, Summaries, of_patients, signed_of
from ward.work import Work


@on_the_summary.answer("discharge_summary", VIEW)
async def discharge_summary(work: Work, patient_ids: Sequence[UUID]) -> Mapping[UUID, Summaries]:
    """Answer which summaries are drafted and signed."""
    return await of_patients(work, patient_ids)


@before_discharge.answer("summary", VIEW)
async def signed(work: Work, encounters: Sequence[UUID]) -> Mapping[UUID, list[RecordCheck]]:
    """Answer whether a doctor has signed the summary of this stay."""
    patients, there = await whose(work, encounters, VIEW), await signed_of(work, encounters)
    return {
        one: [
            RecordCheck(
                Item.SUMMARY,
                Answer.DONE if one in there else Answer.NOT_DONE,
                link=f"/patients/{patient}/discharge-summary",
            )
        ]
        for one, patient in patients.items()
    }
