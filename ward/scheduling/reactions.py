"""Reactions: what scheduling does by itself."""

from domain.access import Permission
from ward import jobs
from ward.scheduling import hours
from ward.scheduling.errands import CalendarsFollow
from ward.work import Work


@jobs.at(CalendarsFollow, may={Permission.VIEW_CALENDAR})
async def follow(work: Work, errand: CalendarsFollow) -> None:
    """Have the next weeks of calendars drawn again."""
    hours.tell_from(work, errand.ward_id, errand.first, errand.last)
