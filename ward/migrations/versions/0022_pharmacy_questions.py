"""Pharmacy questions: what a pharmacist asks a prescriber about an order."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pharmacy_question",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("question", sa.LargeBinary(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answer IS NULL)",
            name=op.f("ck_pharmacy_question_answered"),
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["app_user.id"], name=op.f("fk_pharmacy_question_answered_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["app_user.id"], name=op.f("fk_pharmacy_question_asked_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_pharmacy_question_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["medication_request.id"],
            name=op.f("fk_pharmacy_question_request_id_medication_request"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pharmacy_question")),
    )
    op.create_index(
        op.f("ix_pharmacy_question_patient_id"), "pharmacy_question", ["patient_id"], unique=False
    )
    op.create_index(
        "uq_pharmacy_question_open",
        "pharmacy_question",
        ["request_id"],
        unique=True,
        postgresql_where=sa.text("answered_at IS NULL"),
    )
