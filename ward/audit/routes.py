"""Routes: the explorer, the seal, what is taken out of the trail, and what looked odd in it."""

from collections.abc import Mapping
from dataclasses import replace
from time import monotonic
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from domain.access import D1, D9, Permission
from ward.audit import asking, exporting, hidden, proving, queries, running, service
from ward.audit import own as own_record
from ward.audit.asking import Asked, What
from ward.audit.exporting import Form
from ward.audit.finding import Choice, choices
from ward.audit.looks import Reader
from ward.audit.words import RELATIONS
from ward.errors import Invalid
from ward.security.actors import Actor
from ward.web import ask, field, fragment, get, go, page, post
from ward.work import Work, work_of

VIEW = Permission.VIEW_TRAIL


async def explore(request: Request) -> Response:
    """Show the newest events that the filters choose."""
    async with work_of(request) as work:
        began = monotonic()
        zone = await queries.zone_of(work)
        asked, several = await _asked(work, request.query_params, zone)
        await queries.plan_by_value(work)
        shown: dict[str, Any] = {"lines": [], "more": None, "count": 0, "bars": []}
        if not several:
            shown["lines"], shown["more"] = await queries.page(work, asked)
            shown["count"] = await queries.count(work, asked)
            shown["bars"] = await queries.hours(work, asked, zone)
        every = queries.everything(work)
        return page(
            request,
            "audit/explorer.html",
            asked=asked,
            several=several,
            names=await _named(work, asked),
            local={"since": asking.local(asked.since, zone), "until": _end(asked, zone)},
            query=lambda **changes: asked.query(zone, **changes),
            whats=list(What),
            whys=RELATIONS,
            chain=await queries.chain(work) if every else None,
            signals=await queries.signals_by_kind(work) if every else [],
            every=every,
            start=request.query_params.get("start", ""),
            took=monotonic() - began,
            most=queries.MOST,
            zone=zone.key,
            left=running.left,
            stale=running.stale,
            **shown,
        )


async def _asked(
    work: Work, given: Mapping[str, str], zone: ZoneInfo
) -> tuple[Asked, list[Choice]]:
    """Read what an address asks, names that are sealed in it too; say whom they could mean."""
    asked = asking.read(await hidden.reveal(work, given), work.now, zone)
    token = given.get(hidden.NAME, "")
    said = hidden.spoken({"who": asked.who, "patient": asked.patient})
    asked = replace(asked, token=token if said else "", said=said)
    found, several = await choices(work, asked)
    left = hidden.spoken({"who": found.who, "patient": found.patient})
    return replace(found, token=token if left else "", said=left), several


async def search(request: Request) -> Response:
    """Take names out of the form, and lead to the page whose address holds none."""
    given = hidden.kept({name: str(value) for name, value in (await request.form()).items()})
    async with work_of(request) as work:
        zone = await queries.zone_of(work)
        asked = asking.read(given, work.now, zone)
        words = hidden.spoken(given)
        if words:
            asked, several = await choices(work, asked)
            words = hidden.spoken({"who": asked.who, "patient": asked.patient}) if several else {}
        token = await hidden.hide(work, words) if words else ""
        return go(request, f"/audit?{replace(asked, token=token, said=words).query(zone)}")


def _end(asked: Asked, zone: Any) -> str:
    return "" if asked.open_end else asking.local(asked.until, zone)


async def _named(work: Work, asked: Asked) -> dict[str, str]:
    """Say who and whom the filters mean."""
    return {
        "who": await queries.called(work, asked.who_id) if asked.who_id else asked.who,
        "patient": await queries.patient_called(work, asked.patient_id)
        if asked.patient_id
        else asked.patient,
    }


async def event(request: Request) -> Response:
    """Show everything that is known of one event."""
    async with work_of(request) as work:
        row, line = await queries.event(work, request.path_params["event_id"])
        zone = await queries.zone_of(work)
        return page(request, "audit/event.html", event=row, line=line, zone=zone.key)


async def proof(request: Request) -> Response:
    """Give the proof that an event is sealed, as a file."""
    async with work_of(request) as work:
        row, _ = await queries.event(work, request.path_params["event_id"])
        proven = await proving.prove(work.node, row.id)
    name = f"proof-{row.id}.json"
    return JSONResponse(proven, headers={"content-disposition": f'attachment; filename="{name}"'})


async def chain(request: Request) -> Response:
    """Show how the seal stands, while it is verified."""
    async with work_of(request) as work:
        return fragment(request, "audit/_chain.html", back="/audit", **await _chain_of(work))


async def _chain_of(work: Work) -> dict[str, Any]:
    zone = await queries.zone_of(work)
    return {
        "chain": await queries.chain(work),
        "now": work.now,
        "zone": zone.key,
        "left": running.left,
        "stale": running.stale,
    }


async def verify(request: Request) -> Response:
    """Have the whole trail verified."""
    async with work_of(request) as work:
        run = await service.begin_verification(work)
        await work.flush()
        answer = fragment(request, "audit/_chain.html", back="/audit", **await _chain_of(work))
    running.Runs.of[request.app.state.node.trail].begin(run.id)
    return answer


async def stop(request: Request) -> Response:
    """Stop a verification."""
    async with work_of(request) as work:
        await service.stop_verification(work, request.path_params["run_id"])
        await work.flush()
        return fragment(request, "audit/_chain.html", back="/audit", **await _chain_of(work))


async def export(request: Request) -> Response:
    """Take the chosen events out, as a file."""
    form = await field(request, "form", Form)
    given = {name: str(value) for name, value in (await request.form()).items()}
    async with work_of(request) as work:
        zone = await queries.zone_of(work)
        asked = asking.read(given, work.now, zone)
        if asked.patient and not asked.patient_id:
            raise Invalid({"patient": "Choose one patient first."})
        if asked.who and not asked.who_id and not asked.who.isascii():
            raise Invalid({"who": "Choose one person first."})
        await work.node.limits.spend(exporting.LIMIT, str(work.actor.id))
        actor, intent = work.actor, work.intent
    assert isinstance(actor, Actor)
    name = f"ward-trail.{'ndjson' if form is Form.FHIR else form.value}"
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "no-store",
    }
    order = exporting.Order(request.app.state.node, actor, asked, form, intent, zone)
    pieces = exporting.stream(order)
    return StreamingResponse(pieces, headers=headers, media_type=exporting.MEDIA[form])


async def exports(request: Request) -> Response:
    """Show what was taken out of the trail, by whom."""
    async with work_of(request) as work:
        zone = await queries.zone_of(work)
        taken = await queries.exports(work)
        return page(request, "audit/exports.html", exports=taken, zone=zone.key)


async def manifest(request: Request) -> Response:
    """Give the signed manifest of an export."""
    async with work_of(request) as work:
        row = await queries.export(work, request.path_params["export_id"])
    headers = {"content-disposition": f'attachment; filename="manifest-{row.id}.txt"'}
    return Response(row.note, media_type="text/plain; charset=utf-8", headers=headers)


async def access(request: Request) -> Response:
    """Show who looked at a patient's record, in plain words."""
    return await _access(request, request.path_params["patient_id"])


async def my_access(request: Request) -> Response:
    """Show a patient who looked at their own record."""
    return await _access(request, None)


async def _access(request: Request, patient_id: UUID | None) -> Response:
    async with work_of(request) as work:
        own = patient_id is None
        whose = patient_id or await own_record.mine(work)
        zone = await queries.zone_of(work)
        reader = Reader.PATIENT if own else Reader.OFFICE
        seen, more = await own_record.who_looked(work, whose, zone, reader)
        name = "" if own else await queries.patient_called(work, whose)
        return page(
            request, "audit/access.html", seen=seen, more=more, own=own, name=name, zone=zone.key
        )


routes = [
    get("/patients/{patient_id:uuid}/access", access, Permission.VIEW_ACCESS, shows={D1, D9}),
    get("/account/access", my_access, Permission.VIEW_ACCESS, shows={D9}),
    get("/audit", explore, VIEW, shows={D1, D9}),
    ask("/audit", search, VIEW, shows={D1, D9}),
    get("/audit/events/{event_id:uuid}", event, VIEW, shows={D1, D9}),
    get("/audit/events/{event_id:uuid}/proof", proof, Permission.VERIFY_TRAIL, shows={D9}),
    get("/audit/chain", chain, Permission.VERIFY_TRAIL, shows={D9}),
    post("/audit/verify", verify, Permission.VERIFY_TRAIL, shows={D9}),
    post("/audit/verify/{run_id:uuid}/stop", stop, Permission.VERIFY_TRAIL, shows={D9}),
    ask("/audit/export", export, Permission.EXPORT_TRAIL, shows={D1, D9}, fresh=True),
    get("/audit/exports", exports, Permission.EXPORT_TRAIL, shows={D9}),
    get("/audit/exports/{export_id:uuid}/manifest", manifest, Permission.EXPORT_TRAIL, shows={D9}),
]
