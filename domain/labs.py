"""Labs: what a result means: inside its interval, beyond it, critical, or changed.

The letters are HL7 table 0078 and FHIR's v3-ObservationInterpretation; the rules are
clinical/labs.md, section 3. What has no limits gets no letter: N is never invented.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from domain.analytes import ADULT, Analyte, Interval, Kind, Limits
from domain.sexes import Sex


class Letter(StrEnum):
    """One letter of an interpretation."""

    NORMAL = "N"
    LOW = "L"
    HIGH = "H"
    CRITICAL_LOW = "LL"
    CRITICAL_HIGH = "HH"
    ABNORMAL = "A"
    CRITICAL_ABNORMAL = "AA"
    BELOW_SCALE = "<"
    ABOVE_SCALE = ">"
    UP = "U"
    DOWN = "D"

    @property
    def word(self) -> str:
        """Say it in words, beside the letter."""
        return _WORDS[self]

    @property
    def rank(self) -> int:
        """Tell how grave it is: 0 for what tells nothing, 3 for what calls somebody."""
        return _RANKS.get(self, 0)


_WORDS = MappingProxyType(
    {
        Letter.NORMAL: "normal",
        Letter.LOW: "low",
        Letter.HIGH: "high",
        Letter.CRITICAL_LOW: "critically low",
        Letter.CRITICAL_HIGH: "critically high",
        Letter.ABNORMAL: "abnormal",
        Letter.CRITICAL_ABNORMAL: "critically abnormal",
        Letter.BELOW_SCALE: "below the scale",
        Letter.ABOVE_SCALE: "above the scale",
        Letter.UP: "risen",
        Letter.DOWN: "fallen",
    }
)
_RANKS = MappingProxyType(
    {
        Letter.NORMAL: 1,
        **dict.fromkeys((Letter.LOW, Letter.HIGH, Letter.ABNORMAL), 2),
        **dict.fromkeys((Letter.CRITICAL_LOW, Letter.CRITICAL_HIGH, Letter.CRITICAL_ABNORMAL), 3),
    }
)
CRITICAL = 3
_COMPARATORS = MappingProxyType(
    {
        "<": Letter.BELOW_SCALE,
        "<=": Letter.BELOW_SCALE,
        ">": Letter.ABOVE_SCALE,
        ">=": Letter.ABOVE_SCALE,
    }
)


@dataclass(frozen=True, slots=True)
class Interpretation:
    """What we make of a result; `letters` as repetitions of OBX-8, the gravest first."""

    letters: tuple[Letter, ...] = ()
    limits: Limits | None = None

    @property
    def rank(self) -> int:
        """Tell how grave it is."""
        return max((letter.rank for letter in self.letters), default=0)

    @property
    def critical(self) -> bool:
        """Tell whether somebody is called."""
        return self.rank == CRITICAL

    def __str__(self) -> str:
        """Write the letters as a report does: HH >."""
        return " ".join(self.letters)


def interpret(  # noqa: PLR0913 - a number, whose it is, and what came with it
    analyte: Analyte,
    value: Decimal,
    *,
    sex: Sex | None,
    age_years: int | None = None,
    comparator: str = "",
    reported: Interval | None = None,
) -> Interpretation:
    """Judge a number in the unit of the limits; `reported` is the interval the sender gave.

    A child has no interval of ours, and no letter: only what the laboratory itself said holds.
    """
    mark = _COMPARATORS.get(comparator)
    beside = (mark,) if mark else ()
    if age_years is not None and age_years < ADULT and reported is None:
        return Interpretation(beside)
    limits = analyte.limits(sex)
    if reported is not None and not reported.empty:
        limits = Limits(reported, limits.critical)
    letter = _letter(analyte.rounded(value), limits, mark)
    return Interpretation(((letter,) if letter else ()) + beside, limits)


def _letter(value: Decimal, limits: Limits, mark: Letter | None) -> Letter | None:
    match mark:
        case Letter.BELOW_SCALE:
            return _below(value, limits)
        case Letter.ABOVE_SCALE:
            return _above(value, limits)
    reference, critical = limits.reference, limits.critical
    if critical.low is not None and value <= critical.low:
        return Letter.CRITICAL_LOW
    if critical.high is not None and value >= critical.high:
        return Letter.CRITICAL_HIGH
    if reference.empty:
        return None
    if reference.low is not None and value < reference.low:
        return Letter.LOW
    if reference.high is not None and value > reference.high:
        return Letter.HIGH
    return Letter.NORMAL


def _below(value: Decimal, limits: Limits) -> Letter | None:
    """Judge what is somewhere below a number: only what holds for all of it."""
    low, high = limits.reference.low, limits.reference.high
    if limits.critical.low is not None and value <= limits.critical.low:
        return Letter.CRITICAL_LOW
    if low and value <= low:
        return Letter.LOW
    return Letter.NORMAL if not low and high is not None and value <= high else None


def _above(value: Decimal, limits: Limits) -> Letter | None:
    """Judge what is somewhere above a number: only what holds for all of it."""
    low, high = limits.reference.low, limits.reference.high
    if limits.critical.high is not None and value >= limits.critical.high:
        return Letter.CRITICAL_HIGH
    if high is not None:
        return Letter.HIGH if value >= high else None
    return Letter.NORMAL if low is not None and value >= low else None


def interpret_code(analyte: Analyte, code: str) -> Interpretation:
    """Judge a coded result; normal only where the table says which codes are not."""
    if analyte.kind is not Kind.CODED:
        return Interpretation()
    if code in analyte.critical_codes:
        return Interpretation((Letter.CRITICAL_ABNORMAL,))
    if code in analyte.abnormal_codes:
        return Interpretation((Letter.ABNORMAL,))
    known = analyte.critical_codes or analyte.abnormal_codes
    return Interpretation((Letter.NORMAL,)) if known and code == _NEGATIVE else Interpretation()


_NEGATIVE = "NEG"


def delta(
    analyte: Analyte, before: Decimal, before_at: datetime, now: Decimal, now_at: datetime
) -> Letter | None:
    """Tell whether a value moved further than it may since the one before; None: it did not."""
    rule = analyte.delta
    if rule is None or not before_at < now_at <= before_at + rule.window:
        return None
    moved = abs(now - before)
    far = rule.absolute is not None and moved >= rule.absolute
    much = rule.percent is not None and before != 0 and moved * 100 >= abs(before) * rule.percent
    if not (far or much):
        return None
    return Letter.UP if now > before else Letter.DOWN


def rank_of(codes: Iterable[str]) -> int:
    """Tell how grave letters are that somebody sent; what we do not know counts for nothing."""
    return max((_RANK_OF.get(code.strip(), 0) for code in codes), default=0)


_RANK_OF = MappingProxyType({letter.value: letter.rank for letter in Letter})


def disagree(sent: Iterable[str], ours: Interpretation) -> bool:
    """Tell whether the laboratory and we see a result differently, so that somebody looks."""
    theirs = [code for code in sent if code.strip()]
    return bool(theirs) and ours.rank > 0 and rank_of(theirs) != ours.rank


def driving(sent: Iterable[str], ours: Interpretation) -> int:
    """Tell how grave a result is taken: the graver of what was sent and what we found."""
    return max(rank_of(sent), ours.rank)


class ResultStatus(StrEnum):
    """OBX-11, HL7 table 0085, as far as a ward must tell them apart."""

    PRELIMINARY = "P"
    FINAL = "F"
    CORRECTED = "C"
    NOT_OBTAINED = "X"
    DELETED = "D"
    WRONG_PATIENT = "W"
    UNVERIFIED = "R"

    @property
    def fhir(self) -> str:
        """Give FHIR R4's Observation.status."""
        return _FHIR[self]

    @property
    def counts(self) -> bool:
        """Tell whether it may be judged and call somebody."""
        return self in {ResultStatus.PRELIMINARY, ResultStatus.FINAL, ResultStatus.CORRECTED}


_FHIR = MappingProxyType(
    {
        ResultStatus.PRELIMINARY: "preliminary",
        ResultStatus.FINAL: "final",
        ResultStatus.CORRECTED: "corrected",
        ResultStatus.NOT_OBTAINED: "cancelled",
        ResultStatus.DELETED: "entered-in-error",
        ResultStatus.WRONG_PATIENT: "entered-in-error",
        ResultStatus.UNVERIFIED: "registered",
    }
)
