"""Border: messages sent to a real node's intake, processed by its worker, and read back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import text

from tests.interop.hl7.corpus import corpus_file, taken_apart, with_control_id
from tests.interop.hl7.listening import listening
from tests.settling import worked_off
from ward.interop.hl7.client import Sender, connect
from ward.interop.hl7.intake import Intake
from ward.node import Node

PLACE = "HUH AE OMU^OMU B^Bed 03"


@asynccontextmanager
async def wire_to(node: Node) -> AsyncIterator[Sender]:
    """Connect to the intake of a node, as a sending system does."""
    async with (
        listening(Intake(node).handle) as listener,
        connect("127.0.0.1", listener.port) as sender,
    ):
        yield sender


async def send(node: Node, *messages: bytes) -> list[str]:
    """Send messages one after another; give the code of each answer."""
    async with wire_to(node) as sender:
        return [taken_apart(await sender.send(message)).code for message in messages]


async def act(node: Node, *messages: bytes) -> list[str]:
    """Send messages and let the worker do what it can."""
    codes = await send(node, *messages)
    await worked_off(node)
    return codes


async def rows(node: Node, sql: str, **values: Any) -> list[Any]:
    """Ask the database (tests only)."""
    async with node.aside.connect() as connection:
        return list((await connection.execute(text(sql), values)).all())


async def standing(node: Node) -> dict[str, tuple[str, str | None]]:
    """Tell state and reason of each message by its control id."""
    found = await rows(node, "SELECT msh10, state, reason FROM hl7_message ORDER BY received_seq")
    return {row[0]: (row[1], row[2]) for row in found}


def from_corpus(event: str, control_id: str) -> bytes:
    """Give a corpus ADT message a control id of its own."""
    return with_control_id(corpus_file(f"fhir-converter/ADT-{event}-01.hl7"), control_id)


def adt(
    event: str,
    control_id: str,
    *,
    mrn: str = "7001234",
    name: str = "PLOVER^ANNA",
    place: str = "Six East^^04",
    visit: str = "V26-1",
    at: str = "20260504093000+0100",
    born: str = "19610214",
    extra: str = "",
) -> bytes:
    """Write an ADT message of our own."""
    number = f"{visit}^^^PAS^VN" if visit else ""
    segments = [
        f"MSH|^~\\&|PAS|NORTHSITE|WARD|NORTHSITE|{at}||ADT^{event}|{control_id}|P|2.5.1",
        f"EVN|{event}|{at}",
        f"PID|1||{mrn}^^^NORTHSITE^MR||{name}||{born}|F",
        f"PV1|1|I|{place}" + "|" * 16 + number,
        *([extra] if extra else []),
    ]
    return "".join(f"{segment}\r" for segment in segments).encode()


async def lying(node: Node) -> dict[str, str]:
    """Tell which beds are not free: ward and label to status (HL7 table 0116)."""
    found = await rows(
        node,
        "SELECT w.label || ' ' || b.label, b.status FROM bed b JOIN ward w ON w.id = b.ward_id"
        " WHERE b.status <> 'U'",
    )
    return {row[0]: row[1] for row in found}
