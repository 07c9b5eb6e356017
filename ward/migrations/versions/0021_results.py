"""Results: two more causes of alerts, and the queue of results that fit no patient."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

CAUSES = (
    "'news2-high', 'news2-medium', 'news2-single-3', 'news2-rise', 'not-recordable',"
    " 'observations-overdue', 'dose-overdue', 'stat-order', 'unverified-order', 'pump-to-stop'"
)
NEW = "'critical-result', 'result-corrected'"
DECISION = sa.Enum(
    "matched", "created", "rejected", "settled",
    name="decision", native_enum=False, create_constraint=True, length=32,
)  # fmt: skip


def upgrade() -> None:
    _causes(f"{CAUSES}, {NEW}")
    op.create_table(
        "hl7_unmatched",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worst", sa.BigInteger(), nullable=False),
        sa.Column("decision", DECISION, nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("said", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("worst BETWEEN 0 AND 3", name=op.f("ck_hl7_unmatched_worst")),
        sa.CheckConstraint(
            "(decision IS NULL) = (decided_at IS NULL)"
            " AND (decision = 'matched') = (patient_id IS NOT NULL)",
            name=op.f("ck_hl7_unmatched_decided_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["hl7_message.id"],
            name=op.f("fk_hl7_unmatched_message_id_hl7_message"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_hl7_unmatched_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["app_user.id"], name=op.f("fk_hl7_unmatched_decided_by_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hl7_unmatched")),
        sa.UniqueConstraint("message_id", name=op.f("uq_hl7_unmatched_message_id")),
    )
    op.create_index(op.f("ix_hl7_unmatched_patient_id"), "hl7_unmatched", ["patient_id"])
    op.create_index(
        "ix_hl7_unmatched_open",
        "hl7_unmatched",
        ["since"],
        postgresql_where=sa.text("decision IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("hl7_unmatched")
    _causes(CAUSES)


def _causes(causes: str) -> None:
    for table in ("alert", "alert_policy"):
        name = op.f(f"ck_{table}_cause")
        op.drop_constraint(name, table, type_="check")
        op.create_check_constraint(name, table, f"cause IN ({causes})")
