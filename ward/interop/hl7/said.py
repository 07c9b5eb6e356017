"""Said: a value as a message speaks of it: set to something, to be deleted, or not mentioned."""

from collections.abc import Callable
from enum import Enum
from typing import TypeAlias, TypeVar

from ward.interop.hl7.message import Item, Segment

T = TypeVar("T")


class Silence(Enum):
    """What a field says that holds no value."""

    KEEP = "not sent: what we have stays"
    DELETE = 'explicit null: "" in the message'


KEEP = Silence.KEEP
DELETE = Silence.DELETE

Said: TypeAlias = T | Silence


def settle(said: Said[T], known: T | None) -> T | None:
    """Return what holds after the message: the new value, nothing, or what was known."""
    if said is Silence.KEEP:
        return known
    return None if isinstance(said, Silence) else said


def given(said: Said[T]) -> T | None:
    """Return the value that the message sets, if it sets one."""
    return None if isinstance(said, Silence) else said


def said(segment: Segment, number: int, read: Callable[[Item], T | None]) -> Said[T]:
    """Read the first repetition of a field that makes sense."""
    if segment.nulled(number):
        return DELETE
    values = (read(item) for item in segment.items(number))
    return next((value for value in values if value is not None), KEEP)


def said_all(
    segment: Segment, number: int, read: Callable[[Item], T | None]
) -> Said[tuple[T, ...]]:
    """Read every repetition of a field that makes sense."""
    if segment.nulled(number):
        return DELETE
    values = tuple(value for item in segment.items(number) if (value := read(item)) is not None)
    return values or KEEP
