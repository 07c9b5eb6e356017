"""Infant links: which infant belongs to which mother."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

STANDS = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "infant_link",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("mother_id", sa.Uuid(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("ended_at >= linked_at", name=op.f("ck_infant_link_order")),
        sa.CheckConstraint("patient_id <> mother_id", name=op.f("ck_infant_link_two_people")),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_infant_link_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["mother_id"], ["patient.id"], name=op.f("fk_infant_link_mother_id_patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_infant_link")),
    )
    op.create_index(op.f("ix_infant_link_patient_id"), "infant_link", ["patient_id"], unique=False)
    op.create_index("ix_infant_link_mother", "infant_link", ["mother_id"], postgresql_where=STANDS)
    op.create_index(
        "uq_infant_link_open", "infant_link", ["patient_id"], unique=True, postgresql_where=STANDS
    )
