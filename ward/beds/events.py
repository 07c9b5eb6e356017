"""Events: what happened to beds, told by ids alone."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.beds import BedStatus
from realtime.events import Event
from realtime.topics import Topic


@dataclass(frozen=True, slots=True)
class BedEvent(Event):
    """Something that the board of the ward and the view of the branch both show."""

    branch_id: UUID
    ward_id: UUID
    bed_id: UUID

    @property
    def topics(self) -> tuple[Topic, ...]:
        """Name the ward's board and the branch's capacity view."""
        return (Topic("beds", self.ward_id), Topic("wards", self.branch_id))


@dataclass(frozen=True, slots=True)
class BedStatusChanged(BedEvent):
    """A bed went from one state of table 0116 to another."""

    was: BedStatus
    now: BedStatus


@dataclass(frozen=True, slots=True)
class BedReserved(BedEvent):
    """A bed is kept until an instant."""

    until: datetime


@dataclass(frozen=True, slots=True)
class BedReleased(BedEvent):
    """A reservation was taken away or came to its end."""


@dataclass(frozen=True, slots=True)
class BedBlocked(BedEvent):
    """A bed cannot be used for a while."""


@dataclass(frozen=True, slots=True)
class BedUnblocked(BedEvent):
    """A blocked bed can be used again."""


@dataclass(frozen=True, slots=True)
class BedOpened(BedEvent):
    """A new bed stands on the ward."""

    @property
    def topics(self) -> tuple[Topic, ...]:
        """Name the board, the capacity view, and the pages that keep ward and branch."""
        kept = (Topic("place", self.ward_id), Topic("places", self.branch_id))
        return (Topic("beds", self.ward_id), Topic("wards", self.branch_id), *kept)


@dataclass(frozen=True, slots=True)
class CardSet(Event):
    """A ward set what its cards show: every card of its board is drawn again."""

    branch_id: UUID
    ward_id: UUID

    @property
    def topics(self) -> tuple[Topic, ...]:
        """Name the ward's board."""
        return (Topic("beds", self.ward_id),)
