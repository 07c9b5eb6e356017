"""Verify routes: the sheet on which a pharmacist judges an order beside all that is known."""

from typing import Any
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from domain.access import D0, D1, D3, D4, Permission
from domain.decisions import Finding, Override, Step, unresolved
from domain.errors import NotAllowed
from ward.duty.queries import names
from ward.errors import WardError
from ward.medications import act_form, asking, context, firings, overrides, verify
from ward.medications.act_form import Answered, Opened, Ruled
from ward.medications.line import lines
from ward.medications.order_form import REASONS, found_with
from ward.medications.ordering_fields import Typed
from ward.patients import banner
from ward.render import render
from ward.web import by_htmx, field, fragment, get, page, post, sheet
from ward.work import Work, work_as, work_of

VIEW, MAY = Permission.VIEW_MEDICATIONS, Permission.VERIFY_MEDICATION
ALL = {D0, D1, D3, D4}
SHEET, QUESTION = "medications/_verify.html", "medications/_question.html"
SAVED = "medications/_order_saved.html"
ANSWER = Permission.PRESCRIBE
KINDS = {"regular": "Regular", "as-required": "As required", "once": "Once", "infusion": "Infusion"}


class _Kept(WardError):
    """The sheet is shown again: nothing was verified."""

    discloses = True

    def __init__(self, sentence: str, answer: Response, left: list[Finding]) -> None:
        super().__init__(sentence)
        self.status, self.answer, self.left = answer.status_code, answer, left


async def verification(request: Request) -> Response:
    """Draw the sheet that verifies an order."""
    async with work_of(request) as work:
        of = await act_form.opened(work, _id(request), MAY)
        found = await _ruled(work, of)
        return sheet(request, SHEET, **await _drawn(work, of, found))


async def verify_order(request: Request) -> Response:
    """Verify an order; what is not answered for keeps it waiting."""
    seen = await field(request, "version", int)
    try:
        async with work_of(request) as work:
            return await _verified(request, work, seen)
    except _Kept as kept:
        if kept.left:
            node, actor = request.app.state.node, request.state.work.actor
            async with work_as(node, actor, "medications.heeded") as work:
                firings.heeded(work, kept.left, Step.VERIFY, MAY)
        return kept.answer


async def _verified(request: Request, work: Work, seen: int) -> Response:
    of = await act_form.opened(work, _id(request), MAY)
    found = await _ruled(work, of, await request.form())
    given: list[Override] = []
    try:
        given = act_form.given(found)
        row = await verify.verify(work, of.line.request.id, given, seen=seen)
    except NotAllowed as refused:
        kept = await overrides.standing(work, of.patient_id)
        left = unresolved([one.finding for one in found.asked], [*given, *kept])
        drawn = await _drawn(work, of, found) | {"sentence": refused.sentence, "fields": []}
        raise _Kept(refused.sentence, _again(request, drawn), list(left)) from None
    back = f"/patients/{row.patient_id}/medications"
    return fragment(request, "medications/_order_saved.html", back=back, count=1)


async def _ruled(work: Work, of: Opened, form: FormData | None = None) -> Ruled:
    """Ask the rules as a pharmacist must; what was answered before is shown, not asked again."""
    findings = await verify.findings(work, of.held, of.line)
    kept = await overrides.views(work, of.patient_id)
    people = await names(work, [one.by for one in kept if one.by])
    typed = Typed({name: str(said).strip() for name, said in (form or {}).items()})
    asked, answered = [], []
    for finding in findings:
        view = next((one for one in kept if one.given.answers(finding)), None)
        if view is None:
            asked.append(found_with(finding, typed))
        else:
            who = people[view.by].name if view.by in people else view.role
            answered.append(Answered(finding, view, who))
    return Ruled(tuple(asked), tuple(answered))


def _again(request: Request, drawn: dict[str, Any]) -> Response:
    """Say why, and keep what was typed."""
    if not by_htmx(request):
        return page(request, "layouts/sheet.html", 409, sheet=SHEET, key=None, **drawn)
    html = render("medications/_verify_refused.html", **drawn)
    headers = {"hx-retarget": "#problem", "hx-reswap": "innerHTML"}
    return HTMLResponse(html, 409, headers)


async def _drawn(work: Work, of: Opened, found: Ruled) -> dict[str, Any]:
    """Give the sheet the order, the patient, the other medicines, and what the rules say."""
    request, detail = of.line.request, of.line.detail
    patient, _ = await banner.who(work, of.patient_id)
    known = await context.known(work, of.held)
    others = await lines(work, patient.id, VIEW)
    called = await names(work, [one for one in (request.prescribed_by,) if one])
    by = next((one.name for one in called.values()), request.recorded_as)
    return {
        "title": "Verify for",
        "order": request,
        "words": of.line.words,
        "kind": KINDS[detail.kind.value],
        "detail": detail,
        "drug": of.line.drug,
        "who": of.who,
        "known": of.known,
        "allergies": await banner.allergies_on(work, patient),
        "weight": known.context.weight,
        "weight_at": known.weight_at,
        "conditions": [one.value.replace("-", " ") for one in sorted(known.context.conditions)],
        "others": [one.words for one in others if one.request.id != request.id],
        "by": by,
        "doubt": (await asking.of_requests(work, [request.id])).get(request.id),
        "ruled": found,
        "reasons": REASONS,
        "zone": str(of.held.zone),
    }


async def question_form(request: Request) -> Response:
    """Draw the form in which a pharmacist asks the prescriber."""
    async with work_of(request) as work:
        of = await act_form.opened(work, _id(request), MAY)
        context = {
            "words": of.line.words,
            "who": of.who,
            "known": of.known,
            "url": f"/orders/{_id(request)}/question",
        }
        return sheet(request, QUESTION, title="Ask the prescriber about", doubt=None, **context)


async def ask_prescriber(request: Request) -> Response:
    """Ask the prescriber; the order waits with the question beside it."""
    text = await field(request, "text", str, missing="Write what you ask.")
    async with work_of(request) as work:
        await asking.ask(work, _id(request), text)
        return fragment(request, SAVED, back="/pharmacy", count=1)


async def answer_form(request: Request) -> Response:
    """Draw the form in which a prescriber answers."""
    question_id: UUID = request.path_params["question_id"]
    async with work_of(request) as work:
        doubt = await asking.one(work, question_id)
        of = await act_form.opened(work, doubt.request_id, ANSWER)
        url = f"/pharmacy-questions/{question_id}/answer"
        context = {
            "words": of.line.words,
            "who": of.who,
            "known": of.known,
            "url": url,
            "zone": str(of.held.zone),
        }
        return sheet(request, QUESTION, title="Answer the pharmacist about", doubt=doubt, **context)


async def answer_pharmacist(request: Request) -> Response:
    """Answer a pharmacist's question."""
    question_id: UUID = request.path_params["question_id"]
    text = await field(request, "text", str, missing="Write the answer.")
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        await asking.answer(work, question_id, text, seen=seen)
        return fragment(request, SAVED, back="/pharmacy", count=1)


def _id(request: Request) -> UUID:
    found: UUID = request.path_params["request_id"]
    return found


_ORDER = "/orders/{request_id:uuid}"
_ANSWER = "/pharmacy-questions/{question_id:uuid}/answer"
routes = [
    get(f"{_ORDER}/verification", verification, MAY, shows=ALL),
    post(f"{_ORDER}/verification", verify_order, MAY, shows=ALL),
    get(f"{_ORDER}/question", question_form, MAY, shows=ALL),
    post(f"{_ORDER}/question", ask_prescriber, MAY, shows=ALL),
    get(_ANSWER, answer_form, ANSWER, shows=ALL),
    post(_ANSWER, answer_pharmacist, ANSWER, shows=ALL),
]
