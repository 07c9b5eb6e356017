"""HL7: messages of other systems, whom they are about, and the places their senders name."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hl7_message",
        sa.Column("received_seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("msh3", sa.Text(), nullable=True),
        sa.Column("msh4", sa.Text(), nullable=True),
        sa.Column("msh10", sa.Text(), nullable=True),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("message_type", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "A", "E", "R", name="outcome", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "received",
                "review",
                "done",
                "dead",
                "rejected",
                name="messagestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "reason",
            sa.Enum(
                "unknown_place",
                "no_place",
                "bed_taken",
                "unknown_patient",
                "other_person",
                "unknown_visit",
                "open_visit",
                "merge",
                "refused",
                name="reviewreason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("review_place", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("remarks", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(state = 'review') = (reason IS NOT NULL)",
            name=op.f("ck_hl7_message_review_has_a_reason"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hl7_message")),
        sa.UniqueConstraint(
            "msh3",
            "msh4",
            "msh10",
            "sha256",
            name="uq_hl7_message_sent",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        "ix_hl7_message_due",
        "hl7_message",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("state = 'received'"),
    )
    op.create_index(
        "ix_hl7_message_flagged",
        "hl7_message",
        ["received_seq"],
        unique=False,
        postgresql_where=sa.text("flagged"),
    )
    op.create_index("ix_hl7_message_received_at", "hl7_message", ["received_at"], unique=False)
    op.create_index("ix_hl7_message_received_seq", "hl7_message", ["received_seq"], unique=True)
    op.create_index(
        "ix_hl7_message_waiting",
        "hl7_message",
        ["state", "received_seq"],
        unique=False,
        postgresql_where=sa.text("state IN ('received', 'review', 'dead')"),
    )
    op.create_table(
        "hl7_body",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("ack", sa.LargeBinary(), nullable=False),
        sa.Column("corrected", sa.LargeBinary(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["hl7_message.id"], name=op.f("fk_hl7_body_message_id_hl7_message")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hl7_body")),
        sa.UniqueConstraint("message_id", name=op.f("uq_hl7_body_message_id")),
    )
    op.create_table(
        "hl7_subject",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["hl7_message.id"], name=op.f("fk_hl7_subject_message_id_hl7_message")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hl7_subject")),
        sa.UniqueConstraint("message_id", "hash", name=op.f("uq_hl7_subject_message_id_hash")),
    )
    op.create_index("ix_hl7_subject_hash", "hl7_subject", ["hash"], unique=False)
    op.create_table(
        "hl7_place",
        sa.Column("msh3", sa.Text(), nullable=False),
        sa.Column("msh4", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("bed_id", sa.Uuid(), nullable=True),
        sa.Column("ward_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(bed_id, ward_id) = 1", name=op.f("ck_hl7_place_one_meaning")
        ),
        sa.ForeignKeyConstraint(["bed_id"], ["bed.id"], name=op.f("fk_hl7_place_bed_id_bed")),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_hl7_place_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hl7_place")),
        sa.UniqueConstraint("mark", name=op.f("uq_hl7_place_mark")),
    )
    op.create_index(op.f("ix_hl7_place_bed_id"), "hl7_place", ["bed_id"], unique=False)
    op.create_index(op.f("ix_hl7_place_ward_id"), "hl7_place", ["ward_id"], unique=False)
