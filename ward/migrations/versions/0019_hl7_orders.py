"""HL7 orders: why an order of another system waits for a person."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NAME = "ck_hl7_message_reviewreason"
REASONS = (
    "'unknown_place', 'no_place', 'bed_taken', 'unknown_patient', 'other_person',"
    " 'unknown_visit', 'open_visit', 'merge', 'unknown_order', 'unknown_medicine',"
    " 'unclear_order', 'unsafe_order', 'refused'"
)


def upgrade() -> None:
    op.drop_constraint(op.f(NAME), "hl7_message", type_="check")
    op.create_check_constraint(op.f(NAME), "hl7_message", f"reason IN ({REASONS})")
