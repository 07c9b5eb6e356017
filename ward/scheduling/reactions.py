"""Reactions: what scheduling does by itself."""

from domain.access import Permission
from ward import jobs
from ward.scheduling import hours, recurring
from ward.scheduling.errands import CalendarsFollow, SeriesEnds, SeriesFollows
from ward.work import Work


@jobs.at(CalendarsFollow, may={Permission.VIEW_CALENDAR})
async def follow(work: Work, errand: CalendarsFollow) -> None:
    """Have the next weeks of calendars drawn again."""
    hours.tell_from(work, errand.ward_id, errand.first, errand.last)


BOOKS = {
    Permission.BOOK_APPOINTMENT,
    Permission.VIEW_APPOINTMENTS,
    Permission.VIEW_CALENDAR,
    Permission.VIEW_PATIENT,
}


@jobs.at(SeriesFollows, may=BOOKS)
async def book_on(work: Work, errand: SeriesFollows) -> None:
    """Book the next appointments of a series."""
    await recurring.follow(work, errand.series_id)


@jobs.at(SeriesEnds, may=BOOKS)
async def cancel_on(work: Work, errand: SeriesEnds) -> None:
    """Cancel the next appointments of a series."""
    await recurring.end_from(work, errand.series_id, errand.since, errand.reason)
