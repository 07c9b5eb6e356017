"""Sign in: second factors, passkeys, PINs on devices, locks, drafts and outside identities."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spent_token",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spent_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_spent_token_token_hash")),
    )
    op.create_index(op.f("ix_spent_token_until"), "spent_token", ["until"], unique=False)
    op.create_table(
        "badge",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_badge_user_id_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge")),
    )
    op.create_index(op.f("ix_badge_user_id"), "badge", ["user_id"], unique=False)
    op.create_index(
        "uq_badge_standing",
        "badge",
        ["code_hash"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "draft",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("typed", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_draft_user_id_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
    )
    op.create_index(op.f("ix_draft_until"), "draft", ["until"], unique=False)
    op.create_index(op.f("ix_draft_user_id"), "draft", ["user_id"], unique=False)
    op.create_table(
        "outside_identity",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject_hash", sa.LargeBinary(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_outside_identity_user_id_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_identity")),
    )
    op.create_index(
        op.f("ix_outside_identity_user_id"), "outside_identity", ["user_id"], unique=False
    )
    op.create_index(
        "uq_outside_identity_standing",
        "outside_identity",
        ["issuer", "subject_hash"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "passkey",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_passkey_user_id_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_index(op.f("ix_passkey_user_id"), "passkey", ["user_id"], unique=False)
    op.create_table(
        "recovery_code",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_recovery_code_user_id_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint(
            "user_id", "code_hash", name=op.f("uq_recovery_code_user_id_code_hash")
        ),
    )
    op.create_table(
        "role_rule",
        sa.Column(
            "role",
            sa.Enum(
                "nurse",
                "charge",
                "doctor",
                "pharmacist",
                "lab",
                "reception",
                "billing",
                "admin",
                "privacy",
                "patient",
                "wall",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("second_factor", sa.Boolean(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_by"], ["app_user.id"], name=op.f("fk_role_rule_set_by_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_rule")),
        sa.UniqueConstraint("role", name=op.f("uq_role_rule_role")),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "second",
                "passkey",
                "register",
                "outside",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("onward", sa.Text(), nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_sign_in_attempt_user_id_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_attempt_token_hash")),
    )
    op.create_index(op.f("ix_sign_in_attempt_until"), "sign_in_attempt", ["until"], unique=False)
    op.create_table(
        "totp",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_totp_user_id_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_totp")),
    )
    op.create_index(
        "uq_totp_standing",
        "totp",
        ["user_id"],
        unique=True,
        postgresql_where=sa.text("confirmed_at IS NOT NULL AND ended_at IS NULL"),
    )
    op.create_table(
        "device_pin",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("pin_hash", sa.Text(), nullable=False),
        sa.Column("wrong", sa.BigInteger(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("void_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_device_pin_device_id_device")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_device_pin_user_id_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_pin")),
    )
    op.create_index(op.f("ix_device_pin_user_id"), "device_pin", ["user_id"], unique=False)
    op.create_index(
        "uq_device_pin_standing",
        "device_pin",
        ["device_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("void_at IS NULL"),
    )
    op.add_column(
        "device",
        sa.Column(
            "kind",
            sa.Enum("wall", "shared", name="devicekind", native_enum=False, length=32),
            nullable=False,
            server_default="wall",
        ),
    )
    op.alter_column("device", "kind", server_default=None)
    op.create_check_constraint(op.f("ck_device_devicekind"), "device", "kind IN ('wall', 'shared')")
    op.add_column("device", sa.Column("branch_id", sa.Uuid(), nullable=True))
    op.add_column("device", sa.Column("ward_id", sa.Uuid(), nullable=True))
    op.add_column("device", sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(op.f("fk_device_ward_id_ward"), "device", "ward", ["ward_id"], ["id"])
    op.create_foreign_key(
        op.f("fk_device_branch_id_branch"), "device", "branch", ["branch_id"], ["id"]
    )
    op.add_column("session", sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "session", sa.Column("owes", sa.Boolean(), nullable=False, server_default="false")
    )
    op.alter_column("session", "owes", server_default=None)
    op.add_column("session", sa.Column("device_id", sa.Uuid(), nullable=True))
    op.add_column("session", sa.Column("outside", sa.LargeBinary(), nullable=True))
    op.add_column("session", sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_session_device_id"), "session", ["device_id"], unique=False)
    op.create_index(op.f("ix_session_outside"), "session", ["outside"], unique=False)
    op.create_foreign_key(
        op.f("fk_session_device_id_device"), "session", "device", ["device_id"], ["id"]
    )
