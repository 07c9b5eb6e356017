"""Result reactions: what facts of the laboratory leave to be done."""

from domain.access import Permission
from ward import jobs
from ward.labs.events import ResultAcknowledged, ResultCorrected, ResultReleased
from ward.labs.models import DiagnosticReport
from ward.tasks import results
from ward.work import Work

MAY = {
    Permission.ASSIGN_TASK,
    Permission.DO_TASK,
    Permission.VIEW_DUTY,
    Permission.VIEW_LABS,
}


@jobs.when(ResultReleased, may=MAY, only=lambda fact: fact.striking)
async def released(work: Work, event: ResultReleased) -> None:
    """Have a disagreement looked into."""
    await results.released(work, event.patient_id, event.report_id)


@jobs.when(ResultCorrected, may=MAY)
async def corrected(work: Work, event: ResultCorrected) -> None:
    """Tell who relied on the old value."""
    await results.corrected(work, event.patient_id, event.report_id)


@jobs.when(ResultAcknowledged, may=MAY)
async def acknowledged(work: Work, event: ResultAcknowledged) -> None:
    """Note that somebody has read it."""
    report = await work.access(DiagnosticReport, event.report_id, Permission.VIEW_LABS)
    by = report.acknowledged_by
    await results.acknowledged(work, event.patient_id, event.report_id, by)
