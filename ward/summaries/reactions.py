"""Reactions: what the record says as the patient leaves is kept with a draft nobody signed."""

from domain.access import Permission
from ward import jobs
from ward.adt.events import PatientDischarged
from ward.summaries import kept
from ward.summaries.parts import READ_BY
from ward.work import Work

READS = {permission for _, permission in READ_BY.values()} | {Permission.VIEW_VITALS}


@jobs.when(PatientDischarged, may={Permission.WRITE_SUMMARY, *READS})
async def record_kept(work: Work, event: PatientDischarged) -> None:
    """Keep it, unless the patient is back by now."""
    await kept.at_leaving(work, event.encounter_id)
