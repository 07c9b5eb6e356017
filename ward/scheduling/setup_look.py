"""Setup look: what a clinic has and offers, as the page of whoever runs it shows it."""

from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.access import D0
from domain.display import day_of
from ward.places.models import Ward
from ward.projections import projection
from ward.scheduling import taken, visits
from ward.scheduling.clinics import Resource, ResourceKind
from ward.scheduling.visits import VIEW
from ward.work import Work


@projection(D0)
class Has:
    """Somebody or something that is booked."""

    id: UUID
    version: int
    kind: ResourceKind
    label: str
    capacity: int
    overbook_most: int
    position: int
    owned: bool  # it is somebody's own
    has_hours: bool
    ends: str  # the first day without it


@projection(D0)
class Offers:
    """A kind of visit."""

    id: UUID
    version: int
    label: str
    kind: str
    minutes: int
    before: int
    after: int
    remote: bool
    online: bool
    needs: tuple[str, ...]
    stands: bool


@dataclass(frozen=True, slots=True)
class Setup:
    """What the page of a clinic shows."""

    ward: Ward
    has: tuple[Has, ...]
    offers: tuple[Offers, ...]


async def read(work: Work, ward_id: UUID) -> Setup:
    """Read what a clinic has and offers, with what will end, and what it no longer offers."""
    ward = await work.access(Ward, ward_id, VIEW)
    zone = ZoneInfo(ward.zone)
    rows = await work.every(taken.PRESENT, VIEW, ward=ward_id, since=work.now, keys=True)
    labels = await work.open(rows, Resource.label)
    lines = {line.resource_id for line in await taken.lines_of(work, ward_id)}
    has = tuple(_has(row, labels[row.id], zone, opened=row.id in lines) for row in rows)
    kinds = await visits.every_kind(work, ward_id)
    needs = await visits.needs_of(work, ward_id)
    offered = tuple(
        Offers(
            id=row.id,
            version=row.version,
            label=row.label,
            kind=row.kind.word,
            minutes=row.minutes,
            before=row.before_minutes,
            after=row.after_minutes,
            remote=row.remote,
            online=row.online,
            needs=tuple(
                labels.get(one.resource_id, "what has ended")
                if one.resource_id
                else f"any {one.kind.word.lower()}"
                for one in needs.get(row.id, ())
            ),
            stands=row.ended_at is None,
        )
        for row in kinds.values()
    )
    return Setup(ward, has, offered)


def _has(row: Resource, label: str, zone: ZoneInfo, *, opened: bool) -> Has:
    ends = row.ended_at.astimezone(zone) if row.ended_at else None
    return Has(
        id=row.id,
        version=row.version,
        kind=row.kind,
        label=label,
        capacity=row.capacity,
        overbook_most=row.overbook_most,
        position=row.position,
        owned=row.user_id is not None,
        has_hours=opened,
        ends=day_of(ends.date(), weekday=True) if ends else "",
    )
