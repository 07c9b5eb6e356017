"""Choices: the clinics within reach, and what may be chosen in one: its people, rooms, machines."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, or_, select

from domain import wallclock
from domain.access import D0, Permission
from domain.clinic_hours import SLOT
from ward.places.models import Ward, WardKind
from ward.projections import projection
from ward.scheduling import grid, taken
from ward.scheduling.clinics import Hours, Resource, ResourceKind
from ward.scheduling.models import Appointment, Series
from ward.scheduling.waiting import WaitlistEntry
from ward.work import Work

VIEW = Permission.VIEW_CALENDAR
CLINICS = (
    select(Ward)
    .where(Ward.kind == WardKind.CLINIC, Ward.ended_at.is_(None))
    .order_by(Ward.label, Ward.id)
)
FIRST = (
    select(Hours)
    .where(Hours.ward_id == bindparam("ward"), Hours.ended_at.is_(None))
    .order_by(Hours.opens, Hours.id)
    .limit(1)
)
OWN = (
    select(Resource)
    .where(Resource.user_id == bindparam("me"))
    .where(or_(Resource.ended_at.is_(None), Resource.ended_at > bindparam("now")))
    .order_by(Resource.ended_at.nulls_last())
)


@projection(D0)
class Choice:
    """Somebody or something with a column of its own; `number` is the column's."""

    resource_id: UUID
    number: int
    kind: ResourceKind
    label: str
    user_id: UUID | None


@dataclass(frozen=True, slots=True)
class Clinic:
    """A clinic, by which clock one lives there, and its columns."""

    id: UUID
    label: str
    zone: ZoneInfo
    choices: tuple[Choice, ...]
    opens: str  # when its first hours begin, 08:30

    def next_slot(self, day: datetime, now: datetime) -> str:
        """Give the wall time a new booking of a day begins with: soon, or when the clinic opens."""
        local = now.astimezone(self.zone)
        if day.date() != local.date():
            return f"{day:%Y-%m-%d}T{self.opens}"
        midnight = wallclock.first(local.date(), datetime.min.time(), self.zone)
        later = now + (midnight - now) % SLOT
        return f"{later.astimezone(self.zone):%Y-%m-%dT%H:%M}"


async def clinics(work: Work) -> list[tuple[UUID, str]]:
    """List the clinics within reach."""
    return [(one.id, one.label) for one in await work.every(CLINICS, VIEW)]


async def clinic(work: Work, ward_id: UUID) -> Clinic:
    """Read a clinic and what has a column in its calendar, in the order of the columns."""
    ward = await work.access(Ward, ward_id, VIEW)
    rows = await work.every(taken.PRESENT, VIEW, ward=ward_id, since=work.now, keys=True)
    labels = await work.open(rows, Resource.label)
    choices = tuple(
        Choice(row.id, number, row.kind, labels[row.id], row.user_id)
        for number, row in enumerate(rows, 1)
    )
    first = await work.every(FIRST, VIEW, ward=ward_id)
    opens = first[0].opens if first else grid.FIRST
    return Clinic(ward.id, ward.label, ZoneInfo(ward.zone), choices, f"{opens:%H:%M}")


async def reach(
    work: Work, kind: type[Appointment | Series | WaitlistEntry], key: UUID, may: Permission
) -> None:
    """Let nobody act on what is of a clinic out of reach, though its patient is in reach."""
    row = await work.access(kind, key, may)
    await work.access(Ward, row.ward_id, VIEW)


async def own(work: Work) -> Resource | None:
    """Find the column of whoever asks."""
    found = await work.every(OWN, VIEW, me=work.actor.id, now=work.now)
    return found[0] if found else None


def week_of(day: datetime) -> list[datetime]:
    """List the days of a day's week, from Monday."""
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=nth) for nth in range(7)]
