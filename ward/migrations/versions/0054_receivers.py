"""Receivers that administrators add, and pictures of who is here for them."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hl7_picture",
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "running",
                "done",
                "cancelled",
                name="picturestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.BigInteger(), nullable=False),
        sa.Column("unread", sa.BigInteger(), nullable=False),
        sa.Column("reached", sa.Uuid(), nullable=True),
        sa.Column("until", sa.Uuid(), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hl7_picture")),
    )
    op.create_index("ix_hl7_picture_begun", "hl7_picture", ["receiver", "begun_at"], unique=False)
    op.create_index(
        "uq_hl7_picture_running",
        "hl7_picture",
        ["receiver"],
        unique=True,
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "hl7_receiver",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("application", sa.Text(), nullable=False),
        sa.Column("facility", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("port", sa.BigInteger(), nullable=False),
        sa.Column("kinds", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "told",
                "paused",
                "removed",
                name="receiverstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hl7_receiver")),
    )
    op.create_index(
        "uq_hl7_receiver_name",
        "hl7_receiver",
        ["name"],
        unique=True,
        postgresql_where=sa.text("state <> 'removed'"),
    )
