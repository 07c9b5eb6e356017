"""Coming: what a patient is booked for from now on, in words, wherever that is."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from domain.access import D0, D2, Permission
from domain.spans import Span
from ward.patients.queries import among
from ward.places.models import Ward
from ward.projections import projection
from ward.scheduling.clinics import VisitType
from ward.scheduling.taken import of_patient
from ward.security.actors import System
from ward.work import Work

AHEAD = timedelta(days=366)
_READER = System("job:coming", frozenset())


@projection(D2)
class Coming:
    """One appointment to come."""

    id: UUID
    starts_at: datetime
    zone: str
    visit: str
    clinic: str


async def coming_of(work: Work, patient_id: UUID) -> list[Coming]:
    """Answer: where is this patient expected in the year to come, the next one first?"""
    rows = await of_patient(work, patient_id, Span(work.now, work.now + AHEAD))
    rows = sorted((row for row in rows if row.starts_at > work.now), key=lambda row: row.starts_at)
    if not rows:
        return []
    aside = work.watched(_READER, frozenset({D0}))
    kinds = select(VisitType).where(among(VisitType.id, {row.visit_type_id for row in rows}))
    visits = {one.id: one.label for one in await aside.every(kinds, Permission.VIEW_CALENDAR)}
    clinics = await _labels(aside, {row.ward_id for row in rows})
    return [
        Coming(row.id, row.starts_at, row.zone, visits[row.visit_type_id], clinics[row.ward_id])
        for row in rows
    ]


async def _labels(aside: Work, ward_ids: set[UUID]) -> Mapping[UUID, str]:
    places = select(Ward).where(among(Ward.id, ward_ids))
    return {one.id: one.label for one in await aside.every(places, Permission.VIEW_PLACES)}
