"""Queue: order per patient, tries, dead letters, and an effect that happens once."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.interop.hl7.border import act, adt, lying, rows, send, standing
from ward import clock
from ward.interop.hl7 import effects, queue, worker
from ward.interop.hl7.worker import drain, process
from ward.node import Node


async def test_a_patients_messages_wait_behind_the_one_in_review(quiet: Node) -> None:
    await act(quiet, adt("A01", "1", place="Nowhere^^1"), adt("A08", "2"))
    await act(quiet, adt("A01", "3", mrn="7008888", name="SWIFT^ELLA", visit="V26-3"))
    assert await standing(quiet) == {
        "1": ("review", "unknown_place"),
        "2": ("received", None),
        "3": ("done", None),
    }


async def test_many_messages_of_one_patient_keep_their_order(quiet: Node) -> None:
    beds = [f"Six East^^{number:02}" for number in range(1, 9)]
    await send(quiet, adt("A01", "0", place=beds[0]))
    await send(quiet, *(adt("A02", str(n), place=bed) for n, bed in enumerate(beds[1:], 1)))
    await asyncio.gather(*(drain(quiet) for _ in range(4)))
    while await drain(quiet):
        pass
    assert (await lying(quiet))["Six East 08"] == "O"
    order = await rows(quiet, "SELECT msh10 FROM hl7_message ORDER BY done_at, received_seq")
    assert [row[0] for row in order] == [str(number) for number in range(8)]


@pytest.mark.usefixtures("still")
async def test_a_failure_nobody_understands_is_tried_five_times_again_then_dead(
    quiet: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> list[str]:
        raise RuntimeError("PLOVER, ANNA")

    monkeypatch.setattr(effects, "apply", broken)
    await act(quiet, adt("A01", "1"))
    try:
        for after in (1, 5, 30, 120, 600):
            assert await standing(quiet) == {"1": ("received", None)}
            clock.shift(clock.offset() + timedelta(seconds=after - 0.5))
            assert await drain(quiet) == 0
            clock.shift(clock.offset() + timedelta(seconds=0.6))
            assert await drain(quiet) == 1
    finally:
        clock.shift(timedelta(0))
    (row,) = await rows(quiet, "SELECT state, attempts, error FROM hl7_message")
    assert tuple(row) == ("dead", 5, "RuntimeError")


async def test_a_message_killed_before_its_commit_is_applied_once_afterwards(
    quiet: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    async def killed(*_: object) -> None:
        raise Killed

    await send(quiet, adt("A01", "1"))
    with monkeypatch.context() as patched:
        patched.setattr(queue, "done", killed)
        with pytest.raises(Killed):
            await drain(quiet)
    assert await lying(quiet) == {}  # neither the effect nor the mark was committed
    await drain(quiet)
    await drain(quiet)
    assert await lying(quiet) == {"Six East 04": "O"}
    assert await rows(quiet, "SELECT count(*) FROM stay") == [(1,)]


async def test_two_workers_at_one_message_apply_it_once(quiet: Node) -> None:
    await send(quiet, adt("A01", "1"))
    (message,) = await queue.due(quiet)
    taken = await asyncio.gather(*(process(quiet, message) for _ in range(4)))
    assert sum(taken) == 1
    assert await rows(quiet, "SELECT count(*) FROM stay") == [(1,)]


async def test_a_database_that_is_away_costs_no_try(
    quiet: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> list[str]:
        raise ConnectionRefusedError

    monkeypatch.setattr(effects, "apply", away)
    await send(quiet, adt("A01", "1"))
    with pytest.raises(ConnectionRefusedError):
        await drain(quiet)
    assert await rows(quiet, "SELECT state, attempts FROM hl7_message") == [("received", 0)]


@pytest.mark.parametrize("state", ["40P01", "55P03", "40001"])
async def test_whoever_was_at_the_same_rows_costs_a_message_no_try_and_no_wait(
    quiet: Node, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    goes = colliding(monkeypatch, state, times=worker.GOES - 1)
    await send(quiet, adt("A01", "1"))
    (message,) = await queue.due(quiet)
    await process(quiet, message)
    assert len(goes) == worker.GOES
    assert await lying(quiet) == {"Six East 04": "O"}
    assert await rows(quiet, "SELECT state, attempts, error FROM hl7_message") == [
        ("done", 0, None)
    ]


@pytest.mark.usefixtures("still")
async def test_a_message_that_meets_others_every_time_is_put_off_and_holds_up_nobody(
    quiet: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes = colliding(monkeypatch, "40P01", times=99)
    await send(quiet, adt("A01", "1"))
    assert await drain(quiet) == 1
    assert len(goes) == worker.GOES
    found = await rows(quiet, "SELECT state, attempts, error FROM hl7_message")
    assert found == [("received", 1, "DeadlockDetectedError")]


def colliding(monkeypatch: pytest.MonkeyPatch, state: str, *, times: int) -> list[None]:
    """Have PostgreSQL break off the first goes as it does when two are at the same rows."""
    apply, goes = effects.apply, list[None]()

    async def met(work, *about):
        goes.append(None)
        effect = await apply(work, *about)
        if len(goes) <= times:
            broken_off = f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$"
            await (await work.connection()).execute(text(broken_off))
        return effect

    monkeypatch.setattr(effects, "apply", met)
    return goes


async def test_looking_for_work_leaves_no_trail(quiet: Node) -> None:
    await drain(quiet)
    assert await rows(quiet, "SELECT count(*) FROM audit_event WHERE code = 'hl7.due'") == [(0,)]
    assert worker.TICK <= 1
