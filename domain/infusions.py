"""Infusions: what a pump is set to, and how much has gone in; real time, whatever clocks do."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from domain.amounts import Amount
from domain.errors import NotAllowed
from domain.formulary import Unit, write

HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)
STEP = Decimal("0.01")  # mL/h; a property of the pump, engineering default

_UNIT = re.compile(r"(?P<of>[A-Za-z]+)(?P<kg>/kg)?/(?P<per>h|min)")


@dataclass(frozen=True, slots=True)
class RateUnit:
    """What a rate counts: mL/h, mg/h, units/h, microgram/kg/min."""

    of: Unit
    per_kg: bool
    per_minute: bool

    @classmethod
    def read(cls, text: str) -> "RateUnit":
        """Read a unit as it stands in an order, or refuse it."""
        found = _UNIT.fullmatch(text.strip())
        if not found or found["of"] not in set(Unit):
            raise NotAllowed(f"“{text.strip()}” is no unit of a rate.", "infusion.unit")
        return cls(Unit(found["of"]), found["kg"] is not None, found["per"] == "min")

    @property
    def code(self) -> str:
        """Return the unit as an order and a message carry it: microgram/kg/min."""
        return f"{self.of}{'/kg' if self.per_kg else ''}/{'min' if self.per_minute else 'h'}"

    @property
    def per(self) -> str:
        """Write what follows the amount, without the stroke that is read as a 1: per kg per min."""
        return f"{' per kg' if self.per_kg else ''} per {'min' if self.per_minute else 'h'}"


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast a medicine goes in; 0 is a pause."""

    value: Decimal
    unit: RateUnit

    def __post_init__(self) -> None:
        """Refuse what no pump can do."""
        if not self.value.is_finite() or self.value < 0:
            raise NotAllowed("A rate is a number from 0.", "infusion.rate")

    def __str__(self) -> str:
        """Write the rate as the chart does."""
        return f"{write(self.value, self.unit.of)}{self.unit.per}"


@dataclass(frozen=True, slots=True)
class Bag:
    """An amount of a medicine in a volume."""

    amount: Amount
    volume_ml: Decimal

    def __post_init__(self) -> None:
        """Refuse a bag with nothing in it: no rate could be worked out."""
        if self.amount.value <= 0 or self.volume_ml <= 0:
            raise NotAllowed("A bag holds an amount in a volume.", "infusion.bag")

    def per_ml(self, unit: Unit) -> Decimal:
        """Return the concentration in a unit per mL."""
        return self.amount.to(unit).value / self.volume_ml


def ml_per_hour(rate: Rate, bag: Bag, weight_kg: Decimal | None = None) -> Decimal:
    """Work out what the pump is set to; exact, to be rounded by `on_pump`.

    dose rate x weight x 60 / concentration: 5 microgram/kg/min for 70 kg at 4000 microgram/mL is
    5.25 mL/h.
    """
    hourly = rate.value * _factor(rate.unit, weight_kg)
    return hourly if rate.unit.of is Unit.ML else hourly / bag.per_ml(rate.unit.of)


def dose_rate(ml_h: Decimal, unit: RateUnit, bag: Bag, weight_kg: Decimal | None = None) -> Rate:
    """Work out what a pump that runs at mL/h gives, in another unit."""
    hourly = ml_h if unit.of is Unit.ML else ml_h * bag.per_ml(unit.of)
    return Rate(hourly / _factor(unit, weight_kg), unit)


def _factor(unit: RateUnit, weight_kg: Decimal | None) -> Decimal:
    """Return how many of a unit make one per hour for this patient."""
    if unit.per_kg and (weight_kg is None or weight_kg <= 0):
        raise NotAllowed("A rate per kg needs the weight of the patient.", "infusion.weight")
    weight = weight_kg if unit.per_kg and weight_kg else Decimal(1)
    return weight * (60 if unit.per_minute else 1)


def on_pump(ml_h: Decimal, step: Decimal = STEP) -> Decimal:
    """Round a rate to what the pump can be set to; never to 0 for a medicine that runs."""
    found = (ml_h / step).quantize(Decimal(1), ROUND_HALF_UP) * step
    if ml_h > 0 and not found:
        raise NotAllowed("The pump cannot run this slowly. Use a weaker bag.", "infusion.too-slow")
    return found


def check_limits(rate: Rate, least: Rate | None, most: Rate | None) -> None:
    """Refuse a rate outside the limits of the order; all in the same unit."""
    if any(limit is not None and limit.unit != rate.unit for limit in (least, most)):
        raise NotAllowed("The limits of the order are in another unit.", "infusion.limit-unit")
    if most is not None and rate.value > most.value:
        raise NotAllowed(f"{rate} is above the limit of {most}.", "infusion.above")
    if least is not None and rate.value < least.value:
        raise NotAllowed(f"{rate} is below the limit of {least}.", "infusion.below")


@dataclass(frozen=True, slots=True)
class Change:
    """From when on a pump ran at a rate; a pause and the end are 0."""

    at: datetime
    ml_h: Decimal


def volume(changes: Sequence[Change], start: datetime, end: datetime) -> Decimal:
    """Work out the volume that went in between two instants, in mL, exact."""
    ordered = sorted(changes, key=lambda change: change.at)
    ends = [*(change.at for change in ordered[1:]), max(end, start)]
    parts = (
        change.ml_h * (max(min(until, end) - max(change.at, start), timedelta(0)) // MICROSECOND)
        for change, until in zip(ordered, ends, strict=False)
    )
    return sum(parts, Decimal(0)) / (HOUR // MICROSECOND)


def by_period(changes: Sequence[Change], marks: Sequence[datetime]) -> tuple[int, ...]:
    """Share the volume between consecutive marks, in whole mL for the fluid balance.

    What is rounded off one period falls into the next, so that the periods add up to the whole.
    """
    sums = [_whole(volume(changes, marks[0], mark)) for mark in marks]
    return tuple(after - before for before, after in pairwise(sums))


def _whole(ml: Decimal) -> int:
    return int(ml.quantize(Decimal(1), ROUND_HALF_UP))


def empty_at(changes: Sequence[Change], volume_ml: Decimal) -> datetime | None:
    """Say when a bag will be empty at the rate it runs at now; None while it stands still."""
    if not changes:
        return None
    last = max(changes, key=lambda change: change.at)
    left = volume_ml - volume(changes, min(change.at for change in changes), last.at)
    if left <= 0:
        return last.at
    if not last.ml_h:
        return None
    return last.at + MICROSECOND * int(left * (HOUR // MICROSECOND) / last.ml_h)
