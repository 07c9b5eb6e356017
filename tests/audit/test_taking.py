"""Taking: an export leaves a row however it ends, and ends with the right to it."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from tests.adt.scene import Scene
from tests.audit.conftest import look
from tests.databases import Database
from tests.settling import PATIENCE
from tests.stations import Sign, Station
from ward.audit import exporting


@pytest.fixture
async def privacy(sign: Sign) -> Station:
    return await sign("privacy")


@pytest.fixture
async def midway(
    open_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[asyncio.Event, asyncio.Event]]:
    """An export that waits after its second piece: told when it does, and when to go on."""
    there, go_on, pieces = asyncio.Event(), asyncio.Event(), 0
    for _ in range(6):
        await open_scene.node.trail.commit(look(code="some.look"))
    one_piece = exporting._piece

    async def slow(*given):
        nonlocal pieces
        pieces += 1
        if pieces == 3:
            there.set()
            await go_on.wait()
        return await one_piece(*given)

    monkeypatch.setattr(exporting, "PIECE", 1)
    monkeypatch.setattr(exporting, "_piece", slow)
    yield there, go_on
    go_on.set()


async def ended(scene: Scene) -> tuple[str, int, str]:
    async with asyncio.timeout(PATIENCE):
        while True:
            async with scene.node.aside.connect() as connection:
                found = await connection.exec_driver_sql(
                    "SELECT state, events, note FROM audit_export"
                )
                rows = found.all()
            if rows and rows[0].state != "running":
                return tuple(rows[0])
            await asyncio.sleep(0.02)


async def test_whoever_hangs_up_leaves_a_row_that_says_how_far_it_came(
    open_scene: Scene, privacy: Station, midway: tuple[asyncio.Event, asyncio.Event]
) -> None:
    there, go_on = midway
    sent = {"form": "ndjson", "what": "viewed"}
    async with privacy.client.stream("POST", "/audit/export", data=sent) as answer:
        assert answer.status_code == 200
        await there.wait()
        assert await open_scene.scalar("SELECT state FROM audit_export") == "running"
    await privacy.client.aclose()
    go_on.set()
    state, events, note = await ended(open_scene)
    assert state == "stopped"
    assert events >= 2
    assert "the file is not whole" in note


async def test_an_export_ends_with_the_right_to_it(
    open_scene: Scene, privacy: Station, midway: tuple[asyncio.Event, asyncio.Event]
) -> None:
    there, go_on = midway
    sent = {"form": "ndjson", "what": "viewed"}
    async with privacy.client.stream("POST", "/audit/export", data=sent) as answer:
        await there.wait()
        async with open_scene.node.engine.begin() as connection:
            await connection.exec_driver_sql("UPDATE session SET ended_at = now()")
        go_on.set()
        with pytest.raises(httpx.RemoteProtocolError):  # the file breaks off, and looks so
            await answer.aread()
    state, events, _ = await ended(open_scene)
    assert (state, events) == ("revoked", 3)


async def test_the_application_cannot_rewrite_what_was_taken(
    open_scene: Scene, privacy: Station, database: Database
) -> None:
    assert (await privacy.post("/audit/export", form="csv")).status_code == 200
    listed = (await privacy.get("/audit/exports")).text
    assert "Whole" in listed
    app = await asyncpg.connect(database.url.replace("+asyncpg", ""))
    try:
        for change in ("user_id = NULL", "question = ''", "form = 'x'", "at = now()"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute(f"UPDATE audit_export SET {change}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute("DELETE FROM audit_export")
        with pytest.raises(asyncpg.RaiseError, match="stays as it is"):
            await app.execute("UPDATE audit_export SET events = 0")
    finally:
        await app.close()
