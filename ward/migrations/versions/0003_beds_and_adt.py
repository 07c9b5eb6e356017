"""Beds and adt: beds, encounters, stays, movements, and what explains a patient."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


KINDS = {
    "bedstatus": "U O I H K C",
    "clean": "standard terminal",
    "bedreason": "fault staffing infection refurbishment other",
    "closedreason": "fault staffing infection refurbishment other",
    "bedstatuswas": "U O I H K C",
    "encounterstatus": "planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown",
    "encounterclass": "IMP ACUTE NONAC EMER AMB OBSENC SS PRENC VR HH FLD",
    "admitsource": "hosp-trans emd outp born gp mp nursing psych rehab other",
    "disposition": "home alt-home other-hcf hosp long aadvice exp psy rehab snf oth",
    "precaution": "contact droplet airborne protective",
    "overlay": "reserved blocked leave",
    "movementstatus": "requested accepted declined moved cancelled",
    "step": "arrived admitted transferred swapped discharged admission-cancelled transfer-cancelled"
    " discharge-cancelled isolated isolation-ended on-leave returned home-expected",
    "cancelreason": "wrong-patient wrong-bed entered-twice did-not-happen plan-changed other",
}


def upgrade() -> None:
    op.execute("CREATE TYPE uuidrange AS RANGE (subtype = uuid)")
    op.create_table(
        "bed",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", sa.Uuid(), nullable=False),
        sa.Column("room_id", sa.Uuid(), nullable=True),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("attributes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("status", _enum("bedstatus"), nullable=False),
        sa.Column("clean", _enum("clean"), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_for", sa.Uuid(), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("blocked", _enum("bedreason"), nullable=True),
        sa.Column("closed", _enum("closedreason"), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("reopens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("away_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("vacated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(status = 'C') = (closed IS NOT NULL)", name=op.f("ck_bed_closed_has_a_reason")
        ),
        sa.CheckConstraint(
            "away_since IS NULL OR status IN ('O', 'I')", name=op.f("ck_bed_away_is_taken")
        ),
        sa.CheckConstraint(
            "blocked IS NULL OR status NOT IN ('O', 'I', 'C')", name=op.f("ck_bed_blocked_is_empty")
        ),
        sa.CheckConstraint(
            "(held_for IS NULL) = (held_until IS NULL)", name=op.f("ck_bed_hold_has_an_end")
        ),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_bed_branch_id_branch")),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_bed_room_id_room")),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_bed_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bed")),
        sa.UniqueConstraint("ward_id", "label", name=op.f("uq_bed_ward_id_label")),
    )
    op.create_index(op.f("ix_bed_branch_id"), "bed", ["branch_id"], unique=False)
    op.create_index(op.f("ix_bed_room_id"), "bed", ["room_id"], unique=False)
    op.create_index(op.f("ix_bed_ward_id"), "bed", ["ward_id"], unique=False)
    op.create_table(
        "encounter",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", sa.Uuid(), nullable=True),
        sa.Column("status", _enum("encounterstatus"), nullable=False),
        sa.Column("kind", _enum("encounterclass"), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=True),
        sa.Column("number_hash", sa.LargeBinary(), nullable=True),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discharged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source", _enum("admitsource"), nullable=True),
        sa.Column("disposition", _enum("disposition"), nullable=True),
        sa.Column("home_on", sa.Date(), nullable=True),
        sa.Column("precaution", _enum("precaution"), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "status <> 'finished' OR discharged_at IS NOT NULL",
            name=op.f("ck_encounter_finished_has_an_end"),
        ),
        sa.CheckConstraint(
            "discharged_at IS NULL OR discharged_at >= admitted_at", name=op.f("ck_encounter_order")
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name=op.f("fk_encounter_branch_id_branch")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_encounter_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_encounter_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_encounter")),
        sa.UniqueConstraint("number_hash", name=op.f("uq_encounter_number_hash")),
    )
    op.create_index(op.f("ix_encounter_branch_id"), "encounter", ["branch_id"], unique=False)
    op.create_index(op.f("ix_encounter_patient_id"), "encounter", ["patient_id"], unique=False)
    op.create_index(op.f("ix_encounter_ward_id"), "encounter", ["ward_id"], unique=False)
    op.create_index(
        "uq_encounter_open",
        "encounter",
        ["patient_id"],
        unique=True,
        postgresql_where=sa.text(
            "status IN ('in-progress', 'onleave') AND kind IN ('IMP', 'ACUTE', 'NONAC', 'OBSENC', 'SS')"
        ),
    )
    op.create_table(
        "bed_change",
        sa.Column("bed_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("was", _enum("bedstatuswas"), nullable=False),
        sa.Column("now", _enum("bedstatus"), nullable=False),
        sa.Column("overlay", _enum("overlay"), nullable=True),
        sa.Column("clean", _enum("clean"), nullable=False),
        sa.Column("reason", _enum("bedreason"), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["bed_id"], ["bed.id"], name=op.f("fk_bed_change_bed_id_bed")),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_bed_change_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bed_change")),
    )
    op.create_index("ix_bed_change_history", "bed_change", ["bed_id", "at"], unique=False)
    op.create_table(
        "move_request",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("from_ward_id", sa.Uuid(), nullable=True),
        sa.Column("to_ward_id", sa.Uuid(), nullable=False),
        sa.Column("bed_id", sa.Uuid(), nullable=True),
        sa.Column("source", _enum("admitsource"), nullable=True),
        sa.Column("status", _enum("movementstatus"), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["bed_id"], ["bed.id"], name=op.f("fk_move_request_bed_id_bed")),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name=op.f("fk_move_request_branch_id_branch")
        ),
        sa.ForeignKeyConstraint(
            ["encounter_id"], ["encounter.id"], name=op.f("fk_move_request_encounter_id_encounter")
        ),
        sa.ForeignKeyConstraint(
            ["from_ward_id"], ["ward.id"], name=op.f("fk_move_request_from_ward_id_ward")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_move_request_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["to_ward_id"], ["ward.id"], name=op.f("fk_move_request_to_ward_id_ward")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_move_request")),
    )
    op.create_index(
        op.f("ix_move_request_encounter_id"), "move_request", ["encounter_id"], unique=False
    )
    op.create_index(
        op.f("ix_move_request_from_ward_id"), "move_request", ["from_ward_id"], unique=False
    )
    op.create_index(
        op.f("ix_move_request_patient_id"), "move_request", ["patient_id"], unique=False
    )
    op.create_index(
        op.f("ix_move_request_to_ward_id"), "move_request", ["to_ward_id"], unique=False
    )
    op.create_index(
        "uq_move_request_open",
        "move_request",
        ["patient_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('requested', 'accepted')"),
    )
    op.create_table(
        "stay",
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("bed_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("uuidrange(bed_id, bed_id, '[]')"), "&&"),
            (sa.text("tstzrange(started_at, ended_at)"), "&&"),
            where=sa.text("voided_at IS NULL"),
            using="gist",
            name="ex_stay_bed",
        ),
        postgresql.ExcludeConstraint(
            (sa.text("uuidrange(patient_id, patient_id, '[]')"), "&&"),
            (sa.text("tstzrange(started_at, ended_at)"), "&&"),
            where=sa.text("voided_at IS NULL"),
            using="gist",
            name="ex_stay_patient",
        ),
        sa.CheckConstraint("ended_at >= started_at", name=op.f("ck_stay_order")),
        sa.ForeignKeyConstraint(["bed_id"], ["bed.id"], name=op.f("fk_stay_bed_id_bed")),
        sa.ForeignKeyConstraint(
            ["encounter_id"], ["encounter.id"], name=op.f("fk_stay_encounter_id_encounter")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_stay_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_stay_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stay")),
    )
    op.create_index(op.f("ix_stay_encounter_id"), "stay", ["encounter_id"], unique=False)
    op.create_index("ix_stay_history", "stay", ["bed_id", "started_at"], unique=False)
    op.create_index("ix_stay_left", "stay", ["patient_id", "ended_at"], unique=False)
    op.create_index(op.f("ix_stay_ward_id"), "stay", ["ward_id"], unique=False)
    op.create_index(
        "uq_stay_open_bed",
        "stay",
        ["bed_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL AND voided_at IS NULL"),
    )
    op.create_index(
        "uq_stay_open_patient",
        "stay",
        ["patient_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL AND voided_at IS NULL"),
    )
    op.create_table(
        "movement",
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("step", _enum("step"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_bed_id", sa.Uuid(), nullable=True),
        sa.Column("to_bed_id", sa.Uuid(), nullable=True),
        sa.Column("left_stay_id", sa.Uuid(), nullable=True),
        sa.Column("new_stay_id", sa.Uuid(), nullable=True),
        sa.Column("left_as", _enum("bedstatus"), nullable=True),
        sa.Column("home_on", sa.Date(), nullable=True),
        sa.Column("reason", _enum("cancelreason"), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["encounter_id"], ["encounter.id"], name=op.f("fk_movement_encounter_id_encounter")
        ),
        sa.ForeignKeyConstraint(
            ["from_bed_id"], ["bed.id"], name=op.f("fk_movement_from_bed_id_bed")
        ),
        sa.ForeignKeyConstraint(
            ["left_stay_id"], ["stay.id"], name=op.f("fk_movement_left_stay_id_stay")
        ),
        sa.ForeignKeyConstraint(
            ["new_stay_id"], ["stay.id"], name=op.f("fk_movement_new_stay_id_stay")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_movement_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(["to_bed_id"], ["bed.id"], name=op.f("fk_movement_to_bed_id_bed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_movement")),
    )
    op.create_index(
        "ix_movement_history", "movement", ["encounter_id", "recorded_at"], unique=False
    )
    op.create_index(op.f("ix_movement_patient_id"), "movement", ["patient_id"], unique=False)
    for statement in VIEWS:
        op.execute(statement)


def _enum(name: str) -> sa.Enum:
    values = KINDS[name].split()
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


# Why a person may see a patient (domain/access.py Relation): 0002's reasons, and those of moves.
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
"""
VIEWS = [EXPLAINS]
