"""Identity index: every patient's name, birth date and numbers, in memory, found as one types.

Nothing here is stored: each node builds the index from sealed rows when it starts, and keeps it
current from those that change. Every answer is a disclosure: who asks it writes the trail.
"""

from dataclasses import dataclass
from heapq import nsmallest
from uuid import UUID

from domain.matching import Identity
from ward.patients.asked import asked
from ward.patients.doubles import doubles
from ward.patients.finding import Found, find
from ward.patients.records import Records

__all__ = ["Hit", "Identity", "IdentityIndex"]


@dataclass(frozen=True, slots=True)
class Hit:
    """A patient who may be the one, from 0 to 100."""

    id: UUID
    score: int


class IdentityIndex:
    """All patients a node can search; when `waste` passes a half, build a new one."""

    def __init__(self) -> None:
        """Start empty."""
        self._records = Records()

    def __len__(self) -> int:
        """Count the patients."""
        return len(self._records.places)

    def __contains__(self, patient: UUID) -> bool:
        """Tell whether a patient is here."""
        return self._records.places.get(patient) is not None

    @property
    def waste(self) -> float:
        """Tell which part of the memory belongs to former names."""
        slots = len(self._records.alive)
        return 1 - len(self) / slots if slots else 0.0

    def add(self, patient: UUID, identity: Identity) -> None:
        """Make a patient findable; one who is here already is replaced."""
        self._records.put(patient, identity)

    def replace(self, patient: UUID, identity: Identity) -> None:
        """Let a patient be found by the new identity alone; the same again costs nothing."""
        self._records.put(patient, identity)

    def remove(self, patient: UUID) -> None:
        """Let a patient never be found again; nothing happens when she is not here."""
        self._records.drop(patient)

    def search(self, text: str, limit: int = 20) -> list[Hit]:
        """Find patients by names, parts of a birth date, numbers or telephone; best first."""
        return self._hits(find(self._records, asked(text), limit), limit)

    def duplicates(self, identity: Identity, limit: int = 10) -> list[Hit]:
        """Find whom a new record could double; the clerk is warned and decides."""
        return self._hits(doubles(self._records, identity), limit)

    def _hits(self, found: Found, limit: int) -> list[Hit]:
        best = nsmallest(limit, found.items(), key=lambda hit: (-hit[1], hit[0]))
        return [Hit(self._records.places.id(slot), score) for slot, score in best]
