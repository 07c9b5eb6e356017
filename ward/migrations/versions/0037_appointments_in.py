"""Appointments of other systems: what their codes mean, and why a message about one waits."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

NAME = "ck_hl7_message_reviewreason"
REASONS = (
    "'unknown_place', 'no_place', 'bed_taken', 'unknown_patient', 'other_person',"
    " 'unknown_visit', 'open_visit', 'merge', 'unknown_order', 'unknown_medicine',"
    " 'unclear_order', 'unsafe_order', 'unknown_code', 'unknown_appointment',"
    " 'unclear_appointment', 'clash', 'refused'"
)
KIND = sa.Enum(
    "visit", "place", "person", "equipment",
    name="codekind", native_enum=False, create_constraint=True, length=32,
)  # fmt: skip
MEANINGS = (("ward_id", "ward"), ("resource_id", "resource"), ("visit_type_id", "visit_type"))


def upgrade() -> None:
    op.drop_constraint(op.f(NAME), "hl7_message", type_="check")
    op.create_check_constraint(op.f(NAME), "hl7_message", f"reason IN ({REASONS})")
    op.add_column(
        "hl7_subject",
        sa.Column("appointment", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.alter_column("hl7_subject", "appointment", server_default=None)
    op.create_table(
        "hl7_code",
        sa.Column("msh3", sa.Text(), nullable=False),
        sa.Column("msh4", sa.Text(), nullable=False),
        sa.Column("kind", KIND, nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        *(sa.Column(column, sa.Uuid(), nullable=True) for column, _ in MEANINGS),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(ward_id, resource_id, visit_type_id) <= 1", name=op.f("ck_hl7_code_one")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_hl7_code_{column}_{table}")
            )
            for column, table in MEANINGS
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hl7_code")),
        sa.UniqueConstraint("mark", name=op.f("uq_hl7_code_mark")),
    )
    for column, _ in MEANINGS:
        op.create_index(op.f(f"ix_hl7_code_{column}"), "hl7_code", [column], unique=False)
