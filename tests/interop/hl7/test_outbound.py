"""Outbound: nothing is lost, nothing overtakes, whatever becomes of receiver and sender."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from realtime.topics import Topic
from tests.adt.scene import Scene
from tests.interop.hl7.border import rows
from tests.interop.hl7.pharmacy import Pharmacy
from tests.settling import PATIENCE
from tests.stations import Station
from ward import clock
from ward.interop.hl7.codes import ErrorCode, Fault, Outcome
from ward.interop.hl7.mllp import Listener
from ward.interop.hl7.outbound import lines
from ward.interop.hl7.outbound.lines import BACK_OFF, LEASE
from ward.interop.hl7.outbound.sender import Post
from ward.node import Node

MISSING = Fault(ErrorCode.REQUIRED_MISSING, "PID^1^3", "PID-3 is empty")
DOWN = Fault(ErrorCode.APPLICATION, "", "Not now")


@pytest.fixture(autouse=True)
def _the_clock_comes_back():
    yield
    clock.shift(timedelta(0))


@pytest.fixture
async def pharmacy(scene: Scene) -> AsyncIterator[Pharmacy]:
    made = Pharmacy(scene.node)
    async with made.open():
        pass  # a port of its own, and nobody there
    return made


def wait(seconds: float) -> None:
    clock.shift(clock.offset() + timedelta(seconds=seconds))


async def test_a_message_is_sent_once_and_acknowledged(scene: Scene, pharmacy: Pharmacy) -> None:
    ida = await scene.patient()
    async with pharmacy.open():
        await pharmacy.put(ida, "one")
        await pharmacy.put(ida, "one")
        assert await pharmacy.send() == 1
        assert await pharmacy.send() == 0
    assert len(pharmacy.told) == 1
    assert await pharmacy.states() == [("sent", 1, None)]


@pytest.mark.usefixtures("still")
async def test_a_receiver_that_is_away_loses_nothing(scene: Scene, pharmacy: Pharmacy) -> None:
    ida, bea = await scene.patient(), await scene.patient("Plover", "Bea")
    for number in range(3):
        await pharmacy.put(ida, f"ida-{number}", "IDA")
        await pharmacy.put(bea, f"bea-{number}", "BEA")
    for pause in (*BACK_OFF, BACK_OFF[-1], BACK_OFF[-1]):
        assert await pharmacy.send() == 0
        state, _, error = (await pharmacy.states())[0]
        assert state == "waiting"
        assert error is not None
        assert error.startswith("unreachable (")
        assert await pharmacy.send() == 0  # not before its time
        wait(pause.total_seconds())
    tries = [attempts for _, attempts, _ in await pharmacy.states()]
    assert tries[0] == 7
    async with pharmacy.open():
        assert await pharmacy.send() == 6
    assert [one.segments[1].text(5, 2) for one in pharmacy.of("IDA")] == ["ida-0", "ida-1", "ida-2"]
    assert [one.segments[1].text(5, 2) for one in pharmacy.of("BEA")] == ["bea-0", "bea-1", "bea-2"]


async def test_who_comes_back_is_told_at_once(scene: Scene, pharmacy: Pharmacy) -> None:
    """One that is new tries at once; when it goes through, those that backed off follow."""
    people = [await scene.patient(f"Back{number}") for number in range(3)]
    await pharmacy.put(people[0], "old-0")
    await pharmacy.put(people[1], "old-1")
    for _ in range(2):
        await pharmacy.send()
        wait(BACK_OFF[0].total_seconds())
    async with pharmacy.open():
        await pharmacy.put(people[2], "new")
        assert await pharmacy.send() == 3


async def test_a_lost_answer_is_asked_for_again_under_the_same_number(
    scene: Scene, pharmacy: Pharmacy
) -> None:
    ida = await scene.patient()
    pharmacy.deaf = 1
    async with pharmacy.open():
        await pharmacy.put(ida, "one")
        await pharmacy.put(ida, "two")
        assert await pharmacy.send(patience=1.0) == 0
        wait(BACK_OFF[0].total_seconds())
        assert await pharmacy.send() == 2
    assert len(pharmacy.told) == 2
    assert pharmacy.again == [pharmacy.numbers[0]]


async def test_a_refused_message_holds_back_its_patient_alone(
    scene: Scene, pharmacy: Pharmacy
) -> None:
    ida, bea = await scene.patient(), await scene.patient("Plover", "Bea")
    async with pharmacy.open():
        pharmacy.refuse = MISSING
        await pharmacy.put(ida, "bad")
        assert await pharmacy.send() == 0
        pharmacy.refuse = None
        await pharmacy.put(ida, "behind")
        await pharmacy.put(bea, "other")
        assert await pharmacy.send() == 1
        wait(3600)
        assert await pharmacy.send() == 0
    assert [state for state, _, _ in await pharmacy.states()] == ["dead", "waiting", "sent"]
    assert (await pharmacy.states())[0][2] == "AE 101 PID^1^3"


@pytest.mark.parametrize(
    ("outcome", "fault", "state"),
    [
        (Outcome.REFUSED, DOWN, "waiting"),
        (Outcome.REFUSED, Fault(ErrorCode.TYPE, "MSH^1^9", "No"), "dead"),
        (Outcome.UNREADABLE, DOWN, "dead"),
    ],
)
async def test_who_says_not_now_is_asked_again(
    scene: Scene, pharmacy: Pharmacy, outcome: Outcome, fault: Fault, state: str
) -> None:
    ida = await scene.patient()
    pharmacy.refuse, pharmacy.outcome = fault, outcome
    async with pharmacy.open():
        await pharmacy.put(ida, "one")
        assert await pharmacy.send() == 0
    assert (await pharmacy.states())[0][0] == state


async def test_what_a_killed_sender_had_in_hand_goes_again(
    scene: Scene, pharmacy: Pharmacy
) -> None:
    """A node took the message and died: nobody has it until its lease ends."""
    ida = await scene.patient()
    async with pharmacy.open():
        await pharmacy.put(ida, "one")
        await pharmacy.put(ida, "two")
        letter = await lines.take(scene.node, pharmacy.receiver)
        assert letter is not None
        assert await pharmacy.send() == 0
        wait(LEASE.total_seconds())
        assert await pharmacy.send() == 2
    assert pharmacy.numbers[0] == letter.control_id


async def test_under_load_with_a_receiver_that_comes_and_goes(
    scene: Scene, pharmacy: Pharmacy
) -> None:
    """Two posts, a pharmacy that is stopped twice, and messages all the while."""
    people = {f"P{number}": await scene.patient(f"P{number}") for number in range(8)}
    node = scene.node
    node.parts = frozenset({"worker"})
    posts = [Post(node), Post(node)]
    for post in posts:
        await post.start()

    async def write() -> None:
        for nth in range(10):
            for family, patient in people.items():
                await pharmacy.put(patient, f"{family}-{nth:02}", family)
            await asyncio.sleep(0.02)

    try:
        port = pharmacy.port
        writing = asyncio.create_task(write())
        for _ in range(2):
            async with _open_at(pharmacy, port):
                await asyncio.sleep(0.4)
            await asyncio.sleep(0.2)
        await writing
        async with _open_at(pharmacy, port):
            async with asyncio.timeout(60):
                while len(pharmacy.told) < 80:
                    wait(1)
                    await asyncio.sleep(0.1)
            await asyncio.sleep(0.2)
    finally:
        for post in posts:
            await post.stop()
    for family in people:
        told = [one.segments[1].text(5, 2) for one in pharmacy.of(family)]
        assert told == [f"{family}-{nth:02}" for nth in range(10)]
    assert {state for state, _, _ in await pharmacy.states()} <= {"sent", "waiting"}


@asynccontextmanager
async def _open_at(pharmacy: Pharmacy, port: int) -> AsyncIterator[None]:
    listener = Listener(pharmacy.handle)
    await listener.start(port=port)
    try:
        yield
    finally:
        await listener.stop()


async def test_an_administrator_sends_again_or_gives_up(
    node: Node, open_scene: Scene, admin: Station
) -> None:
    pharmacy = Pharmacy(node)
    ida, bea = await open_scene.patient(), await open_scene.patient("Plover", "Bea")
    async with pharmacy.open():
        pharmacy.refuse = MISSING
        await pharmacy.put(ida, "ida-1")
        await pharmacy.put(bea, "bea-1")
        await pharmacy.put(bea, "bea-2")
        await pharmacy.send()
        pharmacy.refuse = None
        intake = (await admin.get("/hl7")).text
        assert 'id="hl7-refused"' in intake
        page = (await admin.get("/hl7/outbound")).text
        assert page.count('data-state="dead"') == 2
        assert "Behind an earlier one" in page
        assert "QUILL" not in page

        first, second, _ = await rows(
            node, "SELECT id, version, control_id FROM hl7_outbound ORDER BY seq"
        )
        opened = (await admin.get(f"/hl7/outbound/{first[0]}")).text
        assert "QUILL" in opened
        branch = await open_scene.scalar("SELECT id FROM branch WHERE label = 'Northsite'")
        async with admin.watch(Topic("outbound", branch)) as screen:
            answer = await admin.post(f"/hl7/outbound/{first[0]}/again", version=first[1])
            assert answer.status_code in {204, 303}, answer.text
            assert await pharmacy.send() == 1
            await screen.until('data-state="sent"')
        assert pharmacy.numbers[0] != first[2]  # or its old refusal would be given again
        path = f"/hl7/outbound/{second[0]}/give-up"
        form = await admin.get(path)
        assert "Give up RAS O17" in form.text
        await admin.post(path, version=second[1], reason="Told by telephone")
        assert await pharmacy.send() == 1
    assert [state for state, _, _ in await pharmacy.states()] == ["sent", "given-up", "sent"]
    await _nothing_refused(admin)
    again = await admin.post(path, version=second[1] + 1, reason="Once more")
    assert again.status_code == 409


async def test_who_may_not_watch_messages_sees_none(
    node: Node, open_scene: Scene, nurse: Station
) -> None:
    del node, open_scene
    assert (await nurse.get("/hl7/outbound")).status_code == 403


async def _nothing_refused(admin) -> None:
    """Wait until the page says so: the count is drawn again a moment after what it counts."""
    async with asyncio.timeout(PATIENCE):
        while 'id="hl7-refused"' in (await admin.get("/hl7")).text:  # noqa: ASYNC110 - drawn later
            await asyncio.sleep(0.05)
