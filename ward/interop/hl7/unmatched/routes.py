"""Routes: results that fit no patient: the queue, one of them opened, and what is decided."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D1, D5, Permission
from ward import live
from ward.interop.hl7.unmatched import decide, queries
from ward.interop.hl7.unmatched.decide import LONGEST
from ward.patients.forms import plain
from ward.patients.models import Patient
from ward.patients.person import Person
from ward.security.actors import Actor, System
from ward.web import field, get, go, page, post, sheet
from ward.work import Work, work_of

MAY = Permission.RELEASE_RESULT
_READER = System("job:unmatched", frozenset())
HOME = "/results/unmatched"


async def queue(request: Request) -> Response:
    """Show what waits for its patient; stays current while it is open."""
    async with work_of(request) as work:
        assert isinstance(work.actor, Actor)
        screen = await live.show(work, "unmatched", work.actor.branch_id)
        return page(request, "hl7/unmatched.html", screen=screen)


async def held(request: Request) -> Response:
    """Open one message: whom it names and what it reports."""
    async with work_of(request) as work:
        opened = await queries.opened(work, _id(request))
        return page(
            request,
            "hl7/held.html",
            line=opened.line,
            why=opened.why,
            who=opened.who,
            reports=opened.reports,
        )


async def match_form(request: Request) -> Response:
    """Ask whose results these are; a record number that is given is shown with its person."""
    mrn = request.query_params.get("mrn", "").strip()
    async with work_of(request) as work:
        opened = await queries.opened(work, _id(request))
        found = await decide.patient_of(work, mrn) if mrn else None
        return sheet(
            request,
            "hl7/_match.html",
            title="Match results to a patient",
            line=opened.line,
            who=opened.who,
            mrn=mrn,
            found=await _person(work, found) if found else None,
        )


async def match(request: Request) -> Response:
    """Release results to the patient that somebody chose."""
    mrn, reason, seen = (
        await field(request, "mrn", str),
        await _reason(request),
        await _seen(request),
    )
    async with work_of(request) as work:
        await decide.match(work, _id(request), mrn, reason, seen=seen)
        return go(request, HOME)


async def create_form(request: Request) -> Response:
    """Ask why a record is to be made."""
    return await _ask(request, "hl7/_create.html", "Make a record")


async def create(request: Request) -> Response:
    """Make a record of whom the message names, and release the results to it."""
    reason, seen = await _reason(request), await _seen(request)
    async with work_of(request) as work:
        await decide.create(work, _id(request), reason, seen=seen)
        return go(request, HOME)


async def reject_form(request: Request) -> Response:
    """Ask why results are nobody's here."""
    return await _ask(request, "hl7/_reject_held.html", "Reject results")


async def reject(request: Request) -> Response:
    """Give results no effect, with the reason."""
    reason, seen = await _reason(request), await _seen(request)
    async with work_of(request) as work:
        await decide.reject(work, _id(request), reason, seen=seen)
        return go(request, HOME)


async def _ask(request: Request, template: str, title: str) -> Response:
    async with work_of(request) as work:
        opened = await queries.opened(work, _id(request))
        return sheet(request, template, title=title, line=opened.line, who=opened.who)


async def _person(work: Work, patient: Patient) -> queries.Named:
    aside = work.watched(_READER, frozenset({D1}))
    person: Person = (await aside.open([patient], Patient.identity))[patient.id]
    return queries.known(person)


async def _reason(request: Request) -> str:
    return plain("reason", await field(request, "reason", str, missing="Say why."), LONGEST)


async def _seen(request: Request) -> int:
    return await field(request, "version", int)


def _id(request: Request) -> UUID:
    found: UUID = request.path_params["held_id"]
    return found


ONE = f"{HOME}/{{held_id:uuid}}"
BOTH = {D1, D5}
routes = [
    get(HOME, queue, MAY, shows={D5}),
    get(ONE, held, MAY, shows=BOTH),
    get(f"{ONE}/match", match_form, MAY, shows=BOTH),
    post(f"{ONE}/match", match, MAY, shows={D5}),
    get(f"{ONE}/create", create_form, MAY, shows=BOTH),
    post(f"{ONE}/create", create, MAY, shows={D5}),
    get(f"{ONE}/reject", reject_form, MAY, shows=BOTH),
    post(f"{ONE}/reject", reject, MAY, shows={D5}),
]
