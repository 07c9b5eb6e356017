"""Appointment routes: one appointment, and what is done with it."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D2, Permission
from domain.appointment_codes import CancellationReason
from domain.errors import NotAllowed
from domain.series import Extent
from domain.spans import utc
from ward.beds.forms import note, options, version
from ward.errors import Invalid
from ward.patients.queries import names_of
from ward.places.models import Ward
from ward.scheduling import book_forms, cancel, choices, groups, look
from ward.scheduling.book_forms import Time, Twice
from ward.scheduling.book_routes import clashing, some_clash, which
from ward.scheduling.clinics import Resource
from ward.scheduling.in_the_way import Clashing
from ward.scheduling.models import Appointment, Series
from ward.scheduling.questions import on_the_sheet
from ward.scheduling.recurring import SeriesClashing
from ward.scheduling.reschedule import NewTime
from ward.scheduling.series_change import cancel_some, move_some
from ward.web import field, get, optional, post, sheet, stay, undoable
from ward.work import Work, work_of

MAY, VIEW = Permission.BOOK_APPOINTMENT, Permission.VIEW_APPOINTMENTS
SHOWS = {D0, D1, D2}
REASONS = options(CancellationReason)


async def show(request: Request) -> Response:
    """Show one appointment, its history, and what may be done with it."""
    return await _sheet(request, "scheduling/_appointment.html", "Appointment", VIEW)


async def session(request: Request) -> Response:
    """Show who comes to a session that several come to at once."""
    async with work_of(request) as work:
        row = await work.access(Resource, request.path_params["column_id"], VIEW)
        shown, names = await groups.session(work, row, _instant(request))
        context = {"shown": shown, "names": names, "row": row}
        return sheet(request, "scheduling/_session.html", title="Session", **context)


def _instant(request: Request) -> datetime:
    try:
        return utc(datetime.fromisoformat(request.query_params.get("at", "")))
    except (ValueError, OverflowError, NotAllowed):
        raise Invalid({"at": "This time cannot be read. Open it from the calendar."}) from None


async def move_form(request: Request) -> Response:
    """Draw the form that moves an appointment; a place in the calendar fills it in."""
    return await _sheet(
        request,
        "scheduling/_move.html",
        "Move",
        MAY,
        at=request.query_params.get("at", "")[:16],
        to=request.query_params.getlist("resource"),
    )


async def cancel_form(request: Request) -> Response:
    """Draw the form that cancels an appointment."""
    return await _sheet(request, "scheduling/_cancel.html", "Cancel", MAY, reasons=REASONS)


async def move(request: Request) -> Response:
    """Give an appointment another time, or other people and rooms."""
    seen, said = await version(request), await note(request, "reason") or ""
    extent, solved = await _extent(request), await book_forms.solved(request)
    try:
        async with work_of(request) as work:
            row = await work.access(Appointment, _id(request), MAY)
            zone = ZoneInfo((await work.access(Ward, row.ward_id, choices.VIEW)).zone)
            pressed = await book_forms.picked(request)
            if pressed is not None:
                at, resources = Time.of(pressed[0], zone), pressed[1]
            else:
                at = await book_forms.time_in(request, zone)
                resources = await book_forms.chosen(request)
            to = NewTime(
                start=at.at,
                wall=at.wall,
                fold=at.fold,
                resources=resources,
                reason=said,
                overbook=await note(request, "overbook") or "",
            )
            await move_some(work, row.id, extent, to, solved, seen=seen)
            return await _gone(request, work, row, extent)
    except Twice as asked:
        return which(request, asked)
    except Clashing as clash:
        return await clashing(request, clash)
    except SeriesClashing as clash:
        return await some_clash(request, clash)


async def call_off(request: Request) -> Response:
    """Cancel an appointment; what it had taken is free at once."""
    reason = await field(request, "reason", CancellationReason, missing="Choose a reason.")
    text, seen = await note(request) or "", await version(request)
    extent = await _extent(request)
    async with work_of(request) as work:
        row = await cancel_some(work, _id(request), extent, reason, text, seen=seen)
        return await _gone(request, work, row, extent)


async def confirm(request: Request) -> Response:
    """Write down that the patient said they will come."""
    return await _press(request, cancel.confirm)


async def miss(request: Request) -> Response:
    """Say that the patient did not come."""
    return await _press(request, cancel.miss, can_undo=True)


async def undo(request: Request) -> Response:
    """Take back what one has just done."""
    return await _press(request, _undo)


async def _undo(work: Work, appointment_id: UUID, *, seen: int | None) -> Appointment:
    await choices.reach(work, Appointment, appointment_id, MAY)
    return await cancel.undo(work, appointment_id, seen=seen)


async def _extent(request: Request) -> Extent:
    return await optional(request, "extent", Extent) or Extent.THIS


async def _gone(request: Request, work: Work, row: Appointment, extent: Extent) -> Response:
    """Answer what changed an appointment, or its series, with the way to take that back."""
    if extent is Extent.THIS or row.series_id is None:
        return await _stay(request, work, row)
    cut = await work.access(Series, row.series_id, VIEW)
    if cut.ended_at is None and cut.follows_id is not None:  # it goes on at another time
        cut = await work.access(Series, cut.follows_id, VIEW)
    await work.flush()
    return undoable(stay(request, f"/series/{cut.id}"), f"/series/{cut.id}/undo", cut.version)


async def _stay(request: Request, work: Work, row: Appointment) -> Response:
    await work.flush()
    return undoable(stay(request, _day(row)), f"/appointments/{row.id}/undo", row.version)


def _day(row: Appointment) -> str:
    return f"/clinics/{row.ward_id}/calendar?day={row.wall[:10]}"


async def _press(
    request: Request, verb: Callable[..., Awaitable[Appointment]], *, can_undo: bool = False
) -> Response:
    seen = await version(request)
    async with work_of(request) as work:
        row = await verb(work, _id(request), seen=seen)
        if can_undo:
            return await _stay(request, work, row)
        return stay(request, _day(row))


async def _sheet(
    request: Request, template: str, title: str, permission: Permission, **more: Any
) -> Response:
    async with work_of(request) as work:
        row = await work.access(Appointment, _id(request), permission)
        shown = await look.look(work, row)
        who = (await names_of(work, [row.patient_id])).get(row.patient_id)
        clinic = await choices.clinic(work, row.ward_id)
        parts = (await on_the_sheet.ask(work, [row.id]))[row.id]
        context = {
            "shown": shown, "who": who, "clinic": clinic, "row": row, "parts": parts,
            "extents": _extents(shown), **more,
        }  # fmt: skip
        return sheet(request, template, title=title, **context)


def _extents(shown: look.Shown) -> list[tuple[str, str, int]]:
    """Offer how much of a series a change may be meant for: value, words, how many beside it."""
    counts = {Extent.THIS: 0, Extent.FOLLOWING: shown.following, Extent.ALL: shown.coming}
    offered = [(one.value, one.word, n) for one, n in counts.items() if n or one is Extent.THIS]
    return offered if len(offered) > 1 else []


def _id(request: Request) -> UUID:
    found: UUID = request.path_params["appointment_id"]
    return found


routes = [
    get("/appointments/{appointment_id:uuid}", show, VIEW, shows=SHOWS),
    get("/columns/{column_id:uuid}/session", session, VIEW, shows=SHOWS),
    get("/appointments/{appointment_id:uuid}/move", move_form, MAY, shows=SHOWS),
    post("/appointments/{appointment_id:uuid}/move", move, MAY, shows=SHOWS),
    get("/appointments/{appointment_id:uuid}/cancel", cancel_form, MAY, shows=SHOWS),
    post("/appointments/{appointment_id:uuid}/cancel", call_off, MAY, shows=SHOWS),
    post("/appointments/{appointment_id:uuid}/confirm", confirm, MAY, shows=SHOWS),
    post("/appointments/{appointment_id:uuid}/miss", miss, MAY, shows=SHOWS),
    post("/appointments/{appointment_id:uuid}/undo", undo, MAY, shows=SHOWS),
]
