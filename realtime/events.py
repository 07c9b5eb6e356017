"""Events: what happened, told by ids alone."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from uuid import UUID

from realtime.topics import Topic


@dataclass(frozen=True, slots=True)
class Event:
    """A fact in the past tense; a frozen dataclass of ids, states and instants."""

    @property
    def topics(self) -> tuple[Topic, ...]:
        """Name every screen that shows what happened."""
        raise NotImplementedError

    @property
    def soon(self) -> tuple[Topic, ...]:
        """Name screens that show it beside something else: drawn a moment later, not with it.

        Each topic is a lock until the commit; what is not the matter itself takes none.
        """
        return ()

    @property
    def kind(self) -> str:
        """Name the event in the outbox: the name of its class."""
        return type(self).__name__

    def payload(self) -> dict[str, object]:
        """Tell the fields in JSON's own types; the outbox keeps this."""
        return {field.name: plain(getattr(self, field.name)) for field in fields(self)}


def plain(value: object) -> object:
    """Tell a value in JSON's own types: ids, states and instants have their text."""
    match value:
        case None | bool() | int() | str() if not isinstance(value, Enum):
            return value
        case Enum():
            return plain(value.value)
        case UUID() | Decimal():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case list() | tuple():
            return [plain(item) for item in value]
        case set() | frozenset():
            return sorted((plain(item) for item in value), key=str)
        case dict():
            return {str(plain(key)): plain(item) for key, item in value.items()}
        case _ if is_dataclass(value):
            return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} has no place in an event")
