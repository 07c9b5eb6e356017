"""Pieces: what a column of the calendar is made of, each of one class of data."""

from datetime import datetime
from uuid import UUID

from domain.access import D0, D2
from ward.projections import projection
from ward.scheduling.clinics import ResourceKind


@projection(D0)
class Head:
    """What stands over a column."""

    id: str
    resource_id: UUID | None
    number: int
    kind: ResourceKind | None
    label: str
    beside: str  # the room of a clinician, who is in a room
    booked: int
    capacity: int


@projection(D0)
class Group:
    """A session that several come to at once, and how many places of it are taken."""

    id: str
    spot: str
    line: bool
    start: datetime
    end: datetime
    resource_id: UUID
    members: int
    capacity: int
    away: str


@projection(D2)
class GroupVisit:
    """What a session is, and how many have come."""

    group_id: str
    label: str
    here: int


@projection(D0)
class Shut:
    """Time in which nobody is there: outside the hours, a break, a closure."""

    spot: str
    look: str  # "closed", "break" or "away"
    label: str
    start: datetime
    end: datetime


@projection(D0)
class Block:
    """A piece of a column that is taken, by an appointment or by somebody who is booking."""

    id: str
    spot: str
    line: bool  # so short that its words stand in one line
    lead: bool  # here the appointment is listed; its other columns repeat it
    start: datetime
    end: datetime
    appointment_id: UUID | None
    beside: tuple[str, ...]
    rivals: tuple[UUID, ...]  # the appointments it was booked over, or that were booked over it
    away: str  # who or what it needs is not there
    until: datetime | None = None  # of a hold
    by: str = ""
    by_id: UUID | None = None
    offered: bool = False  # to somebody on the waiting list


@projection(D2)
class Visit:
    """How an appointment stands."""

    appointment_id: UUID
    look: str
    word: str
    label: str
    start: datetime
    end: datetime
    buffers: str  # classes: fives kept free before and after
    since: datetime | None
    room: str
    moves: bool


@projection(D2)
class Gone:
    """An appointment that will not be, or that nobody came to, where it would have stood."""

    id: str
    spot: str
    line: bool
    lead: bool
    start: datetime
    visit: Visit


@projection(D2)
class Counts:
    """The day in numbers."""

    booked: int
    waiting: int
    since: datetime | None  # the longest wait
    clashes: int
    cancelled: int
