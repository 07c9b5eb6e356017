"""Analysis: what a loopback laboratory finds in a tube: a story for each patient, value by value.

Every value begins inside its interval (data/labs.csv); a story moves a few of them with each tube.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from random import Random
from types import MappingProxyType

from domain.analytes import ANALYTES, Analyte, Kind
from domain.sexes import Sex


class Story(StrEnum):
    """What becomes of a patient's blood; our own words."""

    WELL = "well"
    KIDNEY = "failing-kidney"
    BLEEDING = "bleeding"


#: By how much of its middle a value moves with each step: a tale, from no source.
_COURSE: Mapping[Story, Mapping[str, Decimal]] = MappingProxyType(
    {
        Story.WELL: {},
        Story.KIDNEY: {
            "creat": Decimal("0.30"),
            "bun": Decimal("0.28"),
            "k": Decimal("0.065"),
            "egfr": Decimal("-0.095"),
            "tco2": Decimal("-0.05"),
            "phos": Decimal("0.10"),
        },
        Story.BLEEDING: {
            "hgb": Decimal("-0.055"),
            "hct": Decimal("-0.055"),
            "rbc": Decimal("-0.055"),
            "plt": Decimal("-0.050"),
            "lac": Decimal("0.40"),
        },
    }
)
_SHARE = (Story.KIDNEY, Story.BLEEDING, Story.WELL, Story.WELL, Story.WELL)
BEFORE = 6  # tubes that were taken before the demo began
_WORST, _ROUND = 9, 16  # a story gets worse for so many tubes, is treated, and begins again
_MENDS = Decimal("1.4")  # steps that treatment takes back with each tube
_LEAST = Decimal("0.15")  # of its middle: nothing falls lower
CRITICAL_POTASSIUM = Decimal("6.9")


@dataclass(frozen=True, slots=True)
class Found:
    """One value of one test, as a laboratory sends it."""

    analyte: Analyte
    value: str


def story_of(mrn: str) -> Story:
    """Tell the story of a patient; the same number has the same one on every machine."""
    return _SHARE[hashlib.sha256(mrn.encode()).digest()[0] % len(_SHARE)]


def found(mrn: str, keys: Iterable[str], tube: int, *, critical: bool = False) -> list[Found]:
    """Give what is in the nth tube of a patient; `critical`: its potassium calls somebody."""
    story = story_of(mrn)
    results = []
    for key in dict.fromkeys(keys):
        analyte = ANALYTES[key]
        if analyte.kind is not Kind.QUANTITY:
            continue
        dice = Random(f"{mrn}/{key}/{tube}")  # noqa: S311 - a story, no secret
        moved = 1 + _COURSE[story].get(key, Decimal(0)) * _steps(tube)
        noise = 1 + Decimal(dice.randint(-20, 20)) / 1000
        value = _middle(analyte) * max(moved, _LEAST) * noise
        if critical and key == "k":
            value = CRITICAL_POTASSIUM
        results.append(Found(analyte, str(round(value, analyte.decimals))))
    return results


def _steps(tube: int) -> Decimal:
    """Tell how far a story has gone with the nth tube."""
    nth = tube % _ROUND
    return Decimal(nth) if nth <= _WORST else _WORST - (nth - _WORST) * _MENDS


def _middle(analyte: Analyte) -> Decimal:
    limits = analyte.limits(Sex.FEMALE).reference
    low, high = limits.low, limits.high
    if low is not None and high is not None:
        return (low + high) / 2
    if high is not None:
        return high / 2
    return low * Decimal("1.3") if low is not None else Decimal(1)
