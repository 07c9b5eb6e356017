"""Order routes: the sheet of each act on an order, and what its button does."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from domain import decisions
from domain.access import D0, D1, D3, D4, Permission
from domain.decisions import Step
from domain.errors import NotAllowed
from domain.orders import Act
from ward.errors import Invalid
from ward.medications import act_form, firings
from ward.medications.acknowledge import acknowledge
from ward.medications.act_form import Opened, Ruled
from ward.medications.models import MedicationRequest
from ward.medications.renew import renew
from ward.medications.review import review
from ward.medications.stop import stop
from ward.medications.suspend import hold_order, lift
from ward.web import field, fragment, get, optional, post, sheet
from ward.work import Work, work_as, work_of

ORDER, GIVE = Permission.PRESCRIBE, Permission.GIVE_MEDICATION
ALL = {D0, D1, D3, D4}
LOCAL = "%Y-%m-%dT%H:%M"
Ruling = Callable[[Work, Ruled, Opened], Awaitable[MedicationRequest]]


# -- with a reason -------------------------------------------------------------------


async def hold_sheet(request: Request) -> Response:
    """Ask why a medicine is withheld."""
    return await _sheet(request, Act.HOLD)


async def hold(request: Request) -> Response:
    """Withhold a medicine."""
    return await _with_reason(request, hold_order)


async def stop_sheet(request: Request) -> Response:
    """Ask why a medicine is stopped."""
    return await _sheet(request, Act.STOP)


async def stop_order(request: Request) -> Response:
    """Stop a medicine."""
    return await _with_reason(request, stop)


async def sign_sheet(request: Request) -> Response:
    """Show a verbal order to whoever gave it."""
    return await _sheet(request, Act.ACKNOWLEDGE)


async def sign(request: Request) -> Response:
    """Sign a verbal order."""
    seen, why = await field(request, "version", int), await optional(request, "reason", str)
    async with work_of(request) as work:
        row = await acknowledge(work, _id(request), why or "", seen=seen)
        return _saved(request, row)


async def _with_reason(
    request: Request, act: Callable[..., Awaitable[MedicationRequest]]
) -> Response:
    seen = await field(request, "version", int)
    why = await field(request, "reason", str, missing="Say why.")
    async with work_of(request) as work:
        return _saved(request, await act(work, _id(request), why, seen=seen))


# -- with the rules ------------------------------------------------------------------


async def lift_sheet(request: Request) -> Response:
    """Show what the rules say before a medicine is given again."""
    return await _ruled_sheet(request, Act.LIFT)


async def lift_hold(request: Request) -> Response:
    """Have a medicine given again."""
    seen = await field(request, "version", int)

    async def act(work: Work, found: Ruled, of: Opened) -> MedicationRequest:
        return await lift(work, of.line.request.id, act_form.given(found), seen=seen)

    return await _ruled(request, act)


async def renew_sheet(request: Request) -> Response:
    """Ask until when an order goes on."""
    return await _ruled_sheet(request, Act.RENEW)


async def renew_order(request: Request) -> Response:
    """Have an order go on."""
    seen, until = await field(request, "version", int), await optional(request, "until", datetime)

    async def act(work: Work, found: Ruled, of: Opened) -> MedicationRequest:
        stops_at = _in(until, of.held.zone)
        reasons = act_form.given(found)
        return await renew(work, of.line.request.id, stops_at, reasons, seen=seen)

    return await _ruled(request, act)


def _in(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return at.replace(tzinfo=zone) if at is not None and at.tzinfo is None else at


async def _ruled(request: Request, act: Ruling) -> Response:
    """Act with the reasons the form gives; what keeps it from being done is counted."""
    form, found, done = await request.form(), Ruled(), False
    try:
        async with work_of(request) as work:
            of = await act_form.opened(work, _id(request), ORDER)
            found = await act_form.ruled(work, of, form)
            answer = _saved(request, await act(work, found, of))
            done = True
            return answer
    except NotAllowed:
        if not done:
            await _count(request, found)
        raise


async def _count(request: Request, found: Ruled) -> None:
    """Count the findings that were heeded, in a work of its own: that one is undone."""
    findings = [one.finding for one in found.asked]
    if not decisions.unresolved(findings, _answers(found)):
        return
    node, actor = request.app.state.node, request.state.work.actor
    async with work_as(node, actor, "medications.heeded") as work:
        firings.heeded(work, findings, Step.SIGN, ORDER, _answers(found))


def _answers(found: Ruled) -> list[decisions.Override]:
    try:
        return act_form.given(found)
    except NotAllowed:  # another reason without its words
        return []


# -- changes -------------------------------------------------------------------------


async def review_sheet(request: Request) -> Response:
    """Show what changed."""
    async with work_of(request) as work:
        of = await act_form.opened(work, _id(request), GIVE)
        waiting = await act_form.unread(work, of.line.request.id)
        drawn = act_form.drawn(Act.REVIEW, of, unread=waiting)
        return sheet(request, act_form.SHEET, **drawn)


async def review_change(request: Request) -> Response:
    """Say that the changes were read: the line may be given again."""
    change_id = await field(request, "change_id", UUID, missing="There is no change to read.")
    async with work_of(request) as work:
        change = await review(work, _id(request), change_id)
        row = await work.access(MedicationRequest, change.request_id, GIVE)
        return _saved(request, row)


# -- sheets and answers --------------------------------------------------------------


async def _sheet(request: Request, act: Act) -> Response:
    async with work_of(request) as work:
        of = await act_form.opened(work, _id(request), ORDER)
        return sheet(request, act_form.SHEET, **act_form.drawn(act, of))


async def _ruled_sheet(request: Request, act: Act) -> Response:
    async with work_of(request) as work:
        of = await act_form.opened(work, _id(request), ORDER)
        found = await act_form.ruled(work, of)
        stops, until = of.line.request.stops_at, None
        if act is Act.RENEW:
            until = stops.astimezone(of.held.zone).strftime(LOCAL) if stops else ""
        drawn = act_form.drawn(act, of, ruled=found, until=until)
        return sheet(request, act_form.SHEET, **drawn)


def _id(request: Request) -> UUID:
    found = request.path_params["request_id"]
    if not isinstance(found, UUID):
        raise Invalid({"request_id": "Choose an order."})
    return found


def _saved(request: Request, row: MedicationRequest) -> Response:
    back = f"/patients/{row.patient_id}/medications"
    return fragment(request, "medications/_act_saved.html", back=back)


_ORDER = "/orders/{request_id:uuid}"
routes = [
    get(f"{_ORDER}/hold", hold_sheet, ORDER, shows=ALL),
    post(f"{_ORDER}/hold", hold, ORDER, shows=ALL),
    get(f"{_ORDER}/lift", lift_sheet, ORDER, shows=ALL),
    post(f"{_ORDER}/lift", lift_hold, ORDER, shows=ALL),
    get(f"{_ORDER}/stop", stop_sheet, ORDER, shows=ALL),
    post(f"{_ORDER}/stop", stop_order, ORDER, shows=ALL),
    get(f"{_ORDER}/renew", renew_sheet, ORDER, shows=ALL),
    post(f"{_ORDER}/renew", renew_order, ORDER, shows=ALL),
    get(f"{_ORDER}/sign", sign_sheet, ORDER, shows=ALL),
    post(f"{_ORDER}/sign", sign, ORDER, shows=ALL),
    get(f"{_ORDER}/review", review_sheet, GIVE, shows=ALL),
    post(f"{_ORDER}/review", review_change, GIVE, shows=ALL),
]
