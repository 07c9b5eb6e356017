"""Asked: what a search text asks for: names, parts of a birth date, numbers."""

import re
from dataclasses import dataclass, replace
from datetime import date

from domain import names
from domain.matching import PHONE, number_key

_LABELS = re.compile(
    r"\b(?:nhs(?: no\b\.?| number\b)?|mrn|born|dob|tel|phone)(?![\w'])[.:]?", re.IGNORECASE
)
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir"})
_DAY = re.compile(r"(\d{1,2})[-/.](\d{1,2}|[a-z]{3,9})[-/.](\d{4}|\d{2})", re.IGNORECASE)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LONGEST = 200  # characters of a search text that are read
MOST = 8  # words
YEARS = range(1880, 2080)  # of birth


@dataclass(frozen=True, slots=True)
class Asked:
    """A search text taken apart; digits may be a part of a birth date or of a number."""

    words: tuple[str, ...]
    days: tuple[str, ...]  # full dates as written
    digits: tuple[str, ...]
    codes: tuple[str, ...]  # letters and digits mixed: A12345
    labels: tuple[str, ...] = ()  # taken for labels: born, tel; somebody may be called so

    @property
    def number(self) -> str:
        """Read all digits as one number: 943 476 5919."""
        return number_key("".join(self.digits))

    @property
    def whole_days(self) -> tuple[str, ...]:
        """List what may be a whole birth date."""
        return (*self.days, "".join(self.digits))

    def joined(self, at: int) -> "Asked":
        """Write two words as one: those before and after a gap."""
        words = (*self.words[: at - 1], self.words[at - 1] + self.words[at], *self.words[at + 1 :])
        return replace(self, words=words)

    @property
    def phone(self) -> str:
        """Read all digits as a telephone; empty when they are too few."""
        digits = "".join(self.digits)
        return digits[-PHONE:] if len(digits) >= PHONE else ""


def asked(text: str) -> Asked:
    """Take a search text apart: Jon Smyth 84, SMITH, Joan 14-Jul-1945, NHS 943 476 5919."""
    text = text[:LONGEST]
    labels: tuple[str, ...] = ()
    if any(letter.isdigit() for letter in text):
        labels = tuple(word for label in _LABELS.findall(text) for word in names.words(label))
        text = _LABELS.sub(" ", text)
    words: list[str] = []
    days: list[str] = []
    digits: list[str] = []
    codes: list[str] = []
    for part in re.split(r"[\s,;()+]+", text):
        if _DAY.fullmatch(part) or _ISO.fullmatch(part):
            days.append(part)
        elif not any(letter in "0123456789" for letter in part):
            words.extend(names.words(part))
        elif any(letter.isalpha() for letter in part):
            codes.append(number_key(part))
        else:
            digits.append("".join(letter for letter in part if letter in "0123456789"))
    plain = [word for word in words if word not in _TITLES] or words
    return Asked(
        tuple(plain[:MOST]), tuple(days), tuple(digits[:MOST]), tuple(codes[:MOST]), labels[:MOST]
    )


def day(text: str) -> date | None:
    """Read a whole date: 14-Jul-1945, 14/07/1945, 1945-07-14, 14071945, 19450714."""
    if found := _ISO.fullmatch(text):
        year, month, number = (int(part) for part in found.groups())
        return _date(year, month, number)
    if found := _DAY.fullmatch(text):
        first, named, full = found.groups()
        if len(full) < 4:
            return None  # which century is not said
        return _date(int(full), _month(named), int(first)) or _date(
            int(full), int(first), _month(named)
        )
    if re.fullmatch(r"\d{8}", text):
        whole = _date(int(text[4:]), int(text[2:4]), int(text[:2]))
        return whole or _date(int(text[:4]), int(text[4:6]), int(text[6:]))
    return None


def days(text: str) -> set[date] | None:
    """List the birth dates that digits can mean: 1984, 1407, 140745, 14/07/45.

    None for one or two digits, which mean too many; empty for what is no date.
    """
    if found := _DAY.fullmatch(text):
        number, month, year = found.groups()
        text = f"{int(number):02}{_month(month):02}{year}"
    if whole := day(text):
        return {whole}
    if len(text) <= 2:
        return None
    if not re.fullmatch(r"\d{4}|\d{6}", text):
        return set()
    return _month_and_day(text) if len(text) == 4 else _short(text)


def _month_and_day(text: str) -> set[date]:
    """Read four digits: a year; or day and month; or month and year."""
    first, second, year = int(text[:2]), int(text[2:]), int(text)
    born = {_date(each, second, first) for each in YEARS}
    if year in YEARS:
        born |= {date.fromordinal(at) for at in range(_first(year), _first(year + 1))}
    return {each for each in born if each} | _in_month(first, second)


def _short(text: str) -> set[date]:
    """Read six digits: day, month and two of the year; or month and year."""
    first, second, third = int(text[:2]), int(text[2:4]), int(text[4:])
    born = {_date(each, second, first) for each in YEARS if each % 100 == third}
    born |= {_date(int(text[2:]), first, number) for number in range(1, 32)}
    return {each for each in born if each}


def _in_month(month: int, year: int) -> set[date]:
    ends = (each for each in YEARS if each % 100 == year)
    born = (_date(each, month, number) for each in ends for number in range(1, 32))
    return {each for each in born if each}


def _first(year: int) -> int:
    return date(year, 1, 1).toordinal()


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    short = text[:3].lower()
    return _MONTHS.index(short) + 1 if short in _MONTHS else 0


def _date(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None
