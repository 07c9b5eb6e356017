"""Remembered: what one piece of work has read of a clinic, so that it reads it once.

Who and what a clinic has, its hours and its visits hardly change; a booking asks for them at its
form, at its locks and for the times that fit instead. What is taken is never remembered.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from ward.work import Work

T = TypeVar("T")
_READ: WeakKeyDictionary[Work, dict[tuple[str, UUID], Any]] = WeakKeyDictionary()


async def once(work: Work, what: str, ward_id: UUID, read: Callable[[], Awaitable[T]]) -> T:
    """Read something of a clinic, or give what this work has read of it before."""
    known = _READ.setdefault(work, {})
    if (what, ward_id) not in known:
        known[what, ward_id] = await read()
    found: T = known[what, ward_id]
    return found


def forget(work: Work) -> None:
    """Read anew from now on: this work has changed a clinic."""
    _READ.pop(work, None)
