"""Months: there before they are needed; gone only when written elsewhere, and then under a seal."""

import gzip
from datetime import date, timedelta
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text

from domain.errors import NotAllowed
from tests.audit.conftest import Looks
from tests.audit.test_sealing import named, sealed
from ward import clock, invariants
from ward.audit import months, retired
from ward.audit.verifying import verify
from ward.node import Node


def test_the_months_that_follow_cross_the_year() -> None:
    assert months.coming(date(2026, 11, 21), 3) == [
        date(2026, 11, 1),
        date(2026, 12, 1),
        date(2027, 1, 1),
    ]


async def test_months_are_made_before_they_are_needed(
    alone: Node, owner: asyncpg.Connection
) -> None:
    assert await months.keep_ahead(alone) == []  # the first migration made three years
    today = clock.now().date()
    for month in months.coming(today, 40)[2:]:
        await owner.execute(f"DROP TABLE IF EXISTS audit_event_{month:%Y_%m}")
    assert await _missing(alone) != []
    made = await months.keep_ahead(alone)
    assert made == months.coming(today, 13)[2:]
    assert await months.keep_ahead(alone) == []
    assert await _missing(alone) == []
    part = f"audit_event_{made[0]:%Y_%m}"
    async with alone.engine.connect() as connection:  # as insert-only as all the others
        with pytest.raises(Exception, match="permission denied"):
            await connection.execute(text(f"DELETE FROM {part}"))
    indexes = await owner.fetch("SELECT 1 FROM pg_indexes WHERE tablename = $1", part)
    assert len(indexes) == 5


async def _missing(node: Node) -> list[str]:
    (check,) = [check for name, _, check in invariants.CHECKS if name == "I14"]
    async with node.aside.connect() as connection:
        return await check(node, connection)


async def test_an_event_outside_of_every_month_is_told(
    alone: Node, looks: Looks, owner: asyncpg.Connection
) -> None:
    month = clock.now().date().replace(day=1)
    await owner.execute(f"DROP TABLE audit_event_{month:%Y_%m}")
    await looks(1)  # taken all the same: no look waits for a part to be made
    assert "audit_event_default" in " ".join(await _missing(alone))


async def test_a_month_is_taken_away_under_a_seal(
    alone: Node, looks: Looks, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    today = clock.now()
    old = timedelta(days=today.day + 20)  # in the month before
    ids = await looks(4, back=old)
    await sealed(alone, looks, 3)
    month = retired.month_of(today - old)
    path, events = await retired.retire(alone, month, tmp_path)
    assert events == 4
    with gzip.open(path, "rt") as file:
        assert [line.split("\t")[1] for line in file] == [str(one) for one in ids]
    assert not await owner.fetchval("SELECT to_regclass($1)", f"audit_event_{month:%Y_%m}")
    report = await verify(alone)
    assert (report.faults, report.retired) == ([], 4)
    await owner.execute("UPDATE audit_retired SET note = replace(note, E'\\n4\\n', E'\\n3\\n')")
    report = await verify(alone)
    assert "was forged" in str(report.faults[0])
    assert named(report)[1:] == [("removed", one) for one in ids]


async def test_a_month_that_is_not_as_it_was_sealed_stays(
    alone: Node, looks: Looks, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    today = clock.now()
    old = timedelta(days=today.day + 20)
    month = retired.month_of(today - old)
    ids = await looks(2, back=old)
    with pytest.raises(NotAllowed, match="is sealed yet"):
        await retired.retire(alone, month, tmp_path)
    await sealed(alone, looks, 1)
    await owner.execute("UPDATE audit_event SET code = 'x' WHERE id = $1", ids[0])
    with pytest.raises(NotAllowed, match="is not as it was sealed"):
        await retired.retire(alone, month, tmp_path)
    with pytest.raises(NotAllowed, match="a month that is over"):
        await retired.retire(alone, retired.month_of(today), tmp_path)
    assert await owner.fetchval(f"SELECT count(*) FROM audit_event_{month:%Y_%m}") == 2
