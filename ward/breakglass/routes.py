"""Routes: the sheet that opens a record, the ward's notices, and the desk of reviews."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D9, Permission
from domain.breakglass import LONGEST, Reason, Verdict
from ward import live
from ward.audit.asking import local
from ward.breakglass import queries, service
from ward.errors import Forbidden
from ward.security.actors import Actor
from ward.security.limits import BREAK_GLASS
from ward.web import ask as asks
from ward.web import field, get, go, page, post, sheet
from ward.work import Work, work_of

BREAK, HEAR = Permission.BREAK_GLASS, Permission.HEAR_GLASS
CASES, REVIEW = Permission.VIEW_GLASS_CASES, Permission.REVIEW_GLASS
HOME = "/break-glass"


async def find(request: Request) -> Response:
    """Go to a record whose number somebody knows, and show nothing of it; the page asks why."""
    number = await field(request, "number", str, missing="Say the record number.")
    async with work_of(request) as work:
        patient_id = await service.of_number(work, number)
        return go(request, f"/patients/{patient_id}")


async def ask(request: Request) -> Response:
    """Draw the sheet: reason, sentence, and what follows from it; nothing of whose record it is."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        await service.there(work, patient_id)
        await service.needed(work, patient_id)
        context: dict[str, Any] = {
            "patient_id": patient_id,
            "reasons": [(one.value, one.word, None) for one in Reason],
            "hours": LONGEST.total_seconds() / 3600,
        }
        return sheet(request, "breakglass/_ask.html", title="Break the glass", **context)


async def open_record(request: Request) -> Response:
    """Open the record, after a fresh proof of who asks."""
    reason = await field(request, "reason", Reason, missing="Choose a reason.")
    words = await field(request, "words", str, missing="Say in a sentence why you need it.")
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        await work.node.limits.spend(BREAK_GLASS, str(work.actor.id))
        await service.open_record(work, patient_id, reason, words)
        return go(request, f"/patients/{patient_id}")


async def end_own(request: Request) -> Response:
    """Give it back."""
    async with work_of(request) as work:
        await service.end_own(work, request.path_params["case_id"])
        return go(request, "/")


async def notices(request: Request) -> Response:
    """Show the nurse in charge who opened records of the ward's patients; stays current."""
    async with work_of(request) as work:
        screens = [await live.show(work, "told", ward) for ward in _person(work).wards]
        return page(request, "breakglass/told.html", screens=screens)


async def seen(request: Request) -> Response:
    """Note that the nurse in charge has read a notice."""
    async with work_of(request) as work:
        await service.seen(work, request.path_params["case_id"])
        return go(request, f"{HOME}/notices")


async def queue(request: Request) -> Response:
    """Show what waits for its review; stays current while it is open."""
    async with work_of(request) as work:
        screen = await live.show(work, "glasses", _person(work).branch_id)
        return page(request, "breakglass/queue.html", screen=screen)


async def case(request: Request) -> Response:
    """Show one case: who, whose record, why, and what was looked at and changed."""
    async with work_of(request) as work:
        return await _case(request, work, request.path_params["case_id"])


async def _case(request: Request, work: Work, case_id: UUID) -> Response:
    found, person = await queries.case(work, case_id)
    zone = await queries.zone(work, None)
    verdicts = [
        (one.value, one.word) for one in Verdict if one.closes or not found.notice.follow_up
    ]
    return page(
        request,
        "breakglass/case.html",
        case=found,
        person=person,
        verdicts=verdicts,
        since=local(found.notice.opened_at - queries.LINGER, ZoneInfo(zone)),
        zone=zone,
    )


async def revoke(request: Request) -> Response:
    """End the access of somebody else."""
    async with work_of(request) as work:
        row = await service.revoke(work, request.path_params["case_id"])
        return go(request, f"{HOME}/{row.id}")


async def judge(request: Request) -> Response:
    """Write down what was found; a verdict closes the case."""
    verdict = await field(request, "verdict", Verdict, missing="Choose what you found.")
    note = await field(request, "note", str, missing="Say in a few words why.")
    version = await field(request, "version", int)
    async with work_of(request) as work:
        row = await service.judge(work, request.path_params["case_id"], verdict, note, seen=version)
        return go(request, HOME if row.closed_at else f"{HOME}/{row.id}")


def _person(work: Work) -> Actor:
    if not isinstance(work.actor, Actor):
        raise Forbidden
    return work.actor


routes = [
    asks("/break-glass/find", find, BREAK),
    get("/patients/{patient_id:uuid}/break-glass", ask, BREAK),
    post("/patients/{patient_id:uuid}/break-glass", open_record, BREAK, fresh=True),
    post("/break-glass/{case_id:uuid}/end", end_own, BREAK),
    get(f"{HOME}/notices", notices, HEAR, shows={D0, D1}),
    post("/break-glass/{case_id:uuid}/seen", seen, HEAR),
    get(HOME, queue, CASES, shows={D0}),
    get("/break-glass/{case_id:uuid}", case, CASES, shows={D0, D1, D9}),
    post("/break-glass/{case_id:uuid}/revoke", revoke, REVIEW),
    post("/break-glass/{case_id:uuid}/review", judge, REVIEW),
]
