"""Moves: an alert goes where its patient goes, and to whoever looks after that patient now."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from domain.alerts import STANDING, STAYING, AlertState, Cause, Outcome
from domain.duty import DutyRole
from ward.adt.models import Stay
from ward.alerts import people
from ward.alerts.calling import MAY, call, changed, reopen
from ward.alerts.ending import settle
from ward.alerts.errands import Follow, Unheard
from ward.alerts.events import AlertAccepted, AlertChanged
from ward.alerts.history import note
from ward.alerts.models import Alert, Happening
from ward.alerts.policies import policy_for
from ward.alerts.sound import standing
from ward.duty.models import BedNurse
from ward.duty.queries import VIEW as SEE_DUTY
from ward.duty.queries import duties_of, nurse_of_patients
from ward.patients.models import Patient
from ward.work import Work

OFF_DUTY, MOVED, NO_NURSE = "off-duty", "moved", "no-nurse"
_SHOWN = timedelta(hours=24)  # for how long a closed alert may stand on a console
_NURSES = (DutyRole.NURSE, DutyRole.IN_CHARGE)


async def follow_patient(work: Work, patient_id: UUID) -> None:
    """Bring the alerts of a patient to the ward the patient lies on now; who has left has none."""
    patient = await work.access(Patient, patient_id, MAY, lock="share")
    for alert in await standing(work, patient_id, Cause):
        if patient.ward_id is None:
            if alert.cause not in STAYING:
                await settle(work, alert, Outcome.LEFT)
        elif alert.ward_id != patient.ward_id:
            await _move(work, alert, patient.ward_id)
    await redraw(work, patient_id)


async def _move(work: Work, alert: Alert, ward_id: UUID) -> None:
    """Call the new ward by its own policy; an owner who does not work there hands over."""
    left, alert.ward_id = alert.ward_id, ward_id
    alert.policy_id = (await policy_for(work, ward_id, alert.cause)).id
    await note(work, alert, Happening.MOVED)
    changed(work, alert, left)
    if alert.state is AlertState.OPEN:
        await call(work, alert, 0)
    elif alert.owner_id is not None and await _stays_behind(work, alert.owner_id, left, ward_id):
        await reopen(work, alert, MOVED, place=0)


async def _stays_behind(work: Work, user_id: UUID, left: UUID, ward_id: UUID) -> bool:
    """Say whether this is a nurse of the ward that was left, who is not on duty on the new one."""
    duties = await duties_of(work, user_id)
    here = any(ward == ward_id for ward, _ in duties)
    return not here and any(ward == left and part in _NURSES for ward, part in duties)


async def redraw(work: Work, patient_id: UUID) -> None:
    """Have consoles that name a patient draw the name and the bed again."""
    recent = select(Alert).where(
        Alert.patient_id == patient_id,
        Alert.state.in_(STANDING) | (Alert.closed_at > work.now - _SHOWN),
    )
    rows = await work.every(recent.order_by(Alert.id.desc()), MAY)
    wards = tuple(dict.fromkeys(row.ward_id for row in rows))[:2]
    if rows:
        work.record(AlertChanged(alert_id=rows[0].id, patient_id=patient_id, wards=wards))


async def somebody_left(work: Work, ward_id: UUID, user_id: UUID) -> None:
    """Look for the alerts of somebody who went off duty, and for calls that nobody hears now."""
    here = any(ward == ward_id for ward, _ in await duties_of(work, user_id))
    staffed = await people.staffed(work, ward_id)
    rows = select(Alert).where(Alert.ward_id == ward_id, Alert.state.in_(STANDING))
    for alert in await work.every(rows.order_by(Alert.id), MAY):
        if alert.owner_id == user_id and not here:
            work.later(Follow(alert.id, user_id, gone=True), work.now)
        elif alert.state is AlertState.OPEN and alert.called not in staffed:
            work.later(Unheard(alert.id, alert.step), work.now)


async def beds_given(work: Work, ward_id: UUID) -> None:
    """Look for alerts whose owner no longer has the bed of the patient."""
    rows = select(Alert).where(Alert.ward_id == ward_id, Alert.state == AlertState.ACCEPTED)
    for alert in await work.every(rows.order_by(Alert.id), MAY):
        if alert.owner_id is not None:
            work.later(Follow(alert.id, alert.owner_id, gone=False), work.now)


async def follow_nurse(work: Work, alert_id: UUID, owner_id: UUID, *, gone: bool) -> None:
    """Give an alert to the nurse who has the bed now; with none, it calls its part again.

    Only what its owner took as the nurse of this bed goes along, or what they left behind when
    they went off duty.
    """
    alert = await work.access(Alert, alert_id, MAY, lock=True)
    if alert.state is not AlertState.ACCEPTED or alert.owner_id != owner_id:
        return
    nurse = (await nurse_of_patients(work, [alert.patient_id])).get(alert.patient_id)
    if nurse == owner_id:
        return
    had = await _had_this_bed(work, alert, owner_id)
    if had and nurse is not None:
        alert.owner_id, alert.accepted_at = nurse, work.now
        await note(work, alert, Happening.HANDED, user=nurse, reason=NO_NURSE)
        wards = (alert.ward_id,)
        work.record(
            AlertAccepted(
                alert_id=alert.id, patient_id=alert.patient_id, wards=wards, owner_id=nurse
            )
        )
    elif gone:
        await reopen(work, alert, OFF_DUTY)
    elif had:
        await reopen(work, alert, NO_NURSE)


async def _had_this_bed(work: Work, alert: Alert, user_id: UUID) -> bool:
    """Say whether somebody was the nurse of the bed in which the patient lies."""
    bed = select(Stay.bed_id).where(
        Stay.patient_id == alert.patient_id, Stay.ended_at.is_(None), Stay.voided_at.is_(None)
    )
    rows = select(BedNurse).where(BedNurse.user_id == user_id, BedNurse.bed_id.in_(bed))
    return bool(await work.every(rows.limit(1), SEE_DUTY))
