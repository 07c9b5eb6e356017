"""What happened to papers: told by ids; the chart hears."""

from dataclasses import dataclass
from uuid import UUID

from ward.patients.events import OfPatient


@dataclass(frozen=True, slots=True)
class PrescriptionIssued(OfPatient):
    """A paper was signed and may be dispensed once."""

    prescription_id: UUID


@dataclass(frozen=True, slots=True)
class PrescriptionDispensed(OfPatient):
    """A pharmacy has handed out what stands on a paper."""

    prescription_id: UUID


@dataclass(frozen=True, slots=True)
class PrescriptionCancelled(OfPatient):
    """The prescriber took a paper back before it was dispensed."""

    prescription_id: UUID
