"""Break-glass: records opened without a relation, their review, their mark in the trail."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


# Why a person may see a patient (domain/access.py Relation): 0025's reasons, and what was opened
# without any. That stands last: whoever has another reason has that one.
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
UNION ALL
SELECT g.id, g.user_id, b.patient_id, 'break-glass', least(g.until, b.until)
FROM standing g JOIN break_glass b ON b.grant_id = g.id
WHERE b.ended_at IS NULL AND b.until > now()
"""
KINDS = "honeytoken self family no-relation hours many searches break-glass"


def upgrade() -> None:
    op.create_table(
        "break_glass",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
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
            nullable=False,
        ),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", sa.Uuid(), nullable=True),
        sa.Column(
            "reason",
            sa.Enum(
                "emergency",
                "covering",
                "asked-to-help",
                "patient-safety",
                "other",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "ended",
            sa.Enum(
                "given-back",
                "time",
                "revoked",
                name="ending",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.Uuid(), nullable=True),
        sa.Column("follow_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column(
            "verdict",
            sa.Enum(
                "justified",
                "not-justified",
                "follow-up",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "until > opened_at AND until <= opened_at + interval '4 hours'",
            name=op.f("ck_break_glass_limit"),
        ),
        sa.CheckConstraint("verdict <> 'follow-up'", name=op.f("ck_break_glass_verdict_closes")),
        sa.CheckConstraint(
            "closed_at IS NULL OR ended_at IS NOT NULL",
            name=op.f("ck_break_glass_closed_after_its_end"),
        ),
        sa.CheckConstraint("closed_by <> user_id", name=op.f("ck_break_glass_not_ones_own")),
        sa.CheckConstraint(
            "num_nonnulls(closed_at, closed_by, verdict) IN (0, 3)",
            name=op.f("ck_break_glass_closed"),
        ),
        sa.CheckConstraint("num_nonnulls(ended_at, ended) <> 1", name=op.f("ck_break_glass_ended")),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name=op.f("fk_break_glass_branch_id_branch")
        ),
        sa.ForeignKeyConstraint(
            ["closed_by"], ["app_user.id"], name=op.f("fk_break_glass_closed_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["app_user.id"], name=op.f("fk_break_glass_ended_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["user_grant.id"], name=op.f("fk_break_glass_grant_id_user_grant")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_break_glass_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["seen_by"], ["app_user.id"], name=op.f("fk_break_glass_seen_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_break_glass_user_id_app_user")
        ),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_break_glass_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_break_glass")),
    )
    op.create_index(op.f("ix_break_glass_patient_id"), "break_glass", ["patient_id"], unique=False)
    op.create_index(
        "ix_break_glass_review",
        "break_glass",
        ["opened_at"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_break_glass_user", "break_glass", ["user_id", "opened_at"], unique=False)
    op.create_index("ix_break_glass_ward", "break_glass", ["ward_id", "opened_at"], unique=False)
    op.create_index(
        "uq_break_glass_active",
        "break_glass",
        ["grant_id", "patient_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "break_glass_review",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "justified",
                "not-justified",
                "follow-up",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by"], ["app_user.id"], name=op.f("fk_break_glass_review_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["break_glass.id"], name=op.f("fk_break_glass_review_case_id_break_glass")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_break_glass_review_patient_id_patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_break_glass_review")),
    )
    op.create_index(
        op.f("ix_break_glass_review_case_id"), "break_glass_review", ["case_id"], unique=False
    )
    op.add_column("audit_event", sa.Column("break_glass", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_audit_event_glass",
        "audit_event",
        ["break_glass"],
        unique=False,
        postgresql_where=sa.text("break_glass IS NOT NULL"),
    )
    op.execute(EXPLAINS)
    op.execute("REVOKE DELETE, TRUNCATE ON break_glass FROM ward_app")
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON break_glass_review FROM ward_app")
    name = "ck_audit_signal_signalkind"
    op.drop_constraint(op.f(name), "audit_signal", type_="check")
    known = ", ".join(f"'{kind}'" for kind in KINDS.split())
    op.create_check_constraint(op.f(name), "audit_signal", f"kind IN ({known})")
