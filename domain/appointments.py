"""Appointments: the states one can be in, what may follow, and which of them keep others out.

Source of the states and their order: FHIR R4 Appointment.status; clinical/scheduling.md, 2.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from domain.errors import NotAllowed


class AppointmentStatus(StrEnum):
    """FHIR R4 Appointment.status."""

    PROPOSED = "proposed"
    PENDING = "pending"
    BOOKED = "booked"
    ARRIVED = "arrived"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    NO_SHOW = "noshow"
    ENTERED_IN_ERROR = "entered-in-error"
    CHECKED_IN = "checked-in"
    WAITLIST = "waitlist"

    @property
    def word(self) -> str:
        """Name the state as the calendar does."""
        return _WORDS[self]

    @property
    def blocking(self) -> bool:
        """Tell whether nobody else may have its people, rooms and devices at its time."""
        return self in BLOCKING


_S = AppointmentStatus
_WORDS = {
    _S.PROPOSED: "Requested",
    _S.PENDING: "Held",
    _S.BOOKED: "Booked",
    _S.ARRIVED: "Arrived",
    _S.FULFILLED: "Done",
    _S.CANCELLED: "Cancelled",
    _S.NO_SHOW: "Did not attend",
    _S.ENTERED_IN_ERROR: "Entered in error",
    _S.CHECKED_IN: "Checked in",
    _S.WAITLIST: "On the waiting list",
}

#: The same set stands in the constraint of the database.
BLOCKING = frozenset({_S.PENDING, _S.BOOKED, _S.ARRIVED, _S.CHECKED_IN, _S.FULFILLED})
HERE = frozenset({_S.ARRIVED, _S.CHECKED_IN})
#: FHIR R4, invariant app-3: only these may be without a time.
TIMELESS = frozenset({_S.PROPOSED, _S.CANCELLED, _S.WAITLIST})
#: FHIR R4, invariant app-4: only these may have a reason for cancelling.
WITH_REASON = frozenset({_S.CANCELLED, _S.NO_SHOW})
#: How an appointment may begin: asked for, waiting, held by a desk, or booked by another system.
FIRST = frozenset({_S.PROPOSED, _S.WAITLIST, _S.PENDING, _S.BOOKED})

# How long a slot is held: ui.md 7.6 at a desk; scheduling.md 2 for an offer online or by letter.
HOLD_AT_DESK = timedelta(minutes=5)
HOLD_ONLINE = timedelta(minutes=15)
HOLD_BY_LETTER = timedelta(hours=24)

# Taking back a press: ten seconds, and a moment for it on its way (as for tasks).
UNDO, ON_ITS_WAY = timedelta(seconds=10), timedelta(seconds=5)

_NEXT = {
    # Cancelled: a wish may be withdrawn; app-3 foresees a cancelled appointment without a time.
    _S.PROPOSED: [_S.PENDING, _S.CANCELLED],
    _S.WAITLIST: [_S.PENDING, _S.CANCELLED],
    _S.PENDING: [_S.BOOKED, _S.PROPOSED, _S.WAITLIST, _S.CANCELLED],
    _S.BOOKED: [_S.ARRIVED, _S.NO_SHOW, _S.CANCELLED],
    _S.ARRIVED: [_S.CHECKED_IN, _S.FULFILLED, _S.CANCELLED, _S.NO_SHOW],
    _S.CHECKED_IN: [_S.FULFILLED, _S.CANCELLED, _S.NO_SHOW],
    _S.NO_SHOW: [_S.ARRIVED],  # came late after all
    _S.FULFILLED: [],
    _S.CANCELLED: [],  # never back: make a new one and link it
}


class Answer(StrEnum):
    """FHIR R4 Appointment.participant.status."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    TENTATIVE = "tentative"
    NEEDS_ACTION = "needs-action"


class Required(StrEnum):
    """FHIR R4 Appointment.participant.required."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    INFORMATION_ONLY = "information-only"


def choices(status: AppointmentStatus) -> list[AppointmentStatus]:
    """List what may follow; everything but an error can turn out to be one."""
    if status is _S.ENTERED_IN_ERROR:
        return []
    return [*_NEXT[status], _S.ENTERED_IN_ERROR]


def _move(status: AppointmentStatus, to: AppointmentStatus, sentence: str) -> AppointmentStatus:
    if to not in choices(status):
        raise NotAllowed(
            f"This appointment is {status.word.lower()}. {sentence}", "appointment.status"
        )
    return to


def blocks(status: AppointmentStatus, held_until: datetime | None, now: datetime) -> bool:
    """Tell whether it keeps others out now; a hold does until it expires."""
    if status is _S.PENDING and held_until is not None:
        return now < held_until
    return status in BLOCKING


def offer(status: AppointmentStatus) -> AppointmentStatus:
    """Hold a slot for somebody who asked or waits."""
    return _move(status, _S.PENDING, "A slot can be offered only to somebody who asked or waits.")


def book(
    status: AppointmentStatus, answers: Iterable[tuple[Required, Answer]] = ()
) -> AppointmentStatus:
    """Book what was held, when everybody who is required has accepted."""
    to = _move(status, _S.BOOKED, "Only a slot that is held for it can be booked.")
    if any(must is Required.REQUIRED and answer is not Answer.ACCEPTED for must, answer in answers):
        raise NotAllowed("Not everybody who is required has accepted.", "appointment.answers")
    return to


def release(
    status: AppointmentStatus, back_to: AppointmentStatus = AppointmentStatus.CANCELLED
) -> AppointmentStatus:
    """Let a hold go, declined or expired; the person asks or waits again, or it ends here."""
    if status is not _S.PENDING or back_to not in TIMELESS:
        raise NotAllowed(
            f"This appointment is {status.word.lower()}, not held.", "appointment.status"
        )
    return back_to


def reschedule(status: AppointmentStatus) -> AppointmentStatus:
    """Give a booked appointment another time; it stays booked."""
    return _while_booked(status, "Only one that is booked can be moved.")


def amend(status: AppointmentStatus) -> AppointmentStatus:
    """Change details of a booked appointment, not its time; it stays booked."""
    return _while_booked(status, "Only one that is booked can be changed.")


def _while_booked(status: AppointmentStatus, sentence: str) -> AppointmentStatus:
    if status is not _S.BOOKED:
        raise NotAllowed(
            f"This appointment is {status.word.lower()}. {sentence}", "appointment.status"
        )
    return status


def cancel(status: AppointmentStatus) -> AppointmentStatus:
    """Cancel before the patient comes; the slot is free at once. Later, see `leave`."""
    if status in HERE:
        raise NotAllowed(
            f"This patient is {status.word.lower()}. Say that the patient left instead.",
            "appointment.status",
        )
    return _move(status, _S.CANCELLED, "It can no longer be cancelled.")


def arrive(status: AppointmentStatus) -> AppointmentStatus:
    """Say that the patient is here; also of somebody who comes after all, late."""
    return _move(status, _S.ARRIVED, "Nobody can arrive for it.")


def check_in(status: AppointmentStatus) -> AppointmentStatus:
    """Finish the papers of a patient who has arrived."""
    return _move(status, _S.CHECKED_IN, "Only a patient who has arrived can be checked in.")


def fulfil(status: AppointmentStatus) -> AppointmentStatus:
    """Say that the patient was seen."""
    return _move(status, _S.FULFILLED, "Only a patient who has arrived can be seen.")


def miss(status: AppointmentStatus) -> AppointmentStatus:
    """Say that nobody came; when this may be said is in domain.no_shows."""
    if status is not _S.BOOKED:
        raise NotAllowed(
            f"This appointment is {status.word.lower()}. Only a booked one can be missed.",
            "appointment.status",
        )
    return _S.NO_SHOW


def leave(status: AppointmentStatus, *, counts_as_missed: bool = False) -> AppointmentStatus:
    """Say that a patient who was here left before being seen; what it counts as is policy."""
    if status not in HERE:
        raise NotAllowed(
            f"This appointment is {status.word.lower()}. Only a patient who is here can leave.",
            "appointment.status",
        )
    return _S.NO_SHOW if counts_as_missed else _S.CANCELLED


def enter_in_error(status: AppointmentStatus) -> AppointmentStatus:
    """Say that this appointment should never have been written."""
    return _move(status, _S.ENTERED_IN_ERROR, "It cannot be marked again.")


_TAKEN_BACK = frozenset({_S.CANCELLED, _S.NO_SHOW, _S.ARRIVED, _S.CHECKED_IN, _S.FULFILLED})


def undo(
    status: AppointmentStatus, was: AppointmentStatus, changed_at: datetime, now: datetime
) -> AppointmentStatus:
    """Take back a press of a moment ago; whether the slot is still free the database decides.

    This is no way back from cancelled: after ten seconds only a new appointment is.
    """
    if status not in _TAKEN_BACK or status not in choices(was):
        raise NotAllowed("Only what was just done can be undone.", "appointment.undo")
    if now > changed_at + UNDO + ON_ITS_WAY:
        raise NotAllowed(
            f"This was done more than {UNDO.seconds} seconds ago. It cannot be undone.",
            "appointment.undo",
        )
    return was


def move_back(status: AppointmentStatus, moved_at: datetime, now: datetime) -> AppointmentStatus:
    """Take back a new time of a moment ago; whether the old one is free the database decides."""
    if now > moved_at + UNDO + ON_ITS_WAY:
        raise NotAllowed(
            f"This was done more than {UNDO.seconds} seconds ago. Move it again instead.",
            "appointment.undo",
        )
    return reschedule(status)
