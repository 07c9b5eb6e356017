"""Screens: tablets and wallboards, as the page of devices shows them while it is open."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.access import D0, Permission
from ward.places.models import Branch
from ward.projections import projection
from ward.users import queries
from ward.users.events import DevicesChanged
from ward.work import Work

SEE = Permission.VIEW_PLACES


@projection(D0)
class Tablet:
    """A tablet or a desk that many people use in turn."""

    id: UUID
    label: str
    ward: str
    pins: int
    enrolled_at: datetime | None


@projection(D0)
class Wall:
    """A screen without a user."""

    id: UUID
    label: str
    place: str | None
    seen_at: datetime | None


async def tablets(work: Work) -> list[Tablet]:
    """List the enrolled devices that stand."""
    return [
        Tablet(one.device.id, one.device.label, one.ward, one.pins, one.device.enrolled_at)
        for one in await queries.shared(work, SEE)
    ]


async def walls(work: Work) -> list[Wall]:
    """List the wallboards that stand."""
    return [
        Wall(
            one.device.id,
            one.device.label,
            one.held.place if one.held else None,
            one.device.seen_at,
        )
        for one in await queries.wallboards(work, SEE)
    ]


async def told(work: Work, *, again: datetime | None = None) -> None:
    """Have the open pages of devices drawn again, and once more when a PIN runs out by itself.

    Each branch has its page, and sees the devices of the whole house.
    """
    branches = (await (await work.connection()).execute(select(Branch.id))).scalars()
    told = DevicesChanged(tuple(sorted(branches)))
    work.record(told)
    if again is not None:
        for topic in told.topics:
            work.due(topic, again)
