"""Calling: whom an alert calls now, whom next, and what it is when nobody has it any more."""

from datetime import timedelta
from uuid import UUID

from domain import alerts, escalation
from domain.access import Permission
from domain.alerts import AlertState, Verb
from ward.alerts import people
from ward.alerts.errands import Escalate
from ward.alerts.events import AlertChanged, AlertSounded
from ward.alerts.history import NOBODY, note
from ward.alerts.models import Alert, Happening
from ward.alerts.policies import policy_of
from ward.work import Work

MAY = Permission.SOUND_ALERT


async def call(work: Work, alert: Alert, place: int) -> None:
    """Call who stands at this place of its policy; a part without anybody is passed over at once.

    Each call is a line of history; the last sets the timer, which is a row like any other.
    """
    policy = await policy_of(work, alert)
    made = escalation.calls_from(policy, place, await people.staffed(work, alert.ward_id))
    for one in made:
        alert.step += 1
        reason = None if one.anybody else NOBODY
        await note(work, alert, Happening.CALLED, nth=alert.step, called=one.part, reason=reason)
    last = made[-1]
    alert.place, alert.called, alert.called_at = last.place, last.part, work.now
    alert.escalates_at, alert.snoozed_until = work.now + _minutes(last.minutes), None
    work.later(Escalate(alert.id, alert.step), alert.escalates_at)
    work.record(
        AlertSounded(
            alert_id=alert.id,
            patient_id=alert.patient_id,
            wards=(alert.ward_id,),
            cause=alert.cause,
            tier=alert.tier,
            called=alert.called,
            nth=alert.step,
        )
    )


async def escalate(work: Work, alert_id: UUID, nth: int) -> None:
    """Call the next in line; nothing when somebody has it, or this call is not the last one."""
    alert = await work.access(Alert, alert_id, MAY, lock=True)
    if alert.state is not AlertState.OPEN or alert.step != nth:
        return
    if alert.escalates_at is not None and alert.escalates_at > work.now:  # it was put off
        work.later(Escalate(alert.id, nth), alert.escalates_at)
        return
    await call(work, alert, alert.place + 1)


async def unheard(work: Work, alert_id: UUID, nth: int) -> None:
    """Call others at once when nobody of the called part is on duty any more."""
    alert = await work.access(Alert, alert_id, MAY, lock=True)
    if alert.state is not AlertState.OPEN or alert.step != nth:
        return
    if alert.called in await people.staffed(work, alert.ward_id):
        return
    await call(work, alert, alert.place)


async def reopen(work: Work, alert: Alert, why: str, *, place: int | None = None) -> None:
    """Take an alert from its owner; it calls again at once, so that somebody has it."""
    owner = alert.owner_id
    alert.state = alerts.after(alert.state, Verb.REOPEN)
    alert.owner_id = alert.accepted_at = None
    alert.escalates_at = work.now
    await note(work, alert, Happening.REOPENED, user=owner, reason=why)
    await call(work, alert, alert.place if place is None else place)


def changed(work: Work, alert: Alert, *also: UUID) -> None:
    """Have every screen that shows the alert draw it again."""
    wards = tuple(dict.fromkeys((alert.ward_id, *also)))
    work.record(AlertChanged(alert_id=alert.id, patient_id=alert.patient_id, wards=wards))


def _minutes(count: int) -> timedelta:
    return timedelta(minutes=count)
