"""Changed: who changed a row last and when, for a form that comes too late."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from domain.access import Role
from ward.db import Model
from ward.errors import Stale
from ward.render import offered
from ward.security.actors import ROLES

if TYPE_CHECKING:
    from ward.work import Work


@dataclass(frozen=True, slots=True)
class Change:
    """The newest entry of a row's history: what was done, by which role or system, when."""

    what: str
    actor: str
    at: datetime
    zone: str


Teller = Callable[["Work", Any], Awaitable[Change | None]]
TELLERS: dict[type[Model], Teller] = {}


def tells(kind: type[Model]) -> Callable[[Teller], Teller]:
    """Let a module say who changed a row of this kind last."""

    def registered(teller: Teller) -> Teller:
        TELLERS[kind] = teller
        return teller

    return registered


async def stale(work: "Work", row: Model) -> Stale:
    """Make the refusal of a form that shows an older version, with who was faster."""
    teller = TELLERS.get(type(row))
    change = await teller(work, row) if teller is not None else None
    if change is None:
        return Stale()
    at = change.at.astimezone(ZoneInfo(change.zone)).strftime("%d-%b-%Y %H:%M")
    return Stale(
        f"Not saved. This changed while you were looking: {change.what}, {by(change.actor)}, {at}."
    )


def by(actor: str | None) -> str:
    """Say in words who did it: a role, or the system that did it by itself."""
    kind, _, name = (actor or "").partition(":")
    if name:
        return {"hl7": f"message from {name}", "cli": "operator"}.get(kind, "Ward itself")
    return ROLES[Role(kind)] if kind in set(Role) else kind


offered(by)
