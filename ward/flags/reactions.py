"""Reactions: a flag whose end was set beforehand ends at its time, on every open screen."""

from domain.access import Permission
from ward import jobs
from ward.flags.service import MAY, FlagOver, time_over
from ward.work import Work


@jobs.at(FlagOver, may={MAY, Permission.VIEW_PATIENT})
async def over(work: Work, errand: FlagOver) -> None:
    """End the flag, unless somebody ended it or changed its time."""
    await time_over(work, errand.flag_id)
