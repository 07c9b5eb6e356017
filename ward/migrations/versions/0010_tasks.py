"""Tasks: when a task was begun."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("nursing_task", sa.Column("began_at", sa.DateTime(timezone=True), nullable=True))
