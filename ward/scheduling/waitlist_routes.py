"""Waiting list routes: the list of a clinic, who is put on it, and what patients answer."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D2, Permission
from domain.display import instant
from domain.errors import NotAllowed
from domain.recurrence import DAYS
from domain.waitlists import Leaving, Priority
from ward import live
from ward.beds.forms import note, options, ticked, version
from ward.errors import Invalid
from ward.patients.queries import names_of
from ward.scheduling import choices, offers, waitlist, waitlist_look
from ward.scheduling.choices import Clinic
from ward.scheduling.details import Wish
from ward.scheduling.models import Appointment
from ward.scheduling.waiting import WaitlistEntry, WaitlistOffer
from ward.scheduling.waitlist import Wished
from ward.web import field, get, go, optional, page, post, sheet, stay
from ward.work import Work, work_of

MAY, ANSWER, VIEW = Permission.BOOK_APPOINTMENT, Permission.ANSWER_OFFER, Permission.VIEW_CALENDAR
SHOWS = {D0, D1, D2}
WEEKDAYS = [(nth, word[:3]) for nth, word in enumerate(DAYS)]
SAID = {"visit": "visit_type_id", "resource": "resource_id", "has": "has_id"}
NOTHING: dict[str, Any] = dict.fromkeys(
    ["target_on", "not_before", "not_after", "opens", "closes", "note", "interpreter", "has"], ""
) | {"priority": Priority.ROUTINE, "weekdays": [], "notice_hours": waitlist.NOTICE}
NOTHING |= {"short_notice": False, "transport": False}


async def show(request: Request) -> Response:
    """Show who waits for a clinic; the list stays current while it is open."""
    async with work_of(request) as work:
        clinic = await choices.clinic(work, request.path_params["ward_id"])
        screen = await live.show(work, "waitlist", clinic.id)
        known = await choices.clinics(work)
        return page(
            request,
            "scheduling/waitlist.html",
            place=clinic.label,
            clinic=clinic,
            clinics=known,
            screen=screen,
        )


async def begin(request: Request) -> Response:
    """Open the list that is nearest: of one's own clinic, or of the first of the branch."""
    async with work_of(request) as work:
        known = [one for one, _ in await choices.clinics(work)]
        own = getattr(work.actor, "ward_id", None)
        found = own if own in known else next(iter(known), None)
        return go(request, f"/clinics/{found}/waitlist" if found else "/schedule")


async def blank(request: Request) -> Response:
    """Draw the form that puts somebody on the list; what is known already is filled in."""
    asked = request.query_params
    async with work_of(request) as work:
        clinic = await choices.clinic(work, request.path_params["ward_id"])
        patient_id = _id(asked.get("patient"))
        said = NOTHING | {name: asked.get(short, "") for short, name in SAID.items()}
        has = _id(said["has_id"])
        if has is not None:
            row = await work.access(Appointment, has, MAY)
            patient_id = row.patient_id
            said |= {"visit_type_id": str(row.visit_type_id), "has": _when(row, clinic)}
        context = await _form(work, clinic, patient_id, said)
        at = f"/clinics/{clinic.id}/waitlist/new"
        return sheet(request, "scheduling/_wait_form.html", title="Waiting list", at=at, **context)


async def put(request: Request) -> Response:
    """Put a patient on the list."""
    patient_id = await field(request, "patient_id", UUID, missing="Choose a patient.")
    said = await _wished(request)
    async with work_of(request) as work:
        row = await waitlist.put(work, request.path_params["ward_id"], patient_id, said)
        return stay(request, f"/clinics/{row.ward_id}/waitlist")


async def form(request: Request) -> Response:
    """Draw the form that changes what suits somebody."""
    async with work_of(request) as work:
        row = await work.access(WaitlistEntry, request.path_params["entry_id"], MAY)
        clinic = await choices.clinic(work, row.ward_id)
        context = await _form(work, clinic, row.patient_id, await _as_said(work, row, clinic))
        context |= {"version": row.version, "entry_id": row.id}
        at = f"/waitlist/{row.id}/edit"
        return sheet(request, "scheduling/_wait_form.html", title="Waiting list", at=at, **context)


async def amend(request: Request) -> Response:
    """Change what suits somebody."""
    seen, said = await version(request), await _wished(request)
    async with work_of(request) as work:
        entry_id = request.path_params["entry_id"]
        await choices.reach(work, WaitlistEntry, entry_id, MAY)
        row = await waitlist.amend(work, entry_id, said, seen=seen)
        return stay(request, f"/clinics/{row.ward_id}/waitlist")


async def leave_form(request: Request) -> Response:
    """Draw the form that takes somebody off the list."""
    async with work_of(request) as work:
        row = await work.access(WaitlistEntry, request.path_params["entry_id"], MAY)
        await choices.reach(work, WaitlistEntry, row.id, MAY)
        who = (await names_of(work, [row.patient_id])).get(row.patient_id)
        return sheet(
            request,
            "scheduling/_wait_leave.html",
            title="Waiting list",
            row=row,
            who=who,
            reasons=[(one.value, one.word) for one in Leaving],
        )


async def leave(request: Request) -> Response:
    """Take a patient off the list, for a reason."""
    reason = await field(request, "reason", Leaving, missing="Choose a reason.")
    text, seen = await note(request) or "", await version(request)
    async with work_of(request) as work:
        row = await work.access(WaitlistEntry, request.path_params["entry_id"], MAY)
        await choices.reach(work, WaitlistEntry, row.id, MAY)
        await waitlist.remove(work, row.id, reason, text, seen=seen)
        return stay(request, f"/clinics/{row.ward_id}/waitlist")


async def accept(request: Request) -> Response:
    """Book what is kept for a patient, who said yes on the telephone."""
    return await _answered(request, offers.accept)


async def decline(request: Request) -> Response:
    """Pass on what a patient did not want."""
    return await _answered(request, offers.decline)


async def withdraw(request: Request) -> Response:
    """Take back what was offered, for the clinic."""
    return await _answered(request, offers.withdraw)


async def _answered(request: Request, verb: Callable[..., Awaitable[object]]) -> Response:
    seen, offer_id = await version(request), request.path_params["offer_id"]
    async with work_of(request) as work:
        row = await work.access(WaitlistOffer, offer_id, ANSWER)
        await verb(work, row.id, seen=seen)
        entry = await work.access(WaitlistEntry, row.entry_id, ANSWER)
        return stay(request, f"/clinics/{entry.ward_id}/waitlist")


# -- what the form says ---------------------------------------------------------------


async def _wished(request: Request) -> Wished:
    return Wished(
        visit_type_id=await field(request, "visit_type_id", UUID, missing="Choose a visit."),
        resource_id=await optional(request, "resource_id", UUID),
        has_id=await optional(request, "has_id", UUID),
        priority=await optional(request, "priority", Priority) or Priority.ROUTINE,
        target_on=await optional(request, "target_on", date),
        not_before=await optional(request, "not_before", date),
        not_after=await optional(request, "not_after", date),
        weekdays=await _weekdays(request),
        opens=await _time(request, "opens"),
        closes=await _time(request, "closes"),
        notice_hours=await _notice(request),
        short_notice=await ticked(request, "short_notice"),
        wish=Wish(
            note=await note(request) or "",
            interpreter=await note(request, "interpreter") or "",
            transport=await ticked(request, "transport"),
        ),
    )


async def _weekdays(request: Request) -> list[int]:
    said = [str(one) for one in (await request.form()).getlist("weekday")]
    if not {*said} <= {str(nth) for nth, _ in WEEKDAYS}:
        raise Invalid({"weekday": "Choose days of the week."})
    return [int(one) for one in said] if len({*said}) < len(WEEKDAYS) else []


async def _time(request: Request, name: str) -> time | None:
    at = await optional(request, name, time)
    if at is not None and at.tzinfo is not None:
        raise Invalid({name: "Write the time as the clock of the clinic shows it."})
    return at


async def _notice(request: Request) -> int:
    hours = await optional(request, "notice_hours", int)
    if hours is not None and not 0 <= hours <= waitlist.MOST_NOTICE:
        raise Invalid({"notice_hours": f"Say how many hours, {waitlist.MOST_NOTICE} at most."})
    return waitlist.NOTICE if hours is None else hours


async def _form(
    work: Work, clinic: Clinic, patient_id: UUID | None, said: dict[str, Any]
) -> dict[str, Any]:
    known = await names_of(work, [patient_id] if patient_id else [], clinic.zone)
    return {
        "clinic": clinic,
        "visits": await waitlist_look.offered(work, clinic.id),
        "priorities": options(Priority),
        "weekdays": WEEKDAYS,
        "patient": known.get(patient_id) if patient_id else None,
        "said": said,
        "version": None,
        "entry_id": None,
    }


async def _as_said(work: Work, row: WaitlistEntry, clinic: Clinic) -> dict[str, Any]:
    wish = (await work.open([row], WaitlistEntry.wish))[row.id]
    has = await work.access(Appointment, row.has_id, MAY) if row.has_id else None
    return {
        "visit_type_id": str(row.visit_type_id),
        "resource_id": str(row.resource_id or ""),
        "has_id": str(row.has_id or ""),
        "has": _when(has, clinic) if has else "",
        "priority": row.priority,
        "target_on": row.target_on,
        "not_before": row.not_before,
        "not_after": row.not_after,
        "weekdays": row.weekdays,
        "opens": _clock(row.opens),
        "closes": _clock(row.closes),
        "notice_hours": row.notice_hours,
        "short_notice": row.short_notice,
        "note": wish.note,
        "interpreter": wish.interpreter,
        "transport": wish.transport,
    }


def _clock(at: time | None) -> str:
    return f"{at:%H:%M}" if at else ""


def _when(row: Appointment, clinic: Clinic) -> str:
    starts: datetime = row.starts_at
    return instant(starts, clinic.zone)


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotAllowed("This was not found.", "waitlist.unknown") from None


routes = [
    get("/waitlist", begin, VIEW, shows={D0}),
    get("/clinics/{ward_id:uuid}/waitlist", show, VIEW, shows=SHOWS),
    get("/clinics/{ward_id:uuid}/waitlist/new", blank, MAY, shows=SHOWS),
    post("/clinics/{ward_id:uuid}/waitlist/new", put, MAY, shows=SHOWS),
    get("/waitlist/{entry_id:uuid}/edit", form, MAY, shows=SHOWS),
    post("/waitlist/{entry_id:uuid}/edit", amend, MAY, shows=SHOWS),
    get("/waitlist/{entry_id:uuid}/leave", leave_form, MAY, shows=SHOWS),
    post("/waitlist/{entry_id:uuid}/leave", leave, MAY, shows=SHOWS),
    post("/offers/{offer_id:uuid}/accept", accept, MAY, shows=SHOWS),
    post("/offers/{offer_id:uuid}/decline", decline, MAY, shows=SHOWS),
    post("/offers/{offer_id:uuid}/withdraw", withdraw, MAY, shows=SHOWS),
]
