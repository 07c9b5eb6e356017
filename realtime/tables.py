"""Tables: revisions of topics, the outbox, the epoch and what falls due."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import UserDefinedType


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction number; it never wraps."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


ischema_names.setdefault("xid8", Xid8)  # so that reflection (Alembic's check) knows the type

metadata = MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_N_name)s"}
)

live_topic = Table(
    "live_topic",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("rev", BigInteger, nullable=False, server_default=text("0")),
    Column("changed_at", DateTime(timezone=True), server_default=func.clock_timestamp()),
    Column("come_at", DateTime(timezone=True)),
)

outbox = Table(
    "outbox",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("rev", BigInteger, primary_key=True),
    Column("nth", Integer, primary_key=True),
    Column("event", JSONB, nullable=False),
    Column("cause", Uuid),
    Column("xid", Xid8, nullable=False, server_default=text("pg_current_xact_id()")),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Index("ix_outbox_at", "at"),
)

live_epoch = Table(
    "live_epoch",
    metadata,
    Column("restore_id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
)

live_due = Table(
    "live_due",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("at", DateTime(timezone=True), primary_key=True),
    Index("ix_live_due_at", "at"),
)
