"""The order of a patient's steps is the database's, not that of the clocks of the nodes."""

from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

# Steps of old keep the order in which the pages have shown them.
STATEMENTS = (
    "ALTER TABLE movement ADD COLUMN seq bigint",
    """
    UPDATE movement SET seq = ordered.seq
    FROM (SELECT id, row_number() OVER (ORDER BY recorded_at, id) AS seq FROM movement) AS ordered
    WHERE movement.id = ordered.id
    """,
    "ALTER TABLE movement ALTER seq SET NOT NULL",
    "ALTER TABLE movement ALTER seq ADD GENERATED ALWAYS AS IDENTITY",
    "SELECT setval(pg_get_serial_sequence('movement', 'seq'), max(seq)) FROM movement HAVING count(*) > 0",
    "DROP INDEX ix_movement_history",
    "CREATE INDEX ix_movement_history ON movement (encounter_id, seq)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
