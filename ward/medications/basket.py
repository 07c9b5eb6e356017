"""Basket: the lines of an order form as they travel with it, and what a button does to them.

Nothing of a draft is stored: the form holds every line, a question brings it back changed.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from starlette.datastructures import FormData

from domain.formulary import unlisted
from ward.medications.offers import begun
from ward.medications.ordering_fields import MOST_STEPS, Typed

MOST = 20
_FIELD = re.compile(r"(\d{1,2})\.([a-z0-9_-]{1,60})")
_SEEN = re.compile(r"[\w-]{1,40}:(?:reason|stop)")
_LONGEST, _MOST_SEEN, _MOST_FIELDS, _DIGITS = 600, 60, 120, 2


@dataclass(frozen=True, slots=True, repr=False)
class Basket:
    """What the form holds."""

    lines: tuple[Typed, ...] = ()
    open: int | None = None
    q: str = ""
    about: Typed = field(default_factory=Typed)  # of all lines: who ordered verbally, read back
    seen: frozenset[str] = frozenset()  # rules that asked or stopped while this was filled in

    @classmethod
    def of(cls, form: FormData) -> "Basket":
        """Take the lines out of a form; unknown fields are left."""
        found: dict[int, dict[str, str]] = {}
        for name, value in form.multi_items():
            match = _FIELD.fullmatch(name)
            if match and isinstance(value, str) and value.strip():
                line = found.setdefault(int(match[1]), {})
                if len(line) < _MOST_FIELDS:
                    line[match[2]] = value.strip()[:_LONGEST]
        numbers = [number for number in sorted(found) if found[number].get("generic")][:MOST]
        at = _nth(str(form.get("open") or ""))
        opened = numbers.index(at) if at in numbers else None
        about = {name: str(form.get(name) or "").strip()[:_LONGEST] for name in ABOUT}
        return cls(
            lines=tuple(Typed(found[number]) for number in numbers),
            open=opened,
            q=str(form.get("q") or "").strip()[:_LONGEST],
            about=Typed({name: text for name, text in about.items() if text}),
            seen=frozenset(_seen(str(form.get("seen") or ""))),
        )

    def adding(self, lines: Iterable[Typed]) -> "Basket":
        """Put lines in; what has no choice is filled in, the first without a dose opens."""
        more = tuple(_begun(line) for line in lines)[: MOST - len(self.lines)]
        at = next((n for n, line in enumerate(more) if not line["dose"]), 0 if more else None)
        opened = None if at is None else len(self.lines) + at
        return replace(self, lines=(*self.lines, *more), open=opened, q="")

    def doing(self, do: str) -> "Basket":
        """Do what a button of the form says."""
        verb, _, what = do.partition(":")
        number = _nth(what, len(self.lines))
        match verb:
            case "pick":
                named = Typed({"generic": what[:_LONGEST]})
                return self.adding([named]) if what.strip() else self
            case "open" if number is not None:
                return replace(self, open=number)
            case "done":
                return replace(self, open=None)
            case "remove" if number is not None:
                return self._without(number)
            case "rows" | "row-off" if self.open is not None:
                return self._changing(self.open, _stepped(self.lines[self.open], verb, what))
        return self

    def _without(self, number: int) -> "Basket":
        left = tuple(line for at, line in enumerate(self.lines) if at != number)
        opened = self.open
        if opened is not None:
            opened = None if opened == number else opened - (opened > number)
        return replace(self, lines=left, open=opened)

    def _changing(self, number: int, line: Typed) -> "Basket":
        lines = list(self.lines)
        lines[number] = line
        return replace(self, lines=tuple(lines))


ABOUT = ("prescriber_id", "read_back", "alone")


def _begun(line: Typed) -> Typed:
    drug = unlisted(line["generic"])
    return begun(drug).having(**line.texts).having(generic=drug.generic)


def _nth(text: str, of: int = 100) -> int | None:
    """Read which of so many lines or rows is meant; None where the form means none of them."""
    nth = int(text) if text.isdecimal() and len(text) <= _DIGITS else of
    return nth if nth < of else None


def _seen(text: str) -> Sequence[str]:
    return [one for one in text.split()[:_MOST_SEEN] if _SEEN.fullmatch(one)]


def _stepped(line: Typed, verb: str, what: str) -> Typed:
    """Add a row to a taper, or take one away; the first row takes over the dose."""
    rows = list(line.steps())
    if verb == "rows":
        rows.append((line["dose"], "") if not rows else ("", ""))
        rows.append(("", "")) if len(rows) == 1 else None
    elif (nth := _nth(what, len(rows))) is not None:
        del rows[nth]
    left = {name: text for name, text in line.texts.items() if not name.startswith("step_")}
    for at, (dose, days) in enumerate(rows[:MOST_STEPS]):
        left |= {f"step_dose_{at}": dose, f"step_days_{at}": days}
    texts = {**left, "rows": str(len(rows[:MOST_STEPS])) if rows else ""}
    return Typed({name: text for name, text in texts.items() if text})
