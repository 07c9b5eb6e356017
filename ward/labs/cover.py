"""Cover: somebody else looks at one's results while one is away."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.errors import NotAllowed
from realtime.topics import Topic
from ward.db import new_id
from ward.labs.acknowledge import clinicians
from ward.labs.events import CoverChanged
from ward.labs.models import Cover
from ward.security.actors import Actor
from ward.work import Work

MAY = Permission.ACKNOWLEDGE_RESULT
LONGEST = timedelta(days=60)  # engineering default


async def stand_in(work: Work, cover_id: UUID, until: datetime) -> Cover:
    """Have somebody look at one's own results until then; what waits is shown to both."""
    actor = work.actor
    assert isinstance(actor, Actor)
    if not work.now < until <= work.now + LONGEST:
        raise NotAllowed("Choose a time from now on, within 60 days.", "labs.until")
    if cover_id == actor.id:
        raise NotAllowed("Choose somebody else.", "labs.cover")
    wards = actor.wards
    if not any([cover_id in await clinicians(work, ward) for ward in wards]):
        raise NotAllowed("This person cannot acknowledge results here.", "labs.cover")
    for standing in await mine(work, lock=True):
        standing.ended_at = work.now
    row = Cover(id=new_id(), user_id=actor.id, cover_id=cover_id, since=work.now, until=until)
    work.add(row, MAY)
    for ward in wards:
        work.due(Topic("results", ward), until)
    work.record(CoverChanged(wards))
    return row


async def come_back(work: Work) -> None:
    """Look at one's own results again."""
    actor = work.actor
    assert isinstance(actor, Actor)
    standing = await mine(work, lock=True)
    for row in standing:
        row.ended_at = work.now
    if standing:
        work.record(CoverChanged(actor.wards))


async def mine(work: Work, *, lock: bool = False) -> list[Cover]:
    """Answer: who stands in for whoever asks?"""
    standing = select(Cover).where(
        Cover.user_id == work.actor.id, Cover.until > work.now, Cover.ended_at.is_(None)
    )
    if lock:
        standing = standing.with_for_update()
    return await work.every(standing.order_by(Cover.id), MAY)
