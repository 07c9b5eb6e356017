"""Series end: where a series is cut, by whom, and which one goes on at another time."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("appointment_series", sa.Column("ends_before", AT, nullable=True))
    op.add_column("appointment_series", sa.Column("ended_at", AT, nullable=True))
    op.add_column("appointment_series", sa.Column("ended_by", sa.Uuid(), nullable=True))
    op.add_column("appointment_series", sa.Column("follows_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_appointment_series_ended_by_app_user"),
        "appointment_series",
        "app_user",
        ["ended_by"],
        ["id"],
    )
    op.create_foreign_key(
        op.f("fk_appointment_series_follows_id_appointment_series"),
        "appointment_series",
        "appointment_series",
        ["follows_id"],
        ["id"],
    )
    op.create_index(op.f("ix_appointment_series_follows_id"), "appointment_series", ["follows_id"])
    op.create_check_constraint(
        op.f("ck_appointment_series_ended_at_a_time"),
        "appointment_series",
        "(ends_before IS NULL) = (ended_at IS NULL)",
    )
    op.add_column("appointment_history", sa.Column("was_confirmed_at", AT, nullable=True))
