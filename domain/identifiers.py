"""Identifiers: numbers of people, how they are checked, written and compared."""

import re
from enum import StrEnum

from domain.errors import NotAllowed


class Scheme(StrEnum):
    """The numbers we know how to write; any other is written as it came."""

    MRN = "mrn"
    NHS = "nhs"

    @property
    def label(self) -> str:
        """Say what always stands before the number."""
        return "MRN" if self is Scheme.MRN else "NHS No."


def bare(number: str) -> str:
    """Strip what people put into numbers to read them: 943 476-5919 is 9434765919."""
    return re.sub(r"[\W_]+", "", number).upper()


def nhs_is_valid(number: str) -> bool:
    """Check an NHS number: ten digits, the last from the others modulo 11.

    Source: NHS Data Dictionary, attribute NHS NUMBER: weights 10 to 2; 11 less the remainder;
    11 counts as 0, and 10 is never issued.
    """
    digits = bare(number)
    if not re.fullmatch(r"[0-9]{10}", digits):
        return False
    total = sum(
        int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)
    )
    return (11 - total % 11) % 11 == int(digits[9])


def nhs(number: str) -> str:
    """Return an NHS number bare, or say that it was mistyped."""
    if not nhs_is_valid(number):
        raise NotAllowed(
            "This is not an NHS number: its ten digits do not check. Read it again.", "nhs.check"
        )
    return bare(number)


def shown(scheme: Scheme, number: str) -> str:
    """Write a number with its label: NHS No. 943 476 5919, MRN 0012345."""
    digits = bare(number)
    if scheme is Scheme.NHS and len(digits) == 10:
        return f"{scheme.label} {digits[:3]} {digits[3:6]} {digits[6:]}"
    return f"{scheme.label} {number.strip()}"
