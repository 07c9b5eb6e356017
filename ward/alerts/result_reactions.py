"""Result reactions: what facts of the laboratory are to alerts."""

from domain.access import Permission
from domain.labs import CRITICAL
from ward import jobs
from ward.alerts import results
from ward.alerts.acting import MAY as _MAY
from ward.labs.events import ResultAcknowledged, ResultCorrected, ResultReleased
from ward.work import Work

MAY = {*_MAY, Permission.VIEW_LABS}


@jobs.when(ResultReleased, may=MAY, only=lambda fact: fact.striking)
async def released(work: Work, event: ResultReleased) -> None:
    """Call for a critical result."""
    await results.released(work, event.patient_id, event.report_id, event.worst)


@jobs.when(ResultCorrected, may=MAY)
async def corrected(work: Work, event: ResultCorrected) -> None:
    """Tell who relied on a result that it was another; a critical one calls anew."""
    eased = event.worst < CRITICAL <= event.worst_was
    await results.corrected(work, event.patient_id, event.report_id, eased=eased)
    if event.worst >= CRITICAL:
        await results.released(work, event.patient_id, event.report_id, event.worst)


@jobs.when(ResultAcknowledged, may=MAY)
async def acknowledged(work: Work, event: ResultAcknowledged) -> None:
    """Close what somebody has seen."""
    await results.acknowledged(work, event.patient_id, event.report_id)
