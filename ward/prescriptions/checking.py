"""Checking: the page behind the QR of a prescription, where a pharmacy outside dispenses it."""

from starlette.requests import Request
from starlette.responses import Response

from domain.errors import NotAllowed
from ward.errors import Busy
from ward.outside import Check, Paper, Told
from ward.prescriptions import service
from ward.prescriptions.queries import CHECK, by_token, worth_of
from ward.security.actors import System
from ward.security.limits import Limit
from ward.web import public
from ward.work import Work, work_as

CHECKER = System("prescription-check", frozenset({CHECK}))
LOOKS = Limit("prescription-look", 60, 60)
CODES = Limit("prescription-code", 5, 900)


async def find(work: Work, token: str) -> Paper | None:
    """Find the paper that carries this token."""
    row = await by_token(work, token)
    return Paper(worth_of(row, work.now), row.paper_hash) if row else None


OUTSIDE = Check("prescriptions/check.html", "prescriptions.check", CHECKER, LOOKS, find)


async def check(request: Request) -> Response:
    """Say what a paper is worth; nothing of whom it is for or what stands on it."""
    return await OUTSIDE.page(request)


async def check_dispense(request: Request) -> Response:
    """Dispense by the code that stands on the paper."""
    token = request.path_params["token"]
    form = await request.form()
    code, where = str(form.get("code") or "")[:40], str(form.get("where") or "")[:200]
    node = request.app.state.node
    try:
        await OUTSIDE.look(request)
        await node.limits.spend(CODES, token)
        async with work_as(node, CHECKER, "prescriptions.dispense_outside") as work:
            await service.dispense_outside(work, token, code, where)
    except NotAllowed as refused:
        return await OUTSIDE.told(request, Told(problem=refused.sentence, status=409))
    except Busy as busy:
        return OUTSIDE.drawn(request, None, Told(problem=busy.sentence, status=429))
    return await OUTSIDE.told(request, Told(done="Recorded: dispensed just now. Keep the paper."))


async def check_paper(request: Request) -> Response:
    """Say whether a file is the paper as it was signed, or was changed since."""
    return await OUTSIDE.file(request)


routes = [
    public("/check/{token}", check),
    public("/check/{token}/dispensing", check_dispense, "POST"),
    public("/check/{token}/paper", check_paper, "POST"),
]
