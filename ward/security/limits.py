"""Limits: how often something may be tried; counted in Redis, and in memory when it is away."""

import hashlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from time import time
from typing import cast

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from redis.asyncio import Redis
from redis.exceptions import RedisError

from ward.errors import Busy


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many times in so many seconds."""

    name: str
    most: int
    seconds: int

    @property
    def item(self) -> RateLimitItem:
        """Give the limit in the library's form."""
        return RateLimitItemPerSecond(self.most, self.seconds, namespace=self.name)


ANSWER_SECONDS = 0.2  # then it is counted in memory

SIGN_IN_USER = Limit("sign-in", 10, 300)
SIGN_IN_ADDRESS = Limit("sign-in-from", 10, 300)  # nobody ever came in from there
SIGN_IN_KNOWN = Limit("sign-in-known", 60, 300)  # an address that people come from
SIGN_IN_DEVICE = Limit("sign-in-device", 60, 300)  # a device that was enrolled
OUTSIDE = Limit("outside", 60, 300)  # of one address: ways to the identity provider, and its calls
SECOND_FACTOR = Limit("second-factor", 5, 300)
PIN_DEVICE = Limit("pin-device", 60, 300)
SEARCH = Limit("search", 60, 60)
BREAK_GLASS = Limit("break-glass", 10, 3600)  # engineering default: a brake, no bar
EXPORT = Limit("export", 5, 3600)  # of one person, whatever the file is of


class Limits:
    """The counters of a node; who is counted is hashed before it reaches Redis."""

    def __init__(self, redis_url: str | None) -> None:
        self._memory = FixedWindowRateLimiter(MemoryStorage())
        self._shared: FixedWindowRateLimiter | None = None
        self._redis: Redis | None = None
        if redis_url:
            storage = RedisStorage(
                f"async+{redis_url}", implementation="redispy", socket_timeout=ANSWER_SECONDS
            )
            self._shared = FixedWindowRateLimiter(storage)
            self._redis = cast("Redis", storage.bridge.storage)  # type: ignore[attr-defined]

    async def close(self) -> None:
        """Give the connections back."""
        if self._redis is not None:
            await self._redis.aclose()

    async def spend(self, limit: Limit, whom: str) -> None:
        """Count one, or raise Busy when that is one too many."""
        if not await self._ask(lambda limiter: limiter.hit(limit.item, _hashed(whom))):
            raise await self._busy(limit, whom)

    async def check(self, limit: Limit, whom: str) -> None:
        """Raise Busy when the limit is used up; count nothing."""
        if not await self._ask(lambda limiter: limiter.test(limit.item, _hashed(whom))):
            raise await self._busy(limit, whom)

    async def forget(self, limit: Limit, whom: str) -> None:
        """Begin to count anew: what was counted as a failure was none."""
        if self._shared is not None:
            with suppress(RedisError, OSError):
                await self._shared.clear(limit.item, _hashed(whom))
        await self._memory.clear(limit.item, _hashed(whom))

    async def _ask(self, question: Callable[[FixedWindowRateLimiter], Awaitable[bool]]) -> bool:
        if self._shared is not None:
            try:
                return await question(self._shared)
            except (RedisError, OSError):
                pass
        return await question(self._memory)

    async def _busy(self, limit: Limit, whom: str) -> Busy:
        wait = limit.seconds
        if self._shared is not None:
            try:
                stats = await self._shared.get_window_stats(limit.item, _hashed(whom))
                wait = max(1, int(stats.reset_time - time()))
            except (RedisError, OSError):
                pass
        return Busy(f"Too many tries. Wait {max(1, round(wait / 60))} min and try again.", wait)


def _hashed(whom: str) -> str:
    return hashlib.sha256(whom.encode()).hexdigest()[:32]
