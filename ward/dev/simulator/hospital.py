"""Hospital: what the simulator sees before it acts: beds, who lies there, who waits; no names."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from domain.beds import BedStatus
from ward.dev.people import Member

LEAST, MOST = 0.85, 0.95
"""How full a ward is kept: as hospitals are, with a bed to spare."""

PEOPLE_FIRST = timedelta(seconds=60)
"""What a person or another system has just changed is theirs for this long, at any speed."""


@dataclass(frozen=True, slots=True)
class Occupant:
    """Who lies in a bed, as far as the simulator must know."""

    patient: UUID
    encounter: UUID
    version: int
    since: datetime
    home_on: date | None
    ours: bool  # of the cast: others are never touched
    stays: bool  # where pictures show them
    by_others: bool  # a person, or another system, did the last step


@dataclass(frozen=True, slots=True)
class Spot:
    """One bed."""

    bed: UUID
    label: str
    version: int
    status: BedStatus
    since: datetime
    terminal: bool
    blocked: bool
    held_for: UUID | None
    away_since: datetime | None
    by_others: bool
    theirs: bool  # somebody else acted here within the last minute
    occupant: Occupant | None

    @property
    def away(self) -> bool:
        """Tell whether the patient is off the ward."""
        return self.away_since is not None

    @property
    def ready(self) -> bool:
        """Tell whether anybody may be put here."""
        free = self.status is BedStatus.UNOCCUPIED and not self.blocked
        return free and self.held_for is None and not self.theirs

    @property
    def movable(self) -> Occupant | None:
        """Give the occupant if the simulator may move them."""
        who = self.occupant
        free = who and who.ours and not who.stays and not self.theirs and not self.away
        return who if free else None


@dataclass(frozen=True, slots=True)
class Floor:
    """One ward with its beds, in order."""

    ward: UUID
    branch: UUID
    code: str
    spots: tuple[Spot, ...]

    @property
    def taken(self) -> int:
        """Count the beds that somebody lies in."""
        return sum(spot.occupant is not None for spot in self.spots)

    @property
    def low(self) -> int:
        """Count the patients below which nobody is sent away."""
        return math.ceil(len(self.spots) * LEAST)

    @property
    def high(self) -> int:
        """Count the patients above which nobody is brought."""
        return math.floor(len(self.spots) * MOST)

    @property
    def spare(self) -> list[Spot]:
        """List the beds to use; the first ready one is left for whoever tries the demo."""
        return [spot for spot in self.spots if spot.ready][1:]

    def holding(self, encounter: UUID) -> Spot | None:
        """Find the ready bed that is kept for this encounter."""
        for spot in self.spots:
            free = spot.status is BedStatus.UNOCCUPIED and not spot.blocked and not spot.theirs
            if free and spot.held_for == encounter:
                return spot
        return None


@dataclass(frozen=True, slots=True)
class Wish:
    """A ward has been asked to take somebody."""

    request: UUID
    version: int
    patient: UUID
    encounter: UUID
    to_ward: UUID
    accepted: bool
    since: datetime
    by_others: bool
    theirs: bool  # somebody else asked within the last minute


@dataclass(frozen=True, slots=True)
class Hospital:
    """Everything at one instant."""

    now: datetime
    today: date
    floors: tuple[Floor, ...]
    wishes: tuple[Wish, ...]  # of the cast
    outside: tuple[UUID, ...]  # of the cast, on no ward, waiting for nothing
    unknown: tuple[Member, ...]  # of the cast, not registered yet

    @property
    def wishing(self) -> frozenset[UUID]:
        """Name the patients for whom somebody has asked."""
        return frozenset(wish.patient for wish in self.wishes)

    def lying(self) -> Mapping[UUID, tuple[Floor, Spot]]:
        """Tell where each patient lies."""
        return {
            spot.occupant.patient: (floor, spot)
            for floor in self.floors
            for spot in floor.spots
            if spot.occupant
        }
