"""Questions: how a lower module learns what only a higher one knows."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from uuid import UUID
from weakref import WeakKeyDictionary

from domain.access import Permission
from ward.quarantine import part
from ward.work import Work

T = TypeVar("T")

# What one drawing has read already: a screen is drawn from one snapshot, so it cannot change.
_READ: WeakKeyDictionary[Work, dict[Hashable, Any]] = WeakKeyDictionary()


def known(work: Work, key: Hashable, read: Any) -> None:
    """Note what a drawing has read for itself already, so that no answer reads it again."""
    if work.watching is not None:
        _READ.setdefault(work, {})[key] = read


def forget(work: Work) -> None:
    """Forget what a drawing has read: it is made again, and something is left out."""
    _READ.pop(work, None)


async def once(work: Work, key: Hashable, read: Callable[[], Awaitable[T]]) -> T:
    """Read what several answers of one drawing need a single time."""
    if work.watching is None:
        return await read()
    already = _READ.setdefault(work, {})
    if key not in already:
        already[key] = await read()
    return cast("T", already[key])


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
        if any(other.name == name for other in self.answers):
            msg = f"{self.name} is already answered as {name}."
            raise ValueError(msg)

        def register(function: Answer) -> Answer:
            self.answers.append(Registered(name, permission, function))
            return function

        return register

    async def ask(self, work: Work, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
        """Ask everybody who may be asked: id to {name: projection or None}."""
        parts: dict[UUID, dict[str, Any]] = {one: {} for one in ids}
        for other in self.answers:
            with part(other.name):
                given = await other.answer(work, ids) if work.may(other.permission) else {}
            for one in ids:
                parts[one][other.name] = given.get(one)
        return parts
