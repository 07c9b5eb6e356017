"""Audit: checkpoints that seal the trail, seals of months taken away, and months made ahead."""

import sqlalchemy as sa
from alembic import op

from realtime.tables import Xid8

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    parts = _index_by_order()
    op.create_table(
        "audit_checkpoint",
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_xid", Xid8(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_id", sa.Uuid(), nullable=False),
        sa.Column("settled", Xid8(), nullable=False),
        sa.Column("form", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.LargeBinary(), nullable=False),
        sa.Column("leaves", sa.LargeBinary(), nullable=False),
        sa.Column("edge", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_checkpoint")),
        sa.UniqueConstraint("number", name=op.f("uq_audit_checkpoint_number")),
    )
    op.create_table(
        "audit_retired",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_retired")),
        sa.UniqueConstraint("month", name=op.f("uq_audit_retired_month")),
    )
    for statement in (*STORED, *RIGHTS, THERE, MAKE, *DOORS):
        op.execute(statement)
    op.execute("CREATE INDEX ix_audit_event_xid ON ONLY audit_event (xid)")
    for part in parts:
        op.execute(f"ALTER INDEX ix_audit_event_xid ATTACH PARTITION ix_{part}_xid")


# Hashes do not compress: they are kept aside as they are.
STORED = [
    f"ALTER TABLE audit_checkpoint ALTER COLUMN {column} SET STORAGE EXTERNAL"
    for column in ("entries", "leaves", "edge")
]
RIGHTS = [
    "REVOKE UPDATE, DELETE, TRUNCATE ON audit_checkpoint FROM ward_app",
    "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON audit_retired FROM ward_app",
]

# The application may not make tables; it may have the next month made, and nothing else.
THERE = """
CREATE FUNCTION audit_month_is_there(day date) RETURNS boolean LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$ SELECT to_regclass('audit_event_' || to_char(day, 'YYYY_MM')) IS NOT NULL $$
"""
MAKE = """
CREATE FUNCTION audit_make_month(day date) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    first date := date_trunc('month', day)::date;
    part text := 'audit_event_' || to_char(day, 'YYYY_MM');
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('ward.audit.months'));
    IF audit_month_is_there(day) OR EXISTS (SELECT 1 FROM audit_retired WHERE month = first) THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE audit_event INCLUDING ALL)', part);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM ward_app', part);
    EXECUTE format('ALTER TABLE audit_event ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        part, first, (first + interval '1 month')::date);
    RETURN true;
END $$
"""
DOORS = [
    "REVOKE ALL ON FUNCTION audit_make_month(date) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION audit_make_month(date) TO ward_app",
]


def _index_by_order() -> list[str]:
    """Give each part its index without stopping those who write; may be begun again."""
    parts = op.get_bind().execute(
        sa.text(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            " WHERE inhparent = 'audit_event'::regclass ORDER BY 1"
        )
    )
    names = list(parts.scalars())
    with op.get_context().autocommit_block():
        for part in names:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS ix_{part}_xid")
            op.execute(f"CREATE INDEX CONCURRENTLY ix_{part}_xid ON {part} (xid)")
    return names
