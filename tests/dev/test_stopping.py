"""Stopping: a signal that comes while the demo is founded is heard, whatever runs just then."""

import asyncio
import os
import signal

import pytest

from tests.settling import PATIENCE
from ward.stopping import unless_told


class _Told:
    """Something whose end comes with a signal: an exception there would be lost."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)


def test_a_signal_in_the_worst_moment_is_heard_and_what_was_held_is_given_back() -> None:
    given_back = []

    async def founding() -> None:
        try:
            _Told()
            await asyncio.sleep(PATIENCE)
        finally:
            await asyncio.sleep(0)  # as a connection is closed
            given_back.append(True)

    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as left:
        asyncio.run(unless_told(founding()))
    assert left.value.code == 128 + signal.SIGTERM
    assert given_back
    assert signal.getsignal(signal.SIGTERM) is before


def test_what_nobody_stops_is_done() -> None:
    async def founding() -> int:
        await asyncio.sleep(0)
        return 7

    assert asyncio.run(unless_told(founding())) == 7
