"""Fields: what is typed into a line of an order, read one by one, each refused at its place."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from domain.errors import NotAllowed

E = TypeVar("E", bound=StrEnum)

LONGEST = 500  # of words
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_NAKED = re.compile(r"\.\d+")
_DIGITS = 12
_TIME = re.compile(r"([01]?\d|2[0-3])[:.]?([0-5]\d)?")
YES = "yes"


@dataclass(frozen=True, slots=True, repr=False)
class Typed:
    """One line of the form, kept as typed so that it can be shown again."""

    texts: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.texts.get(name, "")

    def yes(self, name: str) -> bool:
        """Tell whether a box is ticked."""
        return self[name] == YES

    def having(self, **more: str) -> "Typed":
        """Give the line with some fields filled in otherwise; an empty one is left out."""
        texts = {**self.texts, **more}
        return Typed({name: text for name, text in texts.items() if text})

    def steps(self) -> Iterator[tuple[str, str]]:
        """Give the rows of a taper as typed: dose and days."""
        for at in range(self.rows):
            yield self[f"step_dose_{at}"], self[f"step_days_{at}"]

    @property
    def rows(self) -> int:
        """Count the rows of a taper that the form shows."""
        return min(int(self["rows"]), MOST_STEPS) if self["rows"].isdecimal() else 0


MOST_STEPS = 12


class Reading:
    """Reads the fields of one line; what cannot be read or is missing is noted at its field."""

    def __init__(self, typed: Typed) -> None:
        """Begin with nothing wrong."""
        self.typed = typed
        self.wrong: dict[str, str] = {}
        self.missing: dict[str, str] = {}

    def number(self, name: str, what: str, *, needed: bool = False) -> Decimal | None:
        """Read a number above 0, written as the ward writes it: 0.5 or 1,000."""
        text = self.typed[name]
        if not text:
            if needed:
                self.missing[name] = f"{what} is missing."
            return None
        if _NAKED.fullmatch(text):
            self.wrong[name] = f"{what} {text} can be misread. Write 0{text}."
        elif not _NUMBER.fullmatch(text) or len(text) > _DIGITS:
            self.wrong[name] = f"{what} cannot be read. Write a number such as 0.5 or 1,000."
        elif (value := Decimal(text.replace(",", ""))) > 0:
            return value
        else:
            self.wrong[name] = f"{what} is more than 0."
        return None

    def whole(self, name: str, what: str, *, needed: bool = False) -> int | None:
        """Read a whole number above 0."""
        value = self.number(name, what, needed=needed)
        if value is not None and value % 1:
            self.wrong[name] = f"{what} is a whole number."
            return None
        return None if value is None else int(value)

    def choice(self, name: str, kind: type[E], what: str) -> E | None:
        """Read one of the choices; it must be chosen."""
        text = self.typed[name]
        if not text:
            self.missing[name] = f"{what} is missing."
            return None
        try:
            return kind(text)
        except ValueError:
            self.wrong[name] = f"{what} is none of the choices."
            return None

    def moment(self, name: str, what: str, zone: tzinfo) -> datetime | None:
        """Read date and time by the clock of the ward."""
        text = self.typed[name]
        if not text:
            return None
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            self.wrong[name] = f"{what} cannot be read. Give date and time."
            return None
        return at.replace(tzinfo=zone) if at.tzinfo is None else at

    def times(self, name: str) -> tuple[time, ...]:
        """Read times of the day: 08:00 14:00 22:00."""
        words = re.split(r"[\s,;]+", self.typed[name].strip())
        found = [_TIME.fullmatch(word) for word in words if word]
        if not all(found):
            self.wrong[name] = "Write the times as 08:00 14:00 22:00."
            return ()
        return tuple(time(int(one[1]), int(one[2] or 0)) for one in found if one)

    def words(self, name: str, what: str, *, needed: bool = False) -> str:
        """Read a text."""
        text = self.typed[name]
        if needed and not text:
            self.missing[name] = f"{what} is missing."
        if len(text) > LONGEST or "\x00" in text:
            self.wrong[name] = f"{what} is longer than {LONGEST} letters. Shorten it."
            return ""
        return text

    def refuse(self, refused: NotAllowed, fallback: str) -> None:
        """Note a rule's sentence at the field it is about."""
        self.wrong.setdefault(FIELDS.get(refused.code or "", fallback), refused.sentence)


#: Which field a refusal of the rules is about.
FIELDS = {
    "schedule.weekday": "weekday",
    "schedule.monthday": "monthday",
    "schedule.stop": "stops",
    "schedule.count": "count",
    "schedule.steps": "step_days_0",
    "schedule.amount": "dose",
    "schedule.minimum-interval": "first",
    "schedule.first-too-close": "first",
    "frequency.times": "times",
    "frequency.too-close": "times",
    "prn.indication": "indication",
    "prn.no-interval": "interval",
    "prn.no-maximum": "max_24h",
    "prn.dose-over-maximum": "max_24h",
    "infusion.unit": "rate_unit",
    "infusion.rate": "rate",
    "infusion.bag": "volume",
    "infusion.weight": "weight",
    "infusion.too-slow": "rate",
    "infusion.above": "most",
    "infusion.below": "least",
    "amount.unit": "rate_unit",
    "order.dose": "dose",
    "order.no-dose": "stops",
    "order.infusion": "volume",
    "order.generic": "generic",
}
