"""Routes: the waiting room of a clinic, its buttons, whoever walks in, and the public screen."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from domain import queues
from domain.access import D0, D1, D2, Permission
from ward import clock, live
from ward.arrivals import call, code_routes
from ward.arrivals.arrive import MAY, arrive
from ward.arrivals.models import Ticket
from ward.arrivals.walk_in_routes import routes as walk_ins
from ward.beds.forms import version
from ward.errors import Missing
from ward.places.models import Ward
from ward.render import render
from ward.scheduling import choices
from ward.scheduling.clinics import ResourceKind
from ward.scheduling.models import Appointment
from ward.security import sessions
from ward.web import get, go, optional, page, post, stay, undoable
from ward.work import Work, work_of, work_of_device

CALL, SEE, TICKETS = Permission.CALL_NEXT, Permission.VIEW_QUEUE, Permission.VIEW_TICKETS
Press = Callable[..., Awaitable[Ticket]]


async def show(request: Request) -> Response:
    """Show who is expected, waits, is called, is in a room and was seen; it stays current."""
    async with work_of(request) as work:
        clinic = await choices.clinic(work, request.path_params["ward_id"])
        screen = await live.show(work, "queue", clinic.id)
        return page(
            request,
            "arrivals/queue.html",
            place=clinic.label,
            screen=screen,
            clinic=clinic,
            rooms=[one for one in clinic.choices if one.kind is ResourceKind.ROOM],
            long=int(queues.AMBER.total_seconds() / 60),
            too_long=int(queues.RED.total_seconds() / 60),
        )


async def begin(request: Request) -> Response:
    """Open the waiting room that is nearest: of one's own clinic, or of the first of the branch."""
    async with work_of(request) as work:
        known = [one for one, _ in await choices.clinics(work)]
        own = getattr(work.actor, "ward_id", None)
        found = own if own in known else next(iter(known), None)
        return go(request, f"/clinics/{found}/arrivals" if found else "/schedule")


async def came(request: Request) -> Response:
    """Say that a patient has come."""
    seen = await version(request)
    async with work_of(request) as work:
        appointment_id = request.path_params["appointment_id"]
        await choices.reach(work, Appointment, appointment_id, MAY)
        ticket = await arrive(work, appointment_id, seen=seen)
        return _stay(request, ticket)


async def call_next(request: Request) -> Response:
    """Call whoever is next to the chosen room."""
    room = await optional(request, "room_id", UUID)
    async with work_of(request) as work:
        ticket = await call.call_next(work, request.path_params["ward_id"], room)
        return await _pressed(request, work, ticket)


async def call_one(request: Request) -> Response:
    """Call this patient to the chosen room."""
    room, seen = await optional(request, "room_id", UUID), await version(request)
    async with work_of(request) as work:
        ticket = await call.call(work, request.path_params["ticket_id"], room, seen=seen)
        return await _pressed(request, work, ticket)


async def enter(request: Request) -> Response:
    """Say that the patient is in the room."""
    return await _press(request, call.enter)


async def back(request: Request) -> Response:
    """Have the patient wait again."""
    return await _press(request, call.back)


async def finish(request: Request) -> Response:
    """Say that the patient was seen."""
    return await _press(request, call.finish)


async def leave(request: Request) -> Response:
    """Say that the patient left without being seen."""
    return await _press(request, call.leave)


async def undo(request: Request) -> Response:
    """Take back what one has just pressed."""
    return await _press(request, call.undo)


async def _press(request: Request, verb: Press) -> Response:
    seen = await version(request)
    async with work_of(request) as work:
        ticket = await verb(work, request.path_params["ticket_id"], seen=seen)
        if verb is call.undo:
            return _stay(request, ticket)
        return await _pressed(request, work, ticket)


async def _pressed(request: Request, work: Work, ticket: Ticket) -> Response:
    """Stay on the page, which offers to take the press back."""
    await work.flush()
    return undoable(_stay(request, ticket), f"/tickets/{ticket.id}/undo", ticket.version)


def _stay(request: Request, ticket: Ticket) -> Response:
    return stay(request, f"/clinics/{ticket.ward_id}/arrivals")


async def waiting(request: Request) -> Response:
    """Show the public screen: numbers and rooms, large."""
    async with work_of(request) as work:
        answer = await _numbers(work, request.path_params["ward_id"], device=False)
        request.state.answer = answer
        return answer


async def waiting_wall(request: Request) -> Response:
    """Show the public screen on a device that hangs in a waiting room, without a session."""
    token = request.path_params["token"]
    async with work_of_device(request, token) as work:
        ward_id = getattr(work.actor, "ward_id", None)
        if ward_id is None:
            raise Missing("This screen has no clinic.")
        answer = await _numbers(work, ward_id, device=True)
    secure = request.url.scheme == "https"
    answer.set_cookie(
        sessions.WALL_COOKIE, token, httponly=True, samesite="lax", secure=secure, path="/live"
    )
    return answer


async def _numbers(work: Work, ward_id: UUID, *, device: bool) -> HTMLResponse:
    screen = await live.show(work, "tickets", ward_id)
    ward = await work.access(Ward, ward_id, TICKETS)
    html = render(
        "arrivals/waiting.html",
        screen=screen,
        ward=ward.label,
        device=device,
        now=clock.now(),
        zone=ward.zone,
    )
    return HTMLResponse(html)


routes = [
    get("/arrivals", begin, SEE, shows={D0}),
    get("/clinics/{ward_id:uuid}/arrivals", show, SEE, shows={D0, D1, D2}),
    post("/clinics/{ward_id:uuid}/queue/next", call_next, CALL, shows={D0, D2}),
    post("/appointments/{appointment_id:uuid}/arrive", came, MAY, shows={D2}),
    post("/tickets/{ticket_id:uuid}/call", call_one, CALL, shows={D0, D2}),
    post("/tickets/{ticket_id:uuid}/enter", enter, CALL, shows={D2}),
    post("/tickets/{ticket_id:uuid}/back", back, CALL, shows={D2}),
    post("/tickets/{ticket_id:uuid}/finish", finish, CALL, shows={D2}),
    post("/tickets/{ticket_id:uuid}/leave", leave, CALL, shows={D2}),
    post("/tickets/{ticket_id:uuid}/undo", undo, CALL, shows={D2}),
    get("/clinics/{ward_id:uuid}/waiting", waiting, TICKETS, shows={D0}),
    get("/wall/{token:str}/waiting", waiting_wall, TICKETS, shows={D0}),
    *walk_ins,
    *code_routes.routes,
]
