"""Answers: the papers of a patient, as a panel of the chart."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from ward.patients.questions import on_the_summary
from ward.prescriptions.queries import VIEW, Papers, of_patients
from ward.work import Work


@on_the_summary.answer("prescriptions", VIEW)
async def prescriptions(work: Work, patient_ids: Sequence[UUID]) -> Mapping[UUID, Papers]:
    """Answer which papers were signed, and what became of them."""
    return await of_patients(work, patient_ids)
