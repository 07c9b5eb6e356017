"""Taking: a receiving system for tests that an administrator added, and what it was told."""

from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.adt.scene import ANYBODY
from tests.interop.hl7.corpus import RULES
from tests.interop.hl7.listening import listening
from tests.interop.hl7.passing import Administration
from tests.settling import settled
from ward.interop.hl7 import ack, wire
from ward.interop.hl7.codes import Outcome
from ward.interop.hl7.mllp import Limits
from ward.interop.hl7.outbound import receiving
from ward.interop.hl7.outbound.known import standing
from ward.interop.hl7.outbound.receivers import Kind, Receiver
from ward.interop.hl7.outbound.receiving import Asked
from ward.interop.hl7.outbound.sender import drain
from ward.work import work_as


@dataclass
class Taking(Administration):
    """Stands in the database and not in the settings; it takes A28 and A31 too."""

    name: str = "beds"
    kinds: str = "ADT+A08"
    site: str = ""

    async def handle(self, block: bytes, peer: str) -> bytes:
        reading = wire.read(block, RULES)
        if reading.envelope.event not in {"A28", "A31"}:
            return await super().handle(block, peer)
        self.raws.append(block.decode())  # ours does not take them in
        taken = wire.Reading(reading.envelope, Outcome.ACCEPTED, ())
        return ack.answer(taken, ack.Stamp.new())

    def point(self) -> None:
        """Stand in no settings."""

    @asynccontextmanager
    async def open(self):
        """Listen, and be added."""
        async with listening(self.handle, Limits(drain=0.1)) as listener:
            self.port = listener.port
            await self.add()
            yield listener

    async def add(self) -> None:
        """Have an administrator add it."""
        kinds = frozenset(map(Kind, self.kinds.split("+")))
        asked = Asked("", self.site, "127.0.0.1", self.port, kinds)
        async with work_as(self.node, ANYBODY, "test.add") as work:
            await receiving.add(work, self.name, asked)

    async def known(self) -> Receiver:
        """Give it as the house knows it now."""
        return next(one for one in await standing(self.node) if one.name == self.name)

    async def send(self, patience: float = 30) -> int:
        """Do the jobs that are due, and send what may go."""
        await settled(self.node)
        return await drain(self.node, await self.known(), patience=patience)
