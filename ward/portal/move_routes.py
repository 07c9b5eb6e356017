"""Move routes: free times to choose among, the one that is kept meanwhile, and the move."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from domain import reminder_words
from domain.errors import NotAllowed
from ward import live
from ward.errors import Invalid, Missing, Stale
from ward.portal import moving, queries
from ward.portal.moving import Day
from ward.portal.own_routes import HERE, ONE, SHOWS, own, phone, row_of
from ward.portal.queries import Visit
from ward.portal.whose import ACT, VIEW
from ward.render import render
from ward.scheduling.book_forms import pick_of, picked
from ward.security.limits import Limit
from ward.web import field, get, go, page, post
from ward.work import Work, work_of

CHOICES = Limit("own-choices", 30, 600)
FARTHEST = timedelta(days=365)


async def show(request: Request) -> Response:
    """Show free times for an appointment; the list renews itself when one is taken."""
    async with work_of(request) as work:
        return await _page(request, work)


async def times(request: Request) -> Response:
    """Answer the list of free times as it is now."""
    async with work_of(request) as work:
        context = await _times(request, work)
        return HTMLResponse(render("portal/_times.html", **context))


async def choose(request: Request) -> Response:
    """Keep a time while the patient decides; where somebody was faster, show what is left."""
    (start, who), seen = await _pick(request), await field(request, "version", int)
    try:
        async with work_of(request) as work:
            await work.node.limits.spend(CHOICES, str(work.actor.id))
            kept = await moving.choose(work, _id(request), start, who, seen=seen)
            one = await own(work, request)
            zone = ZoneInfo(one.zone)
            return page(
                request,
                "portal/kept.html",
                one=one,
                seen=seen,
                held=kept,
                to=reminder_words.when(kept.start, zone, one.language),
                until=f"{kept.until.astimezone(zone):%H:%M}",
            )
    except (NotAllowed, Stale) as refused:
        problem = refused.sentence
    return await _again(request, problem)


async def move(request: Request) -> Response:
    """Move the appointment to the time that is kept."""
    hold_id, seen = await field(request, "hold_id", UUID), await field(request, "version", int)
    try:
        async with work_of(request) as work:
            await moving.move(work, _id(request), hold_id, seen=seen)
            return go(request, f"{HERE}?done=moved")
    except (NotAllowed, Stale) as refused:
        problem = refused.sentence
    return await _again(request, problem)


async def stay(request: Request) -> Response:
    """Keep the time one has, and let go the other."""
    async with work_of(request) as work:
        await moving.let_go(work, _id(request))
        return go(request, HERE)


async def _again(request: Request, problem: str) -> Response:
    async with work_of(request) as work:
        return await _page(request, work, problem, 409)


async def _page(
    request: Request, work: Work, problem: str | None = None, status: int = 200
) -> Response:
    context = await _times(request, work)
    one: Visit = context["one"]
    shown = await _free(work, one.ward_id)
    return page(request, "portal/move.html", status, free=shown, problem=problem, **context)


async def _free(work: Work, ward_id: UUID) -> Markup:
    """Draw the mark that tells the page when its list is old; without, it renews at a press."""
    try:
        return (await live.show(work, "free", ward_id)).html
    except Missing:  # a clinic of another branch than the one where the account was made
        return Markup()


async def _times(request: Request, work: Work) -> dict[str, Any]:
    row = await row_of(work, request)
    one = await queries.visit_of(work, row)
    since, refused, found = _since(request, work), None, list[Day]()
    try:
        found = await moving.times(work, row, since)
    except NotAllowed as rule:  # too late, or not a patient's to move: the page says so
        refused = rule.sentence
    zone = ZoneInfo(one.zone)
    return {
        "one": one,
        "days": [_day(day, zone, one.language) for day in found],
        "later": _later(found),
        "since": request.query_params.get("from", ""),
        "refused": refused,
        "phone": phone(work),
    }


def _day(day: Day, zone: ZoneInfo, language: str) -> tuple[str, list[tuple[str, str, str]]]:
    """Write a day and its times: what is sent, the hour, with whom."""
    listed = [
        (
            pick_of(one),
            f"{one.span.start.astimezone(zone):%H:%M}",
            one.labels[0] if one.labels else "",
        )
        for one in day.times
    ]
    return reminder_words.day(day.on, language), listed


def _later(found: list[Day]) -> str | None:
    """Name the day with which the next page begins; none when this one was not full."""
    if len(found) < moving.DAYS:
        return None
    return (found[-1].on + timedelta(days=1)).isoformat()


def _since(request: Request, work: Work) -> datetime:
    """Read from which day on to look; what cannot be read is now."""
    try:
        asked = datetime.fromisoformat(request.query_params.get("from", "")).replace(tzinfo=UTC)
    except ValueError:
        return work.now
    return min(max(asked, work.now), work.now + FARTHEST)


async def _pick(request: Request) -> tuple[datetime, tuple[UUID, ...]]:
    """Read which of the offered times was pressed: its instant, and who is booked then."""
    found = await picked(request)
    if found is None:
        raise Invalid({"pick": "Choose a time."})
    return found


def _id(request: Request) -> UUID:
    found: UUID = request.path_params["appointment_id"]
    return found


routes = [
    get(f"{ONE}/move", show, VIEW, shows=SHOWS),
    get(f"{ONE}/times", times, VIEW, shows=SHOWS),
    post(f"{ONE}/choice", choose, ACT, shows=SHOWS),
    post(f"{ONE}/move", move, ACT, shows=SHOWS),
    post(f"{ONE}/stay", stay, ACT, shows=SHOWS),
]
