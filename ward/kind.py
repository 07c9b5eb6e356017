"""Kind: what a database is for, written into it once, so that invented and real never mix."""

import asyncio

from sqlalchemy import Boolean, CheckConstraint, Column, Enum, Table, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from ward.config import Env, SettingsError
from ward.db import Instant, Model

Table(
    "installation",
    Model.metadata,
    Column("one", Boolean, CheckConstraint("one", name="one"), primary_key=True),
    Column(
        "kind",
        Enum(
            Env,
            name="env",
            native_enum=False,
            create_constraint=True,
            length=32,
            values_callable=lambda kinds: [kind.value for kind in kinds],
        ),
        nullable=False,
    ),
    Column("since", Instant, nullable=False),
)
# The first node writes it, as the owner; the application can only read, and nobody changes it.
_CLAIM = text(
    "INSERT INTO installation (one, kind, since) VALUES (true, :kind, now())"
    " ON CONFLICT (one) DO NOTHING"
)
_THERE = text("SELECT to_regclass('installation') IS NOT NULL")
_READ = text("SELECT kind FROM installation")

WORDS = {
    Env.DEMO: "a demo: its patients are invented",
    Env.TRAINING: "for training: its patients are invented",
    Env.TEST: "for tests: its patients are invented",
    Env.PRODUCTION: "for production: its patients are real",
}
"""What a database says it is."""


class Misplaced(SettingsError):
    """A node of one kind was given a database of the other: invented and real never mix."""

    def __init__(self, kind: Env, env: Env) -> None:
        super().__init__(
            f"This database is {WORDS[kind]}. WARD_ENV={env.value} does not open it:"
            " set WARD_DATABASE_URL to a database of its own."
        )


def refuse(kind: Env, env: Env) -> None:
    """Refuse to bring real and invented patients together."""
    if (kind is Env.PRODUCTION) is not (env is Env.PRODUCTION):
        raise Misplaced(kind, env)


async def claim(connection: AsyncConnection, env: Env) -> Env:
    """Say what a fresh database is for; refuse one that is for something else."""
    found = (await connection.execute(_READ)).scalar()
    if found is None:  # the owner opens it first; later nodes need not own it
        await connection.execute(_CLAIM, {"kind": env.value})  # waits for who does the same now
        found = (await connection.execute(_READ)).scalar_one()
    kind = Env(found)
    refuse(kind, env)
    return kind


async def kind_of(url: str) -> Env | None:
    """Read what a database says it is; None while no node has opened it."""
    engine = create_async_engine(url, connect_args={"timeout": 10})
    try:
        async with engine.connect() as connection:
            if not (await connection.execute(_THERE)).scalar_one():
                return None
            found = (await connection.execute(_READ)).scalar()
            return Env(found) if found else None
    finally:
        await engine.dispose()


async def refuse_apart(url: str, env: Env) -> None:
    """Refuse an application's address that leads to another database than its owner's."""
    kind = await kind_of(url)
    if kind is None:
        told = "WARD_DATABASE_URL and WARD_DATABASE_OWNER_URL lead to different databases."
        raise SettingsError(told)
    refuse(kind, env)


def refuse_other(url: str, env: Env) -> None:
    """Look before anything is changed, from code that has no event loop (the command line)."""
    kind = asyncio.run(kind_of(url))
    if kind is not None:
        refuse(kind, env)
