"""Nobody comes to a closed ward, and no line of its register is written."""

from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

# As in 0047: whoever is at this moment putting somebody on a ward waits for who closes it, and is
# refused; or was sooner, and is counted (ward/house/hangs.py names the same states). A visit that
# is over, or only planned, hangs nothing on a ward. Who is there already is not asked for again.
HERE = "('arrived', 'triaged', 'in-progress', 'onleave')"
COMES = (
    f"NEW.ward_id IS NOT NULL AND NEW.status IN {HERE}"
    f" AND (NEW.ward_id IS DISTINCT FROM OLD.ward_id OR OLD.status NOT IN {HERE})"
)
TRIGGERS = {
    ("encounter", "encounter_ward_id_stands"): (
        "INSERT",
        f"NEW.ward_id IS NOT NULL AND NEW.status IN {HERE}",
    ),
    ("encounter", "encounter_ward_id_still_stands"): ("UPDATE OF ward_id, status", COMES),
    ("register_entry", "register_entry_ward_id_stands"): ("INSERT", "NEW.ward_id IS NOT NULL"),
}


def upgrade() -> None:
    for (table, name), (deed, when) in TRIGGERS.items():
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {deed} ON {table} FOR EACH ROW"
            f" WHEN ({when}) EXECUTE FUNCTION refuse_ward_id_closed()"
        )


def downgrade() -> None:
    for table, name in TRIGGERS:
        op.execute(f"DROP TRIGGER {name} ON {table}")
