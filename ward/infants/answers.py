"""Answers: what a chart shows of the other of mother and infant: where they lie, never a name.

A chart is one picture for all who watch it, and not each of them may see both.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from domain.access import Permission
from ward.infants import queries
from ward.patients.questions import beside_whom, on_the_banner, on_the_summary
from ward.work import Work


@on_the_banner.answer("family", Permission.VIEW_STAYS)
async def beside_the_place(work: Work, patient_ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    """Answer whose infant or mother this is, for the line below the banner."""
    return await _families(work, patient_ids)


@on_the_summary.answer("infants", Permission.VIEW_STAYS)
async def panel(work: Work, patient_ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    """Answer the same for the chart's panel."""
    return await _families(work, patient_ids)


@beside_whom.answer("infants", Permission.VIEW_STAYS)
async def linked_to(work: Work, patient_ids: Sequence[UUID]) -> Mapping[UUID, tuple[UUID, ...]]:
    """Answer who is linked to this patient."""
    found = {one: await queries.linked(work, one) for one in patient_ids}
    return {one: tuple(other.patient_id for other in others) for one, others in found.items()}


async def _families(work: Work, patient_ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    found = {one: await queries.relatives(work, one) for one in patient_ids}
    return {one: relatives for one, relatives in found.items() if relatives}
