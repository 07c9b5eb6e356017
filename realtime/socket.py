"""Socket: one browser's session on /live: what it may say, how much, and what comes of it."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from realtime.hub import Hub
from realtime.protocol import EXTENSION, LiveProtocol
from realtime.topics import Topic
from realtime.views import Claim, Station

MOST_SUBSCRIPTIONS = 32
MOST_MESSAGES = 20  # a second
SIGNED_OUT, ABUSE, OVERLOAD = 4401, 4429, 1013

ASGIReceive = Callable[[], Awaitable[MutableMapping[str, Any]]]
ASGISend = Callable[[MutableMapping[str, Any]], Awaitable[None]]


log = logging.getLogger(__name__)


class AbuseError(Exception):
    """The browser said something ours never says."""


async def serve(
    scope: Mapping[str, Any],
    receive: ASGIReceive,
    send: ASGISend,
    *,
    hub: Hub,
    viewer: object | None,
) -> None:
    """Accept a live socket and let a session listen; without a viewer it is closed 4401.

    A refused upgrade (1006) would make the browser retry for ever.
    """
    if viewer is None:
        await refuse(receive, send, SIGNED_OUT)
    elif hub.draining:
        await refuse(receive, send, OVERLOAD)
    else:
        await receive()  # websocket.connect
        await send({"type": "websocket.accept"})
        wire = scope["extensions"][EXTENSION]
        assert isinstance(wire, LiveProtocol), "serve needs uvicorn with ws=LiveProtocol"
        wire.listen(_Session(hub, viewer, wire))


async def refuse(receive: ASGIReceive, send: ASGISend, code: int) -> None:
    """Accept, then close with a code that the browser understands."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": code})


class _Session:
    """What one browser asks for, as its inbox tells it."""

    __slots__ = ("_heard", "_hub", "_station", "_wire")

    def __init__(self, hub: Hub, viewer: object, wire: LiveProtocol) -> None:
        self._hub, self._wire = hub, wire
        self._station: Station = hub.open(viewer, wire)
        self._heard: tuple[float, ...] = ()  # when it said something within the last second

    async def hear(self, text: str | None) -> None:
        """Do what was asked; a liar is closed, and so is whoever cannot be served now."""
        try:
            await self._hear(text)
        except AbuseError as error:
            self._wire.finish(ABUSE, str(error))
        except Exception as error:  # noqa: BLE001 - PostgreSQL is away: the browser comes back
            log.warning("live: a socket could not be served: %r", error)
            self._wire.finish(OVERLOAD, "unavailable")

    def leave(self) -> None:
        """Forget the browser; it is gone."""
        self._hub.close(self._station)

    async def _hear(self, text: str | None) -> None:
        now = time.monotonic()
        lately = tuple(at for at in self._heard if now - at < 1.0)
        if len(lately) >= MOST_MESSAGES:
            raise AbuseError("too many messages")
        self._heard = (*lately, now)
        message = _read(text)
        match message.get("op"):
            case "sub":
                await self._subscribe(_claims(message.get("topics")))
            case "unsub":
                for topic in _topics(message.get("topics")):
                    self._hub.leave(self._station, str(topic))
            case "snap":
                self._hub.snap(self._station, map(str, _topics(message.get("topics"))))
            case "ack":
                revs = {str(topic): claim.rev for topic, claim in _acks(message.get("topics"))}
                fresh = message.get("fresh")
                self._hub.acked(self._station, revs, fresh if isinstance(fresh, str) else None)
            case _:
                raise AbuseError("unknown operation")

    async def _subscribe(self, claims: list[tuple[Topic, Claim]]) -> None:
        wanted = {str(topic) for topic, _ in claims}
        if len(wanted | self._station.watching.keys()) > MOST_SUBSCRIPTIONS:
            raise AbuseError("too many subscriptions")
        async with asyncio.TaskGroup() as group:
            for topic, claim in claims:
                group.create_task(self._hub.subscribe(self._station, topic, claim))
        self._hub.beat([self._station])


def _read(text: str | None) -> dict[str, Any]:
    try:
        message = json.loads(text or "")
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise AbuseError("not a message")
    return message


def _topics(names: Any) -> list[Topic]:
    if not isinstance(names, list) or len(names) > MOST_SUBSCRIPTIONS:
        raise AbuseError("not a list of topics")
    return [_topic(name) for name in names]


def _claims(topics: Any) -> list[tuple[Topic, Claim]]:
    if not isinstance(topics, dict) or len(topics) > MOST_SUBSCRIPTIONS:
        raise AbuseError("not a table of topics")
    return [(_topic(name), _claim(claim)) for name, claim in topics.items()]


def _acks(topics: Any) -> list[tuple[Topic, Claim]]:
    if not isinstance(topics, dict):
        raise AbuseError("not a table of topics")
    return _claims({name: [None, rev] for name, rev in topics.items()})


def _topic(name: Any) -> Topic:
    try:
        return Topic.parse(name)
    except (ValueError, AttributeError) as error:
        raise AbuseError("not a topic") from error


def _claim(claim: Any) -> Claim:
    match claim:
        case [None | str() as epoch, int() as rev] if _counts(rev):
            return Claim(epoch or None, rev)
        case [None | str() as epoch, int() as rev, None | str() as view] if _counts(rev):
            return Claim(epoch or None, rev, view or None)
    raise AbuseError("not a revision")


def _counts(rev: int) -> bool:
    return not isinstance(rev, bool) and 0 <= rev < 2**63
