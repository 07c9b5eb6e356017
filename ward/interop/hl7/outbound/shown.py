"""Shown: the pages of messages and of receivers of every branch are drawn again."""

from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from realtime.topics import Topic
from ward.interop.hl7.outbound.events import ReceiverChanged
from ward.interop.hl7.topics import drawn_at
from ward.places.models import Branch
from ward.work import Work


async def changed(work: Work, *, alarm: bool = False) -> None:
    """Have the pages drawn again; with `alarm` the intake page too, which tells of refusals."""
    for branch in await _branches(work):
        for page in ("outbound", "receivers"):
            work.due(Topic(page, branch), drawn_at(work.now))
        if alarm:
            work.due(Topic("messages", branch), drawn_at(work.now))


async def decided(work: Work, receiver: str) -> None:
    """Have the pages of receivers drawn at once: somebody did something there, and looks."""
    work.record(ReceiverChanged(receiver, tuple(await _branches(work))))
    await changed(work, alarm=True)


async def _branches(work: Work) -> list[UUID]:
    rows = await work.every(select(Branch).order_by(Branch.id), Permission.VIEW_PLACES)
    return [branch.id for branch in rows]
