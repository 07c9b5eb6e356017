"""Talk: what people say of an alert without taking it: seen, a comment, in a while."""

from uuid import UUID

from sqlalchemy import select

from domain import alerts
from domain.access import Permission
from domain.alerts import Verb
from domain.errors import NotAllowed
from ward.alerts.calling import changed
from ward.alerts.history import note, who
from ward.alerts.models import Alert, AlertStep, Happening
from ward.work import Work

MAY = Permission.RESPOND_ALERT


async def see(work: Work, alert_id: UUID) -> Alert:
    """Note that somebody has opened the alert: once for each person, and everybody sees it."""
    alert = await work.access(Alert, alert_id, MAY, lock=True)
    user = who(work)
    mine = select(AlertStep).where(
        AlertStep.alert_id == alert.id,
        AlertStep.happening == Happening.SEEN,
        AlertStep.user_id == user,
    )
    if not await work.every(mine, MAY):
        await note(work, alert, Happening.SEEN, user=user)
        changed(work, alert)
    return alert


async def comment(work: Work, alert_id: UUID, text: str) -> Alert:
    """Write something beside an alert; it stays in its history."""
    alert = await work.access(Alert, alert_id, MAY, lock=True)
    alerts.after(alert.state, Verb.COMMENT)
    await note(work, alert, Happening.COMMENTED, user=who(work), text=text)
    changed(work, alert)
    return alert


async def snooze(
    work: Work, alert_id: UUID, minutes: int, reason: str, *, seen: int | None = None
) -> Alert:
    """Let an alert of tier 2 wait, with a reason; then the next in line is called."""
    alert = await work.access(Alert, alert_id, MAY, lock=True, seen=seen)
    alerts.after(alert.state, Verb.SNOOZE)
    until = alerts.snooze(alert.tier, work.now, minutes)
    if alert.snoozed_until is not None:
        raise NotAllowed("This alert has been put off once already. Take it or decline it.")
    alert.snoozed_until = until
    alert.escalates_at = max(until, alert.escalates_at or until)
    await note(work, alert, Happening.SNOOZED, user=who(work), text=reason)
    changed(work, alert)
    return alert
