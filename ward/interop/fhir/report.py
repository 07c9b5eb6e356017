"""Report: what an import did, counted by type, with every problem and where it is.

Holds paths, elements and rules, never a value: it may be printed, logged and mailed.
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markup import escape
from rich.table import Table

from ward.interop.fhir.outcomes import Outcome, Refused, Skipped, Taken, Where

SHOWN = 50  # problems printed; the JSON has all
NOT_YET = "not imported yet"


class Verdict(StrEnum):
    """What became of a resource; the order is that of the report's columns."""

    TAKEN = "taken"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Complaint:
    """One problem with the place it was found in."""

    where: Where
    kind: str
    element: str
    message: str

    def as_json(self) -> dict[str, object]:
        """Return it as plain values."""
        return {
            "file": self.where.file,
            "line": self.where.line,
            "place": self.where.place,
            "type": self.kind,
            "element": self.element,
            "message": self.message,
        }


@dataclass(slots=True)
class Report:
    """Counts and complaints of one import."""

    counts: dict[str, Counter[Verdict]] = field(default_factory=dict)
    complaints: list[Complaint] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)  # why something was skipped
    left: Counter[str] = field(default_factory=Counter)  # elements that were not carried over

    def note(self, outcome: Outcome) -> None:
        """Count an outcome as it came out of the files."""
        match outcome:
            case Taken():
                self.count(outcome, Verdict.UNCHANGED if outcome.unchanged else Verdict.TAKEN)
            case Refused():
                self.count(outcome, Verdict.REFUSED)
            case Skipped():
                self.count(outcome, Verdict.SKIPPED)

    def count(self, outcome: Outcome, verdict: Verdict) -> None:
        """Count an outcome under what became of it in the end."""
        self.counts.setdefault(outcome.kind, Counter())[verdict] += 1
        if isinstance(outcome, Taken):
            self.left.update(outcome.left)
        elif isinstance(outcome, Skipped):
            self.reasons[outcome.reason] += 1
        else:
            self.complaints += [
                Complaint(outcome.where, outcome.kind, problem.element, problem.message)
                for problem in outcome.problems
            ]

    def total(self, verdict: Verdict) -> int:
        """Return how many resources this became of, over all types."""
        return sum(counter[verdict] for counter in self.counts.values())

    @property
    def clean(self) -> bool:
        """Tell whether nothing was refused."""
        return self.total(Verdict.REFUSED) == 0

    def as_json(self) -> dict[str, object]:
        """Return the whole report as plain values."""
        return {
            "types": {
                kind: {str(verdict): counter[verdict] for verdict in Verdict}
                for kind, counter in sorted(self.counts.items())
            },
            "total": {str(verdict): self.total(verdict) for verdict in Verdict},
            "problems": [complaint.as_json() for complaint in self.complaints],
            "skipped": dict(sorted(self.reasons.items())),
            "not_carried": dict(sorted(self.left.items())),
        }

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Print the counts, then the first problems."""
        yield self._counts()
        if self.complaints:
            yield self._problems()
        if len(self.complaints) > SHOWN:
            yield f"… and {len(self.complaints) - SHOWN} more problems; --json lists all of them."
        if why := self._why():
            yield f"Skipped: {escape(why)}"
        if self.left:
            elements = ", ".join(f"{name} ({times})" for name, times in self.left.most_common())
            yield f"Not carried over: {escape(elements)}"

    def _why(self) -> str:
        """Say why something was skipped, where its type does not say it already."""
        told = {reason: times for reason, times in self.reasons.items() if NOT_YET not in reason}
        kinds = sum(self.reasons.values()) - sum(told.values())
        all_ = {"types not imported yet": kinds, **told} if kinds else told
        return "; ".join(f"{reason} ({times})" for reason, times in all_.items())

    def _counts(self) -> Table:
        table = Table("type", *(str(verdict) for verdict in Verdict))
        for kind, counter in sorted(self.counts.items()):
            table.add_row(escape(kind), *(str(counter[verdict] or "") for verdict in Verdict))
        table.add_section()
        table.add_row("all", *(str(self.total(verdict)) for verdict in Verdict))
        return table

    def _problems(self) -> Table:
        table = Table("where", "element", "problem")
        for complaint in self.complaints[:SHOWN]:
            where = escape(complaint.where.written)
            table.add_row(where, escape(complaint.element), escape(complaint.message))
        return table
