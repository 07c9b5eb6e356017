"""Medications: orders, doses, administrations, infusions, overrides, what the house sets."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "order_template",
        sa.Column(
            "kind",
            sa.Enum(
                "set",
                "favourite",
                name="templatekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("orders", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'favourite') = (owner_id IS NOT NULL)", name=op.f("ck_order_template_owner")
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["app_user.id"], name=op.f("fk_order_template_made_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["app_user.id"], name=op.f("fk_order_template_owner_id_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_template")),
    )
    op.create_index(
        op.f("ix_order_template_owner_id"), "order_template", ["owner_id"], unique=False
    )
    op.create_index(
        "uq_order_template_name",
        "order_template",
        [
            "kind",
            sa.literal_column("coalesce(owner_id, '00000000-0000-0000-0000-000000000000'::uuid)"),
            "name",
        ],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "product",
        sa.Column("gtin", sa.Text(), nullable=False),
        sa.Column("generic", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("strength", sa.Numeric(), nullable=False),
        sa.Column(
            "unit",
            sa.Enum(
                "microgram",
                "mg",
                "g",
                "mL",
                "mmol",
                "units",
                "sachet",
                "microgram/min",
                "microgram/kg/min",
                "units/min",
                name="unit",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("routes", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("strength > 0", name=op.f("ck_product_strength")),
        sa.ForeignKeyConstraint(
            ["added_by"], ["app_user.id"], name=op.f("fk_product_added_by_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("gtin", name=op.f("uq_product_gtin")),
    )
    op.create_table(
        "rule_firing",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Text(), nullable=False),
        sa.Column(
            "tier",
            sa.Enum(
                "inline",
                "reason",
                "stop",
                name="tier",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "step",
            sa.Enum(
                "sign", "verify", name="step", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            sa.Enum(
                "shown",
                "overridden",
                "heeded",
                name="firingoutcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["app_user.id"], name=op.f("fk_rule_firing_by_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_firing")),
    )
    op.create_index("ix_rule_firing_rule", "rule_firing", ["rule", "at"], unique=False)
    op.create_table(
        "ward_medicines",
        sa.Column("ward_id", sa.Uuid(), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_by"], ["app_user.id"], name=op.f("fk_ward_medicines_set_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["ward.id"], name=op.f("fk_ward_medicines_ward_id_ward")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ward_medicines")),
        sa.UniqueConstraint("ward_id", name=op.f("uq_ward_medicines_ward_id")),
    )
    op.create_table(
        "medication_request",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "active",
                "on-hold",
                "completed",
                "stopped",
                "cancelled",
                "entered-in-error",
                name="requeststatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "regular",
                "as-required",
                "once",
                "infusion",
                name="orderkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "source",
            sa.Enum(
                "prescriber",
                "verbal",
                "pharmacy",
                "home",
                name="ordersource",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "priority",
            sa.Enum(
                "routine",
                "stat",
                name="requestpriority",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "timing",
            sa.Enum(
                "time-critical",
                "routine",
                name="criticaldose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("high_alert", sa.Boolean(), nullable=False),
        sa.Column("witnessed", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=False),
        sa.Column("set_id", sa.Uuid(), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stops_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("prescribed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prescribed_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_as", sa.Text(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Uuid(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_by", sa.Uuid(), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source_hash", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(status = 'on-hold') = (held_at IS NOT NULL)", name=op.f("ck_medication_request_held")
        ),
        sa.CheckConstraint(
            "(verified_at IS NULL) = (verified_by IS NULL)",
            name=op.f("ck_medication_request_verified"),
        ),
        sa.CheckConstraint(
            "stops_at > starts_at", name=op.f("ck_medication_request_stops_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["acknowledged_by"],
            ["app_user.id"],
            name=op.f("fk_medication_request_acknowledged_by_app_user"),
        ),
        sa.ForeignKeyConstraint(
            ["encounter_id"],
            ["encounter.id"],
            name=op.f("fk_medication_request_encounter_id_encounter"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_medication_request_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["prescribed_by"],
            ["app_user.id"],
            name=op.f("fk_medication_request_prescribed_by_app_user"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"],
            ["app_user.id"],
            name=op.f("fk_medication_request_recorded_by_app_user"),
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"],
            ["medication_request.id"],
            name=op.f("fk_medication_request_replaces_id_medication_request"),
        ),
        sa.ForeignKeyConstraint(
            ["verified_by"],
            ["app_user.id"],
            name=op.f("fk_medication_request_verified_by_app_user"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_medication_request")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_medication_request_replaces_id")),
        sa.UniqueConstraint("source_hash", name=op.f("uq_medication_request_source_hash")),
    )
    op.create_index(
        "ix_medication_request_chart", "medication_request", ["patient_id", "status"], unique=False
    )
    op.create_index(
        op.f("ix_medication_request_encounter_id"),
        "medication_request",
        ["encounter_id"],
        unique=False,
    )
    op.create_table(
        "medication_change",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column(
            "act",
            sa.Enum(
                "prescribe",
                "acknowledge",
                "verify",
                "change",
                "review",
                "hold",
                "lift",
                "renew",
                "stop",
                "cancel",
                "complete",
                name="act",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("by_role", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=True),
        sa.Column("to_review", sa.Boolean(), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by"], ["app_user.id"], name=op.f("fk_medication_change_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_medication_change_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["medication_request.id"],
            name=op.f("fk_medication_change_request_id_medication_request"),
        ),
        sa.ForeignKeyConstraint(
            ["reviewed_by"], ["app_user.id"], name=op.f("fk_medication_change_reviewed_by_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_medication_change")),
    )
    op.create_index(
        "ix_medication_change_history", "medication_change", ["request_id", "at"], unique=False
    )
    op.create_index(
        op.f("ix_medication_change_patient_id"), "medication_change", ["patient_id"], unique=False
    )
    op.create_table(
        "rule_override",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Text(), nullable=False),
        sa.Column(
            "tier",
            sa.Enum(
                "inline",
                "reason",
                "stop",
                name="tier",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "step",
            sa.Enum(
                "sign", "verify", name="step", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "reason",
            sa.Enum(
                "benefit-outweighs-risk",
                "monitored",
                "tolerated-before",
                "no-alternative",
                "specialist-advice",
                "short-course",
                "switching",
                "end-of-life",
                "emergency",
                "other",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("by_role", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["app_user.id"], name=op.f("fk_rule_override_by_app_user")),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_rule_override_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["medication_request.id"],
            name=op.f("fk_rule_override_request_id_medication_request"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_override")),
    )
    op.create_index(
        op.f("ix_rule_override_patient_id"), "rule_override", ["patient_id"], unique=False
    )
    op.create_index(
        op.f("ix_rule_override_request_id"), "rule_override", ["request_id"], unique=False
    )
    op.create_table(
        "scheduled_dose",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wall", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column(
            "clock_note",
            sa.Enum(
                "moved",
                "repeated",
                name="clocknote",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("amount", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "planned",
                "due",
                "overdue",
                "preparing",
                "held",
                "running",
                "paused",
                "given",
                "given_partial",
                "not_given",
                "missed",
                "stopped",
                "cancelled",
                "entered_in_error",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "status NOT IN ('due', 'overdue', 'missed', 'preparing', 'held')",
            name=op.f("ck_scheduled_dose_not_by_clock"),
        ),
        sa.CheckConstraint(
            "opens_at <= due_at AND due_at <= closes_at", name=op.f("ck_scheduled_dose_window")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_scheduled_dose_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["medication_request.id"],
            name=op.f("fk_scheduled_dose_request_id_medication_request"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheduled_dose")),
    )
    op.create_index(
        "ix_scheduled_dose_chart", "scheduled_dose", ["patient_id", "due_at"], unique=False
    )
    op.create_index(
        op.f("ix_scheduled_dose_request_id"), "scheduled_dose", ["request_id"], unique=False
    )
    op.create_index(
        "ix_scheduled_dose_untouched",
        "scheduled_dose",
        ["patient_id", "closes_at"],
        unique=False,
        postgresql_where=sa.text("status = 'planned'"),
    )
    op.create_index(
        "uq_scheduled_dose_once",
        "scheduled_dose",
        ["request_id", "due_at"],
        unique=True,
        postgresql_where=sa.text("status NOT IN ('entered_in_error', 'cancelled')"),
    )
    op.create_table(
        "dose_claim",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("dose_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("band_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("band_issue", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("until > since", name=op.f("ck_dose_claim_order")),
        sa.ForeignKeyConstraint(
            ["dose_id"], ["scheduled_dose.id"], name=op.f("fk_dose_claim_dose_id_scheduled_dose")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_dose_claim_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["medication_request.id"],
            name=op.f("fk_dose_claim_request_id_medication_request"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_dose_claim_user_id_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dose_claim")),
    )
    op.create_index(op.f("ix_dose_claim_dose_id"), "dose_claim", ["dose_id"], unique=False)
    op.create_index(op.f("ix_dose_claim_user_id"), "dose_claim", ["user_id"], unique=False)
    op.create_index(
        "uq_dose_claim_open",
        "dose_claim",
        ["patient_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "medication_administration",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("dose_id", sa.Uuid(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "planned",
                "due",
                "overdue",
                "preparing",
                "held",
                "running",
                "paused",
                "given",
                "given_partial",
                "not_given",
                "missed",
                "stopped",
                "cancelled",
                "entered_in_error",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "timing",
            sa.Enum(
                "early",
                "on_time",
                "late",
                name="timing",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_as", sa.Text(), nullable=False),
        sa.Column("witnessed_by", sa.Uuid(), nullable=True),
        sa.Column(
            "source",
            sa.Enum(
                "bedside",
                "paper",
                name="givensource",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "band",
            sa.Enum(
                "scanned",
                "damaged",
                "no-code",
                "emergency",
                "system",
                name="identified",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "pack",
            sa.Enum(
                "scanned",
                "damaged",
                "no-code",
                "emergency",
                "system",
                name="identified_pack",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("detail", sa.LargeBinary(), nullable=False),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_by", sa.Uuid(), nullable=True),
        sa.Column("void_reason", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "occurred_at <= recorded_at + interval '1 minute'",
            name=op.f("ck_medication_administration_not_ahead"),
        ),
        sa.CheckConstraint(
            "(voided_at IS NULL) = (voided_by IS NULL)",
            name=op.f("ck_medication_administration_voided"),
        ),
        sa.CheckConstraint(
            "witnessed_by <> recorded_by",
            name=op.f("ck_medication_administration_witness_is_another"),
        ),
        sa.ForeignKeyConstraint(
            ["dose_id"],
            ["scheduled_dose.id"],
            name=op.f("fk_medication_administration_dose_id_scheduled_dose"),
        ),
        sa.ForeignKeyConstraint(
            ["encounter_id"],
            ["encounter.id"],
            name=op.f("fk_medication_administration_encounter_id_encounter"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
            name=op.f("fk_medication_administration_patient_id_patient"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"],
            ["app_user.id"],
            name=op.f("fk_medication_administration_recorded_by_app_user"),
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"],
            ["medication_administration.id"],
            name=op.f("fk_medication_administration_replaces_id_medication_administration"),
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["medication_request.id"],
            name=op.f("fk_medication_administration_request_id_medication_request"),
        ),
        sa.ForeignKeyConstraint(
            ["voided_by"],
            ["app_user.id"],
            name=op.f("fk_medication_administration_voided_by_app_user"),
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["ward.id"], name=op.f("fk_medication_administration_ward_id_ward")
        ),
        sa.ForeignKeyConstraint(
            ["witnessed_by"],
            ["app_user.id"],
            name=op.f("fk_medication_administration_witnessed_by_app_user"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_medication_administration")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_medication_administration_replaces_id")),
    )
    op.create_index(
        "ix_medication_administration_chart",
        "medication_administration",
        ["patient_id", "occurred_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_medication_administration_encounter_id"),
        "medication_administration",
        ["encounter_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_medication_administration_request_id"),
        "medication_administration",
        ["request_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_medication_administration_ward_id"),
        "medication_administration",
        ["ward_id"],
        unique=False,
    )
    op.create_index(
        "uq_medication_administration_dose",
        "medication_administration",
        ["dose_id"],
        unique=True,
        postgresql_where=sa.text("dose_id IS NOT NULL AND voided_at IS NULL"),
    )
    op.create_table(
        "infusion_step",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("administration_id", sa.Uuid(), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "start",
                "rate",
                "bag",
                "pause",
                "resume",
                "complete",
                "stop",
                name="pumpstep",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("witnessed_by", sa.Uuid(), nullable=True),
        sa.Column("pumped", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["administration_id"],
            ["medication_administration.id"],
            name=op.f("fk_infusion_step_administration_id_medication_administration"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_infusion_step_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["app_user.id"], name=op.f("fk_infusion_step_recorded_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["witnessed_by"], ["app_user.id"], name=op.f("fk_infusion_step_witnessed_by_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_infusion_step")),
    )
    op.create_index(
        op.f("ix_infusion_step_patient_id"), "infusion_step", ["patient_id"], unique=False
    )
    op.create_index(
        "ix_infusion_step_run", "infusion_step", ["administration_id", "at"], unique=False
    )
    op.create_table(
        "ingredient_lockout",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("administration_id", sa.Uuid(), nullable=False),
        sa.Column("ingredient", sa.Uuid(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("uuidrange(ingredient, ingredient, '[]')"), "&&"),
            (sa.column("during"), "&&"),
            where=sa.text("ended_at IS NULL AND reason IS NULL"),
            using="gist",
            name="ex_ingredient_lockout_during",
        ),
        sa.ForeignKeyConstraint(
            ["administration_id"],
            ["medication_administration.id"],
            name=op.f("fk_ingredient_lockout_administration_id_medication_administration"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_ingredient_lockout_patient_id_patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ingredient_lockout")),
    )
    op.create_index(
        op.f("ix_ingredient_lockout_administration_id"),
        "ingredient_lockout",
        ["administration_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_ingredient_lockout_patient_id"), "ingredient_lockout", ["patient_id"], unique=False
    )
