"""Fluids: what went in and came out, by shift, in whole millilitres."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from domain import vitals, wallclock
from domain.errors import NotAllowed
from domain.vitals import Vital


class Fluid(StrEnum):
    """What is measured; our own list."""

    ORAL = "oral"
    INTRAVENOUS = "intravenous"
    TUBE_FEED = "tube-feed"
    BLOOD = "blood"
    OTHER_IN = "other-in"
    URINE = "urine"
    DRAIN = "drain"
    VOMIT = "vomit"
    STOOL = "stool"
    OTHER_OUT = "other-out"

    @property
    def is_intake(self) -> bool:
        """Tell what goes in from what comes out."""
        return self in _INTAKE

    @property
    def word(self) -> str:
        """Name the fluid as the form does."""
        return self.value.removesuffix("-in").removesuffix("-out").replace("-", " ").capitalize()


_INTAKE = frozenset({Fluid.ORAL, Fluid.INTRAVENOUS, Fluid.TUBE_FEED, Fluid.BLOOD, Fluid.OTHER_IN})


@dataclass(frozen=True, slots=True)
class Entry:
    """One amount at one instant."""

    at: datetime
    fluid: Fluid
    ml: int

    @property
    def signed(self) -> int:
        """Return the amount as it counts in the balance: output is negative."""
        return self.ml if self.fluid.is_intake else -self.ml


@dataclass(frozen=True, slots=True)
class Shift:
    """A stretch of every day by the clock of the ward; a night ends on the next day."""

    name: str
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Turn:
    """One shift of one day, from an instant to another (which belongs to the next)."""

    name: str
    on: date  # the day on which it starts
    starts_at: datetime
    ends_at: datetime

    def holds(self, at: datetime) -> bool:
        """Tell whether an instant belongs to this turn."""
        return self.starts_at <= at < self.ends_at


@dataclass(frozen=True, slots=True)
class Balance:
    """Sums of one turn, and the running total of the turns up to its end."""

    turn: Turn
    intake: int
    output: int
    running: int

    @property
    def net(self) -> int:
        """Return intake less output."""
        return self.intake - self.output


def read(text: str) -> int:
    """Read an amount in mL; bounds and step are those of urine output in data/vitals.csv."""
    return int(vitals.read(Vital.URINE_OUTPUT, text))


def ring(shifts: Sequence[Shift]) -> tuple[Shift, ...]:
    """Return shifts in their order, or refuse ones that leave a gap in the day or overlap."""
    order = tuple(sorted(shifts, key=lambda shift: shift.start))
    nexts = (*order[1:], *order[:1])
    touching = all(shift.end == after.start for shift, after in zip(order, nexts, strict=True))
    if not order or not touching or len({shift.start for shift in order}) < len(order):
        raise NotAllowed("The shifts of a ward must fill the whole day, once.", "shifts.gap")
    return order


def shift_of(at: datetime, zone: tzinfo, shifts: Sequence[Shift]) -> Turn:
    """Return the turn an instant belongs to; a night may be 11 or 13 hours long.

    A shift starts when the clock first shows its time, or jumps over it.
    """
    today = at.astimezone(zone).date()
    days = [today + timedelta(days=offset) for offset in (-1, 0, 1)]
    starts = [
        (wallclock.first(day, shift.start, zone), day, shift)
        for day in days
        for shift in ring(shifts)
    ]
    begun = [start for start in starts if start[0] <= at]
    starts_at, on, shift = begun[-1]
    return Turn(shift.name, on, starts_at, ends_at=starts[len(begun)][0])


def turns(
    start: datetime, end: datetime, zone: tzinfo, shifts: Sequence[Shift]
) -> tuple[Turn, ...]:
    """List the turns that touch a range, oldest first."""
    found: list[Turn] = []
    at = start
    while at < end:
        found.append(shift_of(at, zone, shifts))
        at = found[-1].ends_at
    return tuple(found)


def balance(entries: Iterable[Entry], turn: Turn, *, before: int = 0) -> Balance:
    """Sum one turn; `before` is the running total at its start."""
    inside = [entry for entry in entries if turn.holds(entry.at)]
    intake = sum(entry.ml for entry in inside if entry.fluid.is_intake)
    output = sum(entry.ml for entry in inside if not entry.fluid.is_intake)
    return Balance(turn, intake, output, before + intake - output)


def by_shift(
    entries: Sequence[Entry], zone: tzinfo, shifts: Sequence[Shift]
) -> tuple[Balance, ...]:
    """Sum every turn from the first entry to the last, with the running total."""
    if not entries:
        return ()
    first, last = min(entry.at for entry in entries), max(entry.at for entry in entries)
    found: list[Balance] = []
    for turn in turns(first, last + timedelta(microseconds=1), zone, shifts):
        found.append(balance(entries, turn, before=found[-1].running if found else 0))
    return tuple(found)


def running(entries: Iterable[Entry], *, before: int = 0) -> tuple[tuple[Entry, int], ...]:
    """Pair every entry, oldest first, with the balance after it."""
    total, found = before, []
    for entry in sorted(entries, key=lambda entry: entry.at):
        total += entry.signed
        found.append((entry, total))
    return tuple(found)


def urine_rate(ml: int, over: timedelta, weight_kg: Decimal) -> Decimal:
    """Calculate mL/kg/h, to one decimal; shown as calculated."""
    if over <= timedelta(0) or weight_kg <= 0:
        raise NotAllowed("A urine rate needs a weight and a length of time.", "fluids.rate")
    hours = Decimal(over // timedelta(seconds=1)) / 3600
    return (ml / weight_kg / hours).quantize(Decimal("0.1"), ROUND_HALF_UP)
