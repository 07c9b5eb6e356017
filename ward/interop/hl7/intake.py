"""Intake: a message is stored and its trail written, then it is acknowledged. Never before."""

import asyncio
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC

from sqlalchemy.exc import DBAPIError

from domain.access import D0, Permission
from ward.config import Env
from ward.db import collided
from ward.interop.hl7 import ack, batch, store, wire
from ward.interop.hl7.gathering import Answers, Gathering
from ward.interop.hl7.wire import Reading, Rules
from ward.node import Node
from ward.places.zones import zone_of
from ward.security.actors import System
from ward.work import Work, work_as, work_watching

GOES = 3  # before a sender is told to send again
LARGE = 256 * 1024
"""Bytes from which a message is read in a thread, so that nobody else waits for it."""
TAKEN = {Env.PRODUCTION: frozenset("P"), Env.TRAINING: frozenset("DT")}
"""Which messages an installation takes by their processing id (HL7 table 0103)."""
_RECEIVE = frozenset({Permission.REVIEW_MESSAGES, Permission.VIEW_PLACES})
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Received:
    """What came of one message: the answer, and whether it was new."""

    answer: bytes
    reading: Reading
    fresh: bool


class Intake:
    """The door of one node for messages: from the wire, or from files."""

    def __init__(self, node: Node) -> None:
        """Know the node; its hospital's zone is looked up with the first message."""
        self.node = node
        self._gathering = Gathering(self._commit)
        self._rules: Rules | None = None

    async def handle(self, block: bytes, peer: str) -> bytes:
        """Store a message, or each of a batch, and give the acknowledgement, for the listener."""
        found = batch.opened(block)
        if found is None or not found.sound or len(found.messages) == 1:
            return (await self.receive(block, peer)).answer
        answers = [(await self.receive(one, peer)).answer for one in found.messages]
        return batch.answer(found, answers)

    async def receive(self, block: bytes, peer: str) -> Received:
        """Store a message once; one that is known already gets its first answer again."""
        reading = await read(block, await self.rules())
        answer = ack.answer(reading, ack.Stamp.new())
        message = store.Message(
            block=block,
            peer=peer,
            sha256=hashlib.sha256(block).digest(),
            reading=reading,
            answer=answer,
        )
        first = await self._gathering.keep(message)
        return Received(first or answer, reading, fresh=first is None)

    async def _commit(self, messages: Sequence[store.Message]) -> Answers:
        """Store what one sender sent; where others were at the same people, again and at once."""
        for _ in range(1, GOES):
            try:
                return await self._keep(messages)
            except DBAPIError as error:
                if not collided(error):
                    raise
        return await self._keep(messages)

    async def _keep(self, messages: Sequence[store.Message]) -> Answers:
        """Store messages in one commit, each under a trail of its own."""
        async with work_as(self.node, sender(messages[0].reading), "hl7.receive") as work:
            return await store.keep(work, messages)

    async def rules(self) -> Rules:
        """Tell how messages are read here."""
        if self._rules is None:
            async with work_watching(self.node, "hl7.rules", frozenset({D0})) as work:
                self._rules = await rules_of(work)
        return self._rules


async def rules_of(work: Work) -> Rules:
    """Read times in the hospital's zone; real messages and those for training stay apart."""
    rules = Rules(zone=await zone_of(work, None) or UTC)
    taken = TAKEN.get(work.node.settings.env)
    return replace(rules, processing_ids=taken) if taken else rules


async def read(block: bytes, rules: Rules) -> Reading:
    """Read a message; a large one beside the event loop."""
    if len(block) > LARGE:
        return await asyncio.to_thread(wire.read, block, rules)
    return wire.read(block, rules)


def sender(reading: Reading, permissions: frozenset[Permission] = _RECEIVE) -> System:
    """Name the border a message came over, for its trail."""
    return named(reading.envelope.sending_application, permissions)


def named(application: str | None, permissions: frozenset[Permission]) -> System:
    """Name a sending system; what it writes of itself is no text to be trusted."""
    name = _UNPRINTABLE.sub("", application or "").strip()[:_LONGEST_NAME]
    return System(f"hl7:{name or 'unnamed'}", permissions)
