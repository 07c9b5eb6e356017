"""View: one ward on which something may happen now, and what is chosen to happen."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from ward.dev.simulator import pace as times
from ward.dev.simulator.hospital import Floor, Hospital, Occupant, Spot, Wish
from ward.dev.simulator.pace import Pace
from ward.work import Work

T = TypeVar("T")
Do = Callable[[Work], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Act:
    """One thing to do, under one code of the trail."""

    code: str
    do: Do


@dataclass(frozen=True, slots=True)
class View:
    """One ward as a plan meets it; the dice decide what could as well be otherwise."""

    hospital: Hospital
    floor: Floor
    dice: Random
    pace: Pace

    def over(self, what: Spot | Wish | Occupant, seconds: float) -> bool:
        """Tell whether this has lasted so long."""
        return self.pace.over(what.since, self.hospital.now, seconds)

    def one_of(self, found: Sequence[T]) -> T | None:
        """Choose one, or nothing of nothing."""
        return self.dice.choice(found) if found else None

    def movable(self, floor: Floor | None = None) -> list[tuple[Spot, Occupant]]:
        """List who may be moved: of the cast, here for a while, asked for by nobody."""
        return [
            (spot, who)
            for spot in (floor or self.floor).spots
            if (who := spot.movable)
            and who.patient not in self.hospital.wishing
            and self.over(who, times.STAY)
        ]

    def wishes(self) -> list[Wish]:
        """List the requests that wait for this ward, longest first."""
        return [one for one in self.hospital.wishes if one.to_ward == self.floor.ward]
