"""Hour routes: when a clinic's people and rooms are there, who is away, and whom that concerns."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D2, Permission
from domain.clinic_hours import Why
from domain.recurrence import DAYS
from domain.spans import Span
from ward import live
from ward.beds.forms import note, options, version
from ward.errors import Invalid
from ward.places.models import Ward
from ward.scheduling import book_forms, choices, hours
from ward.scheduling.clinics import HoursKind
from ward.scheduling.hours import Line
from ward.scheduling.to_move import concerned
from ward.web import field, get, go, optional, page, post, sheet
from ward.work import work_of

MAY, VIEW = Permission.SET_SCHEDULE, Permission.VIEW_CALENDAR
WHYS = [(one.value, one.value.capitalize()) for one in Why if one is not Why.BREAK]
AHEAD = timedelta(days=365)


async def show(request: Request) -> Response:
    """Show when everybody and everything of a clinic is there, and who will be away."""
    async with work_of(request) as work:
        clinic = await choices.clinic(work, request.path_params["ward_id"])
        await work.access(Ward, clinic.id, MAY)
        context: dict[str, Any] = {
            "clinic": clinic,
            "screen": await live.show(work, "hours", clinic.id),
            "weekdays": list(enumerate(DAYS)),
            "kinds": options(HoursKind),
            "conflicts": len(await concerned(work, clinic.id)),
        }
        return page(request, "scheduling/hours.html", place=clinic.label, **context)


async def add(request: Request) -> Response:
    """Add hours or a break to what somebody's week looks like, or to one day."""
    resource_id = await field(request, "resource_id", UUID, missing="Choose whose hours.")
    said = await optional(request, "weekday", int)
    on_day = await optional(request, "on_day", date)
    line = Line(
        kind=await field(request, "kind", HoursKind, missing="Choose hours or a break."),
        opens=await field(request, "opens", time, missing="Say from when."),
        closes=await field(request, "closes", time, missing="Say until when."),
        weekday=None if on_day else said,
        on_day=on_day,
        since=await optional(request, "since", date) or date.min.replace(year=2000),
        until=await optional(request, "until", date),
        label=await optional(request, "label", str) or "",
    )
    for name, at in (("opens", line.opens), ("closes", line.closes)):
        if at.tzinfo is not None:
            raise Invalid({name: "Write the time as the clock of the clinic shows it."})
    if line.closes <= line.opens:
        raise Invalid({"closes": "The end must be after the start."})
    async with work_of(request) as work:
        row = await hours.add_line(work, resource_id, line)
        return go(request, f"/clinics/{row.ward_id}/hours")


async def end(request: Request) -> Response:
    """Take a line away from now on; then show whom that concerns."""
    seen = await version(request)
    async with work_of(request) as work:
        row, met = await hours.end_line(work, request.path_params["hours_id"], seen=seen)
        return go(request, f"/clinics/{row.ward_id}/{'conflicts' if met else 'hours'}")


async def away_form(request: Request) -> Response:
    """Draw the form that says somebody is not there."""
    async with work_of(request) as work:
        clinic = await choices.clinic(work, request.path_params["ward_id"])
        await work.access(Ward, clinic.id, MAY)
        day = request.query_params.get("day", "")[:10] or str(
            work.now.astimezone(clinic.zone).date()
        )
        return sheet(
            request,
            "scheduling/_away.html",
            title="Not there",
            clinic=clinic,
            whys=WHYS,
            starts=f"{day}T00:00",
            ends=f"{day}T23:59",
            of=request.query_params.get("resource", ""),
        )


async def away(request: Request) -> Response:
    """Say that somebody, or the whole clinic, is not there; then show whom that concerns."""
    who = await optional(request, "resource_id", UUID)
    why = await field(request, "why", Why, missing="Choose why.")
    async with work_of(request) as work:
        clinic = await choices.clinic(work, request.path_params["ward_id"])
        starts = await book_forms.time_in(request, clinic.zone, "starts")
        ends = await book_forms.time_in(request, clinic.zone, "ends")
        if ends.at <= starts.at:
            raise Invalid({"ends": "The end must be after the start."})
        span = Span(starts.at, _whole(ends.at))
        _, met = await hours.close(
            work, clinic.id, who, span, why=why, note=await note(request) or ""
        )
        return go(request, f"/clinics/{clinic.id}/{'conflicts' if met else 'hours'}")


def _whole(end: datetime) -> datetime:
    """Take 23:59 as the end of the day, which a form cannot say."""
    return end + timedelta(minutes=1) if end.minute == 59 else end


async def back(request: Request) -> Response:
    """Take a closure back."""
    seen = await version(request)
    async with work_of(request) as work:
        row = await hours.reopen(work, request.path_params["closure_id"], seen=seen)
        return go(request, f"/clinics/{row.ward_id}/hours")


async def conflicts(request: Request) -> Response:
    """List who is booked while somebody is away: each is moved by a person who asks them."""
    async with work_of(request) as work:
        clinic = await choices.clinic(work, request.path_params["ward_id"])
        await work.access(Ward, clinic.id, MAY)
        return page(
            request,
            "scheduling/conflicts.html",
            place=clinic.label,
            clinic=clinic,
            screen=await live.show(work, "conflicts", clinic.id),
        )


SHOWS = {D0, D1, D2}
routes = [
    get("/clinics/{ward_id:uuid}/hours", show, MAY, shows={D0, D2}),
    post("/clinics/{ward_id:uuid}/hours", add, MAY, shows={D0, D2}),
    post("/hours/{hours_id:uuid}/end", end, MAY, shows={D0, D2}),
    get("/clinics/{ward_id:uuid}/closures/new", away_form, MAY, shows={D0, D2}),
    post("/clinics/{ward_id:uuid}/closures/new", away, MAY, shows=SHOWS),
    post("/closures/{closure_id:uuid}/end", back, MAY, shows={D0, D2}),
    get("/clinics/{ward_id:uuid}/conflicts", conflicts, MAY, shows=SHOWS),
]
