"""Respond: somebody takes an alert, hands it to somebody, says no, or closes it."""

from uuid import UUID

from sqlalchemy import select

from domain import alerts
from domain.access import Permission
from domain.alerts import ASKED, AlertState, Decline, Outcome, Response, Verb
from domain.errors import NotAllowed
from ward.alerts import people
from ward.alerts.calling import call, changed
from ward.alerts.ending import settle
from ward.alerts.events import AlertAccepted
from ward.alerts.history import note, who
from ward.alerts.models import Alert, AlertStep, Happening
from ward.alerts.policies import policy_of
from ward.work import Work

MAY = Permission.RESPOND_ALERT


async def accept(
    work: Work, alert_id: UUID, response: Response = Response.GOING, *, seen: int | None = None
) -> Alert:
    """Take an alert: it is gone from everybody else's list, and nobody further is called."""
    alert = await work.access(Alert, alert_id, MAY, lock=True, seen=seen)
    if (user := who(work)) is None:
        raise NotAllowed("Only a person can take an alert.")
    await _take(work, alert, user, Verb.ACCEPT, happening=Happening.ACCEPTED, reason=response.value)
    return alert


async def hand(
    work: Work, alert_id: UUID, to_user: UUID, text: str | None = None, *, seen: int | None = None
) -> Alert:
    """Give an alert to somebody who is on duty on its ward; that person has it from now on."""
    alert = await work.access(Alert, alert_id, MAY, lock=True, seen=seen)
    if to_user not in await people.everybody(work, alert.ward_id):
        raise NotAllowed("Hand it to somebody who is on duty on this ward.")
    if to_user == alert.owner_id:
        raise NotAllowed("This person has the alert already.")
    reason = Response.HANDED.value
    await _take(
        work, alert, to_user, Verb.HAND, happening=Happening.HANDED, reason=reason, text=text
    )
    return alert


async def _take(  # noqa: PLR0913 - one way for both
    work: Work,
    alert: Alert,
    user: UUID,
    verb: Verb,
    *,
    happening: Happening,
    reason: str,
    text: str | None = None,
) -> None:
    alert.state = alerts.after(alert.state, verb)
    alert.owner_id, alert.accepted_at = user, work.now
    alert.answered_at = alert.answered_at or work.now
    alert.escalates_at = alert.snoozed_until = None
    await note(work, alert, happening, user=user, reason=reason, text=text)
    work.record(
        AlertAccepted(
            alert_id=alert.id, patient_id=alert.patient_id, wards=(alert.ward_id,), owner_id=user
        )
    )


async def decline(work: Work, alert_id: UUID, reason: Decline, text: str | None = None) -> Alert:
    """Say that one cannot go, and why; when nobody who was called is left, the next is called."""
    alert = await work.access(Alert, alert_id, MAY, lock=True)
    alerts.after(alert.state, Verb.DECLINE)
    user = who(work)
    called = (await people.around(work, [alert])).called(alert)
    await note(
        work,
        alert,
        Happening.DECLINED,
        nth=alert.step,
        called=alert.called,
        user=user,
        reason=reason.value,
        text=text,
    )
    left = set(called) - await _declined(work, alert)
    if user in called and not left and not await _is_last(work, alert):
        await call(work, alert, alert.place + 1)
    else:
        changed(work, alert)
    return alert


async def _declined(work: Work, alert: Alert) -> set[UUID]:
    said = select(AlertStep).where(
        AlertStep.alert_id == alert.id,
        AlertStep.happening == Happening.DECLINED,
        AlertStep.nth == alert.step,
    )
    rows = await work.every(said, MAY)
    return {row.user_id for row in rows if row.user_id is not None}


async def _is_last(work: Work, alert: Alert) -> bool:
    """Say whether the last step stands already: its timer repeats it, nobody else is to be had."""
    return alert.place >= len((await policy_of(work, alert)).steps) - 1


async def close(
    work: Work,
    alert_id: UUID,
    outcome: Outcome,
    text: str | None = None,
    *,
    seen: int | None = None,
) -> Alert:
    """Close an alert and say what became of it; who closes one that nobody had, has had it."""
    if outcome not in ASKED:
        raise NotAllowed("Choose what became of it.")
    alert = await work.access(Alert, alert_id, MAY, lock=True, seen=seen)
    alerts.check_closing(alert.cause, text)
    if alert.state is AlertState.OPEN:
        user = who(work)
        alert.owner_id, alert.accepted_at = user, work.now
        alert.answered_at = alert.answered_at or work.now
        await note(work, alert, Happening.ACCEPTED, user=user, reason=Response.MANAGED.value)
    await settle(work, alert, outcome, text)
    return alert
