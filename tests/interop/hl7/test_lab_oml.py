"""OML: what the laboratory is asked is told once, in order, whatever the receiver does."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.lab_orders import Urgency
from tests.adt.scene import Scene
from tests.interop.hl7.pharmacy import Pharmacy
from tests.medications.conftest import admitted
from tests.settling import settled
from ward import clock
from ward.interop.hl7.message import Message
from ward.interop.hl7.mllp import Limits, Listener
from ward.interop.hl7.outbound.lines import BACK_OFF
from ward.interop.hl7.outbound.sender import Post
from ward.labs.details import LabOrder
from ward.labs.models import ServiceRequest, Specimen
from ward.labs.order import MAY, cancel, order
from ward.labs.specimens import COLLECT, collect
from ward.node import Node

NIGHTLY = os.environ.get("TEST_SIZE") == "nightly"
STOPPED = 60.0 if NIGHTLY else 1.5


class Laboratory(Pharmacy):
    """A laboratory's system."""

    def point(self) -> None:
        at = f"laboratory=127.0.0.1:{self.port}"
        self.node.settings = self.node.settings.model_copy(update={"hl7_receivers": at})


@pytest.fixture
async def laboratory(scene: Scene) -> AsyncIterator[Laboratory]:
    made = Laboratory(scene.node)
    async with made.open():
        yield made


@pytest.fixture
async def ida(scene: Scene) -> UUID:
    return await admitted(scene)


async def ask(scene: Scene, patient: UUID, *tests: str, **said) -> ServiceRequest:
    async with scene.work() as work:
        asked = LabOrder(tests=tests, **said)
        return await order(work, patient, asked, Urgency.STAT, work.now)


async def take(scene: Scene, request: UUID) -> list[Specimen]:
    async with scene.work() as work:
        mine = select(Specimen).where(Specimen.request_id == request)
        return [
            await collect(work, one.id)
            for one in await work.every(mine.order_by(Specimen.id), COLLECT)
        ]


def kinds(told: list[Message]) -> list[tuple[str, str]]:
    found = []
    for one in told:
        orc = one.first("ORC")
        assert orc is not None
        found.append((orc.text(1), orc.text(2)))
    return found


async def test_an_order_is_told_as_the_facts_say(scene, ida, laboratory) -> None:
    request = await ask(scene, ida, "k", "inr", panels=("BMP",), question="Oliguria | 2 days")
    assert await laboratory.send() == 1
    (told,) = laboratory.told
    assert told.segments[0].raw(9) == "OML^O21^OML_O21"
    assert [one.name for one in told.segments[:6]] == ["MSH", "PID", "PV1", "ORC", "TQ1", "OBR"]
    obr = next(told.all("OBR"))
    assert (obr.text(2), obr.text(2, 2), obr.text(4), obr.text(4, 3)) == (
        request.number,
        "WARD",
        "24321-2",
        "LN",
    )
    assert obr.text(13) == "Oliguria | 2 days"
    numbers = {spm.item(2).subparts(1)[0] for spm in told.all("SPM")}
    async with scene.work() as work:
        mine = select(Specimen).where(Specimen.request_id == request.id)
        assert numbers == {one.number for one in await work.every(mine, MAY)}
    assert next(told.all("TQ1")).text(9) == "S"


async def test_taking_and_cancelling_follow_in_order_and_once(scene, ida, laboratory) -> None:
    first = await ask(scene, ida, "k")
    second = await ask(scene, ida, "na")
    await take(scene, first.id)
    async with scene.work() as work:
        await cancel(work, second.id, "Not needed")
    await laboratory.send()
    await laboratory.send()
    assert kinds(laboratory.told) == [("NW", first.number), ("SC", first.number)]


async def test_a_cancelled_order_that_was_told_is_taken_back(scene, ida, laboratory) -> None:
    request = await ask(scene, ida, "k")
    await laboratory.send()
    async with scene.work() as work:
        await cancel(work, request.id, "Not needed")
    await laboratory.send()
    assert kinds(laboratory.told) == [("NW", request.number), ("CA", request.number)]


async def test_a_minute_without_the_receiver_loses_and_doubles_nothing(scene) -> None:
    laboratory = Laboratory(scene.node)
    patients = [await admitted(scene, bed) for bed in ("6E-01", "6E-02", "6E-03")]
    asked: dict[UUID, list[str]] = {one: [] for one in patients}
    async with laboratory.open():
        for patient in patients:
            asked[patient].append((await ask(scene, patient, "k")).number)
        await laboratory.send()
    for _ in range(3):  # nobody listens any more
        for patient in patients:
            asked[patient].append((await ask(scene, patient, "na", "creat")).number)
        assert await laboratory.send(patience=0.5) == 0
        await asyncio.sleep(0)
    clock.shift(clock.offset() + timedelta(minutes=1) + BACK_OFF[-1])
    async with laboratory.open():
        for patient in patients:
            asked[patient].append((await ask(scene, patient, "hgb")).number)
        await settled(scene.node)
        while await laboratory.send():
            pass
        clock.shift(clock.offset() + BACK_OFF[-1])
        while await laboratory.send():
            pass
    numbers = [number for _, number in kinds(laboratory.told)]
    assert sorted(numbers) == sorted(one for theirs in asked.values() for one in theirs)
    for theirs in asked.values():
        assert [one for one in numbers if one in theirs] == theirs
    assert laboratory.again == []


async def test_a_laboratory_that_is_stopped_under_load(scene) -> None:
    """Orders all the while, two posts, and a receiver that is gone: each arrives once, in order."""
    laboratory = Laboratory(scene.node)
    asked: dict[UUID, list[str]] = {await admitted(scene, f"6E-0{bed}"): [] for bed in range(1, 7)}
    async with laboratory.open():
        port = laboratory.port
    async with posted(scene.node), asked_for(scene, asked) as over:
        async with opened_at(laboratory, port):
            await all_told(laboratory, len(asked), settled=False)
        before = len(laboratory.told)
        await asyncio.sleep(STOPPED)
        assert len(laboratory.told) == before
        async with opened_at(laboratory, port):
            await asyncio.sleep(0.3)
            await over()
            await all_told(laboratory, sum(map(len, asked.values())))
    numbers = [number for _, number in kinds(laboratory.told)]
    assert sorted(numbers) == sorted(one for theirs in asked.values() for one in theirs)
    for theirs in asked.values():
        assert [one for one in numbers if one in theirs] == theirs
    assert {state for state, _, _ in await laboratory.states()} == {"sent"}


@asynccontextmanager
async def posted(node: Node) -> AsyncIterator[None]:
    """Have two posts send what waits."""
    node.parts = frozenset({"worker"})
    posts = [Post(node), Post(node)]
    for post in posts:
        await post.start()
    try:
        yield
    finally:
        for post in posts:
            await post.stop()


@asynccontextmanager
async def asked_for(
    scene: Scene, asked: dict[UUID, list[str]]
) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Order for one patient after another, all the while, until the given call returns."""
    over = asyncio.Event()

    async def write() -> None:
        while not over.is_set():
            for patient, numbers in asked.items():
                numbers.append((await ask(scene, patient, "k")).number)
                await settled(scene.node)
            await asyncio.sleep(STOPPED / 60)

    async def end() -> None:
        over.set()
        await writing

    writing = asyncio.create_task(write())
    try:
        yield end
    finally:
        await end()


async def all_told(laboratory: Laboratory, count: int, *, settled: bool = True) -> None:
    """Wait until so many were told; where time is short, tries come sooner."""
    began = time.monotonic()
    async with asyncio.timeout(90):
        while len(laboratory.told) < count or (settled and await unsettled(laboratory)):
            await asyncio.sleep(0.1)
            if not NIGHTLY:
                clock.shift(clock.offset() + timedelta(seconds=1))
    print(f"{count} orders, {STOPPED} s away, told {time.monotonic() - began:.1f} s after return")


async def unsettled(laboratory: Laboratory) -> bool:
    return any(state != "sent" for state, _, _ in await laboratory.states())


@asynccontextmanager
async def opened_at(laboratory: Laboratory, port: int) -> AsyncIterator[None]:
    listener = Listener(laboratory.handle, Limits(drain=0.1))
    await listener.start(port=port)
    try:
        yield
    finally:
        await listener.stop()


async def test_nothing_is_written_where_nobody_listens(scene, ida) -> None:
    await ask(scene, ida, "k")
    await settled(scene.node)
    assert await scene.scalar("SELECT count(*) FROM hl7_outbound") == 0
