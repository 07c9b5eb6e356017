"""Analytes: what a laboratory measures, in which unit, and between which limits.

Every row is `data/labs.csv` and `data/lab_panels.csv` (see `data/SOURCES.md`). Limits are a seed
for adults: a site sets its own, and a result keeps the interval it was reported with.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from domain.errors import NotAllowed
from domain.formulary import rows
from domain.sexes import Sex

ADULT = 18  # years; the intervals are for adults
_ANNOTATION = re.compile(r"\{[^{}]*\}")


class Kind(StrEnum):
    """Whether a result is a number or a code."""

    QUANTITY = "quantity"
    CODED = "coded"


@dataclass(frozen=True, slots=True)
class Interval:
    """The limits of a reference interval, both inside it; None: no limit on that side."""

    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def empty(self) -> bool:
        """Tell whether it says nothing."""
        return self.low is None and self.high is None

    def __str__(self) -> str:
        """Write it as a report does: 3.5 to 5.0."""
        match self.low, self.high:
            case None, None:
                return ""
            case None, high:
                return f"up to {high}"
            case low, None:
                return f"from {low}"
        return f"{self.low} to {self.high}"


@dataclass(frozen=True, slots=True)
class Limits:
    """The interval that holds for a patient, and the limits beyond which somebody is called."""

    reference: Interval
    critical: Interval
    widest: bool = False  # sex not known: the widest interval; say so beside it


@dataclass(frozen=True, slots=True)
class Delta:
    """How far a value may move from the one before, within how long."""

    absolute: Decimal | None
    percent: Decimal | None
    window: timedelta


@dataclass(frozen=True, slots=True)
class Analyte:
    """One thing that is measured; `loinc` names it in `ucum`, `si_loinc` in `si_ucum`."""

    key: str
    name: str
    kind: Kind
    loinc: str
    specimen: str
    ucum: str
    decimals: int | None
    female: Interval
    male: Interval
    critical: Interval
    abnormal_codes: frozenset[str]
    critical_codes: frozenset[str]
    si_ucum: str
    si_loinc: str
    si_factor: Decimal | None
    section: str  # HL7 table 0074
    source: str
    delta: Delta | None

    @property
    def unit(self) -> str:
        """Write the unit without UCUM's annotations."""
        return _ANNOTATION.sub("", self.ucum)

    def limits(self, sex: Sex | None) -> Limits:
        """Give the limits for a sex; where it is not known the widest, troponin excepted."""
        match sex:
            case Sex.FEMALE:
                return Limits(self.female, self.critical)
            case Sex.MALE:
                return Limits(self.male, self.critical)
        if self.female == self.male:
            return Limits(self.female, self.critical)
        high = _narrow if self.key in _MISSED_IS_WORSE else _wide
        low = _least(self.female.low, self.male.low)
        return Limits(Interval(low, high(self.female.high, self.male.high)), self.critical, True)  # noqa: FBT003

    def rounded(self, value: Decimal) -> Decimal:
        """Round to the decimals of the report: what is compared is what is read."""
        return value if self.decimals is None else round(value, self.decimals)


#: Where a missed abnormal value is the greater danger, the lower of two upper limits holds.
_MISSED_IS_WORSE = frozenset({"hstni", "hstnt"})


def _least(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else min(one, other)


def _wide(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else max(one, other)


def _narrow(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    known = [each for each in (one, other) if each is not None]
    return min(known, default=None)


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text.strip() else None


def _delta(row: Mapping[str, str]) -> Delta | None:
    absolute, percent = _number(row["delta_abs"]), _number(row["delta_pct"])
    if absolute is None and percent is None:
        return None
    return Delta(absolute, percent, timedelta(hours=int(row["delta_window_h"])))


def _analyte(row: Mapping[str, str]) -> Analyte:
    return Analyte(
        key=row["key"],
        name=row["name"],
        kind=Kind(row["kind"]),
        loinc=row["loinc"],
        specimen=row["specimen"],
        ucum=row["ucum"],
        decimals=int(row["decimals"]) if row["decimals"] else None,
        female=Interval(_number(row["ref_low_f"]), _number(row["ref_high_f"])),
        male=Interval(_number(row["ref_low_m"]), _number(row["ref_high_m"])),
        critical=Interval(_number(row["crit_low"]), _number(row["crit_high"])),
        abnormal_codes=_codes(row["abnormal_codes"]),
        critical_codes=_codes(row["critical_codes"]),
        si_ucum=row["si_ucum"],
        si_loinc=row["si_loinc"],
        si_factor=_number(row["si_factor"]),
        section=row["section"],
        source=row["ref_source"],
        delta=_delta(row),
    )


def _codes(text: str) -> frozenset[str]:
    """Read the codes of a column; what stands in brackets explains them."""
    return frozenset(re.sub(r"\(.*?\)", "", text).split())


ANALYTES: Mapping[str, Analyte] = MappingProxyType(
    {row["key"]: _analyte(row) for row in rows("labs.csv")}
)
_BY_LOINC: Mapping[str, Analyte] = MappingProxyType(
    {each.si_loinc: each for each in ANALYTES.values() if each.si_loinc}
    | {each.loinc: each for each in ANALYTES.values()}
)


def by_loinc(code: str) -> Analyte | None:
    """Find what a LOINC code measures, in either of its units; None where we do not know it."""
    return _BY_LOINC.get(code.strip())


@dataclass(frozen=True, slots=True)
class Panel:
    """Tests that are ordered together; `loinc` is empty where no code was verified."""

    key: str
    name: str
    loinc: str
    members: tuple[Analyte, ...]


PANELS: Mapping[str, Panel] = MappingProxyType(
    {
        row["panel"]: Panel(
            row["panel"],
            row["name"],
            row["loinc"],
            tuple(ANALYTES[key] for key in row["members(keys in labs.csv)"].split()),
        )
        for row in rows("lab_panels.csv")
    }
)

#: The same unit written in another way; nothing else is taken for the same.
_SAME = MappingProxyType(
    {
        "10*3/uL": "10*9/L",
        "10*6/uL": "10*12/L",
        "K/uL": "10*9/L",
        "mcmol/L": "umol/L",
        "µmol/L": "umol/L",
        "mEq/L": "meq/L",
        "mL/min/1.73m2": "mL/min/{1.73_m2}",
        "sec": "s",
    }
)


def in_our_unit(analyte: Analyte, value: Decimal, unit: str) -> Decimal:
    """Bring a value into the unit of the limits by the table's own factor, or refuse it.

    The unit sent decides, not the code; a unit that the table does not know is never guessed.
    """
    sent = _plain(unit)
    if sent == _plain(analyte.ucum):
        return value
    if analyte.si_factor and sent == _plain(analyte.si_ucum):
        return value / analyte.si_factor
    wanted = analyte.unit or "no unit"
    raise NotAllowed(
        f"{analyte.name} was sent in “{unit}”; known is {wanted}. Nobody converts it.", "labs.unit"
    )


def _plain(unit: str) -> str:
    bare = unit.strip()
    return _ANNOTATION.sub("", _SAME.get(bare, bare))
