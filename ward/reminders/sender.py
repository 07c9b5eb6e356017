"""Sender: hands over what is due, on every node that works, each message by one of them."""

import asyncio
from contextlib import suppress
from uuid import UUID

import structlog
from prometheus_client import Counter, Histogram
from sqlalchemy.exc import SQLAlchemyError

from realtime.tasks import end
from ward.node import Node
from ward.reminders import claims
from ward.reminders.ways import Hand, Letter, Outcome, Result, Way, ways

TICK = 1.0  # seconds
PATIENCE = 8.0  # for what is in hand when the node stops: cut off, it would be in doubt
SURE = 60  # times that a settlement is tried, once a second, while the database is away
SENT = Counter("reminders_total", "Messages to patients", ["channel", "outcome"])
TOOK = Histogram("reminders_handing_seconds", "From the hand to the answer", ["channel"])

_log = structlog.get_logger(__name__)


class Sender:
    """One node's hands for messages to patients."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin, where this node works in the background and anybody can be written to."""
        if "worker" in self.node.parts:
            self._tasks = [
                asyncio.create_task(self._run(way), name=f"reminders-{way.channel}")
                for way in ways(self.node.settings)
            ]

    async def stop(self) -> None:
        """Take no more, and wait a moment for what is in hand."""
        self._stopping.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=PATIENCE)
        await end(*self._tasks)

    async def _run(self, way: Way) -> None:
        while not self._stopping.is_set():
            try:
                if await claims.waiting(self.node, way.channel):
                    await drain(self.node, way, self._stopping)
            except Exception as error:  # noqa: BLE001 - the hands outlive every failure
                _log.error("reminders.sender", error=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), TICK)


async def drain(node: Node, way: Way, stopping: asyncio.Event | None = None) -> int:
    """Hand over all that is due by this way; return how many messages were in hand here."""
    lanes = (_lane(node, way, stopping or asyncio.Event()) for _ in range(way.lanes))
    done = await asyncio.gather(*lanes, return_exceptions=True)
    for error in (one for one in done if isinstance(one, BaseException)):
        raise error
    return sum(one for one in done if isinstance(one, int))


async def _lane(node: Node, way: Way, stopping: asyncio.Event) -> int:
    handed = 0
    async with way.opened() as hand:
        while not stopping.is_set():
            taken = await claims.take(node, way)
            if not taken.found:
                break
            outcomes = await asyncio.gather(*(_give(way, hand, one) for one in taken.letters))
            done = dict(zip((one.id for one in taken.letters), outcomes, strict=True))
            if done:
                await _surely(node, {one.id: (one, done[one.id]) for one in taken.letters})
            handed += len(done)
    return handed


async def _give(way: Way, hand: Hand, letter: Letter) -> Outcome:
    try:
        with TOOK.labels(way.channel.value).time():
            outcome = await hand.give(letter)
    except Exception as error:  # noqa: BLE001 - unforeseen: nobody knows how far it came
        unknown = Result.LATER if way.repeats else Result.DOUBT
        outcome = Outcome(unknown, type(error).__name__)
    SENT.labels(way.channel.value, outcome.result.value).inc()
    if outcome.result is not Result.TAKEN:  # never what was said: it may name an address
        _log.warning("reminders.not_taken", channel=way.channel, result=outcome.result)
    return outcome


async def _surely(node: Node, done: dict[UUID, tuple[Letter, Outcome]]) -> None:
    """Write down what came of it, though the database may be away for a while."""
    for left in reversed(range(SURE)):
        try:
            await claims.settle(node, done)
        except (SQLAlchemyError, OSError):
            if not left:
                raise
            await asyncio.sleep(TICK)
        else:
            return
