"""Laboratory: a loopback laboratory for the demo: takes OML over MLLP, answers with ORU.

It knows nothing of Ward but what the messages say, as a real one would. Results come some time
after the specimen was taken; a cancelled order has none.
"""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from domain.analytes import ANALYTES, PANELS
from realtime.tasks import Tasks
from ward import clock
from ward.dev.simulator import analysis
from ward.dev.simulator.analysis import Found
from ward.interop.hl7 import ack, wire
from ward.interop.hl7.client import connect
from ward.interop.hl7.message import Message, Segment
from ward.interop.hl7.mllp import Listener
from ward.interop.hl7.outbound.receivers import receivers
from ward.interop.hl7.outbound.segments import Value, joined, segment
from ward.interop.hl7.wire import Rules
from ward.node import Node

MEASURING = 120.0  # seconds at speed 1 from the tube to the result
_AGAIN = 5.0
_AWAY = (OSError, TimeoutError, EOFError)
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Order:
    """One order by its number: whose (PID as it came), and what was asked for."""

    pid: str
    mrn: str
    batteries: list[tuple[Value, tuple[str, ...]]]
    done: bool = False


@dataclass(slots=True)
class Laboratory:
    """Takes orders on one port of the loopback and answers to another."""

    port: int
    answers_to: int
    speed: int = 1
    orders: dict[str, Order] = field(default_factory=dict)
    tubes: dict[str, int] = field(default_factory=dict)
    _listener: Listener | None = None
    _tasks: Tasks = field(default_factory=Tasks)

    async def start(self) -> None:
        """Listen."""
        self._listener = Listener(self.handle)
        await self._listener.start("127.0.0.1", self.port)
        self.port = self._listener.port

    async def stop(self) -> None:
        """Close; what is being measured is lost, as in a power cut."""
        await self._tasks.cancel()
        if self._listener:
            await self._listener.stop()

    async def handle(self, block: bytes, _peer: str) -> bytes:
        """Take a message in, and have what it asks for measured."""
        reading = wire.read(block, Rules())
        if reading.message is not None:
            self._take(reading.message)
        return ack.answer(reading, ack.Stamp.new())

    def _take(self, message: Message) -> None:
        orc, pid = message.first("ORC"), message.first("PID")
        if orc is None or pid is None or not orc.text(2):
            return
        number = orc.text(2)
        match orc.text(1):
            case "NW":
                raw = pid.marks.field.join(pid.fields)
                batteries = list(_batteries(message))
                self.orders.setdefault(number, Order(raw, pid.text(3), batteries))
            case "CA":
                self.orders.pop(number, None)
            case "SC" if number in self.orders:
                self._tasks.spawn(self._measure(number))

    async def _measure(self, number: str) -> None:
        await asyncio.sleep(MEASURING / max(1, self.speed))
        order = self.orders.get(number)
        if order is None or order.done:
            return
        order.done = True
        await self.report(order, number)

    async def report(self, order: Order, number: str, *, critical: bool = False) -> None:
        """Send the results of an order, again and again until they are taken."""
        tube = self.tubes[order.mrn] = self.tubes.get(order.mrn, analysis.BEFORE - 1) + 1
        text = written(order, number, tube, clock.now(), critical=critical)
        while True:
            if await send(self.answers_to, text):
                return
            await asyncio.sleep(_AGAIN)


async def send(port: int, text: str) -> bool:
    """Send a message to a listener of this machine; False when nobody took it."""
    with suppress(*_AWAY):
        async with connect("127.0.0.1", port) as line:
            return b"MSA|AA|" in await line.send(text.encode())
    return False


def critical_potassium(mrn: str, at: datetime) -> str:
    """Write a result that somebody must be called for; nobody ordered it."""
    number = f"X{secrets.token_hex(4)}"
    pid = segment("PID", {1: "1", 3: (mrn, "", "", "", "MR")})
    service = ("U&E", "Urea and electrolytes", "L")
    asked = Order(pid, mrn, [(service, ("na", "k", "creat"))])
    return written(asked, number, 0, at, critical=True)


def of_settings(node: Node) -> Laboratory | None:
    """Make the laboratory that this node's orders are sent to, if that is one of this machine."""
    for one in receivers(node.settings):
        if one.name == "laboratory" and one.host == "127.0.0.1":
            settings = node.settings
            return Laboratory(one.port, settings.hl7_port, max(1, settings.simulator))
    return None


class Loopback:
    """The loopback laboratory as a part of a node."""

    def __init__(self, node: Node) -> None:
        self.laboratory = of_settings(node)

    async def start(self) -> None:
        """Open the laboratory, if this node is sent to one."""
        if self.laboratory:
            await self.laboratory.start()
            _log.info("laboratory.open", port=self.laboratory.port)

    async def stop(self) -> None:
        """Close it."""
        if self.laboratory:
            await self.laboratory.stop()


def written(order: Order, number: str, tube: int, at: datetime, *, critical: bool = False) -> str:
    """Write an ORU with all that an order asked for."""
    stamp = at.astimezone(UTC).strftime("%Y%m%d%H%M%S+0000")
    control = f"LL-{secrets.token_hex(8)}"
    head = f"MSH|^~\\&|LOOPLAB|DEMO|WARD|DEMO|{stamp}||ORU^R01^ORU_R01|{control}|T|2.5.1"
    charset = "||||||UNICODE UTF-8"
    segments = [head + charset, order.pid]
    for nth, (service, keys) in enumerate(order.batteries, 1):
        placer, filler = (number, "WARD"), (f"{number}-{tube}", "LOOPLAB")
        fields = {1: str(nth), 2: placer, 3: filler, 4: service, 7: stamp, 22: stamp, 25: "F"}
        segments.append(segment("OBR", fields))
        values = analysis.found(order.mrn, keys, tube, critical=critical)
        segments += [_obx(place, one) for place, one in enumerate(values, 1)]
    return joined(segments)


def _obx(place: int, one: Found) -> str:
    analyte = one.analyte
    return segment(
        "OBX",
        {
            1: str(place),
            2: "NM",
            3: (analyte.loinc, analyte.name, "LN"),
            5: one.value,
            6: (analyte.ucum, "", "UCUM"),
            11: "F",
        },
    )


def _batteries(message: Message) -> Iterator[tuple[Value, tuple[str, ...]]]:
    """Read what each OBR asks for, by its LOINC or our own key of a panel."""
    for obr in message.all("OBR"):
        code, system = obr.text(4), obr.text(4, 3)
        keys = tuple(_keys(code, system))
        if keys:
            yield _service(obr), keys


def _service(obr: Segment) -> Value:
    return (obr.text(4), obr.text(4, 2), obr.text(4, 3))


def _keys(code: str, system: str) -> Iterator[str]:
    for panel in PANELS.values():
        if code == (panel.loinc if system == "LN" else panel.key):
            yield from (one.key for one in panel.members)
            return
    yield from (one.key for one in ANALYTES.values() if one.loinc == code)
