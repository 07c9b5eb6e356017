"""Whose: the patient of an encounter, for the modules that are asked about encounters."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from ward.adt.models import Encounter
from ward.patients.queries import among
from ward.work import Work


async def whose(
    work: Work, encounter_ids: Sequence[UUID], permission: Permission
) -> dict[UUID, UUID]:
    """Answer: which patient is in each of these encounters?"""
    mine = select(Encounter).where(among(Encounter.id, encounter_ids))
    return {row.id: row.patient_id for row in await work.every(mine, permission)}
