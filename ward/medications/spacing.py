"""Spacing: two doses of one order never come close together, and none is made up for."""

from datetime import datetime

from sqlalchemy import select

from domain.access import Permission
from domain.display import time_of
from domain.doses import Status
from domain.errors import NotAllowed
from domain.windows import Timing, timing
from ward.medications import planning
from ward.medications.models import MedicationAdministration, ScheduledDose
from ward.medications.occasion import Occasion
from ward.work import Work

VIEW = Permission.VIEW_MEDICATIONS
_WENT_IN = [status for status in Status if status.went_in]


async def refuse_close(work: Work, found: Occasion, at: datetime) -> None:
    """Refuse a dose that a later one has overtaken, and an early one too soon after the last."""
    if found.dose is None or found.width is None:
        return
    if await _overtaken(work, found.dose):
        raise NotAllowed(
            "The dose after this one was given already. Say why this one was not given.",
            "dose.overtaken",
        )
    if timing(found.dose.due_at, at, found.width) is not Timing.EARLY:
        return
    last = await _last(work, found)
    gap = planning.frequency_of(found.line.detail, found.held).least_gap
    if last is not None and abs(at - last) < gap:
        raise NotAllowed(
            f"The last dose of this order was given at {time_of(last, found.held.zone)}. "
            "Two doses this close are one too many: ask the prescriber.",
            "dose.too-close",
        )


async def _overtaken(work: Work, dose: ScheduledDose) -> bool:
    after = select(ScheduledDose).where(
        ScheduledDose.request_id == dose.request_id,
        ScheduledDose.due_at > dose.due_at,
        ScheduledDose.status.in_(_WENT_IN),
    )
    return bool(await work.every(after.limit(1), VIEW))


async def _last(work: Work, found: Occasion) -> datetime | None:
    given = select(MedicationAdministration).where(
        MedicationAdministration.request_id == found.line.request.id,
        MedicationAdministration.voided_at.is_(None),
        MedicationAdministration.status.in_(_WENT_IN),
    )
    newest = given.order_by(MedicationAdministration.occurred_at.desc()).limit(1)
    return next((row.occurred_at for row in await work.every(newest, VIEW)), None)
