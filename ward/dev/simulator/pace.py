"""Pace: how long things take, from 1 (something every half minute on a ward) to 60."""

from dataclasses import dataclass
from datetime import datetime, timedelta

STEP = 12.0  # seconds between two events of the whole hospital, on the average
ROUND = 1.0  # seconds between two looks for whom it is time to observe, at any speed
CARE = 4.0  # the same for alerts that nobody has taken
DOSES = 2.0  # the same for medicines
TUBES = 2.0  # the same for orders to the laboratory, specimens and results
VISITS = 3.0  # the same for the clinics
CLEAN = 90.0
TRAVEL = 30.0  # from an accepted request to the arrival
ANSWER = 60.0  # from a request to its answer
PATIENCE = 900.0  # after which a ward says that it has no bed
STAY = 240.0  # nobody is moved or sent home sooner
BLOCK = 300.0
LEAVE = 900.0  # how long somebody is away
APART = 600.0  # how long an isolation lasts at least


@dataclass(frozen=True, slots=True)
class Pace:
    """A speed, and what it makes of the times above."""

    speed: int

    @property
    def step(self) -> float:
        """Give the seconds between two events."""
        return STEP / self.speed

    def over(self, since: datetime, now: datetime, seconds: float) -> bool:
        """Tell whether something has lasted so long, at this speed."""
        return now - since >= timedelta(seconds=seconds / self.speed)
