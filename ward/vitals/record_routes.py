"""Recording: the sheet of the bedside, its live score, and what it charts, corrects, confirms."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from domain.access import D0, D1, D3, Permission
from domain.news2 import Band
from ward.errors import Invalid, Stale
from ward.render import render
from ward.vitals import entry, monitors, observe, page, queries, words
from ward.vitals.entry import Form
from ward.vitals.forms import Typed, required
from ward.vitals.models import ObservationSet
from ward.vitals.queries import SetView
from ward.vitals.refusal import FORM, Redrawn, again
from ward.vitals.said import Said, Unsure
from ward.web import ask, field, fragment, get, optional, post, sheet
from ward.work import Work, work_of

_MAY = Permission.RECORD_VITALS
_SHOWN = {D0, D1, D3}
Chart = Callable[[Work, Said], Awaitable[ObservationSet]]


async def new(request: Request) -> Response:
    """Draw the sheet: seven fields, the score beside them, the last values for comparison."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        form = await entry.begin(work, patient_id, Typed())
        return sheet(request, FORM, **form.drawn(_page(patient_id), "record"))


async def live_score(request: Request) -> Response:
    """Score what is typed so far, by the rule that will score it for good; nothing is kept.

    What is typed comes in a body: values of a patient belong into no address and no log.
    """
    typed = Typed.of(await request.form())
    async with work_of(request) as work:
        form = await entry.begin(work, request.path_params["patient_id"], typed)
        return HTMLResponse(render("vitals/_score.html", **form.scored(), zone=str(form.zone)))


async def record(request: Request) -> Response:
    """Chart a set; what crosses a threshold is answered with what is to be done now."""
    patient_id = request.path_params["patient_id"]
    seen = await optional(request, "version", int)

    async def chart(work: Work, said: Said) -> ObservationSet:
        return await observe.observe(work, patient_id, said, seen=seen)

    return await _charted(request, chart, "record", patient_id)


async def wrong(request: Request) -> Response:
    """Draw the sheet that corrects a set or takes it back."""
    return await _of_set(request, "correct")


async def correct(request: Request) -> Response:
    """Put the right set in the place of a wrong one, or take it back; the old one stays to read."""
    set_id, form = request.path_params["set_id"], await request.form()
    reason = required(form, "reason", "Reason is missing. Say what was wrong.")
    seen = await field(request, "set_version", int)
    if form.get("in_error") == "yes":
        async with work_of(request) as work:
            return _saved(request, await observe.take_back(work, set_id, reason, seen=seen))

    async def chart(work: Work, said: Said) -> ObservationSet:
        return await observe.correct(work, set_id, said, reason, seen=seen)

    return await _charted(request, chart, "correct")


async def sent(request: Request) -> Response:
    """Draw the sheet that confirms what a monitor sent."""
    return await _of_set(request, "confirm")


async def confirm(request: Request) -> Response:
    """Have a monitor's values count, with what the nurse adds; or say that they are wrong."""
    set_id, form = request.path_params["set_id"], await request.form()
    seen = await field(request, "set_version", int)
    if form.get("in_error") == "yes":
        reason = required(form, "reason", "Reason is missing. Say what was wrong.")
        async with work_of(request) as work:
            return _saved(request, await monitors.reject(work, set_id, reason, seen=seen))

    async def chart(work: Work, said: Said) -> ObservationSet:
        return await monitors.confirm(work, set_id, said, seen=seen)

    return await _charted(request, chart, "confirm")


async def _of_set(request: Request, mode: str) -> Response:
    async with work_of(request) as work:
        row = await work.access(ObservationSet, request.path_params["set_id"], _MAY)
        one = await queries.set_of(work, row.id)
        empty = await entry.begin(work, row.patient_id, Typed())
        form = await entry.begin(work, row.patient_id, entry.charted(one, empty.zone))
        more = {"set_version": one.version, "monitor": one.monitor}
        return sheet(request, FORM, **form.drawn(_url(mode, row.id), mode, **more))


async def _charted(
    request: Request, chart: Chart, mode: str, patient_id: UUID | None = None
) -> Response:
    """Chart what the form says, or draw it again with what is wrong; a refusal saves nothing."""
    typed, text = Typed.of(await request.form()), (await request.form()).get("reason")
    try:
        async with work_of(request) as work:
            if patient_id is None:
                row = await work.access(ObservationSet, request.path_params["set_id"], _MAY)
                patient_id = row.patient_id
            form = await entry.begin(work, patient_id, typed)
            url = _url(mode, request.path_params.get("set_id") or patient_id)
            kept = {"reason": str(text or ""), "set_version": await _set_version(request)}
            try:
                if form.wrong:
                    raise Invalid(form.wrong)  # noqa: TRY301 - one place answers refusals
                made = await chart(work, form.said)
            except (Invalid, Stale) as refused:
                drawn = await _refusing(work, form, refused)
                raise again(request, drawn.drawn(url, mode, **kept), drawn.status) from None
            return await _answer(request, work, made, form)
    except Redrawn as redrawn:
        return redrawn.answer


async def _refusing(work: Work, form: Form, refused: Invalid | Stale) -> Form:
    """Make the form that keeps what was typed and says what is wrong, unlikely, or too late."""
    match refused:
        case Unsure():
            return replace(form, asks=refused.fields, sentence=ASKED)
        case Invalid():
            fields = {**form.wrong, **refused.fields}
            return replace(form, wrong=fields, sentence=refused.sentence)
    fresh = await entry.begin(work, form.patient_id, form.typed)
    both = await _both(work, fresh)
    sentence = CHARTED.format(**both) if both else refused.sentence
    return replace(fresh, both=both, sentence=sentence, status=refused.status)


async def _both(work: Work, form: Form) -> dict[str, Any]:
    """Put what somebody else charted meanwhile beside what is typed here."""
    theirs = form.bedside.last
    if theirs is None:
        return {}
    who = await page.names(work, [theirs])
    rows = [
        (entry.LABELS[key], words.field(key, theirs), form.mine(key))
        for key in entry.WAS
        if words.field(key, theirs) or form.mine(key)
    ]
    at = theirs.taken_at.astimezone(form.zone).strftime("%H:%M")
    return {"who": page.author(theirs, who), "at": at, "rows": rows}


async def _answer(request: Request, work: Work, made: ObservationSet, form: Form) -> Response:
    """Say that it is charted, and what to do now when it got worse."""
    one = await queries.set_of(work, made.id)
    before = form.bedside.last
    newest = before is None or one.taken_at >= before.taken_at
    if not (newest and _rank(one) > _rank(before)):
        return _saved(request, made)
    after = await queries.bedside(work, form.patient_id)
    card = {
        "who": form.name,
        "known": form.known,
        "one": one,
        "score": words.cell("news2", one),
        "was": words.cell("news2", before).text if before else None,
        "was_at": before.taken_at if before else None,
        "result": one.result,
        "due_at": after.due_at,
        "zone": str(form.zone),
        "patient_id": form.patient_id,
    }
    answer = fragment(request, "vitals/_escalation.html", back=_page(form.patient_id), **card)
    answer.headers["hx-retarget"], answer.headers["hx-reswap"] = "#sheet", "innerHTML"
    return answer


def _rank(one: SetView | None) -> int:
    band = one.urgency if one is not None else None
    return (band or Band.LOW).rank


def _saved(request: Request, made: ObservationSet) -> Response:
    return fragment(request, "vitals/_saved.html", back=_page(made.patient_id), at=made.taken_at)


async def _set_version(request: Request) -> int | None:
    return await optional(request, "set_version", int)


def _page(patient_id: UUID) -> str:
    return f"/patients/{patient_id}/observations"


def _url(mode: str, key: UUID) -> str:
    sheets = {"correct": "correction", "confirm": "confirmation"}
    return f"/observations/{key}/{sheets[mode]}" if mode in sheets else _page(key)


ASKED = "Not saved yet. Look at the unusual values; say yes to those that are right."
CHARTED = (
    "{who} charted this patient at {at}. Yours is not saved and is kept here."
    " If it is another set, give its own time and record again."
)

routes = [
    get("/patients/{patient_id:uuid}/observations/new", new, _MAY, shows=_SHOWN),
    ask("/patients/{patient_id:uuid}/observations/score", live_score, _MAY, shows=_SHOWN),
    post("/patients/{patient_id:uuid}/observations", record, _MAY, shows=_SHOWN),
    get("/observations/{set_id:uuid}/correction", wrong, _MAY, shows=_SHOWN),
    post("/observations/{set_id:uuid}/correction", correct, _MAY, shows=_SHOWN),
    get("/observations/{set_id:uuid}/confirmation", sent, _MAY, shows=_SHOWN),
    post("/observations/{set_id:uuid}/confirmation", confirm, _MAY, shows=_SHOWN),
]
