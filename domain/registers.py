"""Registers: the book of a controlled drug, which must add up after every line.

opening + received - given - wasted - returned = closing (MAR rules, section 8).
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from domain.amounts import Amount, total
from domain.errors import NotAllowed

K = TypeVar("K")


class Entry(StrEnum):
    """What a line of the register is about."""

    RECEIVED = "received"
    GIVEN = "given"
    WASTED = "wasted"
    RETURNED = "returned"  # to the pharmacy
    COUNTED = "counted"
    CORRECTED = "corrected"  # a dose was taken back: it had not been given

    @property
    def word(self) -> str:
        """Name the line as the book does."""
        return self.value.capitalize()

    @property
    def witnessed(self) -> bool:
        """Tell whether a second person signs."""
        return self in {Entry.GIVEN, Entry.WASTED, Entry.COUNTED, Entry.CORRECTED}


_SIGN: Mapping[Entry, int] = MappingProxyType(
    {Entry.RECEIVED: 1, Entry.GIVEN: -1, Entry.WASTED: -1, Entry.RETURNED: -1}
)


def change(entry: Entry, amount: Decimal, opening: Decimal) -> Decimal:
    """Tell by how much a line changes the balance; a count sets it to what was found."""
    if not amount.is_finite() or amount < 0 or (amount == 0 and entry is not Entry.COUNTED):
        raise NotAllowed("Enter an amount above 0.", "register.amount")
    if entry is Entry.COUNTED:
        return amount - opening
    found = _SIGN.get(entry, 1) * amount
    if opening + found < 0:
        raise NotAllowed(
            "The register says that less is left than this. Count the drug first.",
            "register.too-little",
        )
    return found


def share(taken: Mapping[K, Amount], given: Amount) -> None:
    """Refuse amounts out of several books that do not make the dose that was given."""
    if any(one.value <= 0 for one in taken.values()):
        raise NotAllowed("Enter what was taken of each, above 0.", "register.amount")
    try:
        made = total(taken.values(), given.unit)
    except NotAllowed:  # mL of one that is ordered in mg: nobody can add these up
        return
    if made != given.value:
        raise NotAllowed(
            f"What was taken makes {Amount(made, given.unit)}; the dose is {given}. "
            "Say how much was taken of each.",
            "register.shares",
        )


def waste(amount: Decimal, strength: Decimal) -> Decimal:
    """Work out what is left over of the last piece that was opened."""
    rest = amount % strength
    return strength - rest if rest else Decimal(0)


def mismatch(entry: Entry, changed: Decimal) -> bool:
    """Tell whether a count found another amount than the book says: an incident."""
    return entry is Entry.COUNTED and changed != 0
