"""Owners: whom a result is laid before: who asked for it, who stands in, or who is on duty."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import bindparam, select

from domain.access import D0, D2, Permission
from domain.duty import NURSING, DutyRole
from ward.db import Instant
from ward.duty.queries import duties_of, duties_on
from ward.labs.models import Cover
from ward.patients.queries import among
from ward.security.actors import System
from ward.work import Work

_READER = System("job:owners", frozenset())


async def owner_for(work: Work, asked_by: UUID | None, ward_id: UUID | None) -> UUID | None:
    """Find who must look: who asked or stands in for them, else the doctor on duty, else nobody.

    Nobody means every doctor of the ward: the alert of a critical result finds one.
    """
    aside = work.watched(_READER, frozenset({D0, D2}))
    if asked_by is not None:
        here = (await covers(aside, [asked_by])).get(asked_by, asked_by)
        if here != asked_by or await duties_of(aside, asked_by):
            return here
    if ward_id is None:
        return asked_by
    parts = [part for part in DutyRole if part not in NURSING]  # a registrar before a consultant
    duties = await duties_on(aside, ward_id)
    doctors = [duty.user_id for part in parts for duty in duties if duty.part is part]
    if not doctors:
        return None
    stood_in = await covers(aside, doctors)
    return next((stood_in.get(one, one) for one in doctors), None)


async def covers(work: Work, user_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Answer: who stands in for these people now? Whoever is there is left out."""
    aside = work.watched(_READER, frozenset({D0, D2}))
    users = sorted(set(user_ids))
    rows = await aside.every(_STANDING_IN, Permission.VIEW_DUTY, users=users, now=work.now)
    return {row.user_id: row.cover_id for row in rows}


_NOW = bindparam("now", type_=Instant())
_STANDING_IN = (
    select(Cover)
    .where(
        among(Cover.user_id, "users"),
        Cover.since <= _NOW,
        Cover.until > _NOW,
        Cover.ended_at.is_(None),
    )
    .order_by(Cover.since)
)
