"""Values: the small pieces facts are made of, each named after its FHIR data type.

Printing one shows no content: a name or a number must not reach a log by way of a traceback.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True, repr=False)
class Coding:
    """One code of one code system (SNOMED CT, ICD-10 …), with the words it was shown by."""

    system: str | None
    code: str | None
    display: str | None


@dataclass(frozen=True, slots=True, repr=False)
class Concept:
    """A CodeableConcept: what was meant, in words and in as many code systems as were given."""

    text: str | None
    codings: tuple[Coding, ...] = ()

    @property
    def words(self) -> str | None:
        """Return what a person reads: the text, else the first display, else the first code."""
        shown = (coding.display for coding in self.codings)
        coded = (coding.code for coding in self.codings)
        return next((said for said in (self.text, *shown, *coded) if said), None)

    def code(self, system: str) -> str | None:
        """Return the code given in one code system."""
        found = (coding.code for coding in self.codings if coding.system == system)
        return next(found, None)


@dataclass(frozen=True, slots=True, repr=False)
class Identifier:
    """A number someone is known by; `kind` is its code in HL7 table 0203 (MR, SS, DL, PPN …)."""

    system: str | None
    value: str
    kind: str | None = None
    use: str | None = None
    issuer: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Name:
    """A HumanName; `use` is usual, official, temp, nickname, anonymous, old or maiden."""

    family: str | None
    given: tuple[str, ...] = ()
    prefix: tuple[str, ...] = ()
    suffix: tuple[str, ...] = ()
    text: str | None = None
    use: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """A postal address; `use` is home, work, temp, old or billing."""

    lines: tuple[str, ...] = ()
    city: str | None = None
    district: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None
    text: str | None = None
    use: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Contact:
    """A ContactPoint; `system` is phone, fax, email, pager, url, sms or other."""

    system: str
    value: str
    use: str | None = None
    rank: int | None = None


class Precision(StrEnum):
    """How much of a date was written."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    INSTANT = "instant"


@dataclass(frozen=True, slots=True, repr=False)
class Moment:
    """A FHIR date or dateTime, no more precise than it was written.

    `day` is the first day it can mean; `at` is set when a time with its offset was given.
    """

    written: str
    precision: Precision
    day: date
    at: datetime | None = None


_PARTS = {4: (Precision.YEAR, "-01-01"), 7: (Precision.MONTH, "-01"), 10: (Precision.DAY, "")}
_LEAP = re.compile(r":60(?=[.Z+-])")  # FHIR allows the leap second, Python does not


def moment(written: str) -> Moment:
    """Read a FHIR date or dateTime; raise ValueError where it is no day of the calendar."""
    if len(written) in _PARTS:
        precision, rest = _PARTS[len(written)]
        return Moment(written, precision, date.fromisoformat(written + rest))
    at = datetime.fromisoformat(_LEAP.sub(":59", written))
    if at.tzinfo is None:
        raise ValueError("a time needs its offset")
    return Moment(written, Precision.INSTANT, at.date(), at)


@dataclass(frozen=True, slots=True, repr=False)
class Quantity:
    """A measured amount with the digits it was written with; an age has the unit `a` (UCUM)."""

    value: Decimal | None
    unit: str | None = None
    system: str | None = None
    code: str | None = None
    comparator: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class When:
    """An onset or abatement, in whichever way it was told: a time, a period, an age, words."""

    start: Moment | None = None
    end: Moment | None = None
    age: Quantity | None = None
    oldest: Quantity | None = None  # the upper end of an age range
    words: str | None = None
