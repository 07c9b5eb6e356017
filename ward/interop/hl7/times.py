"""Times: when a move happened, as far as clocks and what is recorded already agree with it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select

from domain.access import Permission
from ward.adt.models import Stay
from ward.beds.models import Bed
from ward.interop.hl7.moments import Moment
from ward.work import Work

ADJUSTED = "The time sent does not fit what is recorded: the nearest possible time was taken."


def within(moment: Moment | None, first: datetime | None, now: datetime) -> datetime:
    """Give the time sent, moved between the first possible instant and now.

    Clocks of two systems differ, and a bed is often emptied on the screen after the next patient
    was admitted elsewhere: who moved where stands, only the minute is ours.
    """
    at = min(moment.at, now) if moment else now
    return max(at, first) if first else at


def moved(moment: Moment | None, at: datetime) -> list[str]:
    """Remark that another time was taken than was sent."""
    return [ADJUSTED] if moment and moment.at != at else []


async def free_from(work: Work, bed: Bed, patient_id: UUID) -> datetime | None:
    """Tell the instant from which this patient can be in this bed: when both were free."""
    over = (
        select(Stay)
        .where(
            or_(Stay.bed_id == bed.id, Stay.patient_id == patient_id),
            Stay.voided_at.is_(None),
            Stay.ended_at.is_not(None),
        )
        .order_by(Stay.ended_at.desc())
        .limit(1)
    )
    last = await work.every(over, Permission.VIEW_STAYS)
    known = [one for one in (bed.vacated_at, last[0].ended_at if last else None) if one]
    return max(known, default=None)
