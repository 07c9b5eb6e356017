"""Register: the controlled drugs of a ward, and doses the pharmacy is asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "missing_dose",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("dose_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "sent",
                "arrived",
                "withdrawn",
                name="missingstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(state = 'asked') = (settled_at IS NULL)", name=op.f("ck_missing_dose_settled")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["app_user.id"], name=op.f("fk_missing_dose_asked_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["dose_id"], ["scheduled_dose.id"], name=op.f("fk_missing_dose_dose_id_scheduled_dose")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_missing_dose_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["medication_request.id"],
            name=op.f("fk_missing_dose_request_id_medication_request"),
        ),
        sa.ForeignKeyConstraint(
            ["settled_by"], ["app_user.id"], name=op.f("fk_missing_dose_settled_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["ward.id"], name=op.f("fk_missing_dose_ward_id_ward")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_missing_dose")),
    )
    op.create_index(
        op.f("ix_missing_dose_patient_id"), "missing_dose", ["patient_id"], unique=False
    )
    op.create_index(op.f("ix_missing_dose_ward_id"), "missing_dose", ["ward_id"], unique=False)
    op.create_index(
        "uq_missing_dose_open",
        "missing_dose",
        ["request_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('asked', 'sent')"),
    )
    op.create_table(
        "register_entry",
        sa.Column("ward_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("previous", sa.BigInteger(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "received",
                "given",
                "wasted",
                "returned",
                "counted",
                "corrected",
                name="entry",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("opening", sa.Numeric(), nullable=False),
        sa.Column("change", sa.Numeric(), nullable=False),
        sa.Column("balance", sa.Numeric(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_as", sa.Text(), nullable=False),
        sa.Column("witnessed_by", sa.Uuid(), nullable=True),
        sa.Column("administration_id", sa.Uuid(), nullable=True),
        sa.Column("incident", sa.LargeBinary(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "CASE kind WHEN 'received' THEN change > 0 WHEN 'counted' THEN true WHEN 'corrected' THEN true ELSE change < 0 END",
            name=op.f("ck_register_entry_direction"),
        ),
        sa.CheckConstraint(
            "kind <> 'counted' OR change = 0 OR incident IS NOT NULL",
            name=op.f("ck_register_entry_mismatch_explained"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('given', 'wasted', 'counted') OR witnessed_by IS NOT NULL",
            name=op.f("ck_register_entry_witnessed"),
        ),
        sa.CheckConstraint("balance = opening + change", name=op.f("ck_register_entry_adds_up")),
        sa.CheckConstraint("balance >= 0", name=op.f("ck_register_entry_not_below_nothing")),
        sa.CheckConstraint(
            "number = coalesce(previous, 0) + 1", name=op.f("ck_register_entry_in_order")
        ),
        sa.CheckConstraint(
            "previous IS NOT NULL OR opening = 0", name=op.f("ck_register_entry_begins_empty")
        ),
        sa.CheckConstraint(
            "witnessed_by <> recorded_by", name=op.f("ck_register_entry_witness_is_another")
        ),
        sa.ForeignKeyConstraint(
            ["administration_id"],
            ["medication_administration.id"],
            name=op.f("fk_register_entry_administration_id_medication_administration"),
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_register_entry_product_id_product")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["app_user.id"], name=op.f("fk_register_entry_recorded_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["ward_id", "product_id", "previous", "opening"],
            [
                "register_entry.ward_id",
                "register_entry.product_id",
                "register_entry.number",
                "register_entry.balance",
            ],
            name="fk_register_entry_previous",
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["ward.id"], name=op.f("fk_register_entry_ward_id_ward")
        ),
        sa.ForeignKeyConstraint(
            ["witnessed_by"], ["app_user.id"], name=op.f("fk_register_entry_witnessed_by_app_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_entry")),
        sa.UniqueConstraint(
            "ward_id", "product_id", "number", "balance", name="uq_register_entry_line"
        ),
        sa.UniqueConstraint(
            "ward_id",
            "product_id",
            "number",
            name=op.f("uq_register_entry_ward_id_product_id_number"),
        ),
    )
    op.create_index(
        "ix_register_entry_administration_id", "register_entry", ["administration_id"], unique=False
    )
    op.execute(
        "REVOKE UPDATE, DELETE, TRUNCATE ON register_entry FROM ward_app"
    )  # a book is added to
