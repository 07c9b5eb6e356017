"""Holds: whether a time is kept for somebody on the waiting list."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "hold", sa.Column("offered", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.alter_column("hold", "offered", server_default=None)
