"""Told: what is given or not given here is told to the pharmacy's system, once and in order."""

from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.formulary import unlisted
from ward import jobs
from ward.duty.queries import names
from ward.interop.hl7.outbound import lines, ras
from ward.interop.hl7.outbound.about import Moment, about
from ward.interop.hl7.outbound.known import anybody, told
from ward.interop.hl7.outbound.lines import Telling
from ward.interop.hl7.outbound.models import Hl7Order, OrderNumber
from ward.interop.hl7.outbound.ras import Act, Dose, Staff
from ward.interop.hl7.outbound.receivers import Kind, Receiver
from ward.later import Job
from ward.medications.details import GivenDetail, OrderDetail
from ward.medications.events import (
    AdministrationCorrected,
    DoseGiven,
    DoseNotGiven,
    InfusionChanged,
    OfDose,
)
from ward.medications.models import MedicationAdministration, MedicationRequest
from ward.work import Work

P = Permission
MAY = {
    P.VIEW_MEDICATIONS,
    P.VIEW_PATIENT,
    P.VIEW_STAYS,
    P.VIEW_BEDS,
    P.VIEW_PLACES,
    P.VIEW_DUTY,
    P.REVIEW_MESSAGES,
}
RAS, EVENT = "RAS", "O17"
_NAME = "interop.hl7.outbound.told.dose"


@jobs.when(
    DoseGiven,
    DoseNotGiven,
    InfusionChanged,
    AdministrationCorrected,
    may=MAY,
    where=anybody(Kind.DOSES),
)
async def dose(work: Work, event: OfDose) -> None:
    """Write what is true now of a dose into the line of each receiver.

    Jobs may come out of order: whoever is first tells what the others would have, oldest first.
    """
    to = await told(work, Kind.DOSES)
    if not to:
        return
    await lines.in_turn(work, event.patient_id)
    wanted = await _pending(work, event.patient_id) | _of(event)
    about = select(MedicationAdministration).where(
        MedicationAdministration.id.in_(wanted),
        MedicationAdministration.patient_id == event.patient_id,
    )
    order = (MedicationAdministration.recorded_at, MedicationAdministration.id)
    for row in await work.every(about.order_by(*order), P.VIEW_MEDICATIONS):
        for receiver in to:
            await _tell(work, receiver, row)


def _of(event: OfDose) -> set[UUID]:
    instead = event.instead_id if isinstance(event, AdministrationCorrected) else None
    return {event.administration_id, instead} - {None}  # type: ignore[return-value]


async def _pending(work: Work, patient_id: UUID) -> set[UUID]:
    """List the administrations of this patient whose jobs wait beside this one."""
    waiting = select(Job.body).where(
        Job.name.startswith(_NAME), Job.body["patient_id"].astext == str(patient_id)
    )
    bodies = (await (await work.connection()).execute(waiting)).scalars()
    ids = (body.get(key) for body in bodies for key in ("administration_id", "instead_id"))
    return {UUID(one) for one in ids if one}


async def _tell(work: Work, receiver: Receiver, row: MedicationAdministration) -> None:
    """Tell that it was given, that a running one has ended, or that it was no such thing."""
    if not await lines.is_told(work, receiver, f"{row.id}/{Act.ADD}"):
        if row.voided_at is None:  # what was wrong before anybody heard of it is not told
            await _write(work, receiver, row, Act.ADD)
    elif row.voided_at is not None:
        await _write(work, receiver, row, Act.DELETE)
    elif row.ended_at is not None:
        await _write(work, receiver, row, Act.UPDATE)


async def _write(work: Work, receiver: Receiver, row: MedicationAdministration, act: Act) -> None:
    once = f"{row.id}/{act}"
    if await lines.is_told(work, receiver, once):
        return
    given = await _dose(work, row)
    moment = Moment(row.encounter_id, row.ward_id, row.occurred_at)
    whom = await about(work, receiver, row.patient_id, moment)
    telling = Telling(kind=RAS, event=EVENT, once=once)
    await lines.put(
        work,
        row.patient_id,
        receiver,
        telling,
        lambda control_id: ras.message(whom, given, act, control_id),
    )


async def _dose(work: Work, row: MedicationAdministration) -> Dose:
    request = await work.access(MedicationRequest, row.request_id, P.VIEW_MEDICATIONS)
    ordered: OrderDetail = (await work.open([request], MedicationRequest.detail))[request.id]
    detail: GivenDetail = (await work.open([row], MedicationAdministration.detail))[row.id]
    people_ = [one for one in (request.prescribed_by, row.recorded_by) if one]
    known = await names(work, people_)

    def staff(user_id: UUID | None) -> Staff:
        found = known.get(user_id) if user_id else None
        return Staff(str(user_id), found.name) if found else Staff()

    return Dose(
        order=await _number(work, request),
        ordered_by=staff(request.prescribed_by),
        drug=unlisted(ordered.generic),
        form=ordered.form,
        route=ordered.route,
        unit=ordered.unit,
        status=row.status,
        detail=detail,
        occurred_at=row.occurred_at,
        ended_at=row.ended_at,
        recorded_at=row.recorded_at,
        given_by=staff(row.recorded_by),
        indication=ordered.indication,
    )


async def _number(work: Work, request: MedicationRequest) -> OrderNumber:
    """Name the order as whoever ordered it does; our own orders by our id."""
    theirs = select(Hl7Order).where(Hl7Order.request_id == request.id)
    rows = await work.every(theirs, P.REVIEW_MESSAGES)
    if not rows:
        return OrderNumber(placer=str(request.id), placed_by="WARD")
    number: OrderNumber = (await work.open(rows, Hl7Order.number))[rows[0].id]
    return number
