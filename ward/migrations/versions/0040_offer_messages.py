"""Reminders: a message may be about a time that is offered to somebody on the waiting list."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

CHECKS = {
    "about_one": "num_nonnulls(appointment_id, offer_id) = 1",
    "offers_a_time": "(occasion = 'offer') = (offer_id IS NOT NULL)",
    "change_has_a_step": "(minutes_before = 0) = (num_nonnulls(step_id, offer_id) = 1)",
}


def upgrade() -> None:
    op.alter_column("reminder", "appointment_id", nullable=True)
    op.add_column("reminder", sa.Column("offer_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_reminder_offer_id_waitlist_offer"),
        "reminder",
        "waitlist_offer",
        ["offer_id"],
        ["id"],
    )
    op.create_index("uq_reminder_offer_id", "reminder", ["offer_id", "channel"], unique=True)
    op.drop_constraint(op.f("ck_reminder_change_has_a_step"), "reminder", type_="check")
    for name, rule in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_reminder_{name}"), "reminder", rule)
