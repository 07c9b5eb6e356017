"""Reactions: orders are planned on, end in time, and follow the patient."""

from domain.access import Permission
from domain.doses import Status
from domain.orders import RequestStatus
from ward import jobs
from ward.medications import planning
from ward.medications.events import DoseOverdue, DosesPlanned, VerificationOverdue
from ward.medications.held import hold
from ward.medications.line import line
from ward.medications.models import MedicationRequest, ScheduledDose
from ward.medications.order_errands import DoseClosing, OrderEnds, PlanAhead, VerificationDue
from ward.medications.stop import complete
from ward.patients.models import Patient
from ward.work import Work

MAY = {Permission.PRESCRIBE, Permission.VIEW_MEDICATIONS}
_MAY = Permission.PRESCRIBE
_VIEW = Permission.VIEW_MEDICATIONS


@jobs.at(PlanAhead, may=MAY)
async def plan_ahead(work: Work, errand: PlanAhead) -> None:
    """Work out the doses that come next, unless the order has ended."""
    request = await work.access(MedicationRequest, errand.request_id, _VIEW)
    if not request.status.stands:
        return
    held = await hold(work, request.patient_id, _MAY)
    of = await line(work, request.id, _MAY, lock=True)
    if of.request.status.stands:
        await planning.plan(work, held, of)
        work.record(DosesPlanned(held.patient.id, held.ward.id, request.id))


@jobs.at(OrderEnds, may=MAY)
async def order_ends(work: Work, errand: OrderEnds) -> None:
    """Complete an order whose time is over, unless it was prolonged or has ended."""
    first = await work.access(MedicationRequest, errand.request_id, _VIEW)
    patient = await work.access(Patient, first.patient_id, _MAY, lock="share")
    request = await work.access(MedicationRequest, errand.request_id, _MAY, lock=True)
    if request.status.stands and request.stops_at == errand.at and errand.at <= work.now:
        await complete(work, patient, request)


@jobs.at(DoseClosing, may=MAY)
async def dose_closing(work: Work, errand: DoseClosing) -> None:
    """Tell that a time-critical dose was not given in its window, unless nobody may give it."""
    dose = await work.access(ScheduledDose, errand.dose_id, _VIEW)
    if dose.status is not Status.PLANNED or dose.closes_at >= work.now:
        return
    request = await work.access(MedicationRequest, dose.request_id, _VIEW)
    if request.status is not RequestStatus.ACTIVE:
        return
    patient = await work.access(Patient, dose.patient_id, _VIEW, lock="share")
    work.record(DoseOverdue(patient.id, patient.ward_id, request.id, dose.id, dose.due_at))


@jobs.at(VerificationDue, may=MAY)
async def verification_due(work: Work, errand: VerificationDue) -> None:
    """Tell that a high-alert order is still unverified; at night it waits for the pharmacy."""
    request = await work.access(MedicationRequest, errand.request_id, _VIEW)
    if not request.status.stands or request.verified_at is not None:
        return
    held = await hold(work, request.patient_id, _VIEW)
    work.record(VerificationOverdue(held.patient.id, held.ward.id, request.id))
