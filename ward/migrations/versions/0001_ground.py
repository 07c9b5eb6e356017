"""Ground: trail, sessions, keys, revisions, places and staff."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from realtime.tables import Xid8

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "app_user",
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_user")),
        sa.UniqueConstraint("username", name=op.f("uq_app_user_username")),
    )
    op.create_table(
        "audit_event",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("ip", sa.Text(), nullable=False),
        sa.Column(
            "action",
            sa.Enum(
                "C",
                "R",
                "U",
                "D",
                "E",
                name="action",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("data_classes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("patients", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=True),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "0", "4", "8", name="outcome", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("items", sa.BigInteger(), nullable=False),
        sa.Column("query", sa.LargeBinary(), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("at", "id", name=op.f("pk_audit_event")),
        postgresql_partition_by="RANGE (at)",
    )
    op.create_index("ix_audit_event_actor", "audit_event", ["actor_id", "at"], unique=False)
    op.create_index(
        "ix_audit_event_patients", "audit_event", ["patients"], unique=False, postgresql_using="gin"
    )
    op.create_table(
        "branch",
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_branch")),
        sa.UniqueConstraint("label", name=op.f("uq_branch_label")),
        sa.UniqueConstraint("source", name=op.f("uq_branch_source")),
    )
    op.create_table(
        "device",
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_device_token_hash")),
    )
    op.create_table(
        "idempotency",
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency")),
        sa.UniqueConstraint("actor_id", "key", name=op.f("uq_idempotency_actor_id_key")),
    )
    op.create_table(
        "key_ring",
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_ring")),
        sa.UniqueConstraint("purpose", name=op.f("uq_key_ring_purpose")),
    )
    op.create_table(
        "live_due",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("topic", "at", name=op.f("pk_live_due")),
    )
    op.create_index("ix_live_due_at", "live_due", ["at"], unique=False)
    op.create_table(
        "live_epoch",
        sa.Column(
            "restore_id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("restore_id", name=op.f("pk_live_epoch")),
    )
    op.create_table(
        "live_topic",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("rev", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=True,
        ),
        sa.PrimaryKeyConstraint("topic", name=op.f("pk_live_topic")),
    )
    op.create_table(
        "organization",
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
        sa.UniqueConstraint("source", name=op.f("uq_organization_source")),
    )
    op.create_table(
        "outbox",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("event", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cause", sa.Uuid(), nullable=True),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("topic", "rev", "nth", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_at", "outbox", ["at"], unique=False)
    op.create_table(
        "subject_key",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("key_version", sa.BigInteger(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_key")),
    )
    op.create_index(op.f("ix_subject_key_subject_id"), "subject_key", ["subject_id"], unique=True)
    op.create_table(
        "practitioner",
        sa.Column("branch_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=True),
        sa.Column("source_hash", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name=op.f("fk_practitioner_branch_id_branch")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_practitioner_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_practitioner_user_id_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practitioner")),
        sa.UniqueConstraint("source_hash", name=op.f("uq_practitioner_source_hash")),
        sa.UniqueConstraint("user_id", name=op.f("uq_practitioner_user_id")),
    )
    op.create_index(op.f("ix_practitioner_branch_id"), "practitioner", ["branch_id"], unique=False)
    op.create_table(
        "ward",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "ward",
                "clinic",
                name="wardkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("staffed", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name=op.f("fk_ward_branch_id_branch")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ward")),
        sa.UniqueConstraint("branch_id", "label", name=op.f("uq_ward_branch_id_label")),
    )
    op.create_index(op.f("ix_ward_branch_id"), "ward", ["branch_id"], unique=False)
    op.create_table(
        "room",
        sa.Column("ward_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_room_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
        sa.UniqueConstraint("ward_id", "label", name=op.f("uq_room_ward_id_label")),
    )
    op.create_index(op.f("ix_room_ward_id"), "room", ["ward_id"], unique=False)
    op.create_table(
        "user_grant",
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column(
            "role",
            sa.Enum(
                "nurse",
                "charge",
                "doctor",
                "pharmacist",
                "lab",
                "reception",
                "billing",
                "admin",
                "privacy",
                "patient",
                "wall",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", sa.Uuid(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(user_id, device_id) = 1", name=op.f("ck_user_grant_one_holder")
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name=op.f("fk_user_grant_branch_id_branch")
        ),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_user_grant_device_id_device")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_user_grant_user_id_app_user")
        ),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_user_grant_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_grant")),
    )
    op.create_index(op.f("ix_user_grant_branch_id"), "user_grant", ["branch_id"], unique=False)
    op.create_index(op.f("ix_user_grant_device_id"), "user_grant", ["device_id"], unique=False)
    op.create_index(
        "ix_user_grant_standing",
        "user_grant",
        ["user_id"],
        unique=False,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_index(op.f("ix_user_grant_ward_id"), "user_grant", ["ward_id"], unique=False)
    op.create_table(
        "session",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "desktop",
                "tablet",
                "phone",
                name="sessionkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("ip", sa.Text(), nullable=False),
        sa.Column("auth_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amr", sa.Text(), nullable=False),
        sa.Column("idle_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("abs_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["user_grant.id"], name=op.f("fk_session_grant_id_user_grant")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_session_user_id_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_session_token_hash")),
    )
    op.create_index(op.f("ix_session_user_id"), "session", ["user_id"], unique=False)
    for statement in PARTITIONS + VIEWS + RIGHTS:
        op.execute(statement)


YEARS = (2026, 2027, 2028)
PARTITIONS = [
    f"CREATE TABLE audit_event_{year}_{month:02} PARTITION OF audit_event FOR VALUES"
    f" FROM ('{year}-{month:02}-01') TO ('{year + month // 12}-{month % 12 + 1:02}-01')"
    for year in YEARS
    for month in range(1, 13)
] + ["CREATE TABLE audit_event_default PARTITION OF audit_event DEFAULT"]

# Which wards a grant reaches (its branch), and which it covers (its ward, or all of them).
REACH = """
CREATE VIEW reach AS
SELECT g.id AS grant_id, w.id AS ward_id, (g.ward_id IS NULL OR g.ward_id = w.id) AS covers
FROM user_grant g JOIN ward w ON w.branch_id = g.branch_id
WHERE g.revoked_at IS NULL AND g.since <= now() AND (g.until IS NULL OR g.until > now())
"""
# Why a person may see a patient; modules add their reasons by migration.
EXPLAINS = """
CREATE VIEW explains AS
SELECT NULL::uuid AS grant_id, NULL::uuid AS user_id, NULL::uuid AS patient_id,
       NULL::text AS code, NULL::timestamptz AS until
WHERE false
"""
VIEWS = [REACH, EXPLAINS, "INSERT INTO live_epoch DEFAULT VALUES"]

# The application may do everything to its tables but rewrite its trail.
RIGHTS = [
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ward_app",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ward_app",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ward_app",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO ward_app",
    """
    DO $$ DECLARE part regclass; BEGIN
        FOR part IN SELECT 'audit_event'::regclass UNION ALL
            SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'audit_event'::regclass
        LOOP
            EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM ward_app', part);
        END LOOP;
    END $$
    """,
]
