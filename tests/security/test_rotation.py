"""Rotation: every data key is wrapped anew while two nodes serve, whoever is killed."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from domain.errors import NotAllowed
from tests import commands
from tests.security.conftest import More, Owner
from tests.stations import Running, Station, signed_in
from tests.users.operator import environ_of, typed
from ward import keeper
from ward.config import Settings
from ward.crypto import KekState
from ward.keys import rotation
from ward.keys.providers import provider_of
from ward.keys.rotation import Rotated, Rotation

SECONDS = 30.0


async def rotated(owner: Owner, settings: Settings, batch: int = 500) -> Rotated:
    return await Rotation(owner.engine, provider_of(settings), batch=batch).run(lambda *_: None)


async def until(true, seconds: float = SECONDS) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(seconds):
        while not await true():  # noqa: ASYNC110 - what is looked for is in PostgreSQL
            await asyncio.sleep(0.005)


@asynccontextmanager
async def reading(*stations: Station, paths: list[str]) -> AsyncIterator[list[int]]:
    """Open pages at every station, over and over; give the statuses."""
    statuses: list[int] = []
    over = asyncio.Event()

    async def read(station: Station) -> None:
        while not over.is_set():
            for path in paths:
                answer = await station.get(path)
                statuses.append(answer.status_code)
                await asyncio.sleep(0.01)

    async with asyncio.TaskGroup() as group:
        for station in stations:
            group.create_task(read(station))
        try:
            yield statuses
        finally:
            over.set()


async def test_a_new_version_wraps_everything_while_both_nodes_read(
    ward, other, cast, owner, settings, more_keys: More
) -> None:
    await more_keys(300)
    paths = [f"/patients/{one}" for one in cast.patients.values()][:3]
    async with (
        signed_in(ward.url, "charge") as here,
        signed_in(other.url, "charge") as there,
        reading(here, there, paths=paths) as statuses,
    ):
        done = await rotated(owner, settings, batch=50)
        await here.post("/logout")  # and in again: names are sealed too
    assert (done.number, done.resumed, done.damaged) == (2, False, 0)
    assert done.wrapped >= 300
    assert set(await owner.kek_counts()) == {2}
    assert len(statuses) > 10
    assert {status for status in statuses if status != 303} == {200}
    assert [node.vault.current for node in (ward.node, other.node)] == [2, 2]
    async with signed_in(other.url, "nurse") as nurse:  # made under the new version
        assert (await nurse.get(paths[0])).status_code == 200


async def test_what_was_done_is_in_the_trail(ward, owner, settings) -> None:
    await rotated(owner, settings)
    await rotation.retire(owner.engine, 1)
    rows = await owner.connection.fetch(
        "SELECT code, actor_name, action, detail FROM audit_event"
        " WHERE code LIKE 'keys.%' ORDER BY at, id"
    )
    steps = [(row["code"], json.loads(row["detail"]).get("step")) for row in rows]
    assert steps == [
        ("keys.rotate", "begun"),
        ("keys.rotate", "current"),
        ("keys.rotate", "done"),
        ("keys.retire", None),
    ]
    assert {(row["actor_name"], row["action"]) for row in rows} == {("cli:operator", "E")}


async def test_a_version_goes_when_nothing_uses_it(
    ward, owner, settings, more_keys: More, monkeypatch
) -> None:
    monkeypatch.setattr(keeper, "LINGER", 0.0)
    with pytest.raises(NotAllowed, match="current"):
        await rotation.retire(owner.engine, 1)
    await rotated(owner, settings)
    await more_keys(1)  # by the new one
    old = await owner.of("SELECT wrapped FROM kek WHERE number = 1")
    assert old
    await owner.do("UPDATE key_node SET wraps = 1")  # a node that has not heard of it
    with pytest.raises(NotAllowed, match="still wraps by version 1"):
        await rotation.retire(owner.engine, 1)
    await until(lambda: owner.of("SELECT bool_and(wraps = 2) FROM key_node"))
    await rotation.retire(owner.engine, 1)
    with pytest.raises(NotAllowed, match="no version 1"):
        await rotation.retire(owner.engine, 1)
    with pytest.raises(asyncpg.ForeignKeyViolationError):  # a node that slept through all this
        await owner.do(
            "UPDATE subject_key SET wrapped = overlay(wrapped PLACING '\\x0001'::bytea FROM 1)"
        )

    async def forgotten() -> bool:
        return 1 not in ward.node.vault.keks

    await until(forgotten)


async def test_the_database_holds_on_to_a_version_that_wraps_something(
    ward, owner, settings, more_keys: More
) -> None:
    await more_keys(3)
    one = await owner.of("SELECT id FROM subject_key ORDER BY id DESC LIMIT 1")
    await owner.do("UPDATE subject_key SET wrapped = set_byte(wrapped, 9, 0) WHERE id = $1", one)
    done = await rotated(owner, settings)
    assert done.damaged == 1  # what does not open stays under the version that made it
    with pytest.raises(NotAllowed, match="still wraps 1 keys"):
        await rotation.retire(owner.engine, 1)
    again = await rotated(owner, settings)
    assert (again.number, again.resumed) == (3, False)


async def test_only_one_command_changes_the_keys(ward, owner, settings) -> None:
    async with rotation._alone(owner.engine):
        with pytest.raises(NotAllowed, match="already"):
            await rotated(owner, settings)


async def test_a_node_that_learns_nothing_holds_a_rotation_up(ward, owner, settings) -> None:
    """Nothing is wrapped by what somebody who serves could not open."""
    await owner.do(
        "INSERT INTO key_node (id, version, name, knows, wraps, seen_at) VALUES"
        " (gen_random_uuid(), 1, 'deaf', 1, 1, now() + interval '1 hour')"
    )
    run = Rotation(owner.engine, provider_of(settings))
    run.patience = 0.3
    with pytest.raises(NotAllowed, match="Node deaf has not learnt version 2"):
        await run.run(lambda *_: None)
    assert set(await owner.kek_counts()) == {1}
    assert await owner.of("SELECT state FROM kek WHERE number = 2") == KekState.COMING
    await owner.do("DELETE FROM key_node WHERE name = 'deaf'")
    done = await rotated(owner, settings)
    assert (done.number, done.resumed) == (2, True)


async def test_a_node_nobody_told_reads_what_the_new_version_wraps(ward, owner, settings) -> None:
    """A command that began before, or a node that was frozen: it learns when it reads."""
    async with signed_in(ward.url, "charge") as charge:
        await rotated(owner, settings)
        ward.node.vault.keks.pop(2)
        ward.node.vault.forget_open()
        assert (await charge.get("/wards")).status_code == 200
        assert 2 in ward.node.vault.keks


@contextlib.contextmanager
def typing(settings: Settings, *arguments: str) -> Iterator[None]:
    """Type a command, and kill it when the block ends."""
    environ = os.environ | environ_of(settings)
    given = (("keys", *arguments), environ, commands._Streams([]))
    process = commands._warm().Process(target=commands._become, args=given)
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()
        process.close()


async def test_killed_at_any_point_it_goes_on_and_nobody_notices(
    ward: Running, other: Running, cast, owner: Owner, settings: Settings, more_keys: More
) -> None:
    await more_keys(400)
    total = sum((await owner.kek_counts()).values())
    paths = [f"/patients/{one}" for one in cast.patients.values()][:2]

    async def done(least: int) -> bool:
        return (await owner.kek_counts()).get(2, 0) >= least

    async with (
        signed_in(ward.url, "charge") as here,
        signed_in(other.url, "doctor") as there,
        reading(here, there, paths=paths) as statuses,
    ):
        for least in (1, total // 3):
            with typing(settings, "rotate", "--batch", "1"):
                await until(lambda least=least: done(least))
        counts = await owner.kek_counts()
        assert 0 < counts[1] < total, "it was killed in the middle"
        last = await typed(settings, "keys", "rotate", "--json")
        assert last.status == 0, last.err
    assert last.lines[0] == {
        "version": 2,
        "wrapped": last.lines[0]["wrapped"],
        "damaged": 0,
        "resumed": True,
    }
    assert await owner.kek_counts() == {2: total}
    assert set(statuses) == {200}
    assert await owner.of("SELECT count(*) FROM kek") == 2


async def test_the_commands_say_how_the_keys_stand(ward, owner, settings) -> None:
    await rotated(owner, settings)
    said = await typed(settings, "keys", "status")
    assert said.status == 0, said.err
    assert "version 1 any more: it can be retired" in said.out.replace("\n", " ")
    listed = await typed(settings, "keys", "list", "--json")
    assert [(one["version"], one["state"]) for one in listed.lines] == [
        ("1", "old"),
        ("2", "current"),
    ]
    assert (await typed(settings, "keys", "retire", "1")).status == 0
    refused = await typed(settings, "keys", "retire", "2")
    assert refused.status == 1
    assert "only an old one" in refused.err


async def test_the_application_may_not_change_the_ring(ward) -> None:
    for table in ("kek", "key_ring"):
        async with ward.node.engine.connect() as connection:
            with contextlib.suppress(Exception):
                await connection.exec_driver_sql(f"DELETE FROM {table}")
                raise AssertionError(table)
