"""Routes: the desk where what looked odd is decided about, and the records nobody should open."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D1, D9, Permission
from ward.audit import asking, desk, queries, service
from ward.audit.finding import choices
from ward.audit.models import SignalKind, SignalState, Watch
from ward.errors import Invalid
from ward.web import field, get, go, optional, page, post
from ward.work import work_of

JUDGE = Permission.JUDGE_SIGNALS


async def signals(request: Request) -> Response:
    """Show what looks odd, with what speaks for an ordinary reason."""
    said = request.query_params.get("kind", "")
    if said not in {"", *SignalKind}:
        raise Invalid({"kind": "There are no signals of this kind."})
    kind = SignalKind(said) if said else None
    async with work_of(request) as work:
        zone = await queries.zone_of(work)
        waiting = {one for one, _, _ in await queries.signals_by_kind(work)}
        return page(
            request,
            "audit/signals.html",
            kind=kind,
            kinds=[one for one in SignalKind if one in waiting or one is kind],
            open=await desk.cases(work, kind, open_ones=True),
            decided=await desk.cases(work, kind, open_ones=False),
            tokens=await desk.honeytokens(work),
            judges=work.may(JUDGE),
            around=lambda at, step: asking.local(at + timedelta(minutes=step), zone),
            zone=zone.key,
        )


async def judge(request: Request) -> Response:
    """Decide that it was fine, or that it is a concern."""
    state = await field(request, "state", SignalState)
    reason = await field(request, "reason", str, missing="Say why, in a few words.")
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        await service.judge(work, request.path_params["signal_id"], state, reason, seen=seen)
        return go(request, "/audit/signals")


async def set_token(request: Request) -> Response:
    """Make a record one that nobody should open."""
    whom = await field(request, "patient", str, missing="Say which record: its number.")
    watch = await optional(request, "watch", Watch) or Watch.NOBODY
    async with work_of(request) as work:
        asked = asking.read({"patient": whom}, work.now, await queries.zone_of(work))
        asked, several = await choices(work, asked)
        if several or asked.patient_id is None or not asked.patient_id.int:
            raise Invalid({"patient": "This does not name one record. Use its number."})
        await service.set_honeytoken(work, asked.patient_id, watch)
        return go(request, "/audit/signals")


async def end_token(request: Request) -> Response:
    """Make it a record like any other again."""
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        await service.end_honeytoken(work, request.path_params["token_id"], seen=seen)
        return go(request, "/audit/signals")


routes = [
    get("/audit/signals", signals, Permission.VERIFY_TRAIL, shows={D1, D9}),
    post("/audit/signals/{signal_id:uuid}/judge", judge, JUDGE, shows={D9}),
    post("/audit/honeytokens", set_token, JUDGE, shows={D9}),
    post("/audit/honeytokens/{token_id:uuid}/end", end_token, JUDGE, shows={D9}),
]
