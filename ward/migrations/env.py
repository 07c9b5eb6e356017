"""Migrations: how Alembic reaches the database and the models."""

from alembic import context
from sqlalchemy import Connection

from ward.schema import metadata

PARTITIONS = "audit_event_"


def _ours(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:  # noqa: FBT001
    """Leave the monthly partitions of the trail out of comparisons."""
    return not (kind == "table" and (name or "").startswith(PARTITIONS))


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_object=_ours,
        compare_server_default=False,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


_run(context.config.attributes["connection"])
