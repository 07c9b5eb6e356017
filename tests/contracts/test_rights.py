"""Rights: roles, permissions and policies; test_matrix.py tries every route with every role."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from domain.access import EXPLAINS, READS, RULES, WRITES, Permission, Relation, Role, may
from tests.stations import Running
from ward.app import refuse_undeclared
from ward.security.policy import Policy, Undeclared
from ward.web import get


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
    async with httpx.AsyncClient(base_url=ward.url, timeout=30) as client:
        answer = await client.get("/leak")
    assert answer.status_code == 500
    assert "secret" not in answer.text
