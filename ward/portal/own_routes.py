"""Own routes: a patient's page, the sheet of one appointment, and what may be done with it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from domain import portal
from domain.access import D0, D2
from domain.errors import NotAllowed
from ward import codes as drawn
from ward import live
from ward.errors import Stale
from ward.portal import acting, queries
from ward.portal.queries import Visit
from ward.portal.whose import ACT, VIEW, mine
from ward.scheduling import offers
from ward.scheduling.models import Appointment
from ward.security.limits import Limit
from ward.web import field, get, go, optional, page, post, sheet, stay
from ward.work import Work, work_of

HERE = "/me"
ONE = f"{HERE}/appointments/{{appointment_id:uuid}}"
SHOWS = {D0, D2}
CODES = Limit("own-codes", 20, 600)
REASONS = [(one.value, one.word, None) for one in portal.Why]


async def home(request: Request) -> Response:
    """Show a patient what comes and what was; it stays current while it is open."""
    async with work_of(request) as work:
        patient_id = await mine(work)
        screen = await live.show(work, "own", patient_id)
        done = request.query_params.get("done", "")
        return page(request, "portal/home.html", screen=screen, done=done, phone=phone(work))


async def show(request: Request) -> Response:
    """Show one appointment: where, when, what to bring, and what may be done."""
    async with work_of(request) as work:
        one = await own(work, request)
        return sheet(request, "portal/_visit.html", title="Your appointment", **around(work, one))


async def own(work: Work, request: Request) -> Visit:
    """Read the appointment of the address, if it is the patient's own."""
    return await queries.visit_of(work, await row_of(work, request))


async def row_of(work: Work, request: Request) -> Appointment:
    """Reach the appointment of the address, if it is the patient's own."""
    return await work.access(Appointment, request.path_params["appointment_id"], VIEW)


def phone(work: Work) -> str:
    """Give the number that patients call."""
    return work.node.settings.phone or ""


def around(work: Work, one: Visit) -> dict[str, Any]:
    """Say what may be done with an appointment, and what to bring."""
    now: datetime = work.now
    return {
        "one": one,
        "bring": portal.to_bring(remote=one.remote),
        "may_confirm": portal.may_confirm(one.status, one.starts_at, now, confirmed=one.confirmed),
        "may_cancel": portal.may_cancel(one.status, one.starts_at, now),
        "may_move": portal.may_move(one.status, one.starts_at, now, online=one.online),
        "may_code": one.status == "booked" and now < one.starts_at and not one.remote,
        "phone": phone(work),
    }


async def confirm(request: Request) -> Response:
    """Say that one will come."""
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        await acting.confirm(work, _id(request), seen=seen)
        return stay(request, f"{HERE}?done=confirmed")


async def ask_cancel(request: Request) -> Response:
    """Ask why, before an appointment is cancelled."""
    async with work_of(request) as work:
        one = await own(work, request)
        return _asked(request, work, one)


async def cancel(request: Request) -> Response:
    """Cancel one's own appointment; the time is offered to somebody else."""
    why = await optional(request, "why", portal.Why)
    text = await optional(request, "words", str) or ""
    seen = await field(request, "version", int)
    refused = Refused(why or "", text, "Please choose a reason.", 422)
    if why is not None:
        try:
            async with work_of(request) as work:
                await acting.cancel(work, _id(request), why, text, seen=seen)
                return go(request, f"{HERE}?done=cancelled")
        except (NotAllowed, Stale) as error:
            refused = Refused(why, text, error.sentence, 409)
    async with work_of(request) as work:
        return _asked(request, work, await own(work, request), refused)


@dataclass(frozen=True, slots=True)
class Refused:
    """What was entered to cancel, and why it was not done; or nothing yet."""

    why: str = ""
    words: str = ""
    problem: str = ""
    status: int = 200


BLANK = Refused()


def _asked(request: Request, work: Work, one: Visit, said: Refused = BLANK) -> Response:
    return page(
        request,
        "portal/cancel.html",
        said.status,
        one=one,
        may=portal.may_cancel(one.status, one.starts_at, work.now),
        reasons=REASONS,
        said=said,
        phone=phone(work),
    )


async def code(request: Request) -> Response:
    """Make the code with which one checks in on the day; an earlier one is void."""
    async with work_of(request) as work:
        await work.node.limits.spend(CODES, str(work.actor.id))
        token, row, clinic = await acting.code_for(work, _id(request))
        address = str(request.url_for("arrivals.ask", token=token))
        return page(
            request,
            "portal/code.html",
            code=Markup(drawn.qr(address)),  # noqa: S704 - segno's own drawing
            address=address,
            clinic=clinic,
            one=await queries.visit_of(work, row),
        )


async def accept(request: Request) -> Response:
    """Take a time from the waiting list."""
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        await offers.accept(work, request.path_params["offer_id"], seen=seen)
        return stay(request, f"{HERE}?done=accepted")


async def decline(request: Request) -> Response:
    """Leave a time from the waiting list to somebody else; one stays on the list."""
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        await offers.decline(work, request.path_params["offer_id"], seen=seen)
        return stay(request, f"{HERE}?done=declined")


def _id(request: Request) -> UUID:
    found: UUID = request.path_params["appointment_id"]
    return found


routes = [
    get(HERE, home, VIEW, shows=SHOWS),
    get(ONE, show, VIEW, shows=SHOWS),
    post(f"{ONE}/confirm", confirm, ACT, shows=SHOWS),
    get(f"{ONE}/cancel", ask_cancel, VIEW, shows=SHOWS),
    post(f"{ONE}/cancel", cancel, ACT, shows=SHOWS),
    post(f"{ONE}/code", code, ACT, shows=SHOWS),
    post(f"{HERE}/offers/{{offer_id:uuid}}/accept", accept, ACT, shows=SHOWS),
    post(f"{HERE}/offers/{{offer_id:uuid}}/decline", decline, ACT, shows=SHOWS),
]
