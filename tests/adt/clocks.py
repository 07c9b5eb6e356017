"""Clocks: nodes of a test whose clocks differ, in what they write and in the ids they make."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import uuid6

from ward import clock


@contextmanager
def behind(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> Iterator[None]:
    """Do as a node whose clock stands behind that of the others."""
    before = clock.offset()
    with monkeypatch.context() as patched:
        patched.setattr(uuid6, "uuid7", _of_this_clock)
        clock.shift(before - by)
        try:
            yield
        finally:
            clock.shift(before)


def _of_this_clock() -> uuid6.UUID:
    """Make an id as RFC 9562 says; the machine's own clock cannot be moved."""
    since = int(clock.now().timestamp() * 1000) << 80
    return uuid6.UUID(int=since | secrets.randbits(80), version=7)
