"""Vitals: sets of observations, plans and fluids."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fluid_entry",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_as", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "oral",
                "intravenous",
                "tube-feed",
                "blood",
                "other-in",
                "urine",
                "drain",
                "vomit",
                "stool",
                "other-out",
                name="fluid",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["encounter_id"], ["encounter.id"], name=op.f("fk_fluid_entry_encounter_id_encounter")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_fluid_entry_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["app_user.id"], name=op.f("fk_fluid_entry_recorded_by_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fluid_entry")),
    )
    op.create_index("ix_fluid_entry_chart", "fluid_entry", ["patient_id", "at"], unique=False)
    op.create_index(
        op.f("ix_fluid_entry_encounter_id"), "fluid_entry", ["encounter_id"], unique=False
    )
    op.create_table(
        "observation_set",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", sa.Uuid(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_as", sa.Text(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "bedside",
                "monitor",
                "paper",
                name="setsource",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("monitor", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "preliminary",
                "final",
                "corrected",
                "entered-in-error",
                name="setstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "scored",
            sa.Enum(
                "complete",
                "incomplete",
                "not-applicable",
                name="scored",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "band",
            sa.Enum(
                "low",
                "low-medium",
                "medium",
                "high",
                name="band",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "urgency",
            sa.Enum(
                "low",
                "low-medium",
                "medium",
                "high",
                name="urgency",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("scale", sa.BigInteger(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("readings", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(scored = 'complete') = (band IS NOT NULL)",
            name=op.f("ck_observation_set_band_is_complete"),
        ),
        sa.CheckConstraint(
            "taken_at <= recorded_at + interval '1 minute'",
            name=op.f("ck_observation_set_not_ahead"),
        ),
        sa.CheckConstraint("scale IN (1, 2)", name=op.f("ck_observation_set_scale")),
        sa.ForeignKeyConstraint(
            ["encounter_id"],
            ["encounter.id"],
            name=op.f("fk_observation_set_encounter_id_encounter"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_observation_set_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["app_user.id"], name=op.f("fk_observation_set_recorded_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"],
            ["observation_set.id"],
            name=op.f("fk_observation_set_replaces_id_observation_set"),
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["ward.id"], name=op.f("fk_observation_set_ward_id_ward")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observation_set")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_observation_set_replaces_id")),
    )
    op.create_index(
        "ix_observation_set_chart", "observation_set", ["patient_id", "taken_at"], unique=False
    )
    op.create_index(
        op.f("ix_observation_set_encounter_id"), "observation_set", ["encounter_id"], unique=False
    )
    op.create_index(
        "uq_observation_set_minute",
        "observation_set",
        ["patient_id", "taken_at"],
        unique=True,
        postgresql_where=sa.text("state = 'final'"),
    )
    op.create_table(
        "observation_plan",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("scale", sa.BigInteger(), nullable=False),
        sa.Column("scale_by", sa.Uuid(), nullable=True),
        sa.Column("scale_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scale_reason", sa.LargeBinary(), nullable=True),
        sa.Column("every_minutes", sa.BigInteger(), nullable=True),
        sa.Column("last_id", sa.Uuid(), nullable=True),
        sa.Column("before_id", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(due_at IS NULL) = (overdue_at IS NULL)", name=op.f("ck_observation_plan_due_is_both")
        ),
        sa.CheckConstraint("every_minutes > 0", name=op.f("ck_observation_plan_every_is_positive")),
        sa.CheckConstraint("overdue_at >= due_at", name=op.f("ck_observation_plan_order")),
        sa.CheckConstraint("scale IN (1, 2)", name=op.f("ck_observation_plan_scale")),
        sa.ForeignKeyConstraint(
            ["before_id"],
            ["observation_set.id"],
            name=op.f("fk_observation_plan_before_id_observation_set"),
        ),
        sa.ForeignKeyConstraint(
            ["encounter_id"],
            ["encounter.id"],
            name=op.f("fk_observation_plan_encounter_id_encounter"),
        ),
        sa.ForeignKeyConstraint(
            ["last_id"],
            ["observation_set.id"],
            name=op.f("fk_observation_plan_last_id_observation_set"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_observation_plan_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["scale_by"], ["app_user.id"], name=op.f("fk_observation_plan_scale_by_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observation_plan")),
        sa.UniqueConstraint("patient_id", name=op.f("uq_observation_plan_patient_id")),
    )
    op.create_index(
        op.f("ix_observation_plan_encounter_id"), "observation_plan", ["encounter_id"], unique=False
    )
