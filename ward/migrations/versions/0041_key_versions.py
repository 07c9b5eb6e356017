"""Key versions: the key around the data keys has versions, and each data key names its own."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

# What stands is version 1; new installations make theirs at the first start.
MOVED = """
    INSERT INTO kek (id, version, number, state, wrapped, made_at, settled_at)
    SELECT id, 1, 1, 'current', wrapped, now(), now() FROM key_ring WHERE purpose = 'kek'
"""
# Only the owner makes and destroys keys of the installation; the application reads them. It may
# VACUUM the data keys, so that nothing of a destroyed one stays in the table.
RIGHTS = [
    "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON kek FROM ward_app",
    "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON key_ring FROM ward_app",
    "GRANT MAINTAIN ON subject_key TO ward_app",
]


def upgrade() -> None:
    op.create_table(
        "kek",
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "coming",
                "current",
                "old",
                name="kekstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kek")),
        sa.UniqueConstraint("number", name=op.f("uq_kek_number")),
    )
    op.create_index(
        "uq_kek_current",
        "kek",
        ["state"],
        unique=True,
        postgresql_where=sa.text("state = 'current'"),
    )
    op.create_table(
        "key_node",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("knows", sa.BigInteger(), nullable=False),
        sa.Column("wraps", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_node")),
    )
    op.execute(MOVED)
    op.execute("DELETE FROM key_ring WHERE purpose = 'kek'")
    op.execute("UPDATE subject_key SET wrapped = '\\x0001'::bytea || wrapped")
    op.alter_column("subject_key", "wrapped", nullable=True)
    op.add_column(
        "subject_key",
        sa.Column(
            "kek",
            sa.BigInteger(),
            sa.Computed("get_byte(wrapped, 0) * 256 + get_byte(wrapped, 1)", persisted=True),
            nullable=True,
        ),
    )
    op.create_index(op.f("ix_subject_key_kek"), "subject_key", ["kek"])
    op.create_index(
        "ix_subject_key_erased",
        "subject_key",
        ["subject_id"],
        postgresql_where=sa.text("wrapped IS NULL"),
    )
    op.create_foreign_key(op.f("fk_subject_key_kek_kek"), "subject_key", "kek", ["kek"], ["number"])
    for right in RIGHTS:
        op.execute(right)
