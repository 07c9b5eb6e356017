"""Reactions: what was opened ends by itself, and with the role under which it was."""

from sqlalchemy import select

from domain.access import Permission
from ward import jobs
from ward.breakglass import service
from ward.breakglass.errands import GlassOver
from ward.security.glass import BreakGlass
from ward.security.models import Grant
from ward.users.events import RoleTaken
from ward.work import Work

MAY = {Permission.VIEW_GLASS, Permission.REVIEW_GLASS}


@jobs.at(GlassOver, may=MAY)
async def glass_over(work: Work, errand: GlassOver) -> None:
    """Write down that an access has run out."""
    for row in await service.locked(work, BreakGlass.id == errand.case_id):
        if row.until <= work.now:
            await service.run_out(work, row)


@jobs.when(RoleTaken, may=MAY)
async def role_taken(work: Work, event: RoleTaken) -> None:
    """End what was opened under a role that is no longer held."""
    taken = select(Grant.id).where(Grant.user_id == event.user_id, Grant.revoked_at.is_not(None))
    mine = (BreakGlass.ended_at.is_(None), BreakGlass.grant_id.in_(taken))
    for row in await service.locked(work, *mine):
        await service.run_out(work, row)
