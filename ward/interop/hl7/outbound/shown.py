"""Shown: the page of outbound messages of every branch is drawn again after each change."""

from sqlalchemy import select

from domain.access import Permission
from realtime.topics import Topic
from ward.interop.hl7.topics import drawn_at
from ward.places.models import Branch
from ward.work import Work


async def changed(work: Work, *, alarm: bool = False) -> None:
    """Have the page drawn again; with `alarm` the intake page too, which tells of refusals."""
    for branch in await work.every(select(Branch).order_by(Branch.id), Permission.VIEW_PLACES):
        work.due(Topic("outbound", branch.id), drawn_at(work.now))
        if alarm:
            work.due(Topic("messages", branch.id), drawn_at(work.now))
