"""Errands: what an alert leaves to be done later, by whichever node is there then."""

from dataclasses import dataclass
from uuid import UUID

from ward.later import Errand


@dataclass(frozen=True, slots=True)
class Escalate(Errand):
    """The time of this call is over: the next in line, unless somebody has the alert by now."""

    alert_id: UUID
    nth: int


@dataclass(frozen=True, slots=True)
class Unheard(Errand):
    """The last one of the called part has gone: others are called at once."""

    alert_id: UUID
    nth: int


@dataclass(frozen=True, slots=True)
class Follow(Errand):
    """Its owner went off duty (`gone`), or the bed may have another nurse by now."""

    alert_id: UUID
    owner_id: UUID
    gone: bool


@dataclass(frozen=True, slots=True)
class Wake(Errand):
    """The nth try to have a phone woken for a call, unless it was sent or is of no use by now."""

    call_id: UUID
    nth: int
