"""Specimen checks: values that moved further than they may, for the laboratory to verify."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "specimen_check",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", sa.Uuid(), nullable=True),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column(
            "found",
            sa.Enum(
                "right",
                "mixed-up",
                "corrected",
                name="verified",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (found IS NULL)",
            name=op.f("ck_specimen_check_settled_has_a_finding"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_specimen_check_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["ward.id"], name=op.f("fk_specimen_check_ward_id_ward")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["diagnostic_report.id"],
            name=op.f("fk_specimen_check_report_id_diagnostic_report"),
        ),
        sa.ForeignKeyConstraint(
            ["settled_by"], ["app_user.id"], name=op.f("fk_specimen_check_settled_by_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_specimen_check")),
    )
    op.create_index(
        op.f("ix_specimen_check_patient_id"), "specimen_check", ["patient_id"], unique=False
    )
    op.create_index(
        op.f("ix_specimen_check_report_id"), "specimen_check", ["report_id"], unique=False
    )
    op.create_index(
        "ix_specimen_check_ward",
        "specimen_check",
        ["ward_id"],
        unique=False,
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_index(
        "uq_specimen_check_open",
        "specimen_check",
        ["report_id"],
        unique=True,
        postgresql_where=sa.text("settled_at IS NULL"),
    )
