"""Modules: every noun of the ward that has pages, screens or work in the background."""

from collections.abc import Callable
from typing import Protocol

import ward.beds.live
import ward.patients.live
from ward.beds import wall
from ward.node import Node
from ward.patients import routes as patients
from ward.patients.index import PatientIndex
from ward.users import routes as users
from ward.web import PolicyRoute


class Background(Protocol):
    """Something that runs beside the requests of a node."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


SCREENS = (ward.beds.live, ward.patients.live)
ROUTES: list[PolicyRoute] = [*users.routes, *wall.routes, *patients.routes]
BACKGROUND: list[Callable[[Node], Background]] = [PatientIndex]
