"""Quarantine: what does not open is left out and said so; nothing else goes with it.

A screen or a page is made again without the row that was met. Whoever draws it says where
something is missing; a command, a file or a machine's answer is never made with a part missing.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

import structlog
from prometheus_client import Counter

from ward.crypto import Erased, NoKey, Unreadable
from ward.db import Model

MOST = 20  # things left out of one picture; with more of them there is no picture
TOLD_AGAIN = 600.0  # seconds until the log names the same value once more
_MOST_TOLD = 1_000

UNREADABLE = Counter("unreadable_total", "Sealed values that did not open", ["why"])

log = structlog.get_logger()
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Left:
    """What is left out: one row, or the rows of a table whose subject has no key that opens."""

    subject_id: UUID
    table: str
    row_id: UUID | None
    erased: bool


@dataclass(slots=True)
class Made:
    """One try: what it leaves out, and in which named parts that was met."""

    left: frozenset[Left] = frozenset()
    parts: dict[Left, set[str]] = field(default_factory=dict)

    def drops(self, row: Any, subject: UUID) -> bool:
        """Tell whether this row is left out, and note where."""
        for one in self.left:
            same = subject == one.subject_id if one.row_id is None else row.id == one.row_id
            if same and row.__tablename__ == one.table:
                self.parts.setdefault(one, set()).add(_PART.get())
                return True
        return False


_MADE: ContextVar[Made | None] = ContextVar("made", default=None)
_PART: ContextVar[str] = ContextVar("part", default="")
_TOLD: dict[tuple[str, object], float] = {}


async def around(make: Callable[[], Awaitable[T]]) -> tuple[T, Made]:
    """Make something; should a value not open, make it again without that, and tell what is not in.

    What then fails in another way fails as the value did that did not open.
    """
    made, first = Made(), None
    while True:
        token = _MADE.set(made)
        try:
            return await make(), made
        except Unreadable as error:
            tell(error)
            more = _left(error)
            if more is None or more in made.left or len(made.left) >= MOST:
                raise
            made, first = Made(made.left | {more}), first or error
        except Exception as error:
            if first is None:
                raise
            raise first from error
        finally:
            _MADE.reset(token)


def refusal(made: Made) -> Unreadable:
    """Give the error of what could only be answered with something missing."""
    if all(one.erased for one in made.left):
        return Erased("This was erased, and cannot be read by anybody any more.")
    return Unreadable("A stored value does not open.")


def without(
    rows: Sequence[Any], entities: int, subject_of: Callable[[Model], UUID]
) -> Sequence[Any]:
    """Leave out of what was loaded the rows in quarantine; `entities` stand first in each."""
    made = _MADE.get()
    if made is None or not made.left:
        return rows
    return [
        row
        for row in rows
        if not any(_sealed(one) and made.drops(one, subject_of(one)) for one in row[:entities])
    ]


def left_out() -> frozenset[Left]:
    """Tell what the page that is being made leaves out."""
    made = _MADE.get()
    return made.left if made is not None else frozenset()


@contextmanager
def part(name: str) -> Iterator[None]:
    """Name the part of a screen that is read for: should something be missing, it is there."""
    token = _PART.set(name)
    try:
        yield
    finally:
        _PART.reset(token)


def tell(error: Unreadable) -> None:
    """Count it and write it into the log, each value once in a while; never what it holds."""
    UNREADABLE.labels(error.why).inc()
    if isinstance(error, Erased):
        return
    place, now = error.place, monotonic()
    key = (error.why, place)
    if now - _TOLD.get(key, -TOLD_AGAIN) < TOLD_AGAIN:
        return
    if len(_TOLD) >= _MOST_TOLD:
        _TOLD.clear()
    _TOLD[key] = now
    where = f"{place.table}.{place.column} {place.row_id}" if place else ""
    log.error("crypto.unreadable", why=error.why, sentence=str(error), where=where)


def _left(error: Unreadable) -> Left | None:
    place = error.place
    if place is None:
        return None
    if isinstance(error, Erased | NoKey):
        return Left(place.subject_id, place.table, None, isinstance(error, Erased))
    return Left(place.subject_id, place.table, place.row_id, erased=False)


def _sealed(row: Any) -> bool:
    return isinstance(row, Model) and any("sealed" in one.info for one in row.__table__.columns)
