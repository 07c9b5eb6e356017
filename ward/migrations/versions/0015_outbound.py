"""Outbound: messages to other systems, and the numbers others gave our orders."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hl7_outbound",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("message_type", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("control_id", sa.Text(), nullable=False),
        sa.Column("once", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "sent",
                "dead",
                "given-up",
                name="outstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("acked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_hl7_outbound_patient_id_patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hl7_outbound")),
        sa.UniqueConstraint(
            "receiver", "control_id", name=op.f("uq_hl7_outbound_receiver_control_id")
        ),
        sa.UniqueConstraint("receiver", "once", name=op.f("uq_hl7_outbound_receiver_once")),
    )
    op.create_index(
        "ix_hl7_outbound_ahead",
        "hl7_outbound",
        ["receiver", "patient_id", "seq"],
        unique=False,
        postgresql_where=sa.text("state IN ('waiting', 'dead')"),
    )
    op.create_index(
        op.f("ix_hl7_outbound_patient_id"), "hl7_outbound", ["patient_id"], unique=False
    )
    op.create_index("ix_hl7_outbound_settled", "hl7_outbound", ["settled_at"], unique=False)
    op.create_index("uq_hl7_outbound_seq", "hl7_outbound", ["seq"], unique=True)
    op.create_table(
        "hl7_order",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_hl7_order_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["medication_request.id"],
            name=op.f("fk_hl7_order_request_id_medication_request"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hl7_order")),
        sa.UniqueConstraint("request_id", name=op.f("uq_hl7_order_request_id")),
    )
    op.create_index(op.f("ix_hl7_order_patient_id"), "hl7_order", ["patient_id"], unique=False)
