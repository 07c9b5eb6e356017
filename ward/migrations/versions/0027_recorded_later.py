"""Recorded later: how a patient was known where a dose is taken from paper or told afterwards."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    known = "'scanned', 'damaged', 'no-code', 'emergency', 'system', 'paper', 'afterwards'"
    for column, name in (("band", "identified"), ("pack", "identified_pack")):
        check = op.f(f"ck_medication_administration_{name}")
        op.drop_constraint(check, "medication_administration", type_="check")
        op.create_check_constraint(check, "medication_administration", f"{column} IN ({known})")
