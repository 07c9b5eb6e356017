"""Amounts: a number with its unit, compared and summed only where the units allow it."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from domain.errors import NotAllowed

#: Masses in micrograms (SI). Units of activity, mmol and mL change into nothing else.
_MASS = MappingProxyType(
    {"microgram": Decimal(1), "mg": Decimal(1000), "g": Decimal(1_000_000)},
)


@dataclass(frozen=True, slots=True)
class Amount:
    """So much of a medicine: 2.5 mg, 10 units."""

    value: Decimal
    unit: str

    def __post_init__(self) -> None:
        """Refuse what is no amount; nothing is also one (a paused pump, a wasted dose)."""
        if not self.value.is_finite() or self.value < 0 or not self.unit:
            raise NotAllowed("An amount is a number from 0 with a unit.", "amount.not-a-number")

    def to(self, unit: str) -> "Amount":
        """Return the same amount in another unit, or refuse where nobody can convert."""
        if unit == self.unit:
            return self
        if unit not in _MASS or self.unit not in _MASS:
            raise NotAllowed(f"{self} cannot be given in {unit}. Check the unit.", "amount.unit")
        return Amount(self.value * _MASS[self.unit] / _MASS[unit], unit)

    def same(self, other: "Amount", tolerance_percent: Decimal = Decimal(0)) -> bool:
        """Tell whether two amounts are one: 1 g is 1000 mg; other units are never the same."""
        try:
            there = other.to(self.unit).value
        except NotAllowed:
            return False
        return abs(there - self.value) * 100 <= self.value * tolerance_percent

    def __str__(self) -> str:
        """Write the amount as a line of the chart does: 0.5 mg, 1,000 units."""
        return f"{written(self.value)} {self.unit}"


def written(value: Decimal) -> str:
    """Write a dose: leading zero, no trailing zero, thousands separated (ISMP list)."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def total(amounts: Iterable[Amount], unit: str) -> Decimal:
    """Sum amounts in one unit."""
    return sum((amount.to(unit).value for amount in amounts), Decimal(0))
