"""Alerts: what calls for somebody, how loudly, and what may become of it."""

from enum import IntEnum, StrEnum


class Tier(IntEnum):
    """How loudly an alert calls (ui.md 7.7)."""

    NOW = 1  # persistent, sound, escalates until owned
    SOON = 2  # list and badge, silent
    DIGEST = 3


class Cause(StrEnum):
    """Why an alert sounds; our own words. One open alert for each patient and cause."""

    NEWS_HIGH = "news2-high"
    NEWS_MEDIUM = "news2-medium"
    NEWS_SINGLE = "news2-single-3"
    NEWS_RISE = "news2-rise"
    NOT_RECORDABLE = "not-recordable"
    OBS_OVERDUE = "observations-overdue"


class AlertState(StrEnum):
    """Where an alert stands."""

    OPEN = "open"  # nobody has it: a timer runs
    ACCEPTED = "accepted"  # exactly one person has it
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"  # what raised it was wrong


class Response(StrEnum):
    """What whoever takes an alert says."""

    GOING = "going"
    HANDED = "handed-over"
    MANAGED = "already-managed"


class Outcome(StrEnum):
    """What became of an alert; asked for at closing."""

    REVIEWED = "reviewed-no-change"
    TREATED = "treatment-changed"
    MOVED = "moved-to-higher-care"
    LIMITED = "care-limited"
    NOT_CONFIRMED = "not-confirmed"
