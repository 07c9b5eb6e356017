"""Movements: a bed is asked for, accepted or declined, and then the patient moves."""

from enum import StrEnum

from domain.errors import NotAllowed


class MovementStatus(StrEnum):
    """The states of one request to bring a patient to a ward."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    MOVED = "moved"
    CANCELLED = "cancelled"

    @property
    def word(self) -> str:
        """Name the state as the request card does."""
        return self.value.capitalize()


_M = MovementStatus
_NEXT = {
    _M.REQUESTED: [_M.ACCEPTED, _M.DECLINED, _M.CANCELLED],
    _M.ACCEPTED: [_M.MOVED, _M.CANCELLED],
}

NEEDS_REASON = frozenset({_M.DECLINED, _M.CANCELLED})


def choices(status: MovementStatus) -> list[MovementStatus]:
    """List what may become of a request in this state."""
    return _NEXT.get(status, [])


def answer(status: MovementStatus, to: MovementStatus, reason: str = "") -> MovementStatus:
    """Return the new state, or say why not; nobody declines or cancels without a reason."""
    if to not in choices(status):
        raise NotAllowed(
            f"A request that is {status.word} cannot become {to.word}.", "movement.status"
        )
    if to in NEEDS_REASON and not reason.strip():
        raise NotAllowed(f"Give the reason why the request is {to.word}.", "movement.reason")
    return to
