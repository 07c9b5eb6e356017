"""Patients: people under care, allergies, conditions, and who may see whom."""

import sqlalchemy as sa
from alembic import op

from realtime.tables import Xid8

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "patient",
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("mrn_hash", sa.LargeBinary(), nullable=False),
        sa.Column("national_hash", sa.LargeBinary(), nullable=True),
        sa.Column("source_hash", sa.LargeBinary(), nullable=True),
        sa.Column("source_seen", sa.LargeBinary(), nullable=True),
        sa.Column("ward_id", sa.Uuid(), nullable=True),
        sa.Column(
            "life",
            sa.Enum(
                "alive", "dead", name="life", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "allergy_state",
            sa.Enum(
                "known",
                "none-known",
                "not-recorded",
                "unavailable",
                name="allergystate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_xid", Xid8(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_patient_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
        sa.UniqueConstraint("mrn_hash", name=op.f("uq_patient_mrn_hash")),
        sa.UniqueConstraint("national_hash", name=op.f("uq_patient_national_hash")),
        sa.UniqueConstraint("source_hash", name=op.f("uq_patient_source_hash")),
    )
    op.create_index("ix_patient_changed_xid", "patient", ["changed_xid"], unique=False)
    op.create_index(op.f("ix_patient_ward_id"), "patient", ["ward_id"], unique=False)
    op.create_table(
        "allergy",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "food",
                "medication",
                "environment",
                "biologic",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "criticality",
            sa.Enum(
                "high",
                "unable-to-assess",
                "low",
                name="criticality",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "clinical",
            sa.Enum(
                "active",
                "inactive",
                "resolved",
                name="clinical",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "verification",
            sa.Enum(
                "unconfirmed",
                "confirmed",
                "refuted",
                "entered-in-error",
                name="verification",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("source_hash", sa.LargeBinary(), nullable=True),
        sa.Column("source_seen", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_allergy_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["allergy.id"], name=op.f("fk_allergy_replaces_id_allergy")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allergy")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_allergy_replaces_id")),
        sa.UniqueConstraint("source_hash", name=op.f("uq_allergy_source_hash")),
    )
    op.create_index(op.f("ix_allergy_patient_id"), "allergy", ["patient_id"], unique=False)
    op.create_table(
        "condition",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "problem-list-item",
                "encounter-diagnosis",
                name="conditionkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "clinical",
            sa.Enum(
                "active",
                "recurrence",
                "relapse",
                "inactive",
                "remission",
                "resolved",
                name="conditionstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "certainty",
            sa.Enum(
                "unconfirmed",
                "provisional",
                "differential",
                "confirmed",
                "refuted",
                "entered-in-error",
                name="certainty",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("source_hash", sa.LargeBinary(), nullable=True),
        sa.Column("source_seen", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_condition_patient_id_patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_condition")),
        sa.UniqueConstraint("source_hash", name=op.f("uq_condition_source_hash")),
    )
    op.create_index(op.f("ix_condition_patient_id"), "condition", ["patient_id"], unique=False)
    for statement in (*CHANGES, EXPLAINS):
        op.execute(statement)


# Which transaction touched a row last: by this every node finds what its index lacks.
CHANGES = [
    """
    CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.changed_xid := pg_current_xact_id(); RETURN NEW; END $$
    """,
    """
    CREATE TRIGGER patient_changed BEFORE INSERT OR UPDATE ON patient
    FOR EACH ROW EXECUTE FUNCTION note_change()
    """,
    "CREATE SEQUENCE patient_mrn START 100001",
]

# Why a person may see a patient (domain/access.py Relation), as far as this module knows.
# Each branch joins by keys alone, so that one grant and one patient cost two index look-ups.
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
"""
