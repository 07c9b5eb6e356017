"""Told labs: what the laboratory is asked, and takes back, is told to its system, in order."""

from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.lab_orders import RequestStatus, SpecimenState
from ward import jobs
from ward.duty.queries import names
from ward.interop.hl7.outbound import lines, oml
from ward.interop.hl7.outbound.about import Moment, about
from ward.interop.hl7.outbound.known import anybody, told
from ward.interop.hl7.outbound.lines import Telling
from ward.interop.hl7.outbound.oml import Act, Asked, Taken
from ward.interop.hl7.outbound.ras import Staff
from ward.interop.hl7.outbound.receivers import Kind, Receiver
from ward.labs.details import LabOrder
from ward.labs.events import LabOrderCancelled, LabOrdered, SpecimenMoved
from ward.labs.models import ServiceRequest, Specimen
from ward.work import Work

P = Permission
MAY = {
    P.VIEW_LABS,
    P.VIEW_PATIENT,
    P.VIEW_STAYS,
    P.VIEW_BEDS,
    P.VIEW_PLACES,
    P.VIEW_DUTY,
    P.REVIEW_MESSAGES,
}
OML, EVENT = "OML", "O21"
_TAKEN = frozenset({SpecimenState.COLLECTED, SpecimenState.RECEIVED, SpecimenState.RESULTED})


@jobs.when(LabOrdered, LabOrderCancelled, SpecimenMoved, may=MAY, where=anybody(Kind.LAB_ORDERS))
async def ordered(work: Work, event: LabOrdered | LabOrderCancelled | SpecimenMoved) -> None:
    """Write what is true now of an order into the line of each receiver.

    Jobs may come out of order: whoever is first tells what the others would have, oldest first.
    """
    to = await told(work, Kind.LAB_ORDERS)
    if not to:
        return
    await lines.in_turn(work, event.patient_id)
    theirs = select(ServiceRequest).where(
        ServiceRequest.patient_id == event.patient_id,
        (ServiceRequest.status == RequestStatus.ACTIVE) | (ServiceRequest.id == event.request_id),
    )
    for request in await work.every(
        theirs.order_by(ServiceRequest.ordered_at, ServiceRequest.id), P.VIEW_LABS
    ):
        for receiver in to:
            await _tell(work, receiver, request)


async def _tell(work: Work, receiver: Receiver, request: ServiceRequest) -> None:
    """Tell of an order, of each specimen that was taken, and that it is no longer wanted."""
    specimens = await _specimens(work, request.id)
    known = await lines.is_told(work, receiver, f"{request.id}/{Act.NEW}")
    if not known:
        if request.status is RequestStatus.REVOKED:  # nobody has heard of it
            return
        await _write(work, receiver, request, Act.NEW, specimens)
    for one in specimens:
        if one.state in _TAKEN and one.collected_at is not None:
            await _write(work, receiver, request, Act.STATUS, [one])
    if request.status is RequestStatus.REVOKED:
        await _write(work, receiver, request, Act.CANCEL, [])


async def _specimens(work: Work, request_id: UUID) -> list[Specimen]:
    mine = select(Specimen).where(Specimen.request_id == request_id).order_by(Specimen.id)
    return await work.every(mine, P.VIEW_LABS)


async def _write(
    work: Work,
    receiver: Receiver,
    request: ServiceRequest,
    act: Act,
    specimens: list[Specimen],
) -> None:
    once = f"{specimens[0].id if act is Act.STATUS else request.id}/{act}"
    if await lines.is_told(work, receiver, once):
        return
    asked = await _asked(work, request, specimens)
    moment = Moment(request.encounter_id, None, work.now)
    whom = await about(work, receiver, request.patient_id, moment)
    telling = Telling(kind=OML, event=EVENT, once=once)
    await lines.put(
        work,
        request.patient_id,
        receiver,
        telling,
        lambda control_id: oml.message(whom, asked, act, control_id),
    )


async def _asked(work: Work, request: ServiceRequest, specimens: list[Specimen]) -> Asked:
    order: LabOrder = (await work.open([request], ServiceRequest.detail))[request.id]
    reason: str | None = (await work.open([request], ServiceRequest.reason))[request.id]
    by = request.ordered_by
    found = (await names(work, [by])).get(by) if by else None
    return Asked(
        number=request.number,
        order=order,
        urgency=request.urgency,
        wanted_at=request.wanted_at,
        ordered_at=request.ordered_at,
        ordered_by=Staff(str(by), found.name) if found else Staff(),
        specimens=[Taken(one.number, one.kind, one.collected_at) for one in specimens],
        reason=reason or "",
    )
