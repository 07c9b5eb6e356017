"""Waiting list: which hours suit, who may be telephoned, why somebody left; how an offer was answered."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

NO = sa.false()
CHECKS = {
    "days": "not_after >= not_before",
    "times": "closes > opens",
    "notice": "notice_hours BETWEEN 0 AND 720",
    "left_why": "(status = 'withdrawn') = (left_why IS NOT NULL)",
}


def upgrade() -> None:
    op.add_column("waitlist_entry", sa.Column("opens", sa.Time(), nullable=True))
    op.add_column("waitlist_entry", sa.Column("closes", sa.Time(), nullable=True))
    op.add_column(
        "waitlist_entry", sa.Column("short_notice", sa.Boolean(), nullable=False, server_default=NO)
    )
    op.alter_column("waitlist_entry", "short_notice", server_default=None)
    op.add_column(
        "waitlist_entry",
        sa.Column(
            "left_why",
            sa.Enum(
                "asked",
                "better",
                "elsewhere",
                "silent",
                "died",
                "mistake",
                "other",
                name="leaving",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
    )
    op.add_column("waitlist_entry", sa.Column("left_note", sa.LargeBinary(), nullable=True))
    for name, rule in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_waitlist_entry_{name}"), "waitlist_entry", rule)
    op.add_column(
        "waitlist_offer", sa.Column("by_phone", sa.Boolean(), nullable=False, server_default=NO)
    )
    op.alter_column("waitlist_offer", "by_phone", server_default=None)
    op.add_column("waitlist_offer", sa.Column("answered_as", sa.Text(), nullable=True))
    op.drop_constraint(op.f("uq_waitlist_offer_token_hash"), "waitlist_offer", type_="unique")
    op.drop_column("waitlist_offer", "token_hash")
