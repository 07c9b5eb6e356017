"""Places: what was done to them, when one was closed; when a wallboard was last seen."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
KIND = sa.Enum(
    "branch", "ward", "room", "bed",
    name="placekind", native_enum=False, create_constraint=True, length=32,
)  # fmt: skip
DEED = sa.Enum(
    "opened", "renamed", "amended", "staffed", "closed", "reopened",
    name="placedeed", native_enum=False, create_constraint=True, length=32,
)  # fmt: skip

# Nothing new hangs on a closed place. Whoever closes one holds its row, so that whoever is at this
# very moment giving it a bed, a role or a booking waits for that, and is refused; or was sooner,
# and is counted.
REFUSES = """
CREATE FUNCTION refuse_{column}_closed() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE closed timestamptz;
BEGIN
    SELECT ended_at INTO closed FROM {place} WHERE id = NEW.{column} FOR KEY SHARE;
    IF closed IS NOT NULL THEN
        RAISE EXCEPTION 'this {place} is closed'
            USING ERRCODE = 'check_violation', CONSTRAINT = '{place}_stands', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$
"""
TRIGGER = """
CREATE TRIGGER {table}_{column}_stands BEFORE INSERT ON {table}
FOR EACH ROW WHEN (NEW.{column} IS NOT NULL) EXECUTE FUNCTION refuse_{column}_closed()
"""
HANGS = {
    ("ward", "ward_id"): (
        "bed", "room", "user_grant", "device", "duty", "resource", "appointment", "waitlist_entry",
    ),
    ("ward", "to_ward_id"): ("move_request",),
    ("branch", "branch_id"): ("ward", "user_grant"),
}  # fmt: skip


def upgrade() -> None:
    for table in ("branch", "ward", "room", "bed"):
        op.add_column(table, sa.Column("ended_at", AT, nullable=True))
    op.add_column("device", sa.Column("seen_at", AT, nullable=True))
    op.create_check_constraint(
        op.f("ck_bed_ended_is_closed"), "bed", "ended_at IS NULL OR status = 'C'"
    )
    op.create_table(
        "place_change",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("ward_id", sa.Uuid(), nullable=True),
        sa.Column("kind", KIND, nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("deed", DEED, nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("was", sa.Text(), nullable=True),
        sa.Column("now", sa.Text(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name=op.f("fk_place_change_branch_id_branch")
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["ward.id"], name=op.f("fk_place_change_ward_id_ward")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_change")),
    )
    op.create_index(op.f("ix_place_change_branch_id"), "place_change", ["branch_id"])
    op.create_index("ix_place_change_place", "place_change", ["place_id", "at"])
    op.create_index("ix_place_change_was", "place_change", ["kind", "was"])
    for (place, column), tables in HANGS.items():
        op.execute(REFUSES.format(place=place, column=column))
        for table in tables:
            op.execute(TRIGGER.format(table=table, column=column))
