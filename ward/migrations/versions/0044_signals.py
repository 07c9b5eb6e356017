"""Signals: more of what looks odd, and records that many are curious about."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

KINDS = (
    "honeytoken self family no-relation hours many searches break-glass"
    " watched household colleague after dormant exports own-rights"
)
WATCH = sa.Enum(
    "nobody", "vip", name="watch", native_enum=False, create_constraint=True, length=32
)  # fmt: skip


def upgrade() -> None:
    name = "ck_audit_signal_signalkind"
    op.drop_constraint(op.f(name), "audit_signal", type_="check")
    known = ", ".join(f"'{kind}'" for kind in KINDS.split())
    op.create_check_constraint(op.f(name), "audit_signal", f"kind IN ({known})")
    op.add_column("honeytoken", sa.Column("watch", WATCH, server_default="nobody", nullable=False))
