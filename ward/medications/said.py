"""Said: what a nurse says about a dose that is given, as the form or another system brings it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from domain.amounts import Amount
from domain.formulary import Route
from domain.rights import NoScan
from domain.windows import LateChoice, Timing
from ward.medications.models import GivenSource, Identified
from ward.medications.packs import Scan
from ward.medications.witness import Witnessed


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenSaid:
    """A dose as given; what is left out is as ordered, now, and as scanned."""

    amount: Amount | None = None
    given_at: datetime | None = None
    route: Route | None = None
    packs: tuple[str, ...] = ()  # codes as they were read, judged again when the dose is given
    no_scan: NoScan | None = None  # why a code was not read
    identifiers: frozenset[str] = frozenset()  # compared by eye then
    partly: str = ""  # why less than ordered
    early: str = ""  # why before its time
    late: str = ""  # why after it
    late_choice: LateChoice | None = None
    why: str = ""  # as required: for what; of a range: why this much
    witness: Witnessed | None = None
    taken: Mapping[UUID, Decimal] = field(default_factory=dict)  # out of which book of the ward
    second: str = ""  # of paper: the second person as written there
    source: GivenSource = GivenSource.BEDSIDE
    site: str = ""
    note: str = ""
    ml_h: Decimal | None = None  # what the pump was set to

    @property
    def text(self) -> str:
        """Give the reasons in one text, for the chart."""
        return " ".join(filter(None, (self.partly, self.early, self.late, self.why))).strip()

    @property
    def by_eye(self) -> Identified | None:
        """Say how patient and pack were identified where no code was read."""
        return Identified(self.no_scan.value) if self.no_scan else None


@dataclass(frozen=True, slots=True, repr=False)
class Judged:
    """A dose that may be recorded: how much, when, out of which packs, who signed.

    `told`: it was given before it was written down, and is recorded as it was.
    """

    amount: Amount
    at: datetime
    packs: tuple[Scan, ...]
    witness_id: UUID | None
    timing: Timing | None
    partly: bool
    told: Identified | None = None
