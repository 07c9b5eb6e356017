"""Duty: the roster of a ward, and the commands of its sheets."""

from collections.abc import Mapping
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D3, Permission
from ward import live
from ward.beds import queries as beds
from ward.beds.forms import ticked, version
from ward.duty import forms, roster, sheets
from ward.duty.give import give_beds
from ward.duty.models import Duty
from ward.duty.roster import RosterBed
from ward.duty.service import begin, begin_on, end_duty, leave_all
from ward.errors import Forbidden, Invalid
from ward.security.actors import Actor
from ward.web import field, fragment, get, go, page, post
from ward.work import Work, work_of

ALL = {D0, D3}


async def show(request: Request) -> Response:
    """Show who works on a ward and who has which bed; stays current while it is open."""
    ward_id = request.path_params["ward_id"]
    async with work_of(request) as work:
        screen = await live.show(work, "duty", ward_id)
        ward = await beds.board_head(work, ward_id)
        return page(request, "duty/roster.html", place=ward.label, screen=screen, ward=ward)


async def come(request: Request) -> Response:
    """Come on duty oneself, on one ward or on several."""
    ward_id, part = request.path_params["ward_id"], await forms.part(request)
    wanted = await forms.ids(request, "ward")
    async with work_of(request) as work:
        until = await forms.until(request, await _zone(work, ward_id))
        assert isinstance(work.actor, Actor)
        await begin_on(work, wanted or [ward_id], work.actor.id, part, until)
        return _done(request, ward_id)


async def put(request: Request) -> Response:
    """Put somebody else on duty."""
    ward_id, part = request.path_params["ward_id"], await forms.part(request)
    user_id = await field(request, "user_id", UUID, missing="Choose who.")
    async with work_of(request) as work:
        until = await forms.until(request, await _zone(work, ward_id))
        await begin(work, ward_id, user_id, part, until)
        return _done(request, ward_id)


async def end(request: Request) -> Response:
    """Go off duty, or send somebody off, and hand the beds on."""
    seen, everywhere = await version(request), await ticked(request, "everywhere")
    form = await request.form()
    to = await forms.whom(request, "to") if form.get("to") else None
    async with work_of(request) as work:
        duty = await end_duty(work, request.path_params["duty_id"], to=to, seen=seen)
        if everywhere:
            await _leave_others(work, duty)
        return _done(request, duty.ward_id)


async def give(request: Request) -> Response:
    """Give the chosen beds to a nurse on duty, or to nobody."""
    ward_id, to = request.path_params["ward_id"], await forms.whom(request, "to")
    had, bays = await forms.had(request), set(await forms.chosen(request, "bay"))
    ticks, of = set(await forms.ids(request, "bed")), set(await forms.ids(request, "of"))
    loose = await ticked(request, "loose")
    async with work_of(request) as work:
        listed = await roster.beds_to_give(work, ward_id)
        wanted = [
            bed.id
            for bed in listed
            if bed.id in ticks
            or (bed.room or "") in bays
            or had.get(bed.id, bed.user_id) in of
            or (loose and bed.taken and _had(had, bed) is None)
        ]
        if not wanted and not ticks:
            raise Invalid({"bed": "Choose at least one bed."})
        await give_beds(work, ward_id, ticks.union(wanted), to, had=had)
        return _done(request, ward_id)


def _had(had: Mapping[UUID, UUID | None], bed: RosterBed) -> UUID | None:
    return had.get(bed.id, bed.user_id)


async def _leave_others(work: Work, duty: Duty) -> None:
    if work.actor.id != duty.user_id:
        raise Forbidden("Only they themselves go off duty on other wards.")
    await leave_all(work, duty.user_id)


async def _zone(work: Work, ward_id: UUID) -> ZoneInfo:
    return ZoneInfo((await beds.board_head(work, ward_id)).zone)


def _done(request: Request, ward_id: UUID) -> Response:
    """Answer nothing where the roster is open, since its own screen shows the change."""
    back = f"/wards/{ward_id}/duty"
    if request.headers.get("hx-current-url", "").endswith(request.url.path):
        return go(request, back)  # the form stood alone
    return fragment(request, "duty/_done.html", back=back)


_WARD, _DUTY = "/wards/{ward_id:uuid}/duty", "/duties/{duty_id:uuid}"
_TAKE, _GIVE = Permission.TAKE_DUTY, Permission.GIVE_BEDS

routes = [
    get(_WARD, show, Permission.VIEW_DUTY, shows=ALL),
    get(f"{_WARD}/mine", sheets.mine, _TAKE, shows={D0}),
    post(f"{_WARD}/mine", come, _TAKE, shows={D0}),
    get(f"{_WARD}/others", sheets.others, _TAKE, shows={D0}),
    post(f"{_WARD}/others", put, _TAKE, shows={D0}),
    get(f"{_WARD}/beds", sheets.give, _GIVE, shows={D0}),
    post(f"{_WARD}/beds", give, _GIVE, shows={D0}),
    get(f"{_DUTY}/end", sheets.end, _TAKE, shows={D0}),
    post(f"{_DUTY}/end", end, _TAKE, shows={D0}),
]
