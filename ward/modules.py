"""Modules: every noun of the ward that has pages, screens or work in the background."""

from collections.abc import Callable
from typing import Protocol

from ward.node import Node
from ward.users import routes as users
from ward.web import PolicyRoute


class Background(Protocol):
    """Something that runs beside the requests of a node."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


ROUTES: list[PolicyRoute] = [*users.routes]
BACKGROUND: list[Callable[[Node], Background]] = []
