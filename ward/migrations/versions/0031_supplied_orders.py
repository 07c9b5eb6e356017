"""Supplied orders: which orders stand on a paper that is out; one order on one paper."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "supplied_order",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("prescription_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("uuidrange(request_id, request_id, '[]')"), "&&"),
            (sa.column("during"), "&&"),
            where=sa.text("ended_at IS NULL"),
            using="gist",
            name="ex_supplied_order_once",
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_supplied_order_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["prescription_id"],
            ["prescription.id"],
            name=op.f("fk_supplied_order_prescription_id_prescription"),
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["medication_request.id"],
            name=op.f("fk_supplied_order_request_id_medication_request"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplied_order")),
    )
    for column in ("patient_id", "prescription_id"):
        name = op.f(f"ix_supplied_order_{column}")
        op.create_index(name, "supplied_order", [column], unique=False)
