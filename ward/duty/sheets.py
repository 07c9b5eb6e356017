"""Sheets: the forms by which people come on duty, go, and get their beds."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from domain import duty as rules
from domain.access import Permission
from domain.duty import DutyRole
from ward.beds import queries as beds
from ward.beds.queries import WardBoard
from ward.duty import queries, roster
from ward.duty.models import Duty
from ward.duty.roster import RosterBed
from ward.errors import Missing
from ward.places.models import Ward, WardKind
from ward.security.actors import ROLES, Actor
from ward.web import sheet
from ward.work import Work, work_of

VIEW = Permission.VIEW_DUTY


async def mine(request: Request) -> Response:
    """Draw the form by which the person who is signed in comes on duty."""
    async with work_of(request) as work:
        ward = await beds.board_head(work, request.path_params["ward_id"])
        assert isinstance(work.actor, Actor)
        offered = rules.parts(work.actor.role)
        context: dict[str, Any] = {
            "ward": ward,
            "people": None,
            "parts": [(one.value, one.word, None) for one in offered],
            "part": offered[0].value if offered else "",
            "wards": await wards_of(work),
            "until": _until(work, ward),
        }
        return sheet(request, "duty/_begin.html", title="Come on duty", **context)


async def others(request: Request) -> Response:
    """Draw the form by which the nurse in charge puts somebody on duty."""
    async with work_of(request) as work:
        ward = await beds.board_head(work, request.path_params["ward_id"])
        context: dict[str, Any] = {
            "ward": ward,
            "people": await _colleagues(work, ward.id),
            "parts": [(one.value, one.word, None) for one in DutyRole],
            "part": "",
            "wards": [],
            "until": _until(work, ward),
        }
        return sheet(request, "duty/_begin.html", title="Put on duty", **context)


async def end(request: Request) -> Response:
    """Draw the form by which somebody goes off duty and hands the beds on."""
    async with work_of(request) as work:
        duty = await work.access(Duty, request.path_params["duty_id"], VIEW)
        if duty.ended_at is not None:
            raise Missing("This shift has ended already.")
        who = (await queries.names(work, [duty.user_id]))[duty.user_id]
        listed = await roster.beds_to_give(work, duty.ward_id)
        context = {
            "duty": {"id": duty.id, "version": duty.version},
            "who": who,
            "own": work.actor.id == duty.user_id,
            "beds": [bed.label for bed in listed if bed.user_id == duty.user_id],
            "nurses": _offered(await roster.nurses_on(work, duty.ward_id), duty.user_id),
            "everywhere": len(await queries.duties_of(work, duty.user_id)) > 1,
        }
        return sheet(request, "duty/_end.html", title="Go off duty", **context)


async def give(request: Request) -> Response:
    """Draw the form that gives beds to a nurse."""
    ward_id = request.path_params["ward_id"]
    async with work_of(request) as work:
        ward = await beds.board_head(work, ward_id)
        listed = await roster.beds_to_give(work, ward_id)
        holders = {bed.user_id: bed.nurse for bed in listed if bed.user_id}
        context = {
            "ward": ward,
            "bays": _bays(listed),
            "loose": [bed.label for bed in listed if bed.taken and not bed.user_id],
            "holders": sorted(((str(one), name) for one, name in holders.items()), key=_by_name),
            "nurses": _offered(await roster.nurses_on(work, ward_id)),
            "all_loose": "loose" in request.query_params,
            "to": request.query_params.get("to", ""),
        }
        return sheet(request, "duty/_give.html", title="Give beds", **context)


async def wards_of(work: Work) -> list[tuple[UUID, str]]:
    """List the wards that this person's grant covers, where patients lie."""
    assert isinstance(work.actor, Actor)
    actor = work.actor
    listed = await beds.wards(work, actor.branch_id)
    return [
        (ward.id, ward.label)
        for ward in listed
        if ward.kind is WardKind.WARD and actor.ward_id in {None, ward.id}
    ]


async def _colleagues(work: Work, ward_id: UUID) -> list[tuple[UUID, str]]:
    """List who may be on duty here, each with the role held."""
    ward = await work.access(Ward, ward_id, VIEW)
    grants = [one for one in await queries.grants_on(work, ward) if rules.parts(one.role)]
    roles = {one.user_id: ROLES[one.role] for one in grants if one.user_id}
    people = await queries.names(work, roles)
    named = [(one, f"{people[one].name}, {role.lower()}") for one, role in roles.items()]
    return sorted(named, key=_by_name)


def _offered(
    people: Sequence[queries.Person], but: UUID | None = None
) -> list[tuple[UUID, str, None]]:
    return [(one.user_id, one.name, None) for one in people if one.user_id != but]


def _bays(listed: Sequence[RosterBed]) -> list[tuple[str, list[RosterBed]]]:
    """Group beds by bay, as they stand; what stands in none comes last."""
    order = sorted(listed, key=lambda bed: (bed.room is None, bed.room or ""))
    return [(room or "", list(group)) for room, group in groupby(order, lambda bed: bed.room)]


def _by_name(pair: tuple[Any, str | None]) -> str:
    return pair[1] or ""


def _until(work: Work, ward: WardBoard) -> str:
    """Offer the end of a shift that begins now, as the form's field takes it."""
    at = (work.now + rules.SHIFT).astimezone(ZoneInfo(ward.zone))
    return at.strftime("%Y-%m-%dT%H:%M")
