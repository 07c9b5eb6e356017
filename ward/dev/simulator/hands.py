"""Hands: do a thing as somebody; what was refused is left alone for a while."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from domain.errors import NotAllowed
from ward import clock
from ward.errors import WardError
from ward.node import Node
from ward.security.actors import Actor, System
from ward.work import Work, work_as

REFUSALS = (NotAllowed, WardError, StaleDataError, IntegrityError)
"""How a command says that it may not be, or that somebody else was quicker."""
AGAIN = timedelta(minutes=15)  # what was refused is tried again then
Act = Callable[[Work], Awaitable[object]]


class Hands:
    """One simulated group's hands; `done` counts what they did, and what was refused."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.done: Counter[str] = Counter()
        self._refused: dict[UUID, datetime] = {}

    def waits(self, key: UUID) -> bool:
        """Say whether what this is about was refused a short while ago."""
        return self._refused.get(key, clock.now()) > clock.now()

    def rest(self, key: UUID) -> None:
        """Leave this, or whoever this is, alone for a while."""
        self._refused[key] = clock.now() + AGAIN

    async def do(self, key: UUID, actor: Actor | System, act: Act, code: str) -> str | None:
        """Do it under its code of the trail and return the code; None when it was refused."""
        try:
            async with work_as(self.node, actor, f"simulator.{code}") as work:
                await act(work)
        except REFUSALS:
            self.rest(key)
            self.done["refused"] += 1
            return None
        return code
