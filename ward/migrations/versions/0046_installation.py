"""Installation: the database itself says whether its patients are real or invented."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

# What was used before it could say so: the demo hospital left its founder's name in the trail;
# whatever else has people is taken for real. What is empty is marked by the first node.
FOUND = """
    INSERT INTO installation (one, kind, since)
    SELECT true,
        CASE WHEN EXISTS (SELECT FROM audit_event WHERE actor_name = 'job:demo')
            THEN 'demo' ELSE 'production' END,
        now()
    WHERE EXISTS (SELECT FROM app_user)
"""
KEPT = [
    """
    CREATE FUNCTION installation_stays() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'What a database is for is never changed.'; END $$
    """,
    """
    CREATE TRIGGER installation_stays BEFORE UPDATE OR DELETE ON installation
    FOR EACH ROW EXECUTE FUNCTION installation_stays()
    """,
    """
    CREATE TRIGGER installation_is_not_emptied BEFORE TRUNCATE ON installation
    FOR EACH STATEMENT EXECUTE FUNCTION installation_stays()
    """,
    "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON installation FROM ward_app",
]


def upgrade() -> None:
    op.create_table(
        "installation",
        sa.Column("one", sa.Boolean(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "demo",
                "training",
                "test",
                "production",
                name="env",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("one", name=op.f("ck_installation_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_installation")),
    )
    op.execute(FOUND)
    for statement in KEPT:
        op.execute(statement)
