"""Ending: an alert is closed with an outcome, or withdrawn; it stays to be read."""

from domain import alerts
from domain.alerts import Outcome, Verb
from realtime.topics import Topic
from ward.alerts.events import AlertEnded
from ward.alerts.history import note, who
from ward.alerts.models import Alert, Happening
from ward.alerts.queries import next_midnight, zone_of
from ward.work import Work


async def settle(work: Work, alert: Alert, outcome: Outcome, text: str | None = None) -> None:
    """Close an alert; consoles show it among today's until midnight."""
    alert.state = alerts.after(alert.state, Verb.CLOSE)
    await _end(work, alert, Happening.CLOSED, outcome, text)


async def withdraw(work: Work, alert: Alert, text: str) -> None:
    """Take back an alert whose cause was wrong; it stays to be read, and calls nobody."""
    alert.state = alerts.after(alert.state, Verb.WITHDRAW)
    await _end(work, alert, Happening.WITHDRAWN, None, text)


async def _end(
    work: Work, alert: Alert, happening: Happening, outcome: Outcome | None, text: str | None
) -> None:
    alert.outcome, alert.closed_at = outcome, work.now
    alert.escalates_at = alert.snoozed_until = None
    reason = outcome.value if outcome else None
    await note(work, alert, happening, user=who(work), text=text, reason=reason)
    _, zone = await zone_of(work, alert.ward_id)
    work.due(Topic("alerts", alert.ward_id), next_midnight(work.now, zone))
    work.record(
        AlertEnded(
            alert_id=alert.id,
            patient_id=alert.patient_id,
            wards=(alert.ward_id,),
            outcome=outcome,
        )
    )
