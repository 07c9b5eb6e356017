"""Papers for a pharmacy outside, and medicines from home."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "home_list",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "recorded",
                "none-taken",
                name="liststate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["app_user.id"], name=op.f("fk_home_list_asked_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["encounter_id"], ["encounter.id"], name=op.f("fk_home_list_encounter_id_encounter")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_home_list_patient_id_patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_list")),
        sa.UniqueConstraint("encounter_id", name=op.f("uq_home_list_encounter_id")),
    )
    op.create_index(op.f("ix_home_list_patient_id"), "home_list", ["patient_id"], unique=False)
    op.create_table(
        "home_medicine",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "patient",
                "carer",
                "own-packs",
                "practice",
                "pharmacy",
                "letter",
                name="homesource",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("detail", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_by", sa.Uuid(), nullable=True),
        sa.Column("void_reason", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(voided_at IS NULL) = (voided_by IS NULL)", name=op.f("ck_home_medicine_voided")
        ),
        sa.ForeignKeyConstraint(
            ["encounter_id"], ["encounter.id"], name=op.f("fk_home_medicine_encounter_id_encounter")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_home_medicine_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["app_user.id"], name=op.f("fk_home_medicine_recorded_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["voided_by"], ["app_user.id"], name=op.f("fk_home_medicine_voided_by_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_medicine")),
    )
    op.create_index(
        op.f("ix_home_medicine_encounter_id"), "home_medicine", ["encounter_id"], unique=False
    )
    op.create_index(
        "ix_home_medicine_list", "home_medicine", ["patient_id", "encounter_id"], unique=False
    )
    op.create_table(
        "prescription",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=False),
        sa.Column("issued_as", sa.Text(), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("supplies", sa.LargeBinary(), nullable=False),
        sa.Column("paper", sa.LargeBinary(), nullable=False),
        sa.Column("paper_hash", sa.LargeBinary(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("dispensed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dispensed_by", sa.Uuid(), nullable=True),
        sa.Column("dispensed_where", sa.LargeBinary(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.Uuid(), nullable=True),
        sa.Column("cancel_reason", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "dispensed_at IS NULL OR cancelled_at IS NULL", name=op.f("ck_prescription_one_end")
        ),
        sa.CheckConstraint(
            "valid_until > issued_at", name=op.f("ck_prescription_valid_after_issue")
        ),
        sa.ForeignKeyConstraint(
            ["cancelled_by"], ["app_user.id"], name=op.f("fk_prescription_cancelled_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["dispensed_by"], ["app_user.id"], name=op.f("fk_prescription_dispensed_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["encounter_id"], ["encounter.id"], name=op.f("fk_prescription_encounter_id_encounter")
        ),
        sa.ForeignKeyConstraint(
            ["issued_by"], ["app_user.id"], name=op.f("fk_prescription_issued_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_prescription_patient_id_patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prescription")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_prescription_token_hash")),
    )
    op.create_index(
        "ix_prescription_chart", "prescription", ["patient_id", "issued_at"], unique=False
    )
    op.create_index(
        op.f("ix_prescription_encounter_id"), "prescription", ["encounter_id"], unique=False
    )
    op.create_table(
        "home_decision",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("home_medicine_id", sa.Uuid(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "admission",
                "transfer",
                "discharge",
                name="stage",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "decision",
            sa.Enum(
                "continue",
                "change",
                "stop",
                "pause",
                name="decision",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["app_user.id"], name=op.f("fk_home_decision_decided_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["home_medicine_id"],
            ["home_medicine.id"],
            name=op.f("fk_home_decision_home_medicine_id_home_medicine"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_home_decision_patient_id_patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_decision")),
    )
    op.create_index(
        op.f("ix_home_decision_patient_id"), "home_decision", ["patient_id"], unique=False
    )
    op.create_index(
        "uq_home_decision_now",
        "home_decision",
        ["home_medicine_id", "stage"],
        unique=True,
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
