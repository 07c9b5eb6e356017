"""Parts: a node listens and works only where it was started to."""

import asyncio
from datetime import UTC, datetime

import pytest

from tests.databases import Database
from tests.interop.hl7.border import adt, lying
from tests.interop.hl7.corpus import taken_apart
from tests.ports import free_port
from tests.settling import PATIENCE
from tests.stations import settings_for
from ward.dev.embedded import Stores
from ward.interop.hl7.border import Border
from ward.interop.hl7.client import connect
from ward.interop.hl7.outbound.segments import segment
from ward.interop.hl7.topics import drawn_at
from ward.interop.hl7.worker import Worker
from ward.node import open_node


async def test_a_node_takes_messages_on_its_port_and_processes_them(
    database: Database, stores: Stores
) -> None:
    node = await open_node(settings_for(database, stores, hl7_port=str(free_port())))
    node.parts = frozenset({"mllp", "worker"})
    parts = [Worker(node), Border(node)]
    for part in parts:
        await part.start()
    try:
        async with connect("127.0.0.1", node.settings.hl7_port) as sender:
            assert taken_apart(await sender.send(adt("A01", "1"))).code == "AA"
        async with asyncio.timeout(PATIENCE):
            while not await lying(node):  # noqa: ASYNC110 - the look once a second
                await asyncio.sleep(0.05)
        assert await lying(node) == {"Six East 04": "O"}
    finally:
        for part in parts:
            await part.stop()
        await node.close()


async def test_a_node_without_these_parts_keeps_the_port_closed(
    database: Database, stores: Stores
) -> None:
    node = await open_node(settings_for(database, stores, hl7_port=str(free_port())))
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


@pytest.mark.parametrize("said", ["one\r\ntwo", "one\rtwo", "one\ntwo"])
def test_no_line_of_a_text_becomes_a_segment_of_its_own(said: str) -> None:
    assert segment("NTE", {1: "1", 3: said}) == "NTE|1||one\\.br\\two"
