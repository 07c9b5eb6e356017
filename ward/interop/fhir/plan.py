"""Plan: what an import records, each thing once, those that others point to first.

When several resources of one import tell of the same person or institution, the last one counts:
else two that disagree would overwrite each other again at every import.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ward.interop.fhir.keys import SourceKey
from ward.interop.fhir.outcomes import Outcome, Refused, Skipped, Taken
from ward.interop.fhir.translate import KINDS

OVERTAKEN = "another resource of this import, read later, tells of the same record"
KNOWN_BY_ALL = {"Patient", "Practitioner", "Organization"}  # all their keys count, not the first
RANK = {kind: rank for rank, kind in enumerate(KINDS)}


@dataclass(slots=True, repr=False)
class Record:
    """One thing to record: its newest telling, all its keys, and what else told of it."""

    told: list[Taken] = field(default_factory=list)
    keys: dict[SourceKey, None] = field(default_factory=dict)

    @property
    def taken(self) -> Taken:
        """The telling that counts."""
        return self.told[-1]

    @property
    def others(self) -> list[Taken]:
        """The tellings before it, that repeat it or are overtaken by it."""
        return self.told[:-1]

    @property
    def sources(self) -> list[str]:
        """The keys as texts, the one to know it by first."""
        return [key.written for key in dict.fromkeys((self.taken.key, *self.keys))]


@dataclass(slots=True, repr=False)
class Plan:
    """Everything that came out of the files: what to record, and what stays out."""

    records: list[Record] = field(default_factory=list)
    out: list[Refused | Skipped] = field(default_factory=list)


def plan(outcomes: Iterable[Outcome]) -> Plan:
    """Gather the tellings of each thing, and order the things so that none points ahead."""
    made = Plan()
    owners: dict[SourceKey, Record] = {}
    for outcome in outcomes:
        if isinstance(outcome, Taken):
            _gather(made, owners, outcome)
        else:
            made.out.append(outcome)
    made.records.sort(key=lambda record: RANK[record.taken.kind])
    return made


def _gather(made: Plan, owners: dict[SourceKey, Record], taken: Taken) -> None:
    keys = (taken.key, *taken.also) if taken.kind in KNOWN_BY_ALL else (taken.key,)
    record = next((owners[key] for key in keys if key in owners), None)
    if record is None:
        record = Record()
        made.records.append(record)
    record.told.append(taken)
    for key in keys:
        if owners.setdefault(key, record) is record:
            record.keys[key] = None
