"""Reactions: orders are planned on, end in time, and follow the patient."""

from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.doses import Status
from domain.encounters import Disposition, EncounterStatus
from domain.errors import NotAllowed
from domain.orders import STANDING, VERIFY_HIGH_ALERT_WITHIN, Act, RequestStatus
from ward import jobs
from ward.adt.events import (
    DischargeCancelled,
    PatientDischarged,
    PatientsSwapped,
    PatientTransferred,
    TransferCancelled,
)
from ward.adt.models import Encounter
from ward.medications import dose_rows, planning
from ward.medications.context import age_days
from ward.medications.details import Changed
from ward.medications.events import (
    AdministrationCorrected,
    DoseGiven,
    DoseNotGiven,
    DoseOverdue,
    DosesPlanned,
    InfusionChanged,
    OfDose,
    VerificationOverdue,
)
from ward.medications.held import Held, hold
from ward.medications.line import Line, line, selected
from ward.medications.models import MedicationChange, MedicationRequest, ScheduledDose
from ward.medications.order_errands import DoseClosing, OrderEnds, PlanAhead, VerificationDue
from ward.medications.prescribe import witnessed
from ward.medications.stop import complete, reopen, stop_all
from ward.patients.models import Patient
from ward.patients.queries import among
from ward.work import Work

DISCHARGED, DIED = "The patient was discharged", "The patient died"
MAY = {Permission.PRESCRIBE, Permission.VIEW_MEDICATIONS}
_MAY = Permission.PRESCRIBE
_VIEW = Permission.VIEW_MEDICATIONS


@jobs.at(PlanAhead, may=MAY)
async def plan_ahead(work: Work, errand: PlanAhead) -> None:
    """Work out the doses that come next, unless the order has ended.

    Those to come are held against the time zones first: a new release of them moves doses.
    """
    request = await work.access(MedicationRequest, errand.request_id, _VIEW)
    if not request.status.stands:
        return
    held = await hold(work, request.patient_id, _MAY)
    of = await line(work, request.id, _MAY, lock=True)
    if of.request.status.stands:
        await planning.follow(work, held, of)
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
    opens = held.settings.pharmacy.next_open(work.now, held.zone)
    if opens > work.now:
        at = opens + VERIFY_HIGH_ALERT_WITHIN
        work.later(VerificationDue(request.id, at), at)
    else:
        work.record(VerificationOverdue(held.patient.id, held.ward.id, request.id))


@jobs.when(DoseGiven, DoseNotGiven, InfusionChanged, may=MAY)
async def dose_settled(work: Work, event: OfDose) -> None:
    """Complete an order of which the last dose is past."""
    held, of = await _held(work, event.request_id)
    if held and of.request.status.stands and await planning.exhausted(work, held, of):
        await complete(work, held.patient, of.request)


@jobs.when(AdministrationCorrected, may=MAY)
async def dose_corrected(work: Work, event: OfDose) -> None:
    """Open an order again whose last dose, as it turns out, was not given."""
    held, of = await _held(work, event.request_id)
    if not held or of.request.status is not RequestStatus.COMPLETED:
        return
    if any(dose.status is Status.PLANNED for dose in await planning.doses_of(work, of.request.id)):
        await reopen(work, held.patient, of.request)
        await dose_rows.watch(work, held, of)


@jobs.when(PatientTransferred, PatientsSwapped, TransferCancelled, may=MAY)
async def patient_moved(work: Work, event: PatientTransferred) -> None:
    """Have doses follow a patient to another ward; what was done stays as it is."""
    if len(event.wards) < 2:
        return
    held = await _still_here(work, event.patient_id)
    if held is None:
        return
    person = (await work.open([held.patient], Patient.identity))[held.patient.id]
    days = age_days(person, work.now.astimezone(held.zone))
    for of in await _standing(work, event.patient_id):
        if witnessed(held, of.detail, days):  # this ward asks for a second person, the last did not
            of.request.witnessed = True
        await planning.follow(work, held, of)
        work.record(DosesPlanned(held.patient.id, held.ward.id, of.request.id))


@jobs.when(PatientDischarged, may=MAY)
async def patient_left(work: Work, event: PatientDischarged) -> None:
    """Stop the orders of a stay that has ended; whoever has to stop a pump is told."""
    encounter = await work.access(Encounter, event.encounter_id, _VIEW)
    if encounter.status is EncounterStatus.FINISHED:
        died = encounter.disposition is Disposition.DIED
        await stop_all(
            work,
            event.patient_id,
            DIED if died else DISCHARGED,
            encounter_id=encounter.id,
            ward_id=next(iter(event.wards), None),
        )


@jobs.when(DischargeCancelled, may=MAY)
async def patient_back(work: Work, event: DischargeCancelled) -> None:
    """Have the orders stand again that only the discharge had stopped."""
    held = await _still_here(work, event.patient_id)
    if held is None or held.encounter.id != event.encounter_id:
        return
    for of, withheld in await _stopped_by_leaving(work, event.encounter_id):
        ended_at = of.request.ended_at
        await reopen(work, held.patient, of.request, withheld=withheld)
        await planning.plan(work, held, of, since=ended_at)


async def _still_here(work: Work, patient_id: UUID) -> Held | None:
    """Lock a patient who still lies somewhere."""
    try:
        return await hold(work, patient_id, _MAY)
    except NotAllowed:  # gone again since: nothing follows
        return None


async def _held(work: Work, request_id: UUID) -> tuple[Held | None, Line]:
    first = await work.access(MedicationRequest, request_id, _VIEW)
    held = await _still_here(work, first.patient_id)
    return held, await line(work, request_id, _MAY, lock=True)


async def _standing(work: Work, patient_id: UUID) -> list[Line]:
    mine = select(MedicationRequest).where(
        MedicationRequest.patient_id == patient_id, MedicationRequest.status.in_(STANDING)
    )
    locked = mine.order_by(MedicationRequest.id).with_for_update(of=MedicationRequest)
    return await selected(work, locked, _MAY)


async def _stopped_by_leaving(work: Work, encounter_id: UUID) -> list[tuple[Line, bool]]:
    """Find the orders whose last act was that the patient left, and which were withheld then."""
    mine = select(MedicationRequest).where(
        MedicationRequest.encounter_id == encounter_id,
        MedicationRequest.status == RequestStatus.STOPPED,
    )
    locked = mine.order_by(MedicationRequest.id).with_for_update(of=MedicationRequest)
    lines = await selected(work, locked, _MAY)
    ids = [one.request.id for one in lines]
    acts = select(MedicationChange).where(among(MedicationChange.request_id, ids))
    rows = await work.every(acts.order_by(MedicationChange.id), _VIEW)
    last = {row.request_id: row for row in rows}
    held = {row.request_id: row.act is Act.HOLD for row in rows if row.act in _PAUSES}
    said: dict[UUID, Changed | None] = await work.open(last.values(), MedicationChange.detail)
    left = {
        row.request_id
        for row in last.values()
        if row.by is None and (why := said[row.id]) and why.reason in {DISCHARGED, DIED}
    }
    return [(one, held.get(one.request.id, False)) for one in lines if one.request.id in left]


_PAUSES = frozenset({Act.HOLD, Act.LIFT})
