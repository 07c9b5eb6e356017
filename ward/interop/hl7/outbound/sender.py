"""Sender: one task for each receiver sends what waits, woken by a poke and once a second."""

import asyncio
from collections.abc import Collection
from contextlib import AsyncExitStack, suppress

import structlog
from hl7.mllp.exceptions import InvalidBlockError  # type: ignore[import-untyped]
from prometheus_client import Counter

from realtime.tasks import end
from ward.interop.hl7 import client
from ward.interop.hl7.outbound import lines, replies
from ward.interop.hl7.outbound.events import QUEUE
from ward.interop.hl7.outbound.known import standing
from ward.interop.hl7.outbound.receivers import Receiver
from ward.interop.hl7.outbound.replies import Meaning
from ward.node import Node

TICK = 1.0
CONNECT, PATIENCE = 10.0, 30.0
"""Seconds for the connection, and for one answer; together less than a lease."""
SENT = Counter("hl7_sent_total", "Messages to other systems", ["receiver", "outcome"])
_SILENT = (OSError, TimeoutError, EOFError, ValueError, InvalidBlockError)
_log = structlog.get_logger(__name__)


class Post:
    """One node's post; several nodes may have one, each message is taken by one of them."""

    def __init__(self, node: Node) -> None:
        """Know nobody yet; nothing is sent."""
        self.node = node
        self._look = asyncio.Event()
        self._wake: dict[Receiver, asyncio.Event] = {}
        self._tasks: dict[Receiver, asyncio.Task[None]] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin, where this node processes messages."""
        if "worker" not in self.node.parts:
            return
        self.node.listeners.append(self._hear)
        self._task = asyncio.create_task(self._follow(), name="hl7-post")

    async def stop(self) -> None:
        """Stop; what was not acknowledged is sent again by whoever comes next."""
        if self._hear in self.node.listeners:
            self.node.listeners.remove(self._hear)
        await end(self._task)
        for receiver in list(self._tasks):
            await self._leave(receiver)

    def _hear(self, topic: str) -> None:
        if topic == str(QUEUE):
            for event in (self._look, *self._wake.values()):
                event.set()

    async def _follow(self) -> None:
        """Send to whoever is a receiver now: added, changed and removed while this runs."""
        while True:
            self._look.clear()
            try:
                await self._attend(await standing(self.node))
            except Exception as error:  # noqa: BLE001 - the post outlives every failure
                _log.error("hl7.post", error=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._look.wait(), TICK)

    async def _attend(self, to: Collection[Receiver]) -> None:
        for gone in [one for one in self._tasks if one not in to]:
            await self._leave(gone)
        for new in [one for one in to if one not in self._tasks]:
            wake = self._wake[new] = asyncio.Event()
            name = f"hl7-post-{new.name}"
            self._tasks[new] = asyncio.create_task(self._run(new, wake), name=name)

    async def _leave(self, receiver: Receiver) -> None:
        """Send nothing more to it; what was on its way is sent again if it is still one."""
        del self._wake[receiver]
        await end(self._tasks.pop(receiver))

    async def _run(self, receiver: Receiver, wake: asyncio.Event) -> None:
        while True:
            wake.clear()
            try:
                await drain(self.node, receiver)
            except Exception as error:  # noqa: BLE001 - the post outlives every failure
                _log.error("hl7.post", receiver=receiver.name, error=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), TICK)


async def drain(node: Node, receiver: Receiver, *, patience: float = PATIENCE) -> int:
    """Send all that may go to a receiver now; return how many it took.

    One connection for all; the first message that nobody answers ends the round.
    """
    taken = 0
    async with AsyncExitStack() as stack:
        wire: client.Sender | None = None
        while letter := await lines.take(node, receiver):
            try:
                wire = wire or await _connected(stack, receiver, patience)
                answer = await wire.send(letter.raw)
            except _SILENT as error:
                _count(receiver, "unreachable")
                await lines.unreachable(node, receiver, letter, error)
                return taken
            reply = replies.read(answer, letter.control_id)
            _count(receiver, reply.meaning.value)
            await lines.answered(node, receiver, letter, reply)
            if reply.meaning is Meaning.STRANGE:
                return taken
            taken += reply.meaning is Meaning.TAKEN
    return taken


async def _connected(stack: AsyncExitStack, receiver: Receiver, patience: float) -> client.Sender:
    async with asyncio.timeout(CONNECT):
        opened = client.connect(receiver.host, receiver.port, patience=patience)
        return await stack.enter_async_context(opened)


def _count(receiver: Receiver, outcome: str) -> None:
    SENT.labels(receiver.name, outcome).inc()
    if outcome != Meaning.TAKEN.value:
        _log.warning("hl7.post.not_taken", receiver=receiver.name, outcome=outcome)
