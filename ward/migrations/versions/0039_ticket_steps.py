"""Ticket steps: each press on a place in a queue, how it stood before, and a minute to undo it."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
WAS = sa.Enum(
    "waiting", "called", "in-room", "done", "left",
    name="ticketstate", native_enum=False, create_constraint=True, length=32,
)  # fmt: skip

# Why a person may see a patient (domain/access.py Relation): 0038's reasons. Who has just cancelled
# an appointment, or had somebody leave, knows the patient for a minute more: to take that back.
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
SELECT g.id, g.user_id, a.patient_id, 'appointment', least(g.until,
    CASE WHEN a.status IN ('cancelled', 'noshow') THEN a.ended_at + interval '1 minute'
    ELSE a.starts_at + interval '7 days' END)
FROM standing g JOIN ward w ON w.branch_id = g.branch_id AND (g.ward_id IS NULL OR g.ward_id = w.id)
    JOIN appointment a ON a.ward_id = w.id
WHERE g.role IN ('nurse', 'charge', 'doctor', 'pharmacist')
    AND (a.status IN ('booked', 'arrived', 'checked-in', 'fulfilled')
        OR a.status IN ('cancelled', 'noshow') AND a.ended_at > now() - interval '1 minute')
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


def upgrade() -> None:
    op.execute(EXPLAINS)
    op.create_table(
        "ticket_step",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("was", WAS, nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("room_id", sa.Uuid(), nullable=True),
        sa.Column("called_at", AT, nullable=True),
        sa.Column("in_room_at", AT, nullable=True),
        sa.Column("undone_at", AT, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_ticket_step_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["resource.id"], name=op.f("fk_ticket_step_room_id_resource")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_step_ticket_id_ticket")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_step")),
    )
    op.create_index("ix_ticket_step", "ticket_step", ["ticket_id", "at"])
    op.create_index(op.f("ix_ticket_step_patient_id"), "ticket_step", ["patient_id"])
