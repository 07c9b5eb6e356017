"""Queries: the tree of places as whoever runs the house keeps it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select

from domain.access import D0, Permission
from ward.beds.models import Bed
from ward.places.models import Branch, PlaceChange, Room, Ward, WardKind
from ward.projections import projection
from ward.work import Work

SEE = Permission.VIEW_PLACES
MOST_CHANGES = 40
_WARDS = select(Ward).where(Ward.branch_id == bindparam("branch"))
_WARDS_OF = _WARDS.order_by(Ward.kind.desc(), Ward.label)
_BEDS = select(Bed).order_by(Bed.position, Bed.label)
_IN_BRANCH = _BEDS.where(Bed.branch_id == bindparam("branch"), Bed.ended_at.is_(None))
_ROOMS = select(Room).where(Room.ward_id == bindparam("ward")).order_by(Room.label)
_BEDS_OF = _BEDS.where(Bed.ward_id == bindparam("ward"))
_OF_WARD = (
    select(PlaceChange)
    .where(PlaceChange.ward_id == bindparam("ward"))
    .order_by(PlaceChange.at.desc(), PlaceChange.id.desc())
    .limit(MOST_CHANGES)
)


@projection(D0)
class Place:
    """A branch, a ward, a room or a bed by its name, and whether it stands."""

    id: UUID
    label: str
    ended_at: datetime | None
    version: int


@projection(D0)
class WardLine:
    """A ward in the tree."""

    place: Place
    code: str
    kind: WardKind
    staffed: int | None
    beds: int
    zone: str


@projection(D0)
class BranchTree:
    """A branch with its open and its closed wards."""

    branch: Place
    zone: str
    open: tuple[WardLine, ...]
    closed: tuple[WardLine, ...]


@projection(D0)
class BedLine:
    """A bed in the tree; who lies there is the board's matter."""

    place: Place
    attributes: tuple[str, ...]


@projection(D0)
class RoomBeds:
    """A room, or None for the beds without one, and its beds."""

    room: Place | None
    beds: tuple[BedLine, ...]


@projection(D0)
class Changed:
    """One thing that was done to a place."""

    at: datetime
    actor: str
    kind: str
    word: str
    was: str | None
    now: str | None
    why: str | None


@dataclass(frozen=True, slots=True)
class WardTree:
    """A ward with its rooms and beds, and those that were closed."""

    ward: WardLine
    rooms: tuple[RoomBeds, ...]
    closed_rooms: tuple[Place, ...]
    closed_beds: tuple[Place, ...]


async def branch_tree(work: Work, branch_id: UUID) -> BranchTree:
    """Answer: which wards has this branch?"""
    branch = await work.access(Branch, branch_id, SEE)
    wards = await work.every(_WARDS_OF, SEE, branch=branch_id)
    beds = [bed.ward_id for bed in await work.every(_IN_BRANCH, SEE, branch=branch_id)]
    lines = [_line(ward, beds.count(ward.id)) for ward in wards]
    stands = tuple(line for line in lines if line.place.ended_at is None)
    gone = tuple(line for line in lines if line.place.ended_at is not None)
    return BranchTree(_place(branch), branch.zone, stands, gone)


async def ward_tree(work: Work, ward_id: UUID) -> WardTree:
    """Answer: which rooms and beds has this ward?"""
    ward = await work.access(Ward, ward_id, SEE)
    rooms = await work.every(_ROOMS, SEE, ward=ward.id)
    beds = await work.every(_BEDS_OF, SEE, ward=ward.id)
    stands = [bed for bed in beds if bed.ended_at is None]
    loose = _in(stands, None)
    return WardTree(
        ward=_line(ward, len(stands)),
        rooms=(
            *(RoomBeds(_place(one), _in(stands, one.id)) for one in rooms if one.ended_at is None),
            *([RoomBeds(None, loose)] if loose else []),
        ),
        closed_rooms=tuple(_place(room) for room in rooms if room.ended_at is not None),
        closed_beds=tuple(_place(bed) for bed in beds if bed.ended_at is not None),
    )


def _line(ward: Ward, beds: int) -> WardLine:
    return WardLine(_place(ward), ward.code, ward.kind, ward.staffed, beds, ward.zone)


def _place(row: Branch | Ward | Room | Bed) -> Place:
    return Place(row.id, row.label, row.ended_at, row.version)


def _in(beds: Sequence[Bed], room: UUID | None) -> tuple[BedLine, ...]:
    return tuple(BedLine(_place(bed), tuple(bed.attributes)) for bed in beds if bed.room_id == room)


async def changes(work: Work, ward_id: UUID) -> tuple[Changed, ...]:
    """Answer: what was done to this ward, its rooms and beds, newest first?"""
    rows = await work.every(_OF_WARD, SEE, ward=ward_id)
    notes = await work.open(rows, PlaceChange.note)
    return tuple(
        Changed(row.at, row.actor_name, row.kind.value, row.deed.word, row.was, row.now, note)
        for row, note in ((row, notes[row.id]) for row in rows)
    )


async def rooms_of(work: Work, ward_id: UUID) -> list[tuple[UUID, str]]:
    """Answer: in which rooms of this ward can a bed stand?"""
    rooms = await work.every(_ROOMS, Permission.OPEN_PLACES, ward=ward_id)
    return [(room.id, room.label) for room in rooms if room.ended_at is None]
