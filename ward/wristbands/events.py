"""What happened to wristbands: told by ids; every open chart hears."""

from dataclasses import dataclass
from uuid import UUID

from ward.patients.events import OfPatient


@dataclass(frozen=True, slots=True)
class WristbandIssued(OfPatient):
    """A band was printed; all earlier ones of this patient are refused from now on."""

    wristband_id: UUID
    issue: int
