"""Outbound: the rest of a message, about a second patient."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("hl7_outbound", sa.Column("part_of_id", sa.Uuid(), nullable=True))
    op.create_unique_constraint(op.f("uq_hl7_outbound_part_of_id"), "hl7_outbound", ["part_of_id"])
    op.create_foreign_key(
        op.f("fk_hl7_outbound_part_of_id_hl7_outbound"),
        "hl7_outbound",
        "hl7_outbound",
        ["part_of_id"],
        ["id"],
    )
