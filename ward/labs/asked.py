"""Asked: the order that a report answers, and what becomes of it and its specimens."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from domain import lab_orders
from domain.access import Permission
from domain.errors import NotAllowed
from domain.lab_orders import Act, RequestStatus, SpecimenState, acts
from ward.labs.details import LabOrder
from ward.labs.models import (
    DiagnosticReport,
    LabResult,
    ReportStatus,
    ServiceRequest,
    Specimen,
)
from ward.labs.specimen_kinds import kinds_of_tests, unanswered
from ward.work import Work

_MAY = Permission.RELEASE_RESULT
_ENDED = frozenset({SpecimenState.RESULTED, SpecimenState.REJECTED, SpecimenState.CANCELLED})
_COMPLETE = frozenset({ReportStatus.FINAL, ReportStatus.CORRECTED, ReportStatus.CANCELLED})


async def request_of(work: Work, number: str, patient_id: UUID) -> ServiceRequest | None:
    """Find our order by its number, locked; refused when it is for another patient."""
    if not number:
        return None
    marked = select(ServiceRequest).where(ServiceRequest.number == number).with_for_update()
    found = next(iter(await work.every(marked, _MAY)), None)
    if found is not None and found.patient_id != patient_id:
        raise NotAllowed(f"Order {number} is for another patient.", "labs.order")
    return found


async def answered(
    work: Work, request: ServiceRequest, status: ReportStatus, keys: Collection[str]
) -> list[Specimen]:
    """Note on the specimens that the laboratory answered; the last answer completes the order."""
    mine = select(Specimen).where(Specimen.request_id == request.id).with_for_update()
    specimens = await work.every(mine.order_by(Specimen.id), _MAY)
    if status is ReportStatus.WRONG:
        return []
    kinds = kinds_of_tests(keys)
    moved = []
    for specimen in [one for one in specimens if one.kind in kinds] or specimens:
        if specimen.state is not SpecimenState.RESULTED and Act.RESULT in acts(specimen.state):
            specimen.state = lab_orders.move(specimen.state, Act.RESULT)
            moved.append(specimen)
    if status in _COMPLETE and all(one.state in _ENDED for one in specimens):
        await _complete(work, request)
    return moved


async def _complete(work: Work, request: ServiceRequest) -> None:
    """Complete the order once each of its panels and tests has an answer."""
    if request.status is not RequestStatus.ACTIVE:
        return
    reports = select(DiagnosticReport.id).where(DiagnosticReport.request_id == request.id)
    results = select(LabResult).where(
        LabResult.report_id.in_(reports), LabResult.replaced_at.is_(None)
    )
    details = await work.open(await work.every(results, _MAY), LabResult.detail)
    order: LabOrder = (await work.open([request], ServiceRequest.detail))[request.id]
    if not unanswered(order, {one.key for one in details.values()}):
        request.status, request.ended_at = RequestStatus.COMPLETED, work.now
