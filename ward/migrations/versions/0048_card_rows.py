"""Card rows: what a ward leaves off its cards; how somebody looks at boards."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def _density(name: str) -> sa.Enum:
    return sa.Enum(
        "cards", "list", "bays",
        name=name, native_enum=False, create_constraint=True, length=32,
    )  # fmt: skip


SORT = sa.Enum("bed", "risk", name="sort", native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "ward_card",
        sa.Column("ward_id", sa.Uuid(), nullable=False),
        sa.Column("off", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_by"], ["app_user.id"], name=op.f("fk_ward_card_set_by_app_user")
        ),
        sa.ForeignKeyConstraint(["ward_id"], ["ward.id"], name=op.f("fk_ward_card_ward_id_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ward_card")),
        sa.UniqueConstraint("ward_id", name=op.f("uq_ward_card_ward_id")),
    )
    op.create_table(
        "board_choice",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("density", _density("density"), nullable=True),
        sa.Column("narrow", _density("densitynarrow"), nullable=True),
        sa.Column("sort", SORT, nullable=True),
        sa.Column("filters", JSONB(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_board_choice_user_id_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_choice")),
        sa.UniqueConstraint("user_id", name=op.f("uq_board_choice_user_id")),
    )
