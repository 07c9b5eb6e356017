"""Reactions: what facts of the bedside, the roster and the beds are to alerts."""

from ward import jobs
from ward.adt.events import MOVES, OfStay
from ward.alerts import calling, judge, moves, push_calls, push_sending
from ward.alerts.acting import MAY
from ward.alerts.errands import Escalate, Follow, Unheard, Wake
from ward.alerts.events import AlertSounded
from ward.duty.events import BedsGiven, DutyEnded
from ward.patients.events import PatientAmended
from ward.vitals.events import (
    ObservationsOverdue,
    ObservationsPlanned,
    VitalsCorrected,
    VitalsRecorded,
)
from ward.work import Work


@jobs.at(Escalate, may=MAY)
async def escalate(work: Work, errand: Escalate) -> None:
    """Call the next in line when nobody has taken an alert in time."""
    await calling.escalate(work, errand.alert_id, errand.nth)


@jobs.at(Unheard, may=MAY)
async def unheard(work: Work, errand: Unheard) -> None:
    """Call others when the last one who was called has gone."""
    await calling.unheard(work, errand.alert_id, errand.nth)


@jobs.at(Follow, may=MAY)
async def follow(work: Work, errand: Follow) -> None:
    """Bring an alert to whoever looks after the bed now."""
    await moves.follow_nurse(work, errand.alert_id, errand.owner_id, gone=errand.gone)


@jobs.when(AlertSounded, may=MAY)
async def sounded(work: Work, event: AlertSounded) -> None:
    """Wake the phones of those whom a critical alert calls."""
    await push_calls.wake(work, event.alert_id, event.nth)


@jobs.at(Wake, may=MAY)
async def wake(work: Work, errand: Wake) -> None:
    """Try to wake a phone, and again later if that fails."""
    if await push_calls.attempt(work, errand.call_id, errand.nth):
        push_sending.hand(work.node, errand)


@jobs.when(VitalsRecorded, may=MAY)
async def recorded(work: Work, event: VitalsRecorded) -> None:
    """Sound what a new set tells; what nobody had looked for is done."""
    await judge.judge(work, event.patient_id, event.set_id)
    await judge.judge_lateness(work, event.patient_id)


@jobs.when(VitalsCorrected, may=MAY)
async def corrected(work: Work, event: VitalsCorrected) -> None:
    """Withdraw what a wrong set raised, and sound what the right one tells."""
    await judge.judge_again(work, event.patient_id, event.wrong_id, event.set_id)
    await judge.judge_lateness(work, event.patient_id)


@jobs.when(ObservationsOverdue, ObservationsPlanned, may=MAY)
async def late(work: Work, event: ObservationsOverdue | ObservationsPlanned) -> None:
    """Sound that nobody has looked, or stop as nobody needs to."""
    await judge.judge_lateness(work, event.patient_id)


@jobs.when(DutyEnded, may=MAY)
async def left(work: Work, event: DutyEnded) -> None:
    """Leave no alert with somebody who has gone."""
    await moves.somebody_left(work, event.ward_id, event.user_id)


@jobs.when(BedsGiven, may=MAY)
async def given(work: Work, event: BedsGiven) -> None:
    """Bring alerts along with the bed."""
    await moves.beds_given(work, event.ward_id)


@jobs.when(*MOVES, may=MAY)
async def moved(work: Work, event: OfStay) -> None:
    """Bring alerts along with the patient; who has left the hospital has none."""
    await moves.follow_patient(work, event.patient_id)


@jobs.when(PatientAmended, may=MAY)
async def renamed(work: Work, event: PatientAmended) -> None:
    """Have consoles write the new name."""
    await moves.redraw(work, event.patient_id)
