"""Alerts: where in its policy one stands, since when it calls, when it was first answered."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None

OUTCOMES = (
    "reviewed-no-change",
    "treatment-changed",
    "moved-to-higher-care",
    "care-limited",
    "not-confirmed",
    "done",
    "overtaken",
    "left",
)
HAPPENINGS = (
    "raised",
    "merged",
    "called",
    "seen",
    "accepted",
    "declined",
    "handed-over",
    "snoozed",
    "commented",
    "moved",
    "reopened",
    "closed",
    "withdrawn",
)


def upgrade() -> None:
    op.add_column("alert", sa.Column("place", sa.BigInteger(), nullable=False, server_default="0"))
    op.alter_column("alert", "place", server_default=None)
    op.add_column("alert", sa.Column("called_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE alert SET called_at = again_at")
    op.alter_column("alert", "called_at", nullable=False)
    op.add_column("alert", sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_alert_raised", "alert", ["ward_id", "raised_at"])
    _one_of("alert", "outcome", "outcome", OUTCOMES)
    _one_of("alert_step", "happening", "happening", HAPPENINGS)


def _one_of(table: str, column: str, name: str, values: tuple[str, ...]) -> None:
    """Let a column hold further values."""
    constraint = f"ck_{table}_{name}"
    listed = ", ".join(f"'{value}'" for value in values)
    op.drop_constraint(op.f(constraint), table, type_="check")
    op.create_check_constraint(op.f(constraint), table, f"{column} IN ({listed})")
