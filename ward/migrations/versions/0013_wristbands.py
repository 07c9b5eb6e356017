"""Wristbands: the numbers patients are scanned by, and the bands."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

CARRIES = sa.Enum(
    "gsrn", "mrn", name="carries", native_enum=False, create_constraint=True, length=32,
)  # fmt: skip
CAUSE = sa.Enum(
    "first", "lost", "damaged", "changed",
    name="cause", native_enum=False, create_constraint=True, length=32,
)  # fmt: skip


def upgrade() -> None:
    op.execute("CREATE SEQUENCE gsrn_serial START 1")
    op.create_table(
        "recipient_number",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=False),
        sa.Column("number_hash", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_recipient_number_patient_id_patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipient_number")),
        sa.UniqueConstraint("number_hash", name=op.f("uq_recipient_number_number_hash")),
        sa.UniqueConstraint("patient_id", name=op.f("uq_recipient_number_patient_id")),
    )
    op.create_table(
        "wristband",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("issue", sa.BigInteger(), nullable=False),
        sa.Column("carries", CARRIES, nullable=False),
        sa.Column("cause", CAUSE, nullable=False),
        sa.Column("printed_as", sa.LargeBinary(), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("printed_by", sa.Uuid(), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(cause = 'first') = (issue = 1)", name=op.f("ck_wristband_first")),
        sa.CheckConstraint("issue > 0", name=op.f("ck_wristband_issue")),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_wristband_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["printed_by"], ["app_user.id"], name=op.f("fk_wristband_printed_by_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wristband")),
        sa.UniqueConstraint("patient_id", "issue", name=op.f("uq_wristband_patient_id_issue")),
    )
    op.create_index(
        "uq_wristband_valid",
        "wristband",
        ["patient_id"],
        unique=True,
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
