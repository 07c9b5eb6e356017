"""Answers: what the chart learns of wristbands."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from ward.patients.questions import on_the_summary
from ward.work import Work
from ward.wristbands import queries
from ward.wristbands.queries import VIEW, Bands


@on_the_summary.answer("wristband", VIEW)
async def wristband(work: Work, patient_ids: Sequence[UUID]) -> Mapping[UUID, Bands]:
    """Answer which band is valid, and since when."""
    return await queries.bands_of(work, patient_ids)
