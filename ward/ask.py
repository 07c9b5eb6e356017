"""Questions: how a lower module learns what only a higher one knows."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.access import Permission
from ward.work import Work

Answer = Callable[[Work, Sequence[UUID]], Awaitable[Mapping[UUID, Any]]]


@dataclass(frozen=True, slots=True)
class Registered:
    """One module's answer: its name in the asker's parts, and what it takes to see it."""

    name: str
    permission: Permission
    answer: Answer


class Question:
    """A question about many ids at once; higher modules answer with projections.

    An answer whose data the viewer may not see is not asked for.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.answers: list[Registered] = []

    def answer(self, name: str, permission: Permission) -> Callable[[Answer], Answer]:
        """Register an answer under a name; two modules cannot take the same one."""
        if any(known.name == name for known in self.answers):
            msg = f"{self.name} is already answered as {name}."
            raise ValueError(msg)

        def register(function: Answer) -> Answer:
            self.answers.append(Registered(name, permission, function))
            return function

        return register

    async def ask(self, work: Work, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
        """Ask everybody who may be asked: id to {name: projection or None}."""
        parts: dict[UUID, dict[str, Any]] = {one: {} for one in ids}
        for known in self.answers:
            given = await known.answer(work, ids) if work.may(known.permission) else {}
            for one in ids:
                parts[one][known.name] = given.get(one)
        return parts
