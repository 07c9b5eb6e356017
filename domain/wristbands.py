"""Wristbands: the number a scanner knows a patient by, and when a band takes another's place.

Source: GS1 General Specifications 24: GSRN - recipient (AI 8018): company prefix, service
reference and a check digit, 18 digits together; SRIN (AI 8019) counts the bands of one relation.
"""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from domain import gs1
from domain.errors import NotAllowed
from domain.gs1 import Element

#: "GS1 prefix 952 is made available for demos and examples of GS1 identification keys … available
#: to everyone" (GS1 style guide, 2.18). No real person or thing has a number that begins so.
DEMONSTRATION = "952"
DIGITS = 17  # of a GSRN before its check digit


class Cause(StrEnum):
    """Why a wristband was printed."""

    FIRST = "first"
    LOST = "lost"
    DAMAGED = "damaged"
    CHANGED = "changed"

    @property
    def word(self) -> str:
        """Say why, as the chart does."""
        return _WORDS[self]


_WORDS = MappingProxyType(
    {
        Cause.FIRST: "First wristband",
        Cause.LOST: "The last one was lost",
        Cause.DAMAGED: "The last one was damaged",
        Cause.CHANGED: "Name, birth date or number changed",
    }
)


class Carries(StrEnum):
    """What the code of a wristband says."""

    GSRN = "gsrn"  # with the issue, so that an old band is known as one
    MRN = "mrn"  # the record number alone: no GS1 prefix was set


@dataclass(frozen=True, slots=True, repr=False)
class Printed:
    """Everything that stands on a wristband in letters."""

    name: str
    born: str
    label: str
    number: str


def gsrn(prefix: str, serial: int) -> str:
    """Build a patient's number from the hospital's prefix and the next serial."""
    room = DIGITS - len(prefix)
    if serial >= 10**room:
        raise NotAllowed(
            "All wristband numbers of this GS1 prefix are used. Ask who runs Ward for another.",
            "wristbands.no-number",
        )
    digits = f"{prefix}{serial:0{room}}"
    return f"{digits}{gs1.check_digit(digits)}"


def elements(number: str, issue: int) -> tuple[Element, ...]:
    """Give what the code of a band holds: whose it is, and which of theirs."""
    return Element(gs1.RECIPIENT, number), Element(gs1.SRIN, str(issue))


def cause(*, first: bool, said: Cause | None) -> Cause:
    """Settle why a band is printed, or say that a reason is missing."""
    if first:
        return Cause.FIRST
    if said is None or said is Cause.FIRST:
        raise NotAllowed(
            "This patient has a wristband. Say why another is needed.", "wristbands.reason"
        )
    return said


def in_force(printed: Printed, now: Printed, issue: int) -> None:
    """Refuse to print a band again that no longer says who the patient is."""
    if printed != now:
        raise NotAllowed(
            f"Name, birth date or number changed since wristband {issue} was issued."
            " Issue a new one.",
            "wristbands.changed",
        )
