"""Exports: a row from their beginning that ends once, and where people come in from."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

STATE = sa.Enum(
    "running", "done", "stopped", "revoked",
    name="exportstate", native_enum=False, create_constraint=True, length=32,
)  # fmt: skip

# The application says how an export ended, once; what was taken, by whom and when stays.
RIGHTS = [
    "REVOKE UPDATE, DELETE, TRUNCATE ON audit_export FROM ward_app",
    "GRANT UPDATE (state, ended_at, events, note, version) ON audit_export TO ward_app",
]
ONCE = """
CREATE FUNCTION audit_export_has_ended() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$ BEGIN RAISE EXCEPTION 'an export that has ended stays as it is'; END $$
"""
GUARD = """
CREATE TRIGGER audit_export_once BEFORE UPDATE ON audit_export
FOR EACH ROW WHEN (OLD.state <> 'running') EXECUTE FUNCTION audit_export_has_ended()
"""


def upgrade() -> None:
    op.add_column("audit_export", sa.Column("state", STATE, server_default="done", nullable=False))
    op.alter_column("audit_export", "state", server_default=None)
    op.add_column("audit_export", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    for statement in (*RIGHTS, ONCE, GUARD):
        op.execute(statement)
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_session_ip")
        op.execute("CREATE INDEX CONCURRENTLY ix_session_ip ON session (ip, auth_time)")
