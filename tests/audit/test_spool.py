"""The second device: no look without a row, although PostgreSQL takes none; nothing twice."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from tests.audit.conftest import look
from ward import spool, trail
from ward.config import Settings
from ward.errors import TrailUnavailable
from ward.node import Node, open_node


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"home": tmp_path})


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "AGAIN_SECONDS", 0.05)


def stored(home: Path) -> list[dict[str, Any]]:
    """Read what lies on the second device."""
    files = (home / "spool").glob(f"*{spool.SUFFIX}")
    return [row for path in files for row, _ in spool.whole(path.read_bytes())]


async def rows(node: Node, code: str) -> list[Any]:
    async with node.aside.connect() as connection:
        asked = text("SELECT id, at FROM audit_event WHERE code = :code ORDER BY at, id")
        return list(await connection.execute(asked, {"code": code}))


async def _back(node: Node, code: str, count: int) -> list[Any]:
    async with asyncio.timeout(30):
        while len(found := await rows(node, code)) < count:  # noqa: ASYNC110 - rows
            await asyncio.sleep(0.02)
    return found


async def test_a_row_postgresql_does_not_take_in_time_is_on_the_disk_and_comes_back_once(
    alone: Node, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    alone.trail.patience = 0.1
    made = [look(code="held") for _ in range(20)]
    async with owner.transaction():
        await owner.execute("LOCK TABLE audit_event IN EXCLUSIVE MODE")
        await asyncio.gather(*(alone.trail.commit(one) for one in made))
        assert {row["id"] for row in stored(tmp_path)} == {str(one.id) for one in made}
    found = await _back(alone, "held", 20)
    assert {row.id for row in found} == {one.id for one in made}
    async with asyncio.timeout(30):
        while stored(tmp_path):  # noqa: ASYNC110 - a file
            await asyncio.sleep(0.02)
    assert len(await rows(alone, "held")) == 20


async def test_neither_device_takes_it_so_nothing_is_shown(
    alone: Node, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    alone.trail.patience = 0.1
    (tmp_path / "spool").write_text("a file where the folder should be")
    async with owner.transaction():
        await owner.execute("LOCK TABLE audit_event IN EXCLUSIVE MODE")
        with pytest.raises(TrailUnavailable):
            await alone.trail.commit(look(code="refused"))


async def test_what_a_dead_node_left_is_taken_in_before_the_next_serves(
    alone: Node, owner: asyncpg.Connection, settings: Settings, tmp_path: Path
) -> None:
    alone.trail.patience = 0.1
    made = [look(code="left") for _ in range(3)]
    async with owner.transaction():
        await owner.execute("LOCK TABLE audit_event IN EXCLUSIVE MODE")
        await asyncio.gather(*(alone.trail.commit(one) for one in made))
        (path,) = (tmp_path / "spool").glob(f"*{spool.SUFFIX}")
        torn = path.read_bytes() + spool.frames([look().row()])[:-3]  # it died while it wrote
    await _back(alone, "left", 3)
    await alone.close()
    other = path.with_name(path.name.replace(settings.node, "another"))
    other.write_bytes(torn)  # the dead node had not given them back
    node = await open_node(settings)
    try:
        await node.trail.drain()
        assert len(await rows(node, "left")) == 3
        assert not other.exists()
    finally:
        await node.close()


async def test_a_spool_that_another_node_holds_is_left_to_it(
    alone: Node, settings: Settings, tmp_path: Path
) -> None:
    kept = spool.Spool(tmp_path / "spool", "another", "x")
    await kept.keep(look(code="theirs").row())
    mine = spool.Spool(tmp_path / "spool", "another", "x")
    assert kept.path is not None
    assert await mine.take(kept.path) is None
    await mine.keep(look(code="mine").row())
    assert mine.path != kept.path
    kept.close()
    mine.close()
    assert alone
    assert settings


async def test_a_spool_of_another_database_is_not_ours(alone: Node, tmp_path: Path) -> None:
    other = spool.Spool(tmp_path / "spool", "node", "postgresql://elsewhere/ward")
    await other.keep(look(code="foreign").row())
    other.close()
    await alone.trail.drain()
    assert await rows(alone, "foreign") == []
    assert len(stored(tmp_path)) == 1


async def test_a_row_that_postgresql_never_takes_does_not_hold_up_the_others(
    alone: Node, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    alone.trail.patience = 0.1
    good, bad = look(code="good"), look(code="bad\x00bad")
    async with owner.transaction():
        await owner.execute("LOCK TABLE audit_event IN EXCLUSIVE MODE")
        await asyncio.gather(*(alone.trail.commit(one) for one in (good, bad)))
    await _back(alone, "good", 1)
    async with asyncio.timeout(30):
        while stored(tmp_path):  # noqa: ASYNC110 - a file: whatever is in it has its place by then
            await asyncio.sleep(0.02)
    (refused,) = (tmp_path / "spool").glob(f"*{spool.REFUSED}")
    ((row, _),) = spool.whole(refused.read_bytes())
    assert row["id"] == str(bad.id)


async def test_the_second_device_is_its_owners_alone(alone: Node, tmp_path: Path) -> None:
    kept = spool.Spool(tmp_path / "spool", "n", "x")
    await kept.keep(look().row())
    assert kept.path is not None
    assert kept.path.stat().st_mode & 0o777 == 0o600
    assert kept.folder.stat().st_mode & 0o777 == 0o700
    kept.close()
    assert alone


@given(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=9)), max_size=6), st.data())
def test_a_torn_end_is_left_out_and_what_is_before_it_is_read(
    rows: list[dict[str, str]], data: st.DataObject
) -> None:
    told = spool.frames(rows)
    cut = data.draw(st.integers(0, len(told)))
    ends = [end for _, end in spool.whole(told)]
    assert [row for row, _ in spool.whole(told[:cut])] == rows[: sum(end <= cut for end in ends)]
    if told:
        broken = bytearray(told)
        broken[cut % len(told)] ^= 0xFF
        assert [row for row, _ in spool.whole(bytes(broken))] == rows[
            : sum(end <= cut % len(told) for end in ends)
        ]


async def test_a_look_that_was_spooled_while_its_batch_was_on_the_way_is_written_once(
    alone: Node, owner: asyncpg.Connection
) -> None:
    alone.trail.patience = 0.1
    one = look(code="both")
    async with owner.transaction():
        await owner.execute("LOCK TABLE audit_event IN EXCLUSIVE MODE")
        await alone.trail.commit(one)  # its INSERT still waits for the lock
        await alone.trail.commit(replace(one, id=look().id))
    await _back(alone, "both", 2)
    await asyncio.sleep(0.2)
    assert len(await rows(alone, "both")) == 2


async def test_a_look_at_a_watched_record_is_told_of_though_postgresql_took_it_later(
    alone: Node, owner: asyncpg.Connection
) -> None:
    alone.trail.patience = 0.1
    bait = uuid4()
    alone.trail.watched = frozenset({bait})
    async with owner.transaction():
        await owner.execute("LOCK TABLE audit_event IN EXCLUSIVE MODE")
        await alone.trail.commit(look(code="held", patients=frozenset({bait})))
        assert not alone.trail.alarm.is_set()
    await _back(alone, "held", 1)
    async with asyncio.timeout(30):
        await alone.trail.alarm.wait()
