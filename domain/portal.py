"""Portal: what patients may do with their own appointments, until when, and in which words.

How late is an engineering default, no guideline stands behind it: a time that is given back two
hours before, when the last reminder goes out, may still serve somebody; one that is moved on the
same day mostly serves nobody.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from domain.appointment_codes import CancellationReason
from domain.appointments import AppointmentStatus
from domain.errors import NotAllowed

CANCEL_BEFORE = timedelta(hours=2)
MOVE_BEFORE = timedelta(hours=24)
NOTICE = timedelta(hours=2)  # the earliest a patient is offered, from now
LONGEST_WORDS = 300  # characters in which a patient says why


class Why(StrEnum):
    """Why a patient cancels, as they are asked; our own words for codes of FHIR."""

    TIME = "time"
    BETTER = "better"
    TRANSPORT = "transport"
    AWAY = "away"
    OTHER = "other"

    @property
    def word(self) -> str:
        """Say it as the patient would."""
        return _WHY[self][0]

    @property
    def reason(self) -> CancellationReason:
        """Give the code that is recorded."""
        return _WHY[self][1]


_R = CancellationReason
_WHY: Mapping[Why, tuple[str, CancellationReason]] = {
    Why.TIME: ("I cannot come at that time", _R.PATIENT_PORTAL),
    Why.BETTER: ("I feel better", _R.PATIENT_BETTER),
    Why.TRANSPORT: ("I cannot get there", _R.PATIENT_TRANSPORT),
    Why.AWAY: ("I have moved away", _R.PATIENT_MOVED),
    Why.OTHER: ("Another reason", _R.PATIENT_PORTAL),
}

OVER = "Over"
_S = AppointmentStatus
_STATES = {
    _S.CANCELLED: "Cancelled",
    _S.NO_SHOW: "You did not come",
    _S.FULFILLED: "You were here",
    _S.ARRIVED: "You are checked in",
    _S.CHECKED_IN: "You are checked in",
}


def state(status: AppointmentStatus, *, confirmed: bool, over: bool) -> str:
    """Say how an appointment stands, to whom it belongs."""
    if status is _S.BOOKED:
        return OVER if over else "You said that you will come" if confirmed else "Booked"
    return _STATES.get(status, "Booked")


def may_confirm(
    status: AppointmentStatus, starts_at: datetime, now: datetime, *, confirmed: bool
) -> bool:
    """Tell whether the patient may still say that they will come."""
    return status is _S.BOOKED and now < starts_at and not confirmed


def may_cancel(status: AppointmentStatus, starts_at: datetime, now: datetime) -> bool:
    """Tell whether the patient may still cancel it here."""
    return status is _S.BOOKED and now <= starts_at - CANCEL_BEFORE


def may_move(
    status: AppointmentStatus, starts_at: datetime, now: datetime, *, online: bool
) -> bool:
    """Tell whether the patient may still move it here; some visits only the clinic moves."""
    return status is _S.BOOKED and online and now <= starts_at - MOVE_BEFORE


def confirm(status: AppointmentStatus, starts_at: datetime, now: datetime) -> None:
    """Refuse to confirm what is not to come."""
    _still_to_come(status, starts_at, now)


def cancel(status: AppointmentStatus, starts_at: datetime, now: datetime) -> None:
    """Refuse to cancel what is over, or too close."""
    _still_to_come(status, starts_at, now)
    if not may_cancel(status, starts_at, now):
        raise NotAllowed(
            f"It begins in less than {_hours(CANCEL_BEFORE)}. Please call the clinic to cancel it.",
            "own.late",
        )


def move(status: AppointmentStatus, starts_at: datetime, now: datetime, *, online: bool) -> None:
    """Refuse to move what is over, too close, or not a patient's to move."""
    _still_to_come(status, starts_at, now)
    if not online:
        raise NotAllowed("Please call the clinic to move this appointment.", "own.by_clinic")
    if not may_move(status, starts_at, now, online=online):
        raise NotAllowed(
            f"It begins in less than {_hours(MOVE_BEFORE)}. Please call the clinic to move it.",
            "own.late",
        )


def _still_to_come(status: AppointmentStatus, starts_at: datetime, now: datetime) -> None:
    if status is _S.CANCELLED:
        raise NotAllowed("This appointment is cancelled already.", "own.over")
    if status is not _S.BOOKED or now >= starts_at:
        raise NotAllowed("This appointment has begun, or is past.", "own.over")


def _hours(span: timedelta) -> str:
    return f"{span // timedelta(hours=1)} hours"


def to_bring(*, remote: bool) -> tuple[str, ...]:
    """List what to have at hand; the same for every visit, so that it tells nobody what for."""
    medicines = "A list of the medicines you take, or their boxes"
    if remote:
        return ("Your telephone, in a quiet place", medicines)
    return (
        "Your code for checking in, or your letter",
        medicines,
        "Your glasses and hearing aids, if you use them",
    )
