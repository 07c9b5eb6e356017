"""Clock: the one place that asks what time it is."""

from datetime import UTC, datetime, timedelta

_offset = timedelta(0)


def now() -> datetime:
    """Return this instant in UTC, moved by the offset a test has set."""
    return datetime.now(UTC) + _offset


def offset() -> timedelta:
    """Return how far this process's clock is moved; zero outside tests."""
    return _offset


def shift(to: timedelta) -> None:
    """Move this process's clock to `to` away from the true time (tests and failpoints only)."""
    global _offset  # noqa: PLW0603 - one clock per process is the point
    _offset = to
