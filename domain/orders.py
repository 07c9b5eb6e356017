"""Orders: the life of a medicine's order, from prescribed to stopped, and who must have seen it."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from domain.errors import NotAllowed

#: How long a verbal order may stand without its prescriber, and a high-alert one unverified.
#: Engineering defaults.
ACKNOWLEDGE_WITHIN = timedelta(hours=24)
VERIFY_HIGH_ALERT_WITHIN = timedelta(hours=1)


class RequestStatus(StrEnum):
    """FHIR R4 MedicationRequest.status, as far as an order of the ward can have it."""

    ACTIVE = "active"
    ON_HOLD = "on-hold"
    COMPLETED = "completed"
    STOPPED = "stopped"
    CANCELLED = "cancelled"
    WRONG = "entered-in-error"

    @property
    def word(self) -> str:
        """Say where the order stands."""
        return _WORDS[self]

    @property
    def stands(self) -> bool:
        """Tell whether the order can still cause a dose."""
        return self in STANDING


STANDING = frozenset({RequestStatus.ACTIVE, RequestStatus.ON_HOLD})
_WORDS = MappingProxyType(
    {
        RequestStatus.ACTIVE: "Active",
        RequestStatus.ON_HOLD: "Withheld",
        RequestStatus.COMPLETED: "Completed",
        RequestStatus.STOPPED: "Stopped",
        RequestStatus.CANCELLED: "Cancelled",
        RequestStatus.WRONG: "Entered in error",
    }
)


class OrderKind(StrEnum):
    """What makes the doses of an order."""

    REGULAR = "regular"
    AS_REQUIRED = "as-required"
    ONCE = "once"
    INFUSION = "infusion"

    @property
    def word(self) -> str:
        """Name the kind as the chart groups by it."""
        return self.value.replace("-", " ").capitalize()


class OrderSource(StrEnum):
    """Where an order came from."""

    PRESCRIBER = "prescriber"
    VERBAL = "verbal"  # said, written down by whoever heard it; the prescriber signs later
    PHARMACY = "pharmacy"  # another system ordered it
    HOME = "home"  # taken over from what the patient takes at home


class Act(StrEnum):
    """What may be done with an order."""

    PRESCRIBE = "prescribe"
    ACKNOWLEDGE = "acknowledge"  # the prescriber signs what was said
    VERIFY = "verify"
    CHANGE = "change"
    REVIEW = "review"  # a nurse has read the change
    HOLD = "hold"
    LIFT = "lift"
    RENEW = "renew"
    STOP = "stop"
    CANCEL = "cancel"  # before anything was given
    COMPLETE = "complete"  # the last dose is past
    REOPEN = "reopen"  # what ended it was taken back: a discharge, or the record of the last dose

    @property
    def word(self) -> str:
        """Say what was done, as the history of an order does."""
        return _DONE[self]


_DONE = MappingProxyType(
    {
        Act.PRESCRIBE: "Prescribed",
        Act.ACKNOWLEDGE: "Signed by the prescriber",
        Act.VERIFY: "Verified",
        Act.CHANGE: "Changed",
        Act.REVIEW: "Change read",
        Act.HOLD: "Withheld",
        Act.LIFT: "Given again",
        Act.RENEW: "Renewed",
        Act.STOP: "Stopped",
        Act.CANCEL: "Cancelled",
        Act.COMPLETE: "Completed",
        Act.REOPEN: "Opened again",
    }
)

_S = RequestStatus
_STEPS: Mapping[Act, Mapping[RequestStatus, RequestStatus]] = MappingProxyType(
    {
        Act.ACKNOWLEDGE: {status: status for status in _S if status is not _S.WRONG},
        Act.VERIFY: {_S.ACTIVE: _S.ACTIVE, _S.ON_HOLD: _S.ON_HOLD},
        Act.CHANGE: {_S.ACTIVE: _S.ACTIVE, _S.ON_HOLD: _S.ON_HOLD},
        Act.REVIEW: {status: status for status in _S},
        Act.HOLD: {_S.ACTIVE: _S.ON_HOLD},
        Act.LIFT: {_S.ON_HOLD: _S.ACTIVE},
        Act.RENEW: {
            _S.ON_HOLD: _S.ON_HOLD,  # a longer order is not one that is given again
            **dict.fromkeys((_S.ACTIVE, _S.COMPLETED, _S.STOPPED), _S.ACTIVE),
        },
        Act.STOP: {_S.ACTIVE: _S.STOPPED, _S.ON_HOLD: _S.STOPPED},
        Act.CANCEL: {_S.ACTIVE: _S.CANCELLED, _S.ON_HOLD: _S.CANCELLED},
        Act.COMPLETE: {_S.ACTIVE: _S.COMPLETED, _S.ON_HOLD: _S.COMPLETED},
        Act.REOPEN: dict.fromkeys((_S.COMPLETED, _S.STOPPED, _S.CANCELLED), _S.ACTIVE),
    }
)

_BY_WARD = frozenset({Act.COMPLETE, Act.REOPEN})  # nobody presses a button for these


def acts(status: RequestStatus) -> tuple[Act, ...]:
    """List what may be done with an order; the buttons of a line are made of it."""
    return tuple(act for act, steps in _STEPS.items() if status in steps and act not in _BY_WARD)


def move(status: RequestStatus, act: Act) -> RequestStatus:
    """Return the status after an act, or say why the order cannot have it."""
    to = _STEPS.get(act, {}).get(status)
    if to is None:
        raise NotAllowed(
            f"This order is {status.word.lower()}. Look at the chart.", "medications.status"
        )
    return to


class CriticalDose(StrEnum):
    """Whether minutes matter for the doses of an order (domain.windows)."""

    TIME_CRITICAL = "time-critical"
    ROUTINE = "routine"


class RequestPriority(StrEnum):
    """FHIR R4 request-priority, as far as medicines use it here."""

    ROUTINE = "routine"
    STAT = "stat"
