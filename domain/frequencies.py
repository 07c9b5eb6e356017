"""Frequencies: how often a medicine is given, in full words, and at which times of the ward.

The times are engineering defaults, by the clock of the ward; FHIR (v3 GTSAbbreviation) and HL7
table 0335 define their codes only as "institution specified times". A ward may set its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType

from domain.errors import NotAllowed

DAY = timedelta(days=1)


class Code(StrEnum):
    """Our code; never shown alone: OD is also the right eye, QD and QOD are misread (ISMP)."""

    OD = "OD"
    ON = "ON"
    BD = "BD"
    TDS = "TDS"
    QDS = "QDS"
    Q1H = "Q1H"
    Q2H = "Q2H"
    Q3H = "Q3H"
    Q4H = "Q4H"
    Q6H = "Q6H"
    Q8H = "Q8H"
    Q12H = "Q12H"
    QOD = "QOD"
    WK = "WK"
    MO = "MO"
    CC = "CC"
    AC = "AC"
    PC = "PC"
    STAT = "STAT"
    ONCE = "ONCE"
    PRN = "PRN"


class Kind(StrEnum):
    """What sets the instants of the doses."""

    DAILY = "daily"  # times of the clock, every day
    ALTERNATE = "alternate"  # a time of the clock, every second day
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    ELAPSED = "elapsed"  # real hours since the first dose; no clock changes them
    ONCE = "once"
    AS_NEEDED = "as-needed"

    @property
    def by_clock(self) -> bool:
        """Tell whether the clock of the ward sets the doses, and so summer time moves them."""
        return self in _BY_CLOCK


_BY_CLOCK = frozenset({Kind.DAILY, Kind.ALTERNATE, Kind.WEEKLY, Kind.MONTHLY})


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often, in words, in codes, and when by default."""

    code: Code
    words: str
    kind: Kind
    fhir: str | None  # GTSAbbreviation, or EventTiming for meals; None: say it by timing.repeat
    hl7: tuple[str, ...]  # table 0335; none where the table has no such pattern
    times: tuple[time, ...] = ()
    every: timedelta | None = None  # of elapsed hours

    @property
    def interval(self) -> timedelta | None:
        """Return the usual time between two doses; None where there is no next dose.

        Times of the day share it evenly: three times daily is 8 h, whatever the clock says.
        """
        match self.kind:
            case Kind.DAILY:
                return DAY / len(self.times)
            case Kind.ALTERNATE:
                return 2 * DAY
            case Kind.WEEKLY:
                return 7 * DAY
            case Kind.MONTHLY:
                return 28 * DAY  # the shortest month
            case Kind.ELAPSED:
                return self.every
            case Kind.ONCE | Kind.AS_NEEDED:
                return None

    @property
    def least_gap(self) -> timedelta:
        """Return how close two doses may come without somebody confirming it: half an interval."""
        return (self.interval or timedelta(0)) / 2

    def at(self, *times: time) -> "Frequency":
        """Return the frequency at other times: those of a ward, or of one order."""
        order = tuple(sorted(times))
        if not self.kind.by_clock or len(set(order)) != len(self.times):
            raise NotAllowed(
                f"{self.words.capitalize()} needs {len(self.times)} different times.",
                "frequency.times",
            )
        if len(order) > 1 and min(_gaps(order)) < self.least_gap:
            raise NotAllowed(
                f"Two times of {self.words} are closer than half of its interval.",
                "frequency.too-close",
            )
        return replace(self, times=order)


def _gaps(times: tuple[time, ...]) -> list[timedelta]:
    """List the gaps between times of a day, the night included."""
    on = [datetime.combine(date.min, each) for each in times]
    return [late - early for early, late in pairwise([*on, on[0] + DAY])]


def _of(*hours: int) -> tuple[time, ...]:
    return tuple(time(hour) for hour in hours)


_MORNING = _of(8)
_MEALS = (time(8), time(12, 30), time(18))

_ALL = (
    Frequency(Code.OD, "once daily, morning", Kind.DAILY, "QD", ("QAM",), _MORNING),
    Frequency(Code.ON, "once daily, night", Kind.DAILY, "BED", ("QHS",), _of(22)),
    Frequency(Code.BD, "twice daily", Kind.DAILY, "BID", ("BID",), _of(8, 20)),
    Frequency(Code.TDS, "three times daily", Kind.DAILY, "TID", ("TID",), _of(8, 14, 22)),
    Frequency(Code.QDS, "four times daily", Kind.DAILY, "QID", ("QID",), _of(8, 12, 18, 22)),
    *(
        Frequency(code, words, Kind.ELAPSED, code, (code,), (), timedelta(hours=hours))
        for code, words, hours in (
            (Code.Q1H, "every hour", 1),
            (Code.Q2H, "every 2 hours", 2),
            (Code.Q3H, "every 3 hours", 3),
        )
    ),
    Frequency(Code.Q4H, "every 4 hours", Kind.DAILY, "Q4H", ("Q4H",), _of(2, 6, 10, 14, 18, 22)),
    Frequency(Code.Q6H, "every 6 hours", Kind.DAILY, "Q6H", ("Q6H",), _of(0, 6, 12, 18)),
    Frequency(Code.Q8H, "every 8 hours", Kind.DAILY, "Q8H", ("Q8H",), _of(6, 14, 22)),
    Frequency(Code.Q12H, "every 12 hours", Kind.DAILY, None, ("Q12H",), _of(8, 20)),
    Frequency(Code.QOD, "on alternate days", Kind.ALTERNATE, "QOD", ("Q2D",), _MORNING),
    Frequency(Code.WK, "once a week", Kind.WEEKLY, "WK", ("Q1W",), _MORNING),
    # 0335 counts months by the moon (Q1L): an order by the month is sent in words.
    Frequency(Code.MO, "once a month", Kind.MONTHLY, "MO", (), _MORNING),
    Frequency(Code.CC, "with meals", Kind.DAILY, "C", ("CM", "CD", "CV"), _MEALS),
    Frequency(Code.AC, "before meals", Kind.DAILY, "AC", ("ACM", "ACD", "ACV"), _MEALS),
    Frequency(Code.PC, "after meals", Kind.DAILY, "PC", ("PCM", "PCD", "PCV"), _MEALS),
    Frequency(Code.STAT, "now, once", Kind.ONCE, None, ("Once",)),  # FHIR: priority stat
    Frequency(Code.ONCE, "once, at a set time", Kind.ONCE, None, ("Once",)),  # FHIR: count 1
    Frequency(Code.PRN, "as required", Kind.AS_NEEDED, None, ("PRN",)),  # FHIR: asNeeded
)

FREQUENCIES: Mapping[Code, Frequency] = MappingProxyType({each.code: each for each in _ALL})

#: Other ways to write ours: OM is British for OD; AM and QD are both in GTSAbbreviation.
_ALSO = MappingProxyType({"OM": Code.OD, "AM": Code.OD, "Q2D": Code.QOD})


def of(code: Code, wards: Mapping[Code, tuple[time, ...]] | None = None) -> Frequency:
    """Return a frequency at the times of a ward; where it has set none, at the default ones."""
    found = FREQUENCIES[code]
    own = (wards or {}).get(code)
    return found.at(*own) if own else found


def find(text: str) -> Frequency:
    """Read a code as written in an order, a FHIR resource or an HL7 message, or refuse it.

    Parts of a meal pattern (ACM) and anything unheard of are refused: nobody guesses a frequency.
    """
    written = text.strip().upper()
    for each in _ALL:
        if written in (each.code, each.fhir):
            return each
    if written in _ALSO:
        return FREQUENCIES[_ALSO[written]]
    for each in _ALL:
        if [written] == [code.upper() for code in each.hl7]:
            return each
    raise NotAllowed(f"“{text.strip()}” is no frequency we know.", "frequency.unknown")
