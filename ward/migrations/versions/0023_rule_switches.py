"""Rule switches: whether a rule speaks, is only counted, or is off; and findings only counted."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rule_switch",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(
                "on",
                "silent",
                "off",
                name="mode",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "until IS NULL OR mode = 'silent'", name=op.f("ck_rule_switch_only_a_trial_ends")
        ),
        sa.ForeignKeyConstraint(
            ["set_by"], ["app_user.id"], name=op.f("fk_rule_switch_set_by_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_switch")),
    )
    op.create_index(
        "uq_rule_switch_standing",
        "rule_switch",
        ["rule"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_rule_switch_history", "rule_switch", ["rule", "set_at"], unique=False)
    _outcomes("'shown', 'overridden', 'heeded', 'silent'")


def _outcomes(values: str) -> None:
    name = op.f("ck_rule_firing_firingoutcome")
    op.drop_constraint(name, "rule_firing", type_="check")
    op.create_check_constraint(name, "rule_firing", f"outcome IN ({values})")
