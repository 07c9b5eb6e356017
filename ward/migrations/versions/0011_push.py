"""Push: the calls of alerts to phones."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "push_call",
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("nth", sa.BigInteger(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.id"], name=op.f("fk_push_call_alert_id_alert")
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["push_subscription.id"],
            name=op.f("fk_push_call_subscription_id_push_subscription"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_call")),
        sa.UniqueConstraint(
            "alert_id",
            "nth",
            "subscription_id",
            name=op.f("uq_push_call_alert_id_nth_subscription_id"),
        ),
    )
    op.create_index(op.f("ix_push_call_made_at"), "push_call", ["made_at"], unique=False)
    op.create_index(
        op.f("ix_push_call_subscription_id"), "push_call", ["subscription_id"], unique=False
    )
