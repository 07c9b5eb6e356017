"""Beds: the states a bed can be in, and which may follow which."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.errors import NotAllowed


class BedStatus(StrEnum):
    """HL7 v2 table 0116, which FHIR reuses for Location.operationalStatus."""

    UNOCCUPIED = "U"
    OCCUPIED = "O"
    ISOLATED = "I"
    HOUSEKEEPING = "H"
    CONTAMINATED = "K"
    CLOSED = "C"

    @property
    def word(self) -> str:
        """Name the state as the board does."""
        return _WORDS[self]


_WORDS = {
    BedStatus.UNOCCUPIED: "Ready",
    BedStatus.OCCUPIED: "Occupied",
    BedStatus.ISOLATED: "Isolated",
    BedStatus.HOUSEKEEPING: "Cleaning",
    BedStatus.CONTAMINATED: "Needs terminal clean",
    BedStatus.CLOSED: "Closed",
}

TAKEN = frozenset({BedStatus.OCCUPIED, BedStatus.ISOLATED})

#: A button that leads here opens a form: closing a bed needs a reason.
NEEDS_REASON = frozenset({BedStatus.CLOSED})


class Overlay(StrEnum):
    """Our own states on top of table 0116, which has no code for them."""

    RESERVED = "reserved"
    BLOCKED = "blocked"
    LEAVE = "leave"

    @property
    def word(self) -> str:
        """Name the overlay as the board does."""
        return {"reserved": "Reserved", "blocked": "Blocked", "leave": "On leave"}[self.value]


class Clean(StrEnum):
    """The clean a bed owes when its patient leaves, or is having now."""

    STANDARD = "standard"
    TERMINAL = "terminal"


@dataclass(frozen=True, slots=True)
class Hold:
    """A bed kept for one encounter until an instant."""

    encounter: UUID
    until: datetime


@dataclass(frozen=True, slots=True)
class BedState:
    """Everything the rules need to know of one bed."""

    status: BedStatus = BedStatus.UNOCCUPIED
    clean: Clean = Clean.STANDARD
    hold: Hold | None = None
    blocked: str | None = None  # the reason
    closed: str | None = None  # the reason
    reopens_at: datetime | None = None
    away_since: datetime | None = None  # the patient is on leave, the bed is kept

    @property
    def overlay(self) -> Overlay | None:
        """Tell what lies over the status; the strongest when there are several."""
        if self.away_since:
            return Overlay.LEAVE
        if self.blocked is not None:
            return Overlay.BLOCKED
        return Overlay.RESERVED if self.hold else None

    @property
    def word(self) -> str:
        """Say the one word that stands on the card."""
        hidden = self.overlay is Overlay.RESERVED and self.status is not BedStatus.UNOCCUPIED
        return self.overlay.word if self.overlay and not hidden else self.status.word

    @property
    def sent(self) -> BedStatus:
        """Translate for HL7 and FHIR: a blocked bed is sent as closed, a bed on leave as taken."""
        return BedStatus.CLOSED if self.overlay is Overlay.BLOCKED else self.status


def choices(status: BedStatus) -> list[BedStatus]:
    """List what staff may make of a bed in this state, in the order offered."""
    match status:
        case BedStatus.OCCUPIED | BedStatus.ISOLATED:  # these follow the patient, never a button
            return []
        case BedStatus.CONTAMINATED | BedStatus.CLOSED:  # cleaned, then offered
            return [BedStatus.HOUSEKEEPING]
        case _:
            return [to for to in BedStatus if to not in {status, *TAKEN}]


def change(status: BedStatus, to: BedStatus) -> BedStatus:
    """Return the new status, or say why the bed may not move to it."""
    if to not in choices(status):
        raise NotAllowed(f"A bed cannot go from {status.word} to {to.word}.", "bed.change")
    return to


def occupy(status: BedStatus) -> BedStatus:
    """Put a patient into a ready bed; exceptions need an override (domain.bedflow)."""
    if status is not BedStatus.UNOCCUPIED:
        raise NotAllowed(f"This bed is {status.word}. Choose a bed that is Ready.", "bed.not-ready")
    return BedStatus.OCCUPIED


def vacate(status: BedStatus, *, terminal_clean: bool) -> BedStatus:
    """Empty a bed: it needs cleaning, and a terminal clean after isolation or infection."""
    if status not in TAKEN:
        raise NotAllowed(f"This bed is {status.word}. Nobody is in it.", "bed.empty")
    if terminal_clean or status is BedStatus.ISOLATED:
        return BedStatus.CONTAMINATED
    return BedStatus.HOUSEKEEPING
