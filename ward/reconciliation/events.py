"""What happened with medicines from home: told by ids; the chart hears."""

from dataclasses import dataclass
from uuid import UUID

from domain.reconciliation import Stage
from ward.patients.events import OfPatient


@dataclass(frozen=True, slots=True)
class HomeListRecorded(OfPatient):
    """Somebody asked what the patient takes: a medicine was added or taken back, or none taken."""

    encounter_id: UUID


@dataclass(frozen=True, slots=True)
class MedicineReconciled(OfPatient):
    """A doctor decided what becomes of a medicine from home."""

    home_medicine_id: UUID
    stage: Stage
