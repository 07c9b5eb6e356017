"""References: the interval that a laboratory writes beside a result, read where it can be.

HL7 v2 OBX-7: "lower limit-upper limit", "> lower limit", "< upper limit" (v2.5.1 §7.4.2.7).
Anything else is shown as it was sent and judges nothing.
"""

import re
from decimal import Decimal

from domain.analytes import Interval

_NUMBER = r"([+-]?\d+(?:\.\d+)?)"
_BETWEEN = re.compile(rf"^\(?\s*{_NUMBER}\s*(?:-|–|to|\.\.)\s*{_NUMBER}\s*\)?$", re.IGNORECASE)
_ABOVE = re.compile(rf"^(?:>=?|≥|from)\s*{_NUMBER}$", re.IGNORECASE)
_BELOW = re.compile(rf"^(?:<=?|≤|up to)\s*{_NUMBER}$", re.IGNORECASE)


def read(text: str) -> Interval | None:
    """Read an interval as it was sent, in the unit of its result; None: nobody can."""
    text = text.strip()
    if found := _BETWEEN.match(text):
        low, high = Decimal(found[1]), Decimal(found[2])
        return Interval(low, high) if low <= high else None
    if found := _ABOVE.match(text):
        return Interval(low=Decimal(found[1]))
    if found := _BELOW.match(text):
        return Interval(high=Decimal(found[1]))
    return None
