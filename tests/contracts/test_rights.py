"""Rights: every route and every screen, tried by every role and by nobody."""

import re
from uuid import uuid4

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from domain.access import EXPLAINS, READS, RULES, WRITES, Permission, Relation, Role, may
from realtime.topics import Topic
from tests.stations import Running, Sign, Station
from ward import live, modules
from ward.app import refuse_undeclared
from ward.security.policy import Policy, Undeclared
from ward.web import PolicyRoute, get

USERS = {
    "nurse": Role.NURSE,
    "charge": Role.CHARGE,
    "doctor": Role.DOCTOR,
    "pharmacist": Role.PHARMACIST,
    "lab": Role.LAB,
    "reception": Role.RECEPTION,
    "biller": Role.BILLING,
    "admin": Role.ADMIN,
    "privacy": Role.PRIVACY,
    "patient": Role.PATIENT,
}
CLOSED = [route for route in modules.ROUTES if route.policy.permission is not None]
FEWEST_CELLS = 200  # may grow, never fall


@pytest.mark.parametrize("permission", Permission)
def test_no_role_holds_a_permission_beyond_its_row_of_the_matrix(permission: Permission) -> None:
    rule = RULES[permission]
    for role in rule.roles:
        if rule.data is not None:
            assert rule.data in (WRITES if rule.writes else READS)[role], role


def test_the_administrator_reads_everything_but_notes_and_diagnoses() -> None:
    assert {"D6", "D7"}.isdisjoint(READS[Role.ADMIN])
    assert not any(may(Role.ADMIN, p) for p in Permission if RULES[p].data in {"D6", "D7"})


def test_every_relation_says_what_it_explains() -> None:
    assert set(EXPLAINS) == set(Relation)


def test_a_route_without_a_policy_stops_the_start() -> None:
    async def page(_request: object) -> None: ...

    with pytest.raises(Undeclared):
        refuse_undeclared([Route("/leak", page)])


def test_a_page_that_needs_a_permission_must_say_what_it_shows() -> None:
    with pytest.raises(Undeclared):
        Policy("beds.board", Permission.VIEW_BEDS)


async def test_an_answer_that_asked_nobody_who_they_are_is_stopped(ward: Running) -> None:
    async def leak(_request: object) -> object:
        from starlette.responses import PlainTextResponse

        return PlainTextResponse("secret")

    app: Starlette = ward.app
    app.router.routes.insert(0, get("/leak", leak, Permission.USE_ACCOUNT))  # type: ignore[arg-type]
    async with httpx.AsyncClient(base_url=ward.url) as client:
        answer = await client.get("/leak")
    assert answer.status_code == 500
    assert "secret" not in answer.text


def _path(route: PolicyRoute) -> str:
    path = re.sub(r"{[^}:]+:uuid}", lambda _: str(uuid4()), route.path)
    return re.sub(r"{[^}]+}", "none", path)


async def _send(station: Station | httpx.AsyncClient, route: PolicyRoute) -> httpx.Response:
    client = station.client if isinstance(station, Station) else station
    methods = route.methods or set()
    return await client.request("POST" if "POST" in methods else "GET", _path(route))


async def test_every_route_refuses_every_role_without_its_permission(sign: Sign) -> None:
    cells = 0
    for username, role in USERS.items():
        station = await sign(username)
        for route in CLOSED:
            if route.path in {"/logout", "/session/lock"} or route.path.startswith("/wall/"):
                continue
            permission = route.policy.permission
            assert permission is not None
            answer = await _send(station, route)
            cells += 1
            where = f"{role} {route.path}"
            assert answer.status_code < 500, where
            if not may(role, permission):
                assert answer.status_code == 403, where
                assert "Your role does not include this." in answer.text, where
            elif answer.status_code == 403:
                assert "care relationship" in answer.text, where
    assert cells >= FEWEST_CELLS or len(CLOSED) < FEWEST_CELLS / len(USERS)


async def test_every_route_sends_nobody_to_sign_in(ward: Running) -> None:
    async with httpx.AsyncClient(base_url=ward.url, headers={"origin": ward.url}) as client:
        for route in CLOSED:
            answer = await _send(client, route)
            assert answer.status_code in {303, 401, 404}, route.path
            if answer.status_code == 404:
                assert route.path.startswith("/wall/")


async def test_every_screen_gives_each_role_only_a_view_it_may_read(sign: Sign) -> None:
    for username, role in USERS.items():
        station = await sign(username)
        for kind in live.KINDS.values():
            answer = await station.get(f"/live/{Topic(kind.name, uuid4())}")
            where = f"{role} {kind.name}"
            assert answer.status_code in {403, 404}, where
        for kind in live.KINDS.values():
            view = live.richest(kind, role, set(READS[role]))
            if view is not None:
                assert kind.views[live.bare(view)] <= READS[role]
