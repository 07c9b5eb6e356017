"""Whether anybody is told of a kind of thing, asked by the statement that writes its jobs."""

from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

# Whoever adds a receiver holds this lock alone until that has committed. Whoever writes no job
# holds it beside others until its own commit, and looks once it has it: a function's every
# question sees what is committed by then, not by the beginning of the statement around it. So
# whatever has no job has committed before the receiver was there; its first picture shows it.
# While one is being added nobody waits: the job is written, and asks when it runs.
IS_TOLD = """
CREATE FUNCTION hl7_is_told(wanted text[]) RETURNS boolean LANGUAGE plpgsql VOLATILE
SET search_path = public, pg_temp
AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock_shared(hashtext('ward.hl7.receivers')) THEN
        RETURN true;
    END IF;
    RETURN EXISTS (SELECT FROM hl7_receiver WHERE state <> 'removed' AND kinds && wanted);
END $$
"""


def upgrade() -> None:
    op.execute(IS_TOLD)
