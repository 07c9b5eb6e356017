"""Kind: real and invented patients never come into one database, by whichever door."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from tests.commands import run_ward
from tests.databases import Database
from tests.settling import PATIENCE
from tests.stations import ROOT_KEY, settings_for
from ward import schema
from ward.config import Env, Settings, SettingsError
from ward.dev import reset
from ward.dev.embedded import Stores
from ward.dev.reset import set_back, would_go
from ward.interop.hl7 import intake
from ward.kind import Misplaced, claim, kind_of
from ward.node import Node, open_node, without_password
from ward.spool import Spool

INVENTED = [Env.DEMO, Env.TRAINING, Env.TEST]
REAL = {"env": "production", "public_url": "https://ward.example.org"}


async def as_owner(database: Database, *statements: str) -> None:
    connection = await asyncpg.connect(database.owner_url.replace("+asyncpg", ""))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def unmark(database: Database) -> None:
    """Make it a database that nobody has opened yet."""
    off = "ALTER TABLE installation DISABLE TRIGGER USER"
    on = "ALTER TABLE installation ENABLE TRIGGER USER"
    await as_owner(database, off, "DELETE FROM installation", on)


@asynccontextmanager
async def opened(choice: Settings) -> AsyncIterator[Node]:
    node = await open_node(choice)
    try:
        yield node
    finally:
        await node.close()


async def real(database: Database, stores: Stores) -> Settings:
    """Give a database that production opened first, and how production reaches it."""
    await unmark(database)
    choice = settings_for(database, stores, **REAL)
    async with opened(choice):
        assert await kind_of(database.owner_url) is Env.PRODUCTION
    return choice


def environ(choice: Settings, database: Database, env: Env) -> dict[str, str]:
    assert choice.redis_url is not None
    return {
        "WARD_ENV": env.value,
        "WARD_DATABASE_URL": database.url,
        "WARD_DATABASE_OWNER_URL": database.owner_url,
        "WARD_REDIS_URL": choice.redis_url.get_secret_value(),
        "WARD_PUBLIC_URL": "https://ward.example.org",
        "WARD_KEYS": "env",
        "WARD_ROOT_KEY": ROOT_KEY,
    }


@pytest.mark.parametrize("first", INVENTED)
async def test_production_does_not_open_what_is_invented(
    database: Database, stores: Stores, first: Env
) -> None:
    await unmark(database)
    async with opened(settings_for(database, stores, env=first.value)):
        assert await kind_of(database.url) is first
    with pytest.raises(Misplaced, match=r"its patients are invented\. WARD_ENV=production does"):
        await open_node(settings_for(database, stores, **REAL))


@pytest.mark.parametrize("other", INVENTED)
async def test_nothing_invented_opens_what_is_real(
    database: Database, stores: Stores, other: Env
) -> None:
    await real(database, stores)
    with pytest.raises(Misplaced, match=r"its patients are real\. WARD_ENV=\w+ does not open it"):
        await open_node(settings_for(database, stores, env=other.value))
    assert await kind_of(database.url) is Env.PRODUCTION


async def test_what_it_is_for_cannot_be_changed_by_anybody(node: Node, database: Database) -> None:
    for change in (
        "UPDATE installation SET kind = 'production'",
        "DELETE FROM installation",
        "TRUNCATE installation",
        "INSERT INTO installation VALUES (true, 'production', now()) ON CONFLICT DO NOTHING",
    ):
        async with node.engine.connect() as connection:
            with pytest.raises(DBAPIError, match="permission denied"):
                await connection.execute(text(change))
    for change in ("UPDATE installation SET kind = 'demo'", "TRUNCATE installation"):
        with pytest.raises(asyncpg.RaiseError, match="never changed"):
            await as_owner(database, change)
    assert await kind_of(database.url) is Env.TEST


async def test_an_application_and_an_owner_in_two_databases_are_found_out(
    database: Database, stores: Stores
) -> None:
    choice = settings_for(database, stores).model_dump() | {
        "database_url": stores.database_url.rpartition("/")[0] + "/postgres"
    }
    with pytest.raises(SettingsError, match="lead to different databases"):
        await open_node(Settings.model_validate(choice))


def _before(connection: Connection) -> None:
    """Take the database back to where it could not say what it is."""
    connection.execute(text("DROP TABLE installation"))
    connection.execute(text("DROP FUNCTION installation_stays"))


def _migrate(connection: Connection) -> None:
    scripts = ScriptDirectory.from_config(schema.configuration(connection))
    with Operations.context(MigrationContext.configure(connection)):
        scripts.get_revision("0046").module.upgrade()


@pytest.mark.parametrize(("trail", "found"), [("job:demo", Env.DEMO), ("ada", Env.PRODUCTION)])
async def test_what_was_used_before_is_known_by_its_trail(
    database: Database, trail: str, found: Env
) -> None:
    engine = create_async_engine(database.owner_url)
    async with engine.begin() as connection:
        await connection.run_sync(_before)
        change = text("UPDATE audit_event SET actor_name = :name WHERE actor_name = 'job:demo'")
        await connection.execute(change, {"name": trail})
    assert await kind_of(database.owner_url) is None
    async with engine.begin() as connection:
        await connection.run_sync(_migrate)
    await engine.dispose()
    assert await kind_of(database.owner_url) is found


async def test_no_command_crosses_over(database: Database, stores: Stores) -> None:
    choice = await real(database, stores)
    demo = environ(choice, database, Env.DEMO)
    for arguments in (
        ["demo"],
        ["demo", "--reset", "--yes"],
        ["migrate"],
        ["import", "fhir", "tests/data/fhir"],
        ["mllp"],
        ["worker"],
        ["serve", "--all"],
    ):
        told = await asyncio.to_thread(lambda: run_ward(*arguments, environ=demo))  # noqa: B023
        assert told.returncode == 1, arguments
        assert "This database is for production: its patients are real." in told.stderr, arguments
    told = await asyncio.to_thread(run_ward, "doctor", "--json", environ=demo)
    findings = {line["part"]: line for line in map(json.loads, told.stdout.splitlines())}
    assert findings["patients"]["state"] == "bad"
    assert "WARD_ENV=demo does not open it" in findings["patients"]["sentence"]


@pytest.mark.parametrize(
    ("env", "taken"), [("production", "P"), ("training", "DT"), ("demo", "DPT"), ("test", "DPT")]
)
async def test_messages_of_the_other_side_are_not_taken_in(
    node: Node, database: Database, stores: Stores, env: str, taken: str
) -> None:
    more = REAL if env == "production" else {"env": env}
    node.settings = settings_for(database, stores, **more)
    border = intake.Intake(node)
    assert "".join(sorted((await border.rules()).processing_ids)) == taken


async def test_a_reset_is_for_a_demo_alone(database: Database, stores: Stores) -> None:
    with pytest.raises(SettingsError, match="WARD_ENV=test is never set back"):
        await would_go(settings_for(database, stores))
    with pytest.raises(SettingsError, match="This database is for tests"):
        await would_go(settings_for(database, stores, env="demo"))


async def test_a_demo_is_set_back_when_nobody_works_in_it(
    database: Database, stores: Stores, tmp_path: Path
) -> None:
    await unmark(database)
    anchor, spooled = tmp_path / "anchor", tmp_path / "spool"
    anchor.mkdir()
    (anchor / "ward-trail-checkpoints.txt").write_text("of the old trail")
    choice = settings_for(
        database, stores, env="demo", home=str(tmp_path), audit_anchor=str(anchor)
    )
    spool = Spool(spooled, "n1", without_password(database.url))
    await spool.keep({"of": "the old trail"})
    spool.close()
    assert list(spooled.glob("*.spool"))
    async with opened(choice) as node, node.engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
        with pytest.raises(SettingsError, match=r"in use \(\d+ connections\)\. Stop Ward"):
            await set_back(choice)
    assert await would_go(choice) == 0
    await set_back(choice)
    assert not list(spooled.glob("*.spool"))
    assert [path.name.split(".until-")[0] for path in anchor.iterdir()] == [
        "ward-trail-checkpoints"
    ]
    assert await would_go(choice) is None
    await schema.migrate(database.owner_url)
    async with opened(choice) as node, node.engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM app_user"))).scalar() == 0
    assert await kind_of(database.url) is Env.DEMO


async def test_who_is_just_leaving_does_not_keep_a_demo_from_being_set_back(
    database: Database, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    await unmark(database)
    choice = settings_for(database, stores, env="demo")
    async with opened(choice):
        pass
    seen, others = asyncio.Event(), reset._others

    async def looked(connection: AsyncConnection) -> int:
        found = await others(connection)
        seen.set()
        return found

    connection = await asyncpg.connect(database.owner_url.replace("+asyncpg", ""))
    monkeypatch.setattr(reset, "_LEAVING", 60.0)
    monkeypatch.setattr(reset, "_others", looked)
    asking = asyncio.create_task(would_go(choice))
    await seen.wait()
    assert not asking.done()
    await connection.close()
    assert await asking == 0


async def test_a_reset_asks_first_and_then_begins_anew(database: Database, stores: Stores) -> None:
    await unmark(database)
    choice = settings_for(database, stores, env="demo")
    async with opened(choice):
        pass
    there = environ(choice, database, Env.DEMO)
    asked = await asyncio.to_thread(run_ward, "demo", "--reset", environ=there, into="n\n")
    assert (asked.returncode, "Nothing was deleted." in asked.stdout) == (0, True)
    assert await kind_of(database.url) is Env.DEMO


async def test_a_node_that_does_not_own_the_tables_opens_what_is_marked(
    database: Database, stores: Stores
) -> None:
    choice = settings_for(Database(database.name, database.url, database.url), stores)
    async with opened(choice):
        assert await kind_of(database.url) is Env.TEST


async def test_two_nodes_that_begin_at_once_both_open_it(database: Database) -> None:
    await unmark(database)
    engine = create_async_engine(database.owner_url)
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = :pid")
    try:
        async with engine.connect() as one, engine.connect() as two, engine.connect() as look:
            await look.execution_options(isolation_level="AUTOCOMMIT")
            assert await claim(one, Env.TEST) is Env.TEST
            pid = (await two.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            other = asyncio.create_task(claim(two, Env.TEST))
            async with asyncio.timeout(PATIENCE):
                while not (await look.execute(waits, {"pid": pid})).scalar_one():  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            await one.commit()
            assert await other is Env.TEST
            await two.commit()
    finally:
        await engine.dispose()
