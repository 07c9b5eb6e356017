"""Calendar routes: a clinic by day, by week, by room and by clinician; where to begin."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from domain.access import D0, D1, D2, Permission
from domain.display import day_of
from domain.openings import MINUTE
from domain.queues import AMBER, RED
from ward import live
from ward.errors import Invalid
from ward.scheduling import choices
from ward.scheduling.choices import Choice, Clinic
from ward.scheduling.clinics import ResourceKind
from ward.scheduling.events import day_of as topic_of
from ward.scheduling.hours import FARTHEST
from ward.web import get, page
from ward.work import Work, work_of

VIEW = Permission.VIEW_CALENDAR
LONG, TOO_LONG = AMBER // MINUTE, RED // MINUTE
LATE = 5  # minutes; an engineering default


class View(StrEnum):
    """How a clinic is looked at; room and clinician are days with some of the columns."""

    DAY = "day"
    WEEK = "week"
    ROOM = "room"
    CLINICIAN = "clinician"

    @property
    def word(self) -> str:
        """Name it on a page."""
        return self.value.capitalize()


@dataclass(frozen=True, slots=True)
class Ways:
    """Where the buttons beside the date lead."""

    before: date
    after: date
    today: date
    is_today: bool


async def show(request: Request) -> Response:
    """Show the calendar of a clinic; it stays current while it is open."""
    async with work_of(request) as work:
        clinic = await choices.clinic(work, request.path_params["ward_id"])
        today = work.now.astimezone(clinic.zone).date()
        day, view = _asked_day(request, today), _asked_view(request)
        only = _only(request, work, clinic, view)
        start = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a day, no instant
        days = [one.date() for one in choices.week_of(start)] if view is View.WEEK else [day]
        sections = [await live.show(work, "calendar", topic_of(clinic.id, one)) for one in days]
        context = {
            "sections": sections,
            "ward": clinic,
            "day": day,
            "title": _title(days),
            "view": view,
            "views": [(one, one.word) for one in View],
            "only": only,
            "choices": clinic.choices,
            "clinics": await choices.clinics(work),
            "ways": _ways(day, today, view),
            "at": clinic.next_slot(start, work.now),
            "late": LATE,
            "long": LONG,
            "too_long": TOO_LONG,
        }
        return _drawn(request, clinic, context)


def _drawn(request: Request, clinic: Clinic, context: dict[str, Any]) -> Response:
    return page(request, "scheduling/calendar.html", place=clinic.label, **context)


async def begin(request: Request) -> Response:
    """Open the calendar that is nearest: one's own clinic, or the first of the branch."""
    async with work_of(request) as work:
        known = await choices.clinics(work)
        own = getattr(work.actor, "ward_id", None)
        found = next((one for one, _ in known if one == own), known[0][0] if known else None)
        if found is None:
            return page(request, "scheduling/calendar_none.html")
        asked = f"?{request.url.query}" if request.url.query else ""
        return _to(request, f"/clinics/{found}/calendar{asked}")


async def mine(request: Request) -> Response:
    """Open one's own column; whoever has none, the clinic's."""
    async with work_of(request) as work:
        own = await choices.own(work)
        if own is None:
            return _to(request, "/schedule")
        return _to(request, f"/clinics/{own.ward_id}/calendar?view=clinician&of={own.id}")


def _title(days: list[date]) -> str:
    """Say which day or which week is shown."""
    if len(days) == 1:
        return day_of(days[0], weekday=True)
    return f"{day_of(days[0])[:6]} – {day_of(days[-1])}"


def _to(request: Request, path: str) -> Response:
    answer = request.state.answer = RedirectResponse(path, 303)
    return answer


def _asked_day(request: Request, today: date) -> date:
    said = request.query_params.get("day", "")
    if not said:
        return today
    try:
        day = date.fromisoformat(said)
    except ValueError:
        raise Invalid({"day": "Write the day as 2026-03-29."}) from None
    if abs(day - today) >= FARTHEST - timedelta(days=7):
        raise Invalid({"day": "The calendar goes two years back and two years ahead."})
    return day


def _asked_view(request: Request) -> View:
    said = request.query_params.get("view", "")
    return View(said) if said in list(View) else View.DAY


def _only(request: Request, work: Work, clinic: Clinic, view: View) -> Choice | None:
    """Find the one column that is asked for; a week shows always one."""
    said = request.query_params.get("of", "")
    found = next((one for one in clinic.choices if str(one.resource_id) == said), None)
    if found is None and view is View.WEEK:
        own = next((one for one in clinic.choices if one.user_id == work.actor.id), None)
        people = (one for one in clinic.choices if one.kind is ResourceKind.CLINICIAN)
        found = own or next(people, clinic.choices[0] if clinic.choices else None)
    return found


def _ways(day: date, today: date, view: View) -> Ways:
    step = timedelta(days=7 if view is View.WEEK else 1)
    return Ways(day - step, day + step, today, day == today)


ALL = {D0, D1, D2}
routes = [
    get("/schedule", begin, VIEW, shows={D0}),
    get("/schedule/mine", mine, VIEW, shows={D0}),
    get("/clinics/{ward_id:uuid}/calendar", show, VIEW, shows=ALL),
]
