"""Acting: what patients do with their own appointments; the clinic's commands decide as ever."""

from uuid import UUID

from domain import portal
from domain.access import Permission
from domain.errors import NotAllowed
from ward.arrivals import codes
from ward.errors import Stale
from ward.places.models import Ward
from ward.portal.whose import ACT, for_patient
from ward.scheduling import cancel as engine
from ward.scheduling.models import Appointment
from ward.work import Work

CHANGED = "This appointment has changed meanwhile. Nothing was done. Look at it once more."


async def reach(work: Work, appointment_id: UUID, *, seen: int | None) -> Appointment:
    """Reach one's own appointment, to change it; nobody else does so meanwhile."""
    row = await work.access(Appointment, appointment_id, ACT, lock=True)
    if seen is not None and row.version != seen:  # who changed it is the clinic's to know
        raise Stale(CHANGED)
    return row


async def confirm(work: Work, appointment_id: UUID, *, seen: int | None) -> None:
    """Say that one will come."""
    row = await reach(work, appointment_id, seen=seen)
    portal.confirm(row.status, row.starts_at, work.now)
    await engine.confirm(for_patient(work, "confirm"), row.id, seen=None)


async def cancel(
    work: Work, appointment_id: UUID, why: portal.Why, text: str, *, seen: int | None
) -> None:
    """Cancel one's own appointment, not later than the rule allows."""
    row = await reach(work, appointment_id, seen=seen)
    portal.cancel(row.status, row.starts_at, work.now)
    if len(text) > portal.LONGEST_WORDS:
        raise NotAllowed(f"At most {portal.LONGEST_WORDS} characters, please.", "own.words")
    await engine.cancel(for_patient(work, "cancel"), row.id, why.reason, text, seen=None)


async def code_for(work: Work, appointment_id: UUID) -> tuple[str, Appointment, str]:
    """Make the code with which one checks in; it is shown this once, and voids earlier ones."""
    row = await reach(work, appointment_id, seen=None)
    portal.confirm(row.status, row.starts_at, work.now)
    clinic = for_patient(work, "code")
    ward = await clinic.access(Ward, row.ward_id, Permission.VIEW_CALENDAR)
    return await codes.issue(clinic, row), row, ward.label
