"""Register: a second person where a dose comes back; one who signed on paper stands in words."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("register_entry", sa.Column("second", sa.LargeBinary(), nullable=True))
    name = op.f("ck_register_entry_witnessed")
    op.drop_constraint(name, "register_entry", type_="check")
    # Lines that were written before stand as they are: nobody can sign for them now.
    op.execute(
        f"ALTER TABLE register_entry ADD CONSTRAINT {name} CHECK ("
        "kind NOT IN ('given', 'wasted', 'counted', 'corrected')"
        " OR witnessed_by IS NOT NULL OR second IS NOT NULL) NOT VALID"
    )
