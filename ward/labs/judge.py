"""Judge: what we make of one result when it comes in; kept with it, and never judged again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from domain import labs, references
from domain.analytes import ANALYTES, Analyte, Interval, by_loinc, in_our_unit
from domain.errors import NotAllowed
from domain.labs import Interpretation
from domain.sexes import Sex
from ward.labs.details import ResultDetail
from ward.labs.said import CODED, NUMBERS, ResultSaid

#: The longest way back that any change is measured over.
LONGEST = max((one.delta.window for one in ANALYTES.values() if one.delta), default=timedelta(0))
_MOST_DIGITS = 30  # beyond it nobody measured anything


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose result it is, as far as limits depend on it."""

    sex: Sex | None
    age_years: int | None


@dataclass(frozen=True, slots=True)
class Before:
    """The last final value of the same test."""

    number: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class Judged:
    """A result with what we found, and how grave it is taken."""

    detail: ResultDetail
    rank: int


def judge(said: ResultSaid, whose: Whose, at: datetime, before: Before | None) -> Judged:
    """Judge by the interval sent, else by ours; what nobody verified counts for nothing."""
    analyte = analyte_of(said)
    number = _number(analyte, said)
    found = Interpretation()
    if analyte and said.status.counts:
        found = _interpret(analyte, said, number, whose)
    limits = found.limits
    detail = ResultDetail(
        name=said.name,
        value=said.value,
        key=analyte.key if analyte else "",
        loinc=said.loinc,
        comparator=said.comparator,
        unit=said.unit,
        number=number,
        reference=said.reference,
        ours=str(limits.reference) if limits else "",
        sent=said.sent,
        letters=tuple(found.letters),
        change=_change(analyte, said, number, at, before),
        widest=bool(limits and limits.widest),
        comments=said.comments,
        code=said.code,
        answer=said.answer,
        kind=said.kind,
        group=said.group,
    )
    rank = labs.driving(said.sent, found) if said.status.counts else 0
    return Judged(detail, rank)


def may_move(said: ResultSaid) -> bool:
    """Say whether a change of this test is told, so that the value before it is needed."""
    analyte = analyte_of(said)
    return bool(analyte and analyte.delta and said.status.counts)


def analyte_of(said: ResultSaid) -> Analyte | None:
    """Find what was measured; only LOINC tells, never a name."""
    return by_loinc(said.loinc) if said.loinc else None


def read_number(text: str) -> Decimal | None:
    """Read a value as a number; None where it is none."""
    bare = text.strip()
    if len(bare) > _MOST_DIGITS:
        return None
    try:
        number = Decimal(bare)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _number(analyte: Analyte | None, said: ResultSaid) -> Decimal | None:
    """Give the number in the unit of our limits; None where there is none or nobody converts it."""
    if analyte is None or said.kind not in NUMBERS:
        return None
    number = read_number(said.value)
    return None if number is None else _converted(analyte, number, said.unit)


def _converted(analyte: Analyte, number: Decimal, unit: str) -> Decimal | None:
    try:
        return in_our_unit(analyte, number, unit)
    except NotAllowed:
        return None


def _interpret(
    analyte: Analyte, said: ResultSaid, number: Decimal | None, whose: Whose
) -> Interpretation:
    if said.kind in CODED:
        return labs.interpret_code(analyte, said.answer or said.value)
    if number is None:
        return Interpretation()
    reported = _reported(analyte, said)
    return labs.interpret(
        analyte,
        number,
        sex=whose.sex,
        age_years=whose.age_years,
        comparator=said.comparator,
        reported=reported,
    )


def _reported(analyte: Analyte, said: ResultSaid) -> Interval | None:
    """Bring the interval that was sent into our unit; None where it cannot be read."""
    sent = references.read(said.reference)
    if sent is None:
        return None
    low, high = (
        None if limit is None else _converted(analyte, limit, said.unit)
        for limit in (sent.low, sent.high)
    )
    return Interval(low, high)


def _change(
    analyte: Analyte | None,
    said: ResultSaid,
    number: Decimal | None,
    at: datetime,
    before: Before | None,
) -> str:
    if analyte is None or number is None or before is None or said.comparator:
        return ""
    if not said.status.counts:
        return ""
    return labs.delta(analyte, before.number, before.at, number, at) or ""
