"""Since when somebody has a password that another chose."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "app_user", sa.Column("must_change_since", sa.DateTime(timezone=True), nullable=True)
    )
