"""Reopened orders: an order may stand again when what ended it was taken back."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_ACTS = (
    "'prescribe', 'acknowledge', 'verify', 'change', 'review', 'hold', 'lift', 'renew', 'stop',"
    " 'cancel', 'complete'"
)


def upgrade() -> None:
    op.drop_constraint(op.f("ck_medication_change_act"), "medication_change", type_="check")
    op.create_check_constraint(
        op.f("ck_medication_change_act"), "medication_change", f"act IN ({_ACTS}, 'reopen')"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_medication_change_act"), "medication_change", type_="check")
    op.create_check_constraint(
        op.f("ck_medication_change_act"), "medication_change", f"act IN ({_ACTS})"
    )
