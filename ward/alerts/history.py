"""History: what happened to an alert, written down for good."""

from uuid import UUID

from domain.access import Permission
from domain.duty import DutyRole
from ward.alerts.models import Alert, AlertStep, Happening, Said
from ward.db import new_id
from ward.security.actors import Actor
from ward.work import Work

NOBODY = "nobody"  # on duty in the called part


def who(work: Work) -> UUID | None:
    """Name the person who does this; nobody when Ward itself does."""
    return work.actor.id if isinstance(work.actor, Actor) else None


async def note(  # noqa: PLR0913 - a line of history has this many sides
    work: Work,
    alert: Alert,
    happening: Happening,
    *,
    nth: int | None = None,
    called: DutyRole | None = None,
    user: UUID | None = None,
    text: str | None = None,
    reason: str | None = None,
) -> None:
    """Add a line to the alert's history: who it is about, in which part, and what was said."""
    step = AlertStep(
        id=new_id(),
        alert_id=alert.id,
        patient_id=alert.patient_id,
        at=work.now,
        happening=happening,
        nth=nth,
        called=called,
        user_id=user,
        actor_name=work.actor.name,
    )
    await work.seal(step, said=Said(text, reason) if text or reason else None)
    work.add(step, _permission(work))


def _permission(work: Work) -> Permission:
    for permission in (Permission.RESPOND_ALERT, Permission.SOUND_ALERT):
        if work.may(permission):
            return permission
    return Permission.VIEW_ALERTS
