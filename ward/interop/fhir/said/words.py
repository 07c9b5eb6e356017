"""Words: dates, names and codes as a person reads them."""

from collections.abc import Iterable
from datetime import UTC, datetime, time

from ward.interop.fhir.translate import Untranslatable
from ward.interop.fhir.values import Coding, Concept, Moment, Name, Quantity, When

# UCUM codes of time, https://ucum.org/ucum table 5, and their names in English
UNITS = {"a": "years", "mo": "months", "wk": "weeks", "d": "days", "h": "hours", "min": "minutes"}
DAY = len("2010-05-08")


def day(moment: Moment | None) -> str:
    """Write a day as far as it was told: 2010, 2010-05, 2010-05-08."""
    return moment.written[:DAY] if moment else ""


def instant(moment: Moment | None, element: str) -> datetime | None:
    """Give the moment, or the first of the day it can mean."""
    if moment is None:
        return None
    try:
        return (moment.at or datetime.combine(moment.day, time(), UTC)).astimezone(UTC)
    except OverflowError:
        raise Untranslatable(element, "is outside the years 1 to 9999") from None


def told(when: When | None) -> str:
    """Write an onset or an end in the way it was told."""
    if when is None:
        return ""
    dates = [day(when.start), f"until {day(when.end)}" if when.end else ""]
    ages = [_amount(when.age), f"to {_amount(when.oldest)}" if when.oldest else ""]
    age = " ".join(part for part in ages if part)
    parts = [*dates, f"at the age of {age}" if age else "", when.words or ""]
    return " ".join(part for part in parts if part)


def _amount(amount: Quantity | None) -> str:
    if amount is None:
        return ""
    unit = UNITS.get(amount.code or "", amount.unit or amount.code or "")
    value = "" if amount.value is None else str(amount.value)
    parts = (f"{amount.comparator or ''}{value}", unit)
    return " ".join(part for part in parts if part)


def full_name(name: Name) -> str:
    """Write a name in the order it is spoken: Dr. Ada Rose Marsh."""
    parts = (*name.prefix, *name.given, name.family or "", *name.suffix)
    return " ".join(part for part in parts if part) or name.text or ""


def coded(concept: Concept) -> tuple[str, str]:
    """Return the first code that says its system, and that system."""
    whole = (one for one in concept.codings if one.code and one.system)
    found = next(whole, Coding("", "", None))
    return found.code or "", found.system or ""


def joined(concepts: Iterable[Concept]) -> str:
    """Write several concepts in one line."""
    return ", ".join(concept.words for concept in concepts if concept.words)
