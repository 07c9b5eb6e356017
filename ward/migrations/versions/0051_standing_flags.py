"""Flags: what stands about a patient, and what was decided about resuscitation."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "resuscitation_decision",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("encounter_id", sa.Uuid(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "attempt",
                "not-attempt",
                name="resuscitation",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column(
            "decided_as",
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
            nullable=True,
        ),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_by", sa.Uuid(), nullable=True),
        sa.Column("void_reason", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["app_user.id"],
            name=op.f("fk_resuscitation_decision_decided_by_app_user"),
        ),
        sa.ForeignKeyConstraint(
            ["encounter_id"],
            ["encounter.id"],
            name=op.f("fk_resuscitation_decision_encounter_id_encounter"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
            name=op.f("fk_resuscitation_decision_patient_id_patient"),
        ),
        sa.ForeignKeyConstraint(
            ["voided_by"],
            ["app_user.id"],
            name=op.f("fk_resuscitation_decision_voided_by_app_user"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resuscitation_decision")),
    )
    op.create_index(
        "ix_resuscitation_decision_patient", "resuscitation_decision", ["patient_id"], unique=False
    )
    op.create_index(
        "uq_resuscitation_decision_now",
        "resuscitation_decision",
        ["patient_id"],
        unique=True,
        postgresql_where=sa.text("replaced_at IS NULL AND voided_at IS NULL"),
    )
    op.create_table(
        "standing_flag",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("encounter_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "falls",
                "nil-by-mouth",
                "pressure-area",
                "language",
                "safeguarding",
                name="flagkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column(
            "ending",
            sa.Enum(
                "no-longer",
                "changed",
                "time",
                "entered-in-error",
                name="ending",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("end_reason", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ending IS NULL)", name=op.f("ck_standing_flag_ended")
        ),
        sa.ForeignKeyConstraint(
            ["encounter_id"], ["encounter.id"], name=op.f("fk_standing_flag_encounter_id_encounter")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["app_user.id"], name=op.f("fk_standing_flag_ended_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_standing_flag_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"],
            ["standing_flag.id"],
            name=op.f("fk_standing_flag_replaces_id_standing_flag"),
        ),
        sa.ForeignKeyConstraint(
            ["set_by"], ["app_user.id"], name=op.f("fk_standing_flag_set_by_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_flag")),
    )
    op.create_index("ix_standing_flag_patient", "standing_flag", ["patient_id"], unique=False)
    op.create_index(
        "uq_standing_flag_now",
        "standing_flag",
        ["patient_id", "kind", "encounter_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
