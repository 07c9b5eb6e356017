"""Dispensing: what a paper prescription is worth now, and that it is dispensed once."""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from domain.errors import NotAllowed
from domain.frequencies import DAY, Code, of

#: How long a prescription is valid. Engineering default: the law of the place decides.
VALID_FOR = timedelta(days=28)
LONGEST = 90  # days that one prescription supplies; engineering default
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is read as another
CODE_LENGTH = 8


class Worth(StrEnum):
    """What a paper is worth; all that the page without sign-in tells."""

    VALID = "valid"
    DISPENSED = "dispensed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def word(self) -> str:
        """Say it in a word."""
        return self.value.capitalize()

    @property
    def sentence(self) -> str:
        """Say what a pharmacy may do."""
        return _SENTENCES[self]


_SENTENCES = MappingProxyType(
    {
        Worth.VALID: "It may be dispensed once.",
        Worth.DISPENSED: "It has been dispensed. Do not dispense it again.",
        Worth.CANCELLED: "The prescriber has cancelled it. Do not dispense it.",
        Worth.EXPIRED: "Its time is over. Do not dispense it.",
    }
)


def worth(
    valid_until: datetime,
    dispensed_at: datetime | None,
    cancelled_at: datetime | None,
    now: datetime,
) -> Worth:
    """Tell what a prescription is worth at this moment."""
    if dispensed_at is not None:
        return Worth.DISPENSED
    if cancelled_at is not None:
        return Worth.CANCELLED
    return Worth.EXPIRED if now >= valid_until else Worth.VALID


def check(found: Worth) -> None:
    """Refuse to dispense or cancel what is not valid any more."""
    if found is not Worth.VALID:
        raise NotAllowed(found.sentence, f"prescription.{found.value}")


def new_code() -> str:
    """Make the code that stands on the paper beside the QR: who dispenses types it."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def spaced(code: str) -> str:
    """Write a code in two halves."""
    return f"{code[:4]} {code[4:]}"


def bare(text: str) -> str:
    """Read a code as typed: any case, with or without blanks."""
    return "".join(text.upper().split()).replace("-", "")


def check_days(days: int) -> None:
    """Refuse a supply for no time, or for longer than one prescription covers."""
    if not 1 <= days <= LONGEST:
        raise NotAllowed(f"A supply is for 1 to {LONGEST} days.", "prescription.days")


def count(frequency: Code, days: int) -> int | None:
    """Work out how many doses a supply holds; None where nobody can know (as required)."""
    interval = of(frequency).interval
    if interval is None:
        return None
    return -(-days * DAY // interval)
