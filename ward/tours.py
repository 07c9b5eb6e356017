"""Tours: which page shows whom around, and to whom it is offered."""

from dataclasses import dataclass

from starlette.requests import Request

from domain.access import Role
from ward.config import Env
from ward.security.actors import Actor
from ward.shell import SCHEDULE, home

COOKIE = "ward_shown"
"""The roles that were offered a tour in this browser, joined by dots; it outlives a sign-out."""
ASKED = "tour"
TOURS = frozenset(Role) - {Role.WALL}
"""Whose first page is shown to them by templates/tours/ROLE.html: everybody but a wall."""
_OFFERED = frozenset({Env.DEMO, Env.TRAINING})


@dataclass(frozen=True, slots=True)
class Tour:
    """What a page does about the tour of the person it is for."""

    template: str
    runs: bool  # it was asked for: the steps and their script come with the page
    offered: bool  # nobody has offered it yet in this browser


def tour_of(request: Request, actor: Actor, env: Env) -> Tour | None:
    """Say whether this page shows its person around; None for roles without a tour."""
    if actor.role not in TOURS:
        return None
    first = _begins(actor, request.url.path)
    runs = first and ASKED in request.query_params
    asked = actor.role in request.cookies.get(COOKIE, "").split(".")
    offered = first and not runs and env in _OFFERED and not asked
    return Tour(f"tours/{actor.role}.html", runs, offered)


def remembered(request: Request, role: Role) -> str:
    """Give what the browser is to remember: this role too was offered its tour."""
    known = {name for name in request.cookies.get(COOKIE, "").split(".") if name in TOURS}
    return ".".join(sorted(known | {role.value}))


def _begins(actor: Actor, path: str) -> bool:
    """Say whether a person's day begins on this page; the desk's leads to a calendar."""
    first = home(actor.role, actor.ward_id)
    return path == first or (first == SCHEDULE and path.endswith("/calendar"))
