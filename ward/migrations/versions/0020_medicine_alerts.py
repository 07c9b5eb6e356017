"""Medicine alerts: further causes of alerts."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

CAUSES = (
    "'news2-high', 'news2-medium', 'news2-single-3', 'news2-rise', 'not-recordable',"
    " 'observations-overdue', 'dose-overdue', 'stat-order', 'unverified-order', 'pump-to-stop'"
)


def upgrade() -> None:
    for table in ("alert", "alert_policy"):
        name = op.f(f"ck_{table}_cause")
        op.drop_constraint(name, table, type_="check")
        op.create_check_constraint(name, table, f"cause IN ({CAUSES})")
