"""Ordering: the order form, what it asks while it is filled in, and the one signature."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from domain.access import D0, D1, D3, D4, Permission
from domain.decisions import Finding, Step, unresolved
from domain.errors import NotAllowed
from domain.orders import OrderSource
from domain.prescribing import Tier
from ward.errors import Invalid, WardError
from ward.medications import firings, order_form, prescribers, sets
from ward.medications.basket import Basket
from ward.medications.order_form import Form, Line
from ward.medications.prescribe import prescribe
from ward.render import render
from ward.web import ask, by_htmx, fragment, get, go, page, post, sheet
from ward.work import Work, work_as, work_of

ORDER, VERBAL = Permission.PRESCRIBE, Permission.RECORD_VERBAL
SHEET = "medications/_order.html"
ALL = {D0, D1, D3, D4}


class Kept(WardError):
    """The form is shown again: nothing was signed, and what was typed is kept."""

    discloses = True

    def __init__(self, sentence: str, answer: Response, form: Form) -> None:
        """Keep the answer, and the form as it was judged."""
        super().__init__(sentence)
        self.status = answer.status_code
        self.answer = answer
        self.form = form


class _Against(Exception):
    """A line that may not be signed, in the form that shows it."""

    def __init__(self, sentence: str, form: Form) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.form = form


async def new_order(request: Request) -> Response:
    """Draw an empty order form, or one filled with a set."""
    return await _begin(request, ORDER)


async def new_verbal(request: Request) -> Response:
    """Draw the form by which a nurse writes down what a prescriber said."""
    return await _begin(request, VERBAL)


async def _begin(request: Request, permission: Permission) -> Response:
    alone = {} if by_htmx(request) else {"alone": "yes"}
    async with work_of(request) as work:
        basket = Basket()
        basket = replace(basket, about=basket.about.having(**alone))
        context = await _drawn(work, request, basket, permission)
        return sheet(request, SHEET, **context)


async def asked(request: Request) -> Response:
    """Answer what a prescriber's form asks: nothing is kept."""
    return await _asked(request, ORDER)


async def asked_verbal(request: Request) -> Response:
    """Answer what a nurse's form asks: nothing is kept."""
    return await _asked(request, VERBAL)


async def _asked(request: Request, permission: Permission) -> Response:
    """Draw the part of the form that a button or a key changes.

    What is typed comes in a body: words about a patient belong into no address and no log.
    """
    sent = await request.form()
    do, basket = str(sent.get("do") or ""), Basket.of(sent)
    async with work_of(request) as work:
        basket = await _done(work, basket, do)
        context = await _drawn(work, request, basket, permission)
        if not by_htmx(request):
            return page(request, "layouts/sheet.html", sheet=SHEET, key=None, **context)
        template = {"": "_order_live", "find": "_order_found"}.get(do, "_order_asked")
        answer = HTMLResponse(render(f"medications/{template}.html", **context))
        request.state.answer = answer
        return answer


async def _done(work: Work, basket: Basket, do: str) -> Basket:
    verb, _, what = do.partition(":")
    if verb == "set":
        return basket.adding((await sets.template(work, _id(what))).lines)
    return basket.doing(do)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid({"set": "Choose one of the sets."}) from None


async def sign(request: Request) -> Response:
    """Sign all orders of the form, or none."""
    return await _signed(request, ORDER)


async def write_down(request: Request) -> Response:
    """Write down what a prescriber said; it waits for the prescriber's own signature."""
    return await _signed(request, VERBAL)


async def _signed(request: Request, permission: Permission) -> Response:
    basket = Basket.of(await request.form())
    try:
        async with work_of(request) as work:
            return await _sign(request, work, basket, permission)
    except Kept as refused:
        await _count(request, refused.form, permission)
        return refused.answer


async def _sign(request: Request, work: Work, basket: Basket, permission: Permission) -> Response:
    patient_id: UUID = request.path_params["patient_id"]
    form = await order_form.begin(work, patient_id, basket, permission, lock=True)
    verbal = permission is VERBAL
    try:
        _check(form)
        said_by = await _who(work, form) if verbal else None
        lines = [line.ordered() for line in form.lines]
        source = OrderSource.VERBAL if verbal else OrderSource.PRESCRIBER
        made = await prescribe(work, patient_id, lines, source=source, prescriber=said_by)
    except _Against as refused:
        raise await _again(request, work, refused, 422, permission) from None
    except (NotAllowed, Invalid) as refused:
        status = getattr(refused, "status", 409)
        why = _Against(refused.sentence, form)
        raise await _again(request, work, why, status, permission) from None
    firings.heeded(work, _heeded(form), Step.SIGN, permission)
    return _saved(request, form, len(made))


def _check(form: Form) -> None:
    """Judge every line; the first that may not be signed is named, and opened."""
    if not form.lines:
        raise _Against("Choose a medicine first.", form)
    for line in form.lines:
        if sentence := _against(line):
            wrong = {**line.wrong, **line.written.problems, **_reasons_missing(line)}
            lines = tuple(
                replace(one, wrong=wrong) if one.n == line.n else one for one in form.lines
            )
            opened = replace(form.basket, open=line.n)
            raise _Against(sentence, replace(form, basket=opened, lines=lines))


def _against(line: Line) -> str | None:
    """Say why a line may not be signed; None when it may."""
    name = line.drug.generic
    if problems := line.written.problems:
        return f"{name}: {' '.join(problems.values())}"
    if line.stop:
        return f"{line.stop.finding.sentence} This cannot be overridden."
    for one in line.found:
        try:
            one.override()
        except NotAllowed as refused:
            return f"{name}: {refused.sentence}"
    left = unresolved([one.finding for one in line.found], line.answers)
    if not left:
        return None
    return f"{left[0].sentence} Give a reason."


def _reasons_missing(line: Line) -> dict[str, str]:
    open_ = [one for one in line.found if one.asks and not one.why]
    return {f"why_{one.key}": f"Give a reason: {one.finding.sentence}" for one in open_}


def _heeded(form: Form) -> list[Finding]:
    """List the rules that spoke while the form was filled in, and speak no longer."""
    now = {f"{one.finding.rule}" for line in form.lines for one in line.found}
    past = [seen.rpartition(":") for seen in sorted(form.basket.seen)]
    return [Finding(rule, Tier(tier), "") for rule, _, tier in past if rule not in now]


async def _who(work: Work, form: Form) -> UUID:
    """Read who said it; the nurse has read it back."""
    about = form.basket.about
    known = dict(await prescribers.offered(work, form.held.ward))
    said = next((one for one in known if str(one) == about["prescriber_id"]), None)
    if said is None:
        raise Invalid({"prescriber_id": "Who ordered this? Choose the prescriber."})
    if not about.yes("read_back"):
        raise Invalid({"read_back": "Read the order back, and have it confirmed."})
    return said


async def _count(request: Request, form: Form, permission: Permission) -> None:
    """Count what kept the orders from being signed; in a work of its own, as that one is undone."""
    findings = [one.finding for line in form.lines for one in line.found]
    left = unresolved(findings, [one for line in form.lines for one in line.answers])
    if not left:
        return
    node, actor = request.app.state.node, request.state.work.actor
    async with work_as(node, actor, "medications.heeded") as work:
        firings.heeded(work, left, Step.SIGN, permission)


async def _again(
    request: Request, work: Work, refused: _Against, status: int, permission: Permission
) -> Kept:
    """Answer with the form as it was typed, opened where it is wrong."""
    context = await _context(work, refused.form, permission)
    context |= {"sentence": refused.sentence, "fields": _fields(refused.form)}
    if by_htmx(request):
        html = render("medications/_order_refused.html", **context)
        headers = {"hx-retarget": "#problem", "hx-reswap": "innerHTML"}
        return Kept(refused.sentence, HTMLResponse(html, status, headers), refused.form)
    answer = page(request, "layouts/sheet.html", status, sheet=SHEET, key=None, **context)
    return Kept(refused.sentence, answer, refused.form)


def _fields(form: Form) -> list[tuple[str, str]]:
    """List what is wrong in the open line, each with the field it is about."""
    if form.basket.open is None:
        return []
    line = form.lines[form.basket.open]
    return [(f"f-{line.n}-{name}", sentence) for name, sentence in line.wrong.items()]


async def _drawn(
    work: Work, request: Request, basket: Basket, permission: Permission
) -> dict[str, Any]:
    patient_id: UUID = request.path_params["patient_id"]
    form = await order_form.begin(work, patient_id, basket, permission)
    return await _context(work, form, permission)


async def _context(work: Work, form: Form, permission: Permission) -> dict[str, Any]:
    base = f"/patients/{form.patient_id}/medications"
    url = f"{base}/verbal" if permission is VERBAL else f"{base}/new"
    context = order_form.drawn(form, f"{url}/ask", url) | await order_form.beside(work)
    verbal = permission is VERBAL
    context["title"] = "Verbal order for" if verbal else "Prescribe for"
    context["prescribers"] = await prescribers.offered(work, form.held.ward) if verbal else None
    context["may_keep"] = work.may(ORDER)
    return context


def _saved(request: Request, form: Form, count: int) -> Response:
    back = f"/patients/{form.patient_id}/medications"
    if form.basket.about.yes("alone"):
        return go(request, back)
    return fragment(request, "medications/_order_saved.html", back=back, count=count)


async def keep(request: Request) -> Response:
    """Keep the open line as a favourite of the prescriber."""
    basket = Basket.of(await request.form())
    async with work_of(request) as work:
        patient_id: UUID = request.path_params["patient_id"]
        form = await order_form.begin(work, patient_id, basket, ORDER)
        line = form.lines[basket.open] if basket.open is not None else None
        if line is None or line.words is None:
            raise NotAllowed("Fill the line in first, then keep it.", "sets.unread")
        await sets.keep_favourite(work, line.words.whole[: sets.LONGEST_NAME], line.typed)
        return await _reasked(work, request, form)


async def forget(request: Request) -> Response:
    """Take a favourite away."""
    basket = Basket.of(await request.form())
    async with work_of(request) as work:
        patient_id: UUID = request.path_params["patient_id"]
        form = await order_form.begin(work, patient_id, basket, ORDER)
        await sets.forget_favourite(work, request.path_params["template_id"])
        await work.flush()
        return await _reasked(work, request, form)


async def _reasked(work: Work, request: Request, form: Form) -> Response:
    context = await _context(work, form, ORDER)
    return fragment(request, "medications/_order_asked.html", back=context["url"], **context)


_LINES = "/patients/{patient_id:uuid}/medications"
routes = [
    get(f"{_LINES}/new", new_order, ORDER, shows=ALL),
    ask(f"{_LINES}/new/ask", asked, ORDER, shows=ALL),
    post(f"{_LINES}/new", sign, ORDER, shows=ALL),
    get(f"{_LINES}/verbal", new_verbal, VERBAL, shows=ALL),
    ask(f"{_LINES}/verbal/ask", asked_verbal, VERBAL, shows=ALL),
    post(f"{_LINES}/verbal", write_down, VERBAL, shows=ALL),
    post(f"{_LINES}/favourites", keep, ORDER, shows=ALL),
    post(f"{_LINES}/favourites/{{template_id:uuid}}/end", forget, ORDER, shows=ALL),
]
