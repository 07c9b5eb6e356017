"""Sources: the several keys by which other systems know patients, staff and institutions."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for of in ("patient", "practitioner", "organization"):
        _sources(of)
    op.drop_constraint("uq_patient_source_hash", "patient")
    op.drop_column("patient", "source_hash")
    op.drop_constraint("uq_practitioner_source_hash", "practitioner")
    op.drop_column("practitioner", "source_hash")
    op.drop_constraint("uq_organization_source", "organization")
    op.drop_column("organization", "source")
    for table in ("practitioner", "organization"):
        op.add_column(table, sa.Column("source_seen", sa.LargeBinary(), nullable=True))


def _sources(of: str) -> None:
    table, column = f"{of}_source", f"{of}_id"
    op.create_table(
        table,
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column(column, sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint([column], [f"{of}.id"], name=op.f(f"fk_{table}_{column}_{of}")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("mark", name=op.f(f"uq_{table}_mark")),
    )
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
