"""Bus: tells the other nodes "topic|rev" through Redis; only a hint, everything works without."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

import redis.asyncio as redis
from redis.exceptions import RedisError

from realtime.tasks import together

CHANNEL = "live"
MOST_WAITING = 1_000  # pokes held while Redis is slow; the oldest are dropped, the check heals
QUIET_SECONDS = 5.0  # then ask whether Redis is still there
RETRY_SECONDS = 0.25
ANSWER_SECONDS = 1.0

log = logging.getLogger(__name__)


class Bus:
    """One node's ear and mouth; `run` keeps both alive until cancelled."""

    def __init__(
        self,
        url: str | None,
        *,
        poked: Callable[[str, int], None],
        resubscribed: Callable[[], None],
        channel: str = CHANNEL,
    ) -> None:
        self._url, self._channel = url, channel
        self._poked, self._resubscribed = poked, resubscribed
        self._waiting: deque[str] = deque(maxlen=MOST_WAITING)
        self._wake = asyncio.Event()
        self.listening = False  # what other nodes say arrives

    def publish(self, topic: str, rev: int) -> None:
        """Poke this node at once and the others soon; call after the commit, never awaited."""
        self._poked(topic, rev)
        if self._url is not None:
            self._waiting.append(f"{topic}|{rev}")
            self._wake.set()

    async def run(self) -> None:
        """Listen and speak for ever; without Redis there is nothing to do."""
        if self._url is None:
            return
        await together(self._for_ever(self._listen), self._for_ever(self._speak))

    async def _for_ever(self, work: Callable[[redis.Redis], Any]) -> None:
        quiet = False
        while True:
            client = self._client()
            try:
                await work(client)
            except (RedisError, OSError, TimeoutError) as error:
                if not quiet:
                    log.warning("live: Redis is away, screens heal by the check: %r", error)
                quiet = True
            except Exception:
                log.exception("live: the bus failed")
            finally:
                await _closed(client)
            await asyncio.sleep(RETRY_SECONDS)

    def _client(self) -> redis.Redis:
        assert self._url is not None
        return redis.Redis.from_url(
            self._url,
            decode_responses=True,
            socket_connect_timeout=ANSWER_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            socket_keepalive=True,
            retry=None,
        )

    async def _speak(self, client: redis.Redis) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(100, len(self._waiting)))]
                async with client.pipeline(transaction=False) as pipeline:
                    for message in batch:
                        _ = pipeline.publish(self._channel, message)  # gathered, not sent
                    await pipeline.execute()

    async def _listen(self, client: redis.Redis) -> None:
        try:
            await self._listening(client)
        finally:
            self.listening = False

    async def _listening(self, client: redis.Redis) -> None:
        async with client.pubsub() as pubsub:
            await pubsub.subscribe(self._channel)
            silent = 0
            while silent < 2:
                message = await pubsub.get_message(timeout=QUIET_SECONDS)
                if message is None:
                    silent += 1
                    await pubsub.ping()
                    continue
                silent = 0
                self._hear(message)
        raise TimeoutError("Redis has fallen silent")

    def _hear(self, message: dict[str, Any]) -> None:
        # redis-py reconnects by itself and loses what was said meanwhile: this is the only sign.
        if message["type"] == "subscribe":
            self.listening = True
            self._resubscribed()
        elif message["type"] == "message":
            topic, _, rev = str(message["data"]).rpartition("|")
            if topic and rev.isascii() and rev.isdigit() and len(rev) < 19:
                self._poked(topic, int(rev))


async def _closed(client: redis.Redis) -> None:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await client.aclose()
    except (RedisError, OSError, TimeoutError):
        log.debug("live: a connection to Redis could not be closed in time")
