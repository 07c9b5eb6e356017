"""Break-glass: opening a record that nothing explains: why, how long, and what becomes of it."""

from datetime import datetime, timedelta
from enum import StrEnum

from domain.errors import NotAllowed

LONGEST = timedelta(hours=4)  # security.md 1: at most 4 h
# Engineering defaults, ours: no standard gives numbers. A hospital agrees on its own.
REVIEW_WITHIN = timedelta(days=3)
OFTEN, OFTEN_IN = 3, timedelta(hours=24)  # more openings of one person are a signal
FEWEST_WORDS = 3  # of the sentence: a reason is more than a dot


class Reason(StrEnum):
    """Why somebody opens a record that is not theirs to open; our own words."""

    EMERGENCY = "emergency"
    COVERING = "covering"
    ASKED = "asked-to-help"
    SAFETY = "patient-safety"
    OTHER = "other"

    @property
    def word(self) -> str:
        """Say it as the sheet and the review do."""
        return _REASONS[self]


_REASONS = {
    Reason.EMERGENCY: "Emergency: this person needs treatment now",
    Reason.COVERING: "I cover for the team that looks after this person",
    Reason.ASKED: "I was asked to advise or to help",
    Reason.SAFETY: "Something in this record must be put right at once",
    Reason.OTHER: "Another reason, given below",
}


class Ending(StrEnum):
    """How the access ended."""

    GIVEN_BACK = "given-back"
    TIME = "time"
    REVOKED = "revoked"

    @property
    def word(self) -> str:
        """Say it in the review."""
        return {
            "given-back": "Ended by the person",
            "time": "Ended by itself",
            "revoked": "Ended by the privacy officer",
        }[self]


class Verdict(StrEnum):
    """What the privacy officer finds."""

    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not-justified"
    FOLLOW_UP = "follow-up"

    @property
    def word(self) -> str:
        """Say it in the review."""
        return {
            "justified": "Justified",
            "not-justified": "Not justified",
            "follow-up": "Needs follow-up",
        }[self]

    @property
    def closes(self) -> bool:
        """Say whether a case is closed by it; with a follow-up it stays in the queue."""
        return self is not Verdict.FOLLOW_UP


def sentence(words: str) -> str:
    """Return the sentence as it is kept, or say that it explains nothing."""
    kept = " ".join(words.split())
    if len(kept.split()) < FEWEST_WORDS:
        raise NotAllowed(
            "Say in a sentence why you need this record. The privacy officer reads it."
        )
    return kept


def overdue(opened_at: datetime, closed_at: datetime | None, now: datetime) -> bool:
    """Say whether a case has waited too long for its review."""
    return closed_at is None and now >= opened_at + REVIEW_WITHIN


def review(verdict: Verdict, *, running: bool, closed: bool, own: bool) -> None:
    """Say why this verdict cannot be given, if it cannot."""
    if own:
        raise NotAllowed("This is your own access. Another privacy officer reviews it.")
    if closed:
        raise NotAllowed("This case is closed.")
    if running and verdict.closes:
        raise NotAllowed("The record is still open to this person. End the access first.")
