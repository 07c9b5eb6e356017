"""Reset: sets a demo or training database back to nothing, so that it is founded anew."""

import asyncio
import time
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from ward import clock, spool
from ward.audit.anchors import FILE
from ward.config import Env, Settings, SettingsError
from ward.kind import WORDS, kind_of
from ward.node import without_password

INVENTED = frozenset({Env.DEMO, Env.TRAINING})
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND usename IS NOT NULL"
)
_AFRESH = text("SELECT pg_stat_clear_snapshot()")
_LEAVING = 2.0  # seconds: PostgreSQL lists a connection for a moment after it was closed
_PATIENTS = text("SELECT count(*) FROM patient")
_BACK = [
    "SET LOCAL lock_timeout = '5s'",
    "DROP SCHEMA public CASCADE",
    "CREATE SCHEMA public",
    "GRANT USAGE ON SCHEMA public TO PUBLIC",  # as PostgreSQL makes it
]


async def would_go(choice: Settings) -> int | None:
    """Count the invented patients that a reset would delete; None when nothing stands there.

    Raises SettingsError unless both the environment and the database say demo or training, and
    nobody else uses the database.
    """
    owner = _owner(choice)
    if choice.env not in INVENTED:
        told = f"WARD_ENV={choice.env.value} is never set back: only a demo or a training is."
        raise SettingsError(told)
    kind = await kind_of(owner)
    if kind is None:
        return None
    if kind not in INVENTED:
        raise SettingsError(f"This database is {WORDS[kind]}. Only a demo or a training goes back.")
    engine = create_async_engine(owner)
    try:
        async with engine.connect() as connection:
            await _refuse_used(connection)
            return int((await connection.execute(_PATIENTS)).scalar_one())
    finally:
        await engine.dispose()


async def set_back(choice: Settings) -> None:
    """Delete everything in the database and what waits for it outside; the keys' folder stays."""
    owner = _owner(choice)
    engine = create_async_engine(owner)
    try:
        async with engine.begin() as connection:
            await _refuse_used(connection)
            for statement in _BACK:
                await connection.execute(text(statement))
    finally:
        await engine.dispose()
    assert choice.database_url is not None
    spool.forget(choice.home / "spool", without_password(choice.database_url.get_secret_value()))
    if choice.audit_anchor is not None:
        _put_aside(choice.audit_anchor / FILE)


def _owner(choice: Settings) -> str:
    owner = choice.database_owner_url or choice.database_url
    assert owner is not None
    return owner.get_secret_value()


async def _refuse_used(connection: AsyncConnection) -> None:
    """Refuse while a node, or anybody, is at work in the database."""
    until = time.monotonic() + _LEAVING
    others = await _others(connection)
    while others and time.monotonic() < until:
        await asyncio.sleep(0.05)
        others = await _others(connection)
    if others:
        raise SettingsError(
            f"This database is in use ({others} connections). Stop Ward first, then say it again."
        )


async def _others(connection: AsyncConnection) -> int:
    """Count who else is there now, whatever this transaction has seen before."""
    await connection.execute(_AFRESH)
    return int((await connection.execute(_OTHERS)).scalar_one())


def _put_aside(anchor: Path) -> None:
    """Keep what was anchored of the trail that is gone; the new trail begins a file of its own."""
    if anchor.exists():
        anchor.rename(anchor.with_suffix(f".until-{clock.now():%Y%m%dT%H%M%S}.txt"))
