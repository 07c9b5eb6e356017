"""Standing: asks again and again whether every subscription may still be."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from realtime.subject import Lost, Seat, Seated, Subject
from realtime.topics import Topic
from realtime.views import Watch

EVERY_SECONDS = 0.5
DEAF_SECONDS = 0.2  # while nobody can tell this node that rights changed
SURE_SECONDS = 0.9  # rights verified longer ago let no frame out
ASK_SECONDS = 1.5

log = logging.getLogger(__name__)


class Standing:
    """The rights of a node's subscriptions; `changed` hears what no longer stands."""

    def __init__(
        self,
        subject: Subject,
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        watches: Callable[[], Sequence[Watch]],
        changed: Callable[[Watch, Seat | Lost | None], None],
    ) -> None:
        self._subject, self._clock, self._monotonic = subject, clock, monotonic
        self.hearing: Callable[[], bool] = lambda: True  # another node's word that rights changed
        self._watches, self._changed = watches, changed
        self._stood_at = float("-inf")
        self._asking = asyncio.Lock()
        self._asked = asyncio.Event()

    @property
    def sure(self) -> bool:
        """Tell whether all rights were verified within the last second."""
        return self._monotonic() - self._stood_at <= SURE_SECONDS

    def ask(self) -> None:
        """Have the question asked at once: somebody's rights changed."""
        self._asked.set()

    async def loop(self) -> None:
        """Ask for ever."""
        while True:
            try:
                async with asyncio.timeout(EVERY_SECONDS if self.hearing() else DEAF_SECONDS):
                    await self._asked.wait()
            except TimeoutError:
                pass
            self._asked.clear()
            try:
                await self.check()
            except Exception as error:  # noqa: BLE001 - no answer, no frames: screens turn stale
                log.warning("live: rights could not be verified: %r", error)

    async def check(self) -> None:
        """Ask once; those who wait together share one question."""
        called = self._monotonic()
        async with self._asking:
            if self._stood_at >= called:
                return
            begun = self._monotonic()
            watches = [watch for watch in self._watches() if watch.seated]
            asked = [Seated(w.station.viewer, Topic.parse(w.topic), w.seat) for w in watches]
            if asked:
                async with asyncio.timeout(ASK_SECONDS):
                    verdicts = await self._subject.standing(asked)
                for place, verdict in verdicts.items():
                    if watches[place].seated:
                        self._changed(watches[place], verdict)
            now = self._clock()
            for watch in watches:
                if watch.seated and watch.seat.until is not None and watch.seat.until <= now:
                    self._changed(watch, None)
            self._stood_at = begun
