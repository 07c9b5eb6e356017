"""Change routes: the sheet that changes an order, judged while it is filled in, and signed."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from domain.access import D0, D1, D3, D4, Permission
from domain.decisions import Step, unresolved
from domain.errors import NotAllowed
from ward.errors import Invalid, WardError
from ward.medications import change_form, firings
from ward.medications.basket import Basket
from ward.medications.change import change
from ward.medications.change_form import Changing
from ward.medications.ordering_fields import Typed
from ward.render import render
from ward.web import ask, by_htmx, field, fragment, get, optional, page, post, sheet
from ward.work import Work, work_as, work_of

ORDER = Permission.PRESCRIBE
SHEET = "medications/_change.html"
ALL = {D0, D1, D3, D4}


class Refused(WardError):
    """The change was not signed; what was typed is kept."""

    discloses = True

    def __init__(self, sentence: str, answer: Response, changing: Changing) -> None:
        """Keep the answer, and the form as it was judged."""
        super().__init__(sentence)
        self.status = answer.status_code
        self.answer = answer
        self.changing = changing


async def change_sheet(request: Request) -> Response:
    """Draw the order as it stands, to be changed."""
    async with work_of(request) as work:
        changing = await change_form.begin(work, _id(request), None)
        return sheet(request, SHEET, **change_form.drawn(changing))


async def change_asked(request: Request) -> Response:
    """Judge what is typed so far; nothing is kept."""
    sent = await request.form()
    do, basket = str(sent.get("do") or ""), Basket.of(sent)
    async with work_of(request) as work:
        typed = basket.doing(do).lines[0] if basket.lines else Typed()
        reason = str(sent.get("reason") or "")
        changing = await change_form.begin(work, _id(request), typed, reason)
        drawn = change_form.drawn(changing)
        if not by_htmx(request):
            return page(request, "layouts/sheet.html", sheet=SHEET, key=None, **drawn)
        template = "_change_asked" if do and do != "check" else "_change_live"
        answer = HTMLResponse(render(f"medications/{template}.html", **drawn))
        request.state.answer = answer
        return answer


async def change_order(request: Request) -> Response:
    """Sign the change: nurses read it before the next dose."""
    seen, reason = await field(request, "version", int), await optional(request, "reason", str)
    lines = Basket.of(await request.form()).lines
    if not lines:
        raise Invalid({"dose": "The order cannot be read."})
    try:
        async with work_of(request) as work:
            changing = await change_form.begin(
                work, _id(request), lines[0], reason or "", lock=True
            )
            return await _sign(request, work, changing, seen)
    except Refused as refused:
        await _count(request, refused.changing)
        return refused.answer


async def _sign(request: Request, work: Work, changing: Changing, seen: int) -> Response:
    written = changing.line.written
    if written.problems or written.detail is None:
        sentence = " ".join(written.problems.values()) or "The order cannot be read."
        raise _again(request, changing, sentence, 422)
    try:
        given = [one for one in (found.override() for found in changing.line.found) if one]
        detail, span = written.detail, changing.span
        await change(work, _id(request), detail, changing.reason, given, span=span, seen=seen)
    except NotAllowed as refused:
        raise _again(request, changing, refused.sentence, 409) from None
    back = f"/patients/{changing.form.patient_id}/medications"
    return fragment(request, "medications/_act_saved.html", back=back)


def _again(request: Request, changing: Changing, sentence: str, status: int) -> Refused:
    """Answer with what is wrong; the form stays as it was typed."""
    fields = [(f"f-0-{name}", text) for name, text in changing.line.written.problems.items()]
    drawn: dict[str, Any] = change_form.drawn(changing) | {"sentence": sentence, "fields": fields}
    if by_htmx(request):
        html = render("medications/_change_refused.html", **drawn)
        headers = {"hx-retarget": "#problem", "hx-reswap": "innerHTML"}
        return Refused(sentence, HTMLResponse(html, status, headers), changing)
    answer = page(request, "layouts/sheet.html", status, sheet=SHEET, key=None, **drawn)
    return Refused(sentence, answer, changing)


async def _count(request: Request, changing: Changing) -> None:
    """Count what kept the change from being signed, in a work of its own: that one is undone."""
    findings = [one.finding for one in changing.line.found]
    left = unresolved(findings, changing.line.answers)
    if left:
        node, actor = request.app.state.node, request.state.work.actor
        async with work_as(node, actor, "medications.heeded") as work:
            firings.heeded(work, left, Step.SIGN, ORDER)


def _id(request: Request) -> UUID:
    found: UUID = request.path_params["request_id"]
    return found


_CHANGE = "/orders/{request_id:uuid}/change"
routes = [
    get(_CHANGE, change_sheet, ORDER, shows=ALL),
    ask(f"{_CHANGE}/ask", change_asked, ORDER, shows=ALL),
    post(_CHANGE, change_order, ORDER, shows=ALL),
]
