"""Alerts: what calls for somebody, how loudly, and what may become of it.

Bands and reasons: `domain.news2`, `domain.monitoring`. Whom it calls: `domain.escalation`.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from types import MappingProxyType

from domain import monitoring
from domain.errors import NotAllowed
from domain.news2 import Band, Result


class Tier(IntEnum):
    """How loudly an alert calls (ui.md 7.7)."""

    NOW = 1  # persistent, sound, escalates until owned
    SOON = 2  # list and badge, silent
    DIGEST = 3

    @property
    def word(self) -> str:
        """Say how loudly, as the console does."""
        return {1: "Critical", 2: "Soon", 3: "Digest"}[self]


class Cause(StrEnum):
    """Why an alert sounds; our own words. One open alert for each patient and cause."""

    NEWS_HIGH = "news2-high"
    NEWS_MEDIUM = "news2-medium"
    NEWS_SINGLE = "news2-single-3"
    NEWS_RISE = "news2-rise"
    NOT_RECORDABLE = "not-recordable"
    OBS_OVERDUE = "observations-overdue"
    DOSE_OVERDUE = "dose-overdue"  # of a medicine of which minutes matter
    STAT_ORDER = "stat-order"
    UNVERIFIED = "unverified-order"  # of a high-alert medicine
    PUMP_TO_STOP = "pump-to-stop"
    CRITICAL_RESULT = "critical-result"
    RESULT_CORRECTED = "result-corrected"  # a critical one, after somebody relied on it

    @property
    def word(self) -> str:
        """Name the cause as the console does."""
        return _CAUSES[self]


class AlertState(StrEnum):
    """Where an alert stands."""

    OPEN = "open"  # nobody has it: a timer runs
    ACCEPTED = "accepted"  # exactly one person has it
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"  # what raised it was wrong

    @property
    def word(self) -> str:
        """Say where it stands."""
        return _STATES[self]


STANDING = (AlertState.OPEN, AlertState.ACCEPTED)


class Response(StrEnum):
    """What whoever takes an alert says."""

    GOING = "going"
    HANDED = "handed-over"
    MANAGED = "already-managed"

    @property
    def word(self) -> str:
        """Say it as the button does."""
        return _RESPONSES[self]


class Decline(StrEnum):
    """Why somebody who is called does not take an alert; asked for, never assumed."""

    BUSY = "with-another-patient"
    NOT_MINE = "not-my-patient"
    AWAY = "not-on-the-ward"
    OTHER = "other"

    @property
    def word(self) -> str:
        """Say it in words."""
        return self.value.replace("-", " ").capitalize()


class Outcome(StrEnum):
    """What became of an alert; asked for at closing. The last three only Ward itself gives."""

    REVIEWED = "reviewed-no-change"
    TREATED = "treatment-changed"
    MOVED = "moved-to-higher-care"
    LIMITED = "care-limited"
    NOT_CONFIRMED = "not-confirmed"
    DONE = "done"  # what was missing has been done
    OVERTAKEN = "overtaken"  # a worse one of the same patient calls instead
    LEFT = "left"  # the patient has left the hospital

    @property
    def word(self) -> str:
        """Say it in words."""
        return _OUTCOMES[self]


ASKED = tuple(one for one in Outcome if one not in (Outcome.DONE, Outcome.OVERTAKEN, Outcome.LEFT))
"""The outcomes that a person chooses from."""


# -- what may become of an alert ------------------------------------------------------------


class Verb(StrEnum):
    """What can be done with an alert, by a person or by Ward itself."""

    ACCEPT = "accept"
    DECLINE = "decline"
    HAND = "hand over"
    SNOOZE = "snooze"
    COMMENT = "comment"
    SEE = "see"
    CLOSE = "close"
    MERGE = "merge"  # its cause is seen again
    CALL = "call"  # the next in line, or the same again
    REOPEN = "reopen"  # its owner has gone, or it got worse
    WITHDRAW = "withdraw"


_O, _A, _C, _W = AlertState
TRANSITIONS: Mapping[AlertState, Mapping[Verb, AlertState]] = MappingProxyType(
    {
        _O: {
            Verb.ACCEPT: _A,
            Verb.DECLINE: _O,
            Verb.HAND: _A,
            Verb.SNOOZE: _O,
            Verb.COMMENT: _O,
            Verb.SEE: _O,
            Verb.CLOSE: _C,
            Verb.MERGE: _O,
            Verb.CALL: _O,
            Verb.WITHDRAW: _W,
        },
        _A: {
            Verb.HAND: _A,
            Verb.COMMENT: _A,
            Verb.SEE: _A,
            Verb.CLOSE: _C,
            Verb.MERGE: _A,
            Verb.REOPEN: _O,
            Verb.WITHDRAW: _W,
        },
        _C: {Verb.COMMENT: _C, Verb.SEE: _C},
        _W: {Verb.COMMENT: _W, Verb.SEE: _W},
    }
)


def after(state: AlertState, verb: Verb) -> AlertState:
    """Return the state after this, or say why it cannot be done."""
    to = TRANSITIONS[state].get(verb)
    if to is None:
        raise NotAllowed(f"This alert is {state.word.lower()}. It cannot be {_DONE[verb]}.")
    return to


def may_be(state: AlertState, verb: Verb) -> bool:
    """Say whether this can be done with an alert in this state: what buttons ask."""
    return verb in TRANSITIONS[state]


def calls_again(state: AlertState, *, worse: bool) -> bool:
    """Say whether the cause, seen again, calls anew: an owner has been told of less than this.

    Who is called already goes on being called: a merge never moves the timer back.
    """
    return state is AlertState.ACCEPTED and worse


LONGEST_SNOOZE = timedelta(minutes=30)  # ui.md 7.7


def snooze(tier: int, now: datetime, minutes: int) -> datetime:
    """Return until when an alert waits, or say why it may not."""
    if tier != Tier.SOON:
        raise NotAllowed("A critical alert cannot wait. Take it, hand it over or decline it.")
    if not 1 <= minutes <= LONGEST_SNOOZE.seconds // 60:
        raise NotAllowed("An alert can wait for 30 minutes at most.")
    return now + timedelta(minutes=minutes)


# -- what a score is --------------------------------------------------------------------------

NEWS = (Cause.NEWS_RISE, Cause.NEWS_SINGLE, Cause.NEWS_MEDIUM, Cause.NEWS_HIGH)
"""Causes of a score, the mildest first."""
MEDICINES = (Cause.DOSE_OVERDUE, Cause.STAT_ORDER, Cause.UNVERIFIED, Cause.PUMP_TO_STOP)
RESULTS = (Cause.CRITICAL_RESULT, Cause.RESULT_CORRECTED)
STAYING = frozenset({Cause.PUMP_TO_STOP, *RESULTS})
"""What calls on although the patient has left: a pump runs, and a potassium of 6.9 kills at home
too, until somebody has seen to it."""


def check_closing(cause: Cause, text: str | None) -> None:
    """Refuse to close a critical result without a word on who was told and repeated it."""
    if cause is Cause.CRITICAL_RESULT and not (text or "").strip():
        raise NotAllowed(
            "Write who was told the value and that it was read back, or acknowledge the result.",
            "alert.read-back",
        )


def overtaken_by(cause: Cause) -> tuple[Cause, ...]:
    """List the milder causes of the same score that this one speaks for from now on."""
    if cause is Cause.NOT_RECORDABLE:
        return NEWS
    return NEWS[: NEWS.index(cause)] if cause in NEWS else ()


def cause_of(reasons: Iterable[monitoring.Reason], urgency: Band | None) -> Cause | None:
    """Name the one alert that a score is, by the most pressing of its reasons; None: it is none."""
    why = {reason.cause for reason in reasons}
    if not why:
        return None
    if monitoring.Cause.NOT_RECORDABLE in why:
        return Cause.NOT_RECORDABLE
    return _BANDS.get(urgency, Cause.NEWS_RISE) if urgency else Cause.NEWS_RISE


def holds(cause: Cause, result: Result) -> bool:
    """Say whether a score still gives reason for an alert of this cause."""
    match cause:
        case Cause.NOT_RECORDABLE:
            return bool(result.not_recordable)
        case Cause.NEWS_HIGH:
            return result.urgency is Band.HIGH
        case Cause.NEWS_MEDIUM:
            return result.urgency in (Band.MEDIUM, Band.HIGH)
        case Cause.NEWS_SINGLE:
            return result.single_three
        case _:
            return False


_BANDS = MappingProxyType(
    {
        Band.HIGH: Cause.NEWS_HIGH,
        Band.MEDIUM: Cause.NEWS_MEDIUM,
        Band.LOW_MEDIUM: Cause.NEWS_SINGLE,
    }
)
_CAUSES = MappingProxyType(
    {
        Cause.NEWS_HIGH: "NEWS2 high",
        Cause.NEWS_MEDIUM: "NEWS2 medium",
        Cause.NEWS_SINGLE: "3 in one",
        Cause.NEWS_RISE: "NEWS2 rising",
        Cause.NOT_RECORDABLE: "Not recordable",
        Cause.OBS_OVERDUE: "Overdue",
        Cause.DOSE_OVERDUE: "Medicine overdue",
        Cause.STAT_ORDER: "Give now",
        Cause.UNVERIFIED: "Not verified",
        Cause.PUMP_TO_STOP: "Pump to stop",
        Cause.CRITICAL_RESULT: "Critical result",
        Cause.RESULT_CORRECTED: "Result corrected",
    }
)
_STATES = MappingProxyType(
    {_O: "Needs response", _A: "Acknowledged", _C: "Closed", _W: "Withdrawn"}
)
_RESPONSES = MappingProxyType(
    {
        Response.GOING: "I'm going",
        Response.HANDED: "Handed to…",
        Response.MANAGED: "Already managed",
    }
)
_OUTCOMES = MappingProxyType(
    {
        Outcome.REVIEWED: "Reviewed, no change",
        Outcome.TREATED: "Treatment changed",
        Outcome.MOVED: "Moved to higher care",
        Outcome.LIMITED: "Within the limits set for care",
        Outcome.NOT_CONFIRMED: "Not confirmed at the bedside",
        Outcome.DONE: "Done",
        Outcome.OVERTAKEN: "A worse alert calls instead",
        Outcome.LEFT: "Left the hospital",
    }
)
_DONE = MappingProxyType(
    {
        Verb.ACCEPT: "taken",
        Verb.DECLINE: "declined",
        Verb.HAND: "handed over",
        Verb.SNOOZE: "put off",
        Verb.COMMENT: "commented on",
        Verb.SEE: "seen",
        Verb.CLOSE: "closed",
        Verb.MERGE: "merged",
        Verb.CALL: "called again",
        Verb.REOPEN: "reopened",
        Verb.WITHDRAW: "withdrawn",
    }
)
