"""Gathering: messages that come together are stored by one commit, each answered after it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from tests.interop.hl7.border import adt, rows
from ward.interop.hl7 import store, wire
from ward.interop.hl7.gathering import MOST, Gathering
from ward.interop.hl7.intake import Intake
from ward.interop.hl7.store import Message
from ward.node import Node


def message(control_id: str) -> Message:
    block = adt("A08", control_id)
    reading = wire.read(block, wire.Rules())
    return Message(block, "peer", control_id.encode(), reading, b"answer")


@dataclass
class Table:
    """Stores slowly, and not what it is told to refuse."""

    refused: frozenset[str] = frozenset()
    commits: list[list[str]] = field(default_factory=list)

    async def commit(self, messages: Sequence[Message]) -> list[bytes | None]:
        await asyncio.sleep(0)
        numbers = [one.reading.envelope.control_id for one in messages]
        if self.refused.intersection(numbers):
            raise ValueError(numbers)
        self.commits.append(numbers)
        return [None for _ in messages]


async def test_what_comes_while_one_commit_is_under_way_shares_the_next() -> None:
    table = Table()
    gathering = Gathering(table.commit)
    numbers = [f"{n}" for n in range(MOST + 3)]
    await asyncio.gather(*(gathering.keep(message(one)) for one in numbers))
    assert [one for commit in table.commits for one in commit] == numbers
    assert [len(commit) for commit in table.commits] == [MOST, 3]


async def test_what_cannot_be_stored_fails_alone() -> None:
    table = Table(refused=frozenset({"2"}))
    gathering = Gathering(table.commit)
    keeping = (gathering.keep(message(one)) for one in "123")
    one, two, three = await asyncio.gather(*keeping, return_exceptions=True)
    assert (one, three) == (None, None)
    assert isinstance(two, ValueError)
    assert await gathering.keep(message("4")) is None


async def test_a_number_that_comes_twice_is_in_two_commits() -> None:
    table = Table()
    gathering = Gathering(table.commit)
    await asyncio.gather(*(gathering.keep(message(one)) for one in "12134"))
    assert table.commits == [["1", "2"], ["1", "3", "4"]]


async def test_messages_of_many_lines_are_stored_once_each_with_a_trail_of_its_own(
    quiet: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits, keep = list[int](), store.keep

    async def counted(work, messages):
        commits.append(len(messages))
        return await keep(work, messages)

    monkeypatch.setattr(store, "keep", counted)
    intake = Intake(quiet)
    sent = [adt("A08", f"C-{n % 12}", mrn=f"70{n % 5}") for n in range(16)]
    answers = await asyncio.gather(*(intake.handle(one, "peer") for one in sent))
    assert sum(commits) == 16
    assert len(commits) < 16
    distinct = len(set(sent))
    assert len(set(answers)) == distinct  # one that is known is given its first answer
    stored = "SELECT msh10, flagged FROM hl7_message ORDER BY received_seq"
    found = [tuple(row) for row in await rows(quiet, stored)]
    assert len(found) == distinct
    assert sorted(number for number, flagged in found if flagged) == [f"C-{n}" for n in range(4)]
    trail = "SELECT count(*) FROM audit_event WHERE code = 'hl7.receive' AND actor_name = 'hl7:PAS'"
    assert await rows(quiet, trail) == [(16,)]


async def test_one_that_the_database_refuses_keeps_no_other_from_being_stored(
    quiet: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = store._values

    def bent(work, sent):
        found = values(work, sent)
        return found | {"peer": None} if found["msh10"] == "C-2" else found

    monkeypatch.setattr(store, "_values", bent)
    intake = Intake(quiet)
    sending = (intake.handle(adt("A08", f"C-{n}"), "peer") for n in range(4))
    failed = [
        isinstance(one, Exception) for one in await asyncio.gather(*sending, return_exceptions=True)
    ]
    assert failed == [False, False, True, False]
    found = await rows(quiet, "SELECT msh10 FROM hl7_message ORDER BY received_seq")
    assert sorted(row[0] for row in found) == ["C-0", "C-1", "C-3"]
