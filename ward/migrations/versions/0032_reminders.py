"""Reminders: what each is about, the change it tells of, and what the patient answered by its link."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "reminder",
        sa.Column(
            "occasion",
            sa.Enum(
                "reminder",
                "moved",
                "cancelled",
                "offer",
                name="occasion",
                native_enum=False,
                length=32,
            ),
            nullable=False,
            server_default="reminder",
        ),
    )
    op.alter_column("reminder", "occasion", server_default=None)
    op.create_check_constraint(
        op.f("ck_reminder_occasion"),
        "reminder",
        "occasion IN ('reminder', 'moved', 'cancelled', 'offer')",
    )
    op.add_column("reminder", sa.Column("step_id", sa.Uuid(), nullable=True))
    op.add_column("reminder", sa.Column("link_hash", sa.LargeBinary(), nullable=True))
    op.add_column(
        "reminder",
        sa.Column(
            "reply",
            sa.Enum("confirmed", "cancelled", name="reply", native_enum=False, length=32),
            nullable=True,
        ),
    )
    op.create_check_constraint(
        op.f("ck_reminder_reply"), "reminder", "reply IN ('confirmed', 'cancelled')"
    )
    op.add_column("reminder", sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True))
    for name, rule in (
        ("change_has_a_step", "(minutes_before = 0) = (step_id IS NOT NULL)"),
        ("claimed_at_a_time", "status <> 'sending' OR claimed_at IS NOT NULL"),
        ("replied_at_a_time", "(reply IS NULL) = (replied_at IS NULL)"),
    ):
        op.create_check_constraint(op.f(f"ck_reminder_{name}"), "reminder", rule)
    op.drop_constraint(op.f("uq_reminder_once"), "reminder", type_="unique")
    op.create_index(
        "uq_reminder_once",
        "reminder",
        ["appointment_id", "starts_at", "channel", "minutes_before"],
        unique=True,
        postgresql_where=sa.text("minutes_before > 0"),
    )
    op.create_index("uq_reminder_step_id", "reminder", ["step_id", "channel"], unique=True)
    op.create_index(op.f("ix_reminder_appointment_id"), "reminder", ["appointment_id"])
    op.create_index(
        "ix_reminder_problem",
        "reminder",
        ["starts_at"],
        postgresql_where=sa.text("status IN ('failed', 'in-doubt')"),
    )
    op.create_index(
        "ix_reminder_sending",
        "reminder",
        ["claimed_at"],
        postgresql_where=sa.text("status = 'sending'"),
    )
    op.create_index("ix_reminder_sent", "reminder", ["sent_at"])
    op.create_unique_constraint(op.f("uq_reminder_link_hash"), "reminder", ["link_hash"])
    op.create_foreign_key(
        op.f("fk_reminder_step_id_appointment_history"),
        "reminder",
        "appointment_history",
        ["step_id"],
        ["id"],
    )
