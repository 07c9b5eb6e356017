"""Report: what came of an import of messages. Holds places and rules, never content."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markup import escape
from rich.table import Table

from ward.interop.hl7.codes import Fault, Outcome, Use
from ward.interop.hl7.intake import Received

SHOWN = 50
"""Problems printed; the JSON has all."""


class Verdict(StrEnum):
    """What became of a message; the order is that of the report."""

    TAKEN = "taken"
    KEPT = "kept"
    REPEATED = "repeated"
    UNREADABLE = "unreadable"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Complaint:
    """One problem, and where it is."""

    where: str
    location: str
    text: str


@dataclass(slots=True)
class Report:
    """Counts and complaints of one import."""

    dry_run: bool = False
    counts: Counter[Verdict] = field(default_factory=Counter)
    complaints: list[Complaint] = field(default_factory=list)
    failed: int = 0
    """Files that hold no message."""
    settled: int = 0
    """Messages the worker dealt with afterwards, this import's and others that waited."""

    def count(self, where: str, received: Received) -> None:
        """Count one message."""
        self.counts[_verdict(received)] += 1
        for fault in received.reading.faults:
            self.complaints.append(Complaint(where, fault.location, fault.text))

    def refuse(self, where: str, fault: Fault) -> None:
        """Count a message that was not even read."""
        self.counts[Verdict.REFUSED] += 1
        self.complaints.append(Complaint(where, fault.location, fault.text))

    def fail(self, where: str, text: str) -> None:
        """Count a file that gave no message."""
        self.failed += 1
        self.complaints.append(Complaint(where, "file", text))

    @property
    def clean(self) -> bool:
        """Tell whether everything was taken."""
        return not self.complaints

    def as_json(self) -> dict[str, object]:
        """Return the whole report as plain values."""
        return {
            "messages": {str(verdict): self.counts[verdict] for verdict in Verdict},
            "files_failed": self.failed,
            "processed": self.settled,
            "problems": [
                {"where": one.where, "location": one.location, "message": one.text}
                for one in self.complaints
            ],
        }

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Print the counts, then the first problems."""
        del console, options
        counts = Table("messages", "")
        for verdict in Verdict:
            counts.add_row(str(verdict), str(self.counts[verdict]))
        yield counts
        if not self.dry_run:
            yield f"{self.settled} processed. What waits for a decision is at /hl7."
        if self.complaints:
            problems = Table("where", "element", "problem")
            for one in self.complaints[:SHOWN]:
                problems.add_row(escape(one.where), escape(one.location), escape(one.text))
            yield problems
        if len(self.complaints) > SHOWN:
            yield f"… and {len(self.complaints) - SHOWN} more problems; --json lists all of them."


def _verdict(received: Received) -> Verdict:
    if not received.fresh:
        return Verdict.REPEATED
    match received.reading.outcome:
        case Outcome.REFUSED:
            return Verdict.REFUSED
        case Outcome.UNREADABLE:
            return Verdict.UNREADABLE
        case Outcome.ACCEPTED:
            kept = received.reading.use is Use.KEPT
            return Verdict.KEPT if kept else Verdict.TAKEN
