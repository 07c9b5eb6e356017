"""Summaries of stays: drafted, signed, replaced."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "discharge_summary",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "signed",
                "replaced",
                name="summarystate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("amended_why", sa.LargeBinary(), nullable=True),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drafted_by", sa.Uuid(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by", sa.Uuid(), nullable=True),
        sa.Column("signed_as", sa.Text(), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("about", sa.LargeBinary(), nullable=True),
        sa.Column("clinical", sa.LargeBinary(), nullable=True),
        sa.Column("record", sa.LargeBinary(), nullable=True),
        sa.Column("medicines", sa.LargeBinary(), nullable=True),
        sa.Column("results", sa.LargeBinary(), nullable=True),
        sa.Column("coming", sa.LargeBinary(), nullable=True),
        sa.Column("paper", sa.LargeBinary(), nullable=True),
        sa.Column("paper_hash", sa.LargeBinary(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(state = 'draft') = (signed_at IS NULL)", name=op.f("ck_discharge_summary_signed")
        ),
        sa.CheckConstraint(
            "(state = 'replaced') = (replaced_at IS NOT NULL)",
            name=op.f("ck_discharge_summary_replaced"),
        ),
        sa.ForeignKeyConstraint(
            ["drafted_by"], ["app_user.id"], name=op.f("fk_discharge_summary_drafted_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["encounter_id"],
            ["encounter.id"],
            name=op.f("fk_discharge_summary_encounter_id_encounter"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_discharge_summary_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["signed_by"], ["app_user.id"], name=op.f("fk_discharge_summary_signed_by_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discharge_summary")),
        sa.UniqueConstraint(
            "encounter_id", "number", name=op.f("uq_discharge_summary_encounter_id_number")
        ),
        sa.UniqueConstraint("token_hash", name=op.f("uq_discharge_summary_token_hash")),
    )
    op.create_index(
        "ix_discharge_summary_chart",
        "discharge_summary",
        ["patient_id", "drafted_at"],
        unique=False,
    )
    op.create_index(
        "uq_discharge_summary_now",
        "discharge_summary",
        ["encounter_id", "state"],
        unique=True,
        postgresql_where=sa.text("state <> 'replaced'"),
    )
