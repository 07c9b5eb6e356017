"""Pharmacy: a receiving system for tests, which can be away, deaf, or unwilling."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from tests.adt.scene import ANYBODY
from tests.interop.hl7.border import rows
from tests.interop.hl7.corpus import RULES
from tests.interop.hl7.listening import listening
from tests.settling import settled
from ward.interop.hl7 import ack, wire
from ward.interop.hl7.codes import Fault, Outcome
from ward.interop.hl7.message import Message
from ward.interop.hl7.mllp import Limits, Listener
from ward.interop.hl7.outbound import lines
from ward.interop.hl7.outbound.lines import Telling
from ward.interop.hl7.outbound.receivers import Receiver, receivers
from ward.interop.hl7.outbound.segments import Head, header, joined, segment
from ward.interop.hl7.outbound.sender import drain
from ward.node import Node
from ward.work import work_as


@dataclass
class Pharmacy:
    """Keeps what it is told; `refuse` names faults by which it answers AE or AR instead."""

    node: Node
    port: int = 0
    told: list[Message] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    refuse: Fault | None = None
    outcome: Outcome = Outcome.UNREADABLE
    deaf: int = 0
    """How many answers get lost on their way."""
    wait: float = 0.0

    async def handle(self, block: bytes, _peer: str) -> bytes:
        """Take a message in, once by its number."""
        reading = wire.read(block, RULES)
        if self.refuse:
            reading = wire.Reading(reading.envelope, self.outcome, (self.refuse,))
        elif reading.envelope.control_id in self.numbers:
            self.again.append(reading.envelope.control_id)
        elif reading.message is not None:
            assert reading.outcome is Outcome.ACCEPTED, reading.faults
            self.told.append(reading.message)
        if self.wait:
            await asyncio.sleep(self.wait)
        if self.deaf:
            self.deaf -= 1
            await asyncio.sleep(3600)
        return ack.answer(reading, ack.Stamp.new())

    @property
    def numbers(self) -> list[str]:
        """List the control ids it knows."""
        return [one.segments[0].text(10) for one in self.told]

    def of(self, family: str) -> list[Message]:
        """List what it was told of one patient, in order."""
        return [one for one in self.told if (pid := one.first("PID")) and pid.text(5) == family]

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Listener]:
        """Listen; on the same port each time."""
        async with listening(self.handle, Limits(drain=0.1)) as listener:
            self.port = listener.port
            self.point()
            yield listener

    def point(self) -> None:
        """Have the node know where to send."""
        at = f"pharmacy=127.0.0.1:{self.port}"
        self.node.settings = self.node.settings.model_copy(update={"hl7_receivers": at})

    @property
    def receiver(self) -> Receiver:
        """Give it as the node knows it."""
        return receivers(self.node.settings)[0]

    async def send(self, patience: float = 30) -> int:
        """Do the jobs that are due, and send what may go."""
        await settled(self.node)
        return await drain(self.node, self.receiver, patience=patience)

    async def states(self) -> list[tuple[str, int, str | None]]:
        """Read state, attempts and error of each message, in order."""
        sql = "SELECT state, attempts, error FROM hl7_outbound ORDER BY seq"
        return [(row[0], row[1], row[2]) for row in await rows(self.node, sql)]

    async def put(self, patient: UUID, once: str, family: str = "QUILL") -> None:
        """Put a message of no content in line."""
        head = Head(
            kind=("RAS", "O17", "RAS_O17"),
            to="PHARMACY",
            facility="Northsite",
            at="20260504120711+0100",
            processing_id="T",
        )
        segments = (
            segment("PID", {1: "1", 3: ("1", "", "", "", "MR"), 5: (family, once)}),
            segment("ORC", {1: "RE"}),
            segment("RXA", {1: "0", 5: ("", once)}),
        )
        async with work_as(self.node, ANYBODY, "test.put") as work:
            telling = Telling(kind="RAS", event="O17", once=once)
            await lines.put(
                work,
                patient,
                self.receiver,
                telling,
                lambda number: joined((header(head, number), *segments)),
            )
