"""Routes: the page where records are erased by two people."""

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D1, D9, D10, Permission
from ward.erasure import queries, service
from ward.erasure.models import ErasureState, Ground
from ward.keys.models import TOPIC
from ward.web import field, get, go, page, post
from ward.work import work_of

HERE = "/admin/erasures"
ASK, APPROVE = Permission.ASK_ERASURE, Permission.APPROVE_ERASURE
_NUMBER = "Type the number of the record."


async def erasures(request: Request) -> Response:
    """Show which records wait to be erased, and what was decided."""
    async with work_of(request) as work:
        cases = await queries.cases(work)
        return page(
            request,
            "erasure/erasures.html",
            waiting=[one for one in cases if one.state is ErasureState.WAITING],
            decided=[one for one in cases if one.state is not ErasureState.WAITING],
            people=await queries.people(work, cases),
            grounds=list(Ground),
            asks=work.may(ASK),
            approves=work.may(APPROVE),
        )


async def ask(request: Request) -> Response:
    """Ask that a record be erased."""
    number = await field(request, "number", str, missing=_NUMBER)
    ground = await field(request, "ground", Ground, missing="Choose why.")
    reason = await field(request, "reason", str, missing="Say why, in a few words.")
    async with work_of(request) as work:
        await service.ask(work, number, ground, reason)
        return go(request, HERE)


async def approve(request: Request) -> Response:
    """Agree, and erase the record."""
    number = await field(request, "number", str, missing=_NUMBER)
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        await service.approve(work, request.path_params["erasure_id"], number, seen=seen)
        answer = go(request, HERE)
    node = request.app.state.node
    node.poke({TOPIC: 1})
    await service.sweep(node)
    return answer


async def cancel(request: Request) -> Response:
    """Let the record be."""
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        await service.cancel(work, request.path_params["erasure_id"], seen=seen)
        return go(request, HERE)


_ONE = f"{HERE}/{{erasure_id:uuid}}"
routes = [
    get(HERE, erasures, Permission.VIEW_ERASURES, shows={D1, D10}),
    post(HERE, ask, ASK, shows={D9}, fresh=True),
    post(f"{_ONE}/approve", approve, APPROVE, shows={D10}, fresh=True),
    post(f"{_ONE}/cancel", cancel, Permission.VIEW_ERASURES, shows={D10}),
]
