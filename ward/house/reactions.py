"""Reactions: whatever else names a ward or a bed says it as it is called now."""

from sqlalchemy import text

from domain.access import Permission
from realtime.topics import Topic
from ward import jobs
from ward.patients.events import charts
from ward.places.events import WardAmended
from ward.work import Work

# Who lies there, and whose chart tells where their mother or infant lies.
_NAMED = text("""
    WITH here AS (
        SELECT patient_id FROM stay
        WHERE ward_id = :ward AND ended_at IS NULL AND voided_at IS NULL
    )
    SELECT patient_id FROM here
    UNION SELECT l.mother_id FROM infant_link l JOIN here USING (patient_id)
        WHERE l.ended_at IS NULL
    UNION SELECT l.patient_id FROM infant_link l JOIN here ON here.patient_id = l.mother_id
        WHERE l.ended_at IS NULL
""")
_ASKED = text("""
    SELECT DISTINCT other FROM move_request,
        LATERAL (VALUES (to_ward_id, from_ward_id), (from_ward_id, to_ward_id)) AS of (one, other)
    WHERE one = :ward AND other IS NOT NULL AND status IN ('requested', 'accepted')
""")


@jobs.when(WardAmended, may={Permission.VIEW_PLACES})
async def name_places(work: Work, event: WardAmended) -> None:
    """Have their pages drawn again, and the boards of wards that ask it or are asked by it."""
    connection, there = await work.connection(), {"ward": event.ward_id}
    for patient in (await connection.execute(_NAMED, there)).scalars():
        for page in charts(patient):
            work.due(page, work.now)
    for ward in (await connection.execute(_ASKED, there)).scalars():
        work.due(Topic("beds", ward), work.now)
