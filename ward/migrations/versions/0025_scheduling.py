"""Scheduling: clinics, appointments, holds, the waiting list, tickets, reminders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


# Why a person may see a patient (domain/access.py Relation): 0018's reasons, a clinic's, one's own.
EXPLAINS = """
CREATE OR REPLACE VIEW explains AS
WITH standing AS NOT MATERIALIZED (
    SELECT id, user_id, role, branch_id, ward_id, until FROM user_grant
    WHERE revoked_at IS NULL AND since <= now() AND (until IS NULL OR until > now())
)
SELECT g.id AS grant_id, g.user_id, p.id AS patient_id, 'ward'::text AS code, g.until
FROM standing g JOIN ward w ON w.branch_id = g.branch_id AND (g.ward_id IS NULL OR g.ward_id = w.id)
    JOIN patient p ON p.ward_id = w.id
WHERE g.role IN ('nurse', 'charge', 'doctor', 'pharmacist')
UNION ALL
SELECT g.id, g.user_id, p.id, 'admission', g.until
FROM standing g CROSS JOIN patient p
WHERE g.role IN ('nurse', 'charge', 'doctor') AND p.ward_id IS NULL
UNION ALL
SELECT g.id, g.user_id, p.id, 'clerk', g.until
FROM standing g CROSS JOIN patient p
WHERE g.role IN ('reception', 'admin')
UNION ALL
SELECT g.id, g.user_id, p.id, 'oversight', g.until
FROM standing g CROSS JOIN patient p
WHERE g.role = 'privacy'
UNION ALL
SELECT g.id, g.user_id, s.patient_id, 'recent', least(g.until, s.ended_at + interval '24 hours')
FROM standing g JOIN ward w ON w.branch_id = g.branch_id AND (g.ward_id IS NULL OR g.ward_id = w.id)
    JOIN stay s ON s.ward_id = w.id
WHERE g.role IN ('nurse', 'charge', 'doctor', 'pharmacist')
    AND s.voided_at IS NULL AND s.ended_at > now() - interval '24 hours'
UNION ALL
SELECT g.id, g.user_id, m.patient_id, 'coming', g.until
FROM standing g JOIN ward w ON w.branch_id = g.branch_id AND (g.ward_id IS NULL OR g.ward_id = w.id)
    JOIN move_request m ON m.to_ward_id = w.id
WHERE g.role IN ('nurse', 'charge', 'doctor', 'pharmacist') AND m.status IN ('requested', 'accepted')
UNION ALL
SELECT g.id, g.user_id, p.id, 'lab', g.until
FROM standing g CROSS JOIN patient p
WHERE g.role = 'lab' AND (
    EXISTS (SELECT FROM service_request r WHERE r.patient_id = p.id)
    OR EXISTS (SELECT FROM diagnostic_report d WHERE d.patient_id = p.id)
)
UNION ALL
SELECT g.id, g.user_id, a.patient_id, 'appointment', least(g.until, a.starts_at + interval '7 days')
FROM standing g JOIN ward w ON w.branch_id = g.branch_id AND (g.ward_id IS NULL OR g.ward_id = w.id)
    JOIN appointment a ON a.ward_id = w.id
WHERE g.role IN ('nurse', 'charge', 'doctor', 'pharmacist')
    AND a.status IN ('booked', 'arrived', 'checked-in', 'fulfilled')
    AND a.starts_at > now() - interval '7 days' AND a.starts_at < now() + interval '7 days'
UNION ALL
SELECT g.id, g.user_id, o.patient_id, 'own', g.until
FROM standing g JOIN patient_account o ON o.user_id = g.user_id
WHERE g.role = 'patient' AND o.ended_at IS NULL
"""


def upgrade() -> None:
    op.create_table(
        "hold",
        sa.Column("ward_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_hold_length")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_hold_user_id_app_user")
        ),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_hold_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    op.create_index(
        "ix_hold_standing",
        "hold",
        ["ward_id", "until"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_hold_user",
        "hold",
        ["user_id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "resource",
        sa.Column("ward_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "clinician",
                "room",
                "device",
                "clinic",
                name="resourcekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("label", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("capacity", sa.BigInteger(), nullable=False),
        sa.Column("overbook_most", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("capacity BETWEEN 1 AND 50", name=op.f("ck_resource_capacity")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_resource_user_id_app_user")
        ),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_resource_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource")),
    )
    op.create_index(
        "uq_resource_user",
        "resource",
        ["user_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL AND user_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_resource_ward_id"), "resource", ["ward_id"], unique=False)
    op.create_table(
        "visit_type",
        sa.Column("ward_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "CHECKUP",
                "EMERGENCY",
                "FOLLOWUP",
                "ROUTINE",
                "WALKIN",
                name="appointmenttype",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("before_minutes", sa.BigInteger(), nullable=False),
        sa.Column("after_minutes", sa.BigInteger(), nullable=False),
        sa.Column("remote", sa.Boolean(), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "before_minutes BETWEEN 0 AND 120 AND after_minutes BETWEEN 0 AND 120",
            name=op.f("ck_visit_type_buffers"),
        ),
        sa.CheckConstraint("minutes BETWEEN 5 AND 720", name=op.f("ck_visit_type_minutes")),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_visit_type_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_type")),
        sa.UniqueConstraint("ward_id", "label", name=op.f("uq_visit_type_ward_id_label")),
    )
    op.create_index(op.f("ix_visit_type_ward_id"), "visit_type", ["ward_id"], unique=False)
    op.create_table(
        "appointment_series",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", sa.Uuid(), nullable=False),
        sa.Column("visit_type_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("wall", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["made_by"], ["app_user.id"], name=op.f("fk_appointment_series_made_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_appointment_series_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["visit_type_id"],
            ["visit_type.id"],
            name=op.f("fk_appointment_series_visit_type_id_visit_type"),
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["ward.id"], name=op.f("fk_appointment_series_ward_id_ward")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment_series")),
    )
    op.create_index(
        op.f("ix_appointment_series_patient_id"), "appointment_series", ["patient_id"], unique=False
    )
    op.create_index(
        op.f("ix_appointment_series_ward_id"), "appointment_series", ["ward_id"], unique=False
    )
    op.create_table(
        "calendar_feed",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(resource_id, patient_id) = 1", name=op.f("ck_calendar_feed_one_owner")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_calendar_feed_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resource.id"], name=op.f("fk_calendar_feed_resource_id_resource")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_calendar_feed_user_id_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
    )
    op.create_index(
        op.f("ix_calendar_feed_patient_id"), "calendar_feed", ["patient_id"], unique=False
    )
    op.create_index(
        op.f("ix_calendar_feed_resource_id"), "calendar_feed", ["resource_id"], unique=False
    )
    op.create_index(op.f("ix_calendar_feed_user_id"), "calendar_feed", ["user_id"], unique=False)
    op.create_table(
        "clinic_hours",
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "open",
                "break",
                name="hourskind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("weekday", sa.BigInteger(), nullable=True),
        sa.Column("on_day", sa.Date(), nullable=True),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("closes > opens", name=op.f("ck_clinic_hours_order")),
        sa.CheckConstraint(
            "num_nonnulls(weekday, on_day) = 1", name=op.f("ck_clinic_hours_weekly_or_once")
        ),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_clinic_hours_weekday")),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resource.id"], name=op.f("fk_clinic_hours_resource_id_resource")
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["ward.id"], name=op.f("fk_clinic_hours_ward_id_ward")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic_hours")),
    )
    op.create_index(
        "ix_clinic_hours_standing",
        "clinic_hours",
        ["resource_id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(op.f("ix_clinic_hours_ward_id"), "clinic_hours", ["ward_id"], unique=False)
    op.create_table(
        "closure",
        sa.Column("ward_id", sa.Uuid(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=True),
        sa.Column(
            "why",
            sa.Enum(
                "holiday",
                "leave",
                "sick",
                "meeting",
                "maintenance",
                "other",
                "break",
                name="why",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_closure_length")),
        sa.ForeignKeyConstraint(
            ["made_by"], ["app_user.id"], name=op.f("fk_closure_made_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resource.id"], name=op.f("fk_closure_resource_id_resource")
        ),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_closure_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
    )
    op.create_index(op.f("ix_closure_resource_id"), "closure", ["resource_id"], unique=False)
    op.create_index(
        "ix_closure_standing",
        "closure",
        ["ward_id", "ends_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "patient_account",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_patient_account_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_patient_account_user_id_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_account")),
        sa.UniqueConstraint("user_id", name=op.f("uq_patient_account_user_id")),
    )
    op.create_index(
        op.f("ix_patient_account_patient_id"), "patient_account", ["patient_id"], unique=False
    )
    op.create_table(
        "visit_need",
        sa.Column("visit_type_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "clinician",
                "room",
                "device",
                "clinic",
                name="resourcekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("resource_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resource.id"], name=op.f("fk_visit_need_resource_id_resource")
        ),
        sa.ForeignKeyConstraint(
            ["visit_type_id"],
            ["visit_type.id"],
            name=op.f("fk_visit_need_visit_type_id_visit_type"),
        ),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_visit_need_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_need")),
    )
    op.create_index(op.f("ix_visit_need_resource_id"), "visit_need", ["resource_id"], unique=False)
    op.create_index(
        op.f("ix_visit_need_visit_type_id"), "visit_need", ["visit_type_id"], unique=False
    )
    op.create_index(op.f("ix_visit_need_ward_id"), "visit_need", ["ward_id"], unique=False)
    op.create_table(
        "appointment",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", sa.Uuid(), nullable=False),
        sa.Column("visit_type_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "proposed",
                "pending",
                "booked",
                "arrived",
                "fulfilled",
                "cancelled",
                "noshow",
                "entered-in-error",
                "checked-in",
                "waitlist",
                name="appointmentstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wall", sa.Text(), nullable=False),
        sa.Column("fold", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=False),
        sa.Column("overbooked", sa.Boolean(), nullable=False),
        sa.Column("overbook_reason", sa.LargeBinary(), nullable=True),
        sa.Column("series_id", sa.Uuid(), nullable=True),
        sa.Column("original_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column(
            "cancel_reason",
            sa.Enum(
                "pat",
                "pat-crs",
                "pat-cpp",
                "pat-dec",
                "pat-fb",
                "pat-lt",
                "pat-mv",
                "pat-swl",
                "prov",
                "prov-pers",
                "prov-hosp",
                "maint",
                "meds-inc",
                "other",
                "oth-err",
                "oth-room",
                "oth-weath",
                name="cancellationreason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booked_by", sa.Uuid(), nullable=True),
        sa.Column("booked_as", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_hash", sa.LargeBinary(), nullable=True),
        sa.Column("source_seen", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("uuidrange(patient_id, patient_id, '[]')"), "&&"),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            where=sa.text(
                "status IN ('pending', 'booked', 'arrived', 'checked-in', 'fulfilled') AND NOT overbooked"
            ),
            using="gist",
            name="ex_appointment_patient",
        ),
        sa.CheckConstraint(
            "CASE status WHEN 'cancelled' THEN cancel_reason IS NOT NULL WHEN 'noshow' THEN true ELSE cancel_reason IS NULL END",
            name=op.f("ck_appointment_cancelled_has_a_reason"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('arrived', 'checked-in') OR arrived_at IS NOT NULL",
            name=op.f("ck_appointment_arrived_has_a_time"),
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_appointment_length")),
        sa.ForeignKeyConstraint(
            ["booked_by"], ["app_user.id"], name=op.f("fk_appointment_booked_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_appointment_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["appointment.id"], name=op.f("fk_appointment_replaces_id_appointment")
        ),
        sa.ForeignKeyConstraint(
            ["series_id"],
            ["appointment_series.id"],
            name=op.f("fk_appointment_series_id_appointment_series"),
        ),
        sa.ForeignKeyConstraint(
            ["visit_type_id"],
            ["visit_type.id"],
            name=op.f("fk_appointment_visit_type_id_visit_type"),
        ),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_appointment_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
        sa.UniqueConstraint("source_hash", name=op.f("uq_appointment_source_hash")),
    )
    op.create_index("ix_appointment_day", "appointment", ["ward_id", "starts_at"], unique=False)
    op.create_index(
        "ix_appointment_patient", "appointment", ["patient_id", "starts_at"], unique=False
    )
    op.create_index(
        op.f("ix_appointment_replaces_id"), "appointment", ["replaces_id"], unique=False
    )
    op.create_index(
        op.f("ix_appointment_visit_type_id"), "appointment", ["visit_type_id"], unique=False
    )
    op.create_index(
        "uq_appointment_series", "appointment", ["series_id", "original_start"], unique=True
    )
    op.create_table(
        "appointment_history",
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "requested",
                "booked",
                "confirmed",
                "rescheduled",
                "amended",
                "overbooked",
                "arrived",
                "checked-in",
                "seen",
                "left",
                "no-show",
                "cancelled",
                "undone",
                "entered-in-error",
                name="appointmentstep",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("was_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_appointment_history_appointment_id_appointment"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_appointment_history_patient_id_patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment_history")),
    )
    op.create_index(
        "ix_appointment_history", "appointment_history", ["appointment_id", "at"], unique=False
    )
    op.create_index(
        op.f("ix_appointment_history_patient_id"),
        "appointment_history",
        ["patient_id"],
        unique=False,
    )
    op.create_table(
        "check_in_code",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_check_in_code_appointment_id_appointment"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_check_in_code_patient_id_patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in_code")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_check_in_code_token_hash")),
    )
    op.create_index(
        op.f("ix_check_in_code_appointment_id"), "check_in_code", ["appointment_id"], unique=False
    )
    op.create_index(
        op.f("ix_check_in_code_patient_id"), "check_in_code", ["patient_id"], unique=False
    )
    op.create_table(
        "reminder",
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "email", "sms", name="channel", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("minutes_before", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "planned",
                "sending",
                "sent",
                "failed",
                "dropped",
                "in-doubt",
                name="reminderstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "status <> 'sent' OR sent_at IS NOT NULL", name=op.f("ck_reminder_sent_at_a_time")
        ),
        sa.CheckConstraint("minutes_before >= 0", name=op.f("ck_reminder_before")),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_reminder_appointment_id_appointment"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_reminder_patient_id_patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint(
            "appointment_id", "starts_at", "channel", "minutes_before", name="uq_reminder_once"
        ),
    )
    op.create_index(
        "ix_reminder_due",
        "reminder",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("status = 'planned'"),
    )
    op.create_index(op.f("ix_reminder_patient_id"), "reminder", ["patient_id"], unique=False)
    op.create_table(
        "reservation",
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("hold_id", sa.Uuid(), nullable=True),
        sa.Column("lane", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("overbooked", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("uuidrange(resource_id, resource_id, '[]')"), "&&"),
            (sa.text("int8range(lane, lane, '[]')"), "&&"),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            where=sa.text("ended_at IS NULL AND NOT overbooked"),
            using="gist",
            name="ex_reservation",
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_reservation_length")),
        sa.CheckConstraint(
            "num_nonnulls(appointment_id, hold_id) = 1", name=op.f("ck_reservation_one_taker")
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_reservation_appointment_id_appointment"),
        ),
        sa.ForeignKeyConstraint(["hold_id"], ["hold.id"], name=op.f("fk_reservation_hold_id_hold")),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resource.id"], name=op.f("fk_reservation_resource_id_resource")
        ),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_reservation_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation")),
    )
    op.create_index("ix_reservation_appointment", "reservation", ["appointment_id"], unique=False)
    op.create_index("ix_reservation_day", "reservation", ["resource_id", "starts_at"], unique=False)
    op.create_index("ix_reservation_hold", "reservation", ["hold_id"], unique=False)
    op.create_table(
        "ticket",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "called",
                "in-room",
                "done",
                "left",
                name="ticketstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("walked_in", sa.Boolean(), nullable=False),
        sa.Column("waits_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("room_id", sa.Uuid(), nullable=True),
        sa.Column("in_room_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('done', 'left')) = (ended_at IS NOT NULL)",
            name=op.f("ck_ticket_ended_at_a_time"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('called', 'in-room') OR called_at IS NOT NULL",
            name=op.f("ck_ticket_called_at_a_time"),
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_ticket_appointment_id_appointment"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_ticket_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["resource.id"], name=op.f("fk_ticket_room_id_resource")
        ),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_ticket_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("appointment_id", name=op.f("uq_ticket_appointment_id")),
        sa.UniqueConstraint(
            "ward_id", "on_day", "number", name=op.f("uq_ticket_ward_id_on_day_number")
        ),
    )
    op.create_index("ix_ticket_day", "ticket", ["ward_id", "on_day"], unique=False)
    op.create_index(op.f("ix_ticket_patient_id"), "ticket", ["patient_id"], unique=False)
    op.create_index(
        "uq_ticket_open",
        "ticket",
        ["patient_id", "ward_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('waiting', 'called', 'in-room')"),
    )
    op.create_table(
        "waitlist_entry",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", sa.Uuid(), nullable=False),
        sa.Column("visit_type_id", sa.Uuid(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=True),
        sa.Column("has_id", sa.Uuid(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "waiting",
                "offered",
                "booked",
                "withdrawn",
                name="waitstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "priority",
            sa.Enum(
                "urgent",
                "soon",
                "routine",
                name="priority",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("target_on", sa.Date(), nullable=True),
        sa.Column("not_before", sa.Date(), nullable=True),
        sa.Column("not_after", sa.Date(), nullable=True),
        sa.Column("weekdays", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("notice_hours", sa.BigInteger(), nullable=False),
        sa.Column("wish", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["has_id"], ["appointment.id"], name=op.f("fk_waitlist_entry_has_id_appointment")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_waitlist_entry_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resource.id"], name=op.f("fk_waitlist_entry_resource_id_resource")
        ),
        sa.ForeignKeyConstraint(
            ["visit_type_id"],
            ["visit_type.id"],
            name=op.f("fk_waitlist_entry_visit_type_id_visit_type"),
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["ward.id"], name=op.f("fk_waitlist_entry_ward_id_ward")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitlist_entry")),
    )
    op.create_index(
        "ix_waitlist_entry_open",
        "waitlist_entry",
        ["ward_id"],
        unique=False,
        postgresql_where=sa.text("status IN ('waiting', 'offered')"),
    )
    op.create_index(
        op.f("ix_waitlist_entry_patient_id"), "waitlist_entry", ["patient_id"], unique=False
    )
    op.create_index(
        "uq_waitlist_entry_open",
        "waitlist_entry",
        ["patient_id", "visit_type_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('waiting', 'offered')"),
    )
    op.create_table(
        "waitlist_offer",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "accepted",
                "declined",
                "expired",
                "withdrawn",
                name="offerstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(status = 'open') = (answered_at IS NULL)",
            name=op.f("ck_waitlist_offer_answered_at_a_time"),
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_waitlist_offer_appointment_id_appointment"),
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["waitlist_entry.id"],
            name=op.f("fk_waitlist_offer_entry_id_waitlist_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["hold_id"], ["hold.id"], name=op.f("fk_waitlist_offer_hold_id_hold")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_waitlist_offer_patient_id_patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitlist_offer")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_waitlist_offer_hold_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_waitlist_offer_token_hash")),
    )
    op.create_index(
        op.f("ix_waitlist_offer_entry_id"), "waitlist_offer", ["entry_id"], unique=False
    )
    op.create_index(
        op.f("ix_waitlist_offer_patient_id"), "waitlist_offer", ["patient_id"], unique=False
    )
    op.create_index(
        "uq_waitlist_offer_open",
        "waitlist_offer",
        ["entry_id"],
        unique=True,
        postgresql_where=sa.text("status = 'open'"),
    )

    op.execute(EXPLAINS)
