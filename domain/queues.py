"""Queues: who waits for a clinic today, whose turn it is, and since when.

Minutes from which a wait is amber and red: ui.md 7.6. A screen gets instants, not minutes: it
counts by itself, and nothing is sent while the clock ticks.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.errors import NotAllowed
from domain.spans import ZERO

AMBER, RED = timedelta(minutes=20), timedelta(minutes=40)
# Taking back a press: ten seconds, and a moment for it on its way (as for tasks).
UNDO, ON_ITS_WAY = timedelta(seconds=10), timedelta(seconds=5)


class TicketState(StrEnum):
    """Where somebody with a ticket is; our own words."""

    WAITING = "waiting"
    CALLED = "called"
    IN_ROOM = "in-room"
    DONE = "done"
    LEFT = "left"

    @property
    def word(self) -> str:
        """Name it on a page."""
        return {"in-room": "In room"}.get(self.value, self.value.capitalize())


_T = TicketState
OPEN = frozenset({_T.WAITING, _T.CALLED, _T.IN_ROOM})
_NEXT = {
    _T.WAITING: [_T.CALLED, _T.IN_ROOM, _T.LEFT],
    _T.CALLED: [_T.IN_ROOM, _T.WAITING, _T.LEFT],  # waiting again: nobody answered the call
    _T.IN_ROOM: [_T.DONE, _T.WAITING, _T.LEFT],  # waiting again: for an X-ray, and back
    _T.DONE: [],
    _T.LEFT: [_T.WAITING],  # came back
}
_NOW = {
    _T.WAITING: "This patient is waiting.",
    _T.CALLED: "This patient has been called already.",
    _T.IN_ROOM: "This patient is in the room already.",
    _T.DONE: "This patient has been seen already.",
    _T.LEFT: "This patient has left.",
}


def choices(state: TicketState) -> list[TicketState]:
    """List what may be made of a ticket, in the order offered."""
    return list(_NEXT[state])


def change(state: TicketState, to: TicketState) -> TicketState:
    """Return the new state, or say where the patient is: somebody else may have been quicker."""
    if to not in choices(state):
        raise NotAllowed(_NOW[state], "ticket.state")
    return to


def undo(state: TicketState, was: TicketState, changed_at: datetime, now: datetime) -> TicketState:
    """Take back a press of a moment ago, also one that cannot be taken back later."""
    if state not in choices(was):
        raise NotAllowed(f"Only what was just done can be undone. {_NOW[state]}", "ticket.undo")
    if now > changed_at + UNDO + ON_ITS_WAY:
        raise NotAllowed(
            f"This was done more than {UNDO.seconds} seconds ago. It cannot be undone.",
            "ticket.undo",
        )
    return was


class Tone(StrEnum):
    """How a wait is shown, beside its minutes."""

    CALM = "calm"
    AMBER = "amber"
    RED = "red"


def wait(since: datetime, now: datetime, ended_at: datetime | None = None) -> timedelta:
    """Tell how long somebody waits, or waited until called; never less than nothing."""
    return max(ZERO, (ended_at or now) - since)


def tone(waited: timedelta) -> Tone:
    """Judge a wait."""
    if waited >= RED:
        return Tone.RED
    return Tone.AMBER if waited >= AMBER else Tone.CALM


def turns(since: datetime) -> tuple[datetime, datetime]:
    """Return when a wait turns amber and when red, for the screen that counts."""
    return since + AMBER, since + RED


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Somebody in the queue: since when, booked for when, and whether it cannot wait."""

    key: Hashable
    number: int
    since: datetime
    booked_for: datetime | None = None  # None: walked in
    urgent: bool = False


def order(queue: Iterable[Waiting]) -> tuple[Waiting, ...]:
    """Say whose turn it is: who cannot wait; then by the time booked, or of arrival if later.

    Who comes early waits for the time that was agreed; who comes late stands behind those who were
    there; who walked in stands where they came.
    """
    return tuple(sorted(queue, key=lambda one: (not one.urgent, _turn(one), one.number)))


def _turn(one: Waiting) -> datetime:
    return one.since if one.booked_for is None else max(one.since, one.booked_for)


def next_number(taken: Iterable[int]) -> int:
    """Return the number of the next ticket of a clinic and day; none comes twice."""
    return max(taken, default=0) + 1


def label(number: int) -> str:
    """Write a number as the ticket and the public screen do, which show nothing else: 017."""
    return f"{number:03}"
