"""Schema: every table of every module, and how a database is brought up to it."""

import asyncio
import importlib
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine

from ward.db import Model

MODULES = (
    "crypto",
    "keys.models",
    "trail",
    "idempotency",
    "later",
    "testclock",
    "kind",
    "security.models",
    "security.factors",
    "security.glass",
    "places.models",
    "staff.models",
    "patients.models",
    "infants.models",
    "beds.models",
    "adt.models",
    "duty.models",
    "wristbands.models",
    "vitals.models",
    "flags.models",
    "labs.models",
    "scheduling.clinics",
    "scheduling.models",
    "scheduling.waiting",
    "medications.models",
    "medications.house",
    "medications.stock",
    "medications.doubts",
    "prescriptions.models",
    "summaries.models",
    "reconciliation.models",
    "alerts.models",
    "tasks.models",
    "arrivals.models",
    "reminders.models",
    "portal.models",
    "interop.hl7.models",
    "interop.hl7.outbound.models",
    "interop.hl7.outbound.receiver_models",
    "interop.hl7.siu.models",
    "interop.hl7.unmatched.models",
    "audit.models",
    "erasure.models",
)
for _name in MODULES:
    importlib.import_module(f"ward.{_name}")

metadata: MetaData = Model.metadata


def configuration(connection: Connection) -> Config:
    """Point Alembic at this package's migrations and at an open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


async def migrate(url: str) -> None:
    """Bring the database to the newest migration; one node at a time."""
    engine = create_async_engine(url, connect_args={"timeout": 10})
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(hashtext('ward.migrate'))"))
            await connection.commit()
            await connection.run_sync(_upgrade)
            await connection.execute(text("SELECT pg_advisory_unlock_all()"))
            await connection.commit()
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    command.upgrade(configuration(connection), "head")
    connection.commit()


async def is_current(url: str) -> bool:
    """Say whether the database stands at the newest migration."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    engine = create_async_engine(url, connect_args={"timeout": 5})
    try:
        async with engine.connect() as connection:
            head = await connection.run_sync(
                lambda sync: MigrationContext.configure(sync).get_current_revision()
            )
            newest = await connection.run_sync(
                lambda sync: ScriptDirectory.from_config(configuration(sync)).get_current_head()
            )
            return head == newest
    finally:
        await engine.dispose()


def migrate_now(url: str) -> None:
    """Migrate from code that has no event loop (the command line, test fixtures)."""
    asyncio.run(migrate(url))
