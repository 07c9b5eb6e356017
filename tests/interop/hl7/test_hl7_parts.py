"""Parts: a node listens and works only where it was started to."""

import asyncio
import socket
from datetime import UTC, datetime

import pytest

from tests.databases import Database
from tests.interop.hl7.border import adt, lying
from tests.interop.hl7.corpus import taken_apart
from tests.stations import settings_for
from ward.dev.embedded import Stores
from ward.interop.hl7.border import Border
from ward.interop.hl7.client import connect
from ward.interop.hl7.topics import drawn_at
from ward.interop.hl7.worker import Worker
from ward.node import open_node


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


async def test_a_node_takes_messages_on_its_port_and_processes_them(
    database: Database, stores: Stores
) -> None:
    node = await open_node(settings_for(database, stores, hl7_port=str(_free_port())))
    node.parts = frozenset({"mllp", "worker"})
    parts = [Worker(node), Border(node)]
    for part in parts:
        await part.start()
    try:
        async with connect("127.0.0.1", node.settings.hl7_port) as sender:
            assert taken_apart(await sender.send(adt("A01", "1"))).code == "AA"
        for _ in range(100):  # nobody pokes here: the look once a second finds it
            if await lying(node):
                break
            await asyncio.sleep(0.05)
        assert await lying(node) == {"Six East 04": "O"}
    finally:
        for part in parts:
            await part.stop()
        await node.close()


async def test_a_node_without_these_parts_keeps_the_port_closed(
    database: Database, stores: Stores
) -> None:
    node = await open_node(settings_for(database, stores, hl7_port=str(_free_port())))
    parts = [Worker(node), Border(node)]
    for part in parts:
        await part.start()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", node.settings.hl7_port)
    for part in parts:
        await part.stop()
    await node.close()


def test_the_intake_page_is_drawn_after_the_changes_of_a_half_second_are_committed() -> None:
    at = datetime(2026, 5, 4, 10, 0, 0, tzinfo=UTC)
    for microsecond, due in ((0, 1_000_000), (499_999, 1_000_000), (500_000, 1_500_000)):
        drawn = drawn_at(at.replace(microsecond=microsecond))
        assert (drawn - at).total_seconds() * 1_000_000 == due
