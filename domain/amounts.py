"""Amounts: a number with its unit, compared and summed only where the units allow it."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from domain.errors import NotAllowed
from domain.formulary import Unit, write


@dataclass(frozen=True, slots=True)
class Amount:
    """So much of a medicine: 2.5 mg, 10 units."""

    value: Decimal
    unit: Unit

    def __post_init__(self) -> None:
        """Refuse what is no amount; nothing is also one."""
        if not self.value.is_finite() or self.value < 0:
            raise NotAllowed("An amount is a number from 0.", "amount.not-a-number")

    def to(self, unit: Unit) -> "Amount":
        """Return the same amount in another unit, or refuse where nobody can convert."""
        if unit is self.unit:
            return self
        if unit.in_mg is None or self.unit.in_mg is None:
            raise NotAllowed(
                f"{self} cannot be counted in {unit.word(Decimal(2))}. Check the unit.",
                "amount.unit",
            )
        return Amount(self.value * self.unit.in_mg / unit.in_mg, unit)

    def same(self, other: "Amount", tolerance_percent: Decimal = Decimal(0)) -> bool:
        """Tell whether two amounts are one: 1 g is 1,000 mg; other units are never the same."""
        try:
            there = other.to(self.unit).value
        except NotAllowed:
            return False
        return abs(there - self.value) * 100 <= self.value * tolerance_percent

    def __str__(self) -> str:
        """Write the amount as a line of the chart does: 0.5 mg, 1,000 units."""
        return write(self.value, self.unit)


def total(amounts: Iterable[Amount], unit: Unit) -> Decimal:
    """Sum amounts in one unit."""
    return sum((amount.to(unit).value for amount in amounts), Decimal(0))
