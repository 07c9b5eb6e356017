"""Labs: orders, specimens, reports, results, who has seen them."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


# Why a person may see a patient (domain/access.py Relation): 0003's reasons, and the laboratory's.
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
"""


def upgrade() -> None:
    op.execute("CREATE SEQUENCE lab_number START 100001")
    op.create_table(
        "result_cover",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("cover_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("until > since", name=op.f("ck_result_cover_order")),
        sa.CheckConstraint("user_id <> cover_id", name=op.f("ck_result_cover_another")),
        sa.ForeignKeyConstraint(
            ["cover_id"], ["app_user.id"], name=op.f("fk_result_cover_cover_id_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_result_cover_user_id_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_cover")),
    )
    op.create_index(op.f("ix_result_cover_cover_id"), "result_cover", ["cover_id"], unique=False)
    op.create_index(op.f("ix_result_cover_user_id"), "result_cover", ["user_id"], unique=False)
    op.create_table(
        "service_request",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "active",
                "completed",
                "revoked",
                "entered-in-error",
                name="requeststatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "urgency",
            sa.Enum(
                "routine",
                "urgent",
                "stat",
                name="urgency",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("detail", sa.LargeBinary(), nullable=False),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ordered_by", sa.Uuid(), nullable=True),
        sa.Column("ordered_as", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["encounter_id"],
            ["encounter.id"],
            name=op.f("fk_service_request_encounter_id_encounter"),
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["app_user.id"], name=op.f("fk_service_request_ended_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["ordered_by"], ["app_user.id"], name=op.f("fk_service_request_ordered_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_service_request_patient_id_patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_request")),
        sa.UniqueConstraint("number", name=op.f("uq_service_request_number")),
    )
    op.create_index(
        "ix_service_request_chart", "service_request", ["patient_id", "ordered_at"], unique=False
    )
    op.create_index(
        op.f("ix_service_request_encounter_id"), "service_request", ["encounter_id"], unique=False
    )
    op.create_index(
        op.f("ix_service_request_ordered_by"), "service_request", ["ordered_by"], unique=False
    )
    op.create_table(
        "diagnostic_report",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("encounter_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("filler_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "partial",
                "preliminary",
                "final",
                "corrected",
                "cancelled",
                "entered-in-error",
                name="reportstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=False),
        sa.Column("attached", sa.LargeBinary(), nullable=True),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worst", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("worst BETWEEN 0 AND 3", name=op.f("ck_diagnostic_report_worst")),
        sa.ForeignKeyConstraint(
            ["acknowledged_by"],
            ["app_user.id"],
            name=op.f("fk_diagnostic_report_acknowledged_by_app_user"),
        ),
        sa.ForeignKeyConstraint(
            ["encounter_id"],
            ["encounter.id"],
            name=op.f("fk_diagnostic_report_encounter_id_encounter"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["app_user.id"], name=op.f("fk_diagnostic_report_owner_id_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_diagnostic_report_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["service_request.id"],
            name=op.f("fk_diagnostic_report_request_id_service_request"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_diagnostic_report")),
        sa.UniqueConstraint("filler_hash", name=op.f("uq_diagnostic_report_filler_hash")),
    )
    op.create_index(
        "ix_diagnostic_report_chart",
        "diagnostic_report",
        ["patient_id", "observed_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_diagnostic_report_encounter_id"),
        "diagnostic_report",
        ["encounter_id"],
        unique=False,
    )
    op.create_index(
        "ix_diagnostic_report_inbox",
        "diagnostic_report",
        ["owner_id", "reported_at"],
        unique=False,
        postgresql_where=sa.text("acknowledged_at IS NULL"),
    )
    op.create_index(
        op.f("ix_diagnostic_report_request_id"), "diagnostic_report", ["request_id"], unique=False
    )
    op.create_index(
        "ix_diagnostic_report_unseen",
        "diagnostic_report",
        ["patient_id"],
        unique=False,
        postgresql_where=sa.text("acknowledged_at IS NULL"),
    )
    op.create_table(
        "specimen",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "wanted",
                "collected",
                "received",
                "rejected",
                "resulted",
                "cancelled",
                name="specimenstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("collected_by", sa.Uuid(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_by", sa.Uuid(), nullable=True),
        sa.Column(
            "rejected_why",
            sa.Enum(
                "EX",
                "QS",
                "RA",
                "RB",
                "RC",
                "RD",
                "RE",
                "RH",
                "RI",
                "RM",
                "RN",
                "RP",
                "RR",
                "RS",
                name="reject",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(state = 'rejected') = (rejected_why IS NOT NULL)",
            name=op.f("ck_specimen_rejected_has_a_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["collected_by"], ["app_user.id"], name=op.f("fk_specimen_collected_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_specimen_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["received_by"], ["app_user.id"], name=op.f("fk_specimen_received_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["specimen.id"], name=op.f("fk_specimen_replaces_id_specimen")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["service_request.id"],
            name=op.f("fk_specimen_request_id_service_request"),
        ),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_specimen_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_specimen")),
        sa.UniqueConstraint("number", name=op.f("uq_specimen_number")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_specimen_replaces_id")),
    )
    op.create_index(op.f("ix_specimen_patient_id"), "specimen", ["patient_id"], unique=False)
    op.create_index(op.f("ix_specimen_request_id"), "specimen", ["request_id"], unique=False)
    op.create_index(
        "ix_specimen_worklist",
        "specimen",
        ["ward_id", "wanted_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('wanted', 'collected')"),
    )
    op.create_table(
        "acknowledgement",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("by_role", sa.Text(), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by"], ["app_user.id"], name=op.f("fk_acknowledgement_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_acknowledgement_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["diagnostic_report.id"],
            name=op.f("fk_acknowledgement_report_id_diagnostic_report"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acknowledgement")),
    )
    op.create_index(
        op.f("ix_acknowledgement_patient_id"), "acknowledgement", ["patient_id"], unique=False
    )
    op.create_index(
        op.f("ix_acknowledgement_report_id"), "acknowledgement", ["report_id"], unique=False
    )
    op.create_table(
        "lab_result",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("test_hash", sa.LargeBinary(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "P",
                "F",
                "C",
                "X",
                "D",
                "W",
                "R",
                name="resultstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("rank BETWEEN 0 AND 3", name=op.f("ck_lab_result_rank")),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_lab_result_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["lab_result.id"], name=op.f("fk_lab_result_replaces_id_lab_result")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["diagnostic_report.id"],
            name=op.f("fk_lab_result_report_id_diagnostic_report"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lab_result")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_lab_result_replaces_id")),
    )
    op.create_index(
        "ix_lab_result_chart", "lab_result", ["patient_id", "observed_at"], unique=False
    )
    op.create_index(op.f("ix_lab_result_report_id"), "lab_result", ["report_id"], unique=False)
    op.create_index(
        "ix_lab_result_series",
        "lab_result",
        ["patient_id", "test_hash", "observed_at"],
        unique=False,
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.create_table(
        "critical_call",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("result_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["app_user.id"], name=op.f("fk_critical_call_by_app_user")),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_critical_call_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["result_id"], ["lab_result.id"], name=op.f("fk_critical_call_result_id_lab_result")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_critical_call")),
    )
    op.create_index(
        op.f("ix_critical_call_patient_id"), "critical_call", ["patient_id"], unique=False
    )
    op.create_index(
        op.f("ix_critical_call_result_id"), "critical_call", ["result_id"], unique=False
    )
    op.execute(EXPLAINS)
