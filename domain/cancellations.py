"""Cancellations: taking back an admission, a transfer or a discharge, always with a reason."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain import bedflow, encounters
from domain.beds import BedState, BedStatus
from domain.encounters import EncounterStatus
from domain.errors import NotAllowed
from domain.stays import Place, Stay

WINDOW = timedelta(hours=24)  # cancel discharge; default, a site may change it


class CancelReason(StrEnum):
    """Why a step is taken back; our own words, no standard has codes for them."""

    WRONG_PATIENT = "wrong-patient"
    WRONG_BED = "wrong-bed"
    ENTERED_TWICE = "entered-twice"
    DID_NOT_HAPPEN = "did-not-happen"
    PLAN_CHANGED = "plan-changed"
    OTHER = "other"

    @property
    def word(self) -> str:
        """Name the reason on a form."""
        return self.value.replace("-", " ").capitalize()


@dataclass(frozen=True, slots=True)
class CancelledAdmission:
    """What taking back an admission changes; a voided stay never counts as history."""

    status: EncounterStatus
    voided: Stay | None
    bed: BedState | None


@dataclass(frozen=True, slots=True)
class CancelledTransfer:
    """What taking back a transfer changes."""

    reopened: Stay
    voided: Stay
    returned: BedState
    left: BedState


@dataclass(frozen=True, slots=True)
class CancelledDischarge:
    """What taking back a discharge changes; without a stay the patient waits for a bed."""

    status: EncounterStatus
    stay: Stay | None
    bed: BedState | None


def explain(reason: CancelReason, text: str = "") -> str:
    """Return the reason as it is recorded; "Other" must be told in words."""
    if reason is CancelReason.OTHER and not text.strip():
        raise NotAllowed("Say why: Other needs a few words.", "cancel.reason")
    return f"{reason.word}: {text.strip()}" if text.strip() else reason.word


def cancel_admission(
    status: EncounterStatus,
    stay: Stay | None,
    place: Place | None,
    *,
    clinical_data: bool,
    arrived: bool = True,
) -> CancelledAdmission:
    """Take back an admission while nothing clinical hangs on it; else discharge."""
    if clinical_data:
        raise NotAllowed(
            "Care has been recorded for this admission. Discharge the patient instead.",
            "cancel.clinical-data",
        )
    status = encounters.cancelled(status)
    if not stay or not place:
        return CancelledAdmission(status, None, None)
    return CancelledAdmission(status, stay, bedflow.vacate(place.state, used=arrived))


def cancel_transfer(
    left: Stay, entered: Stay, previous: Place, current: Place, *, arrived: bool = True
) -> CancelledTransfer:
    """Bring a patient back to the bed before, if that is still free."""
    if entered.ended_at:
        raise NotAllowed("The patient has moved on since this transfer.", "cancel.moved-on")
    if not left.ended_at or left.ended_at != entered.started_at:
        raise NotAllowed("These two stays are not one transfer.", "cancel.transfer")
    _unused_since(previous, left)
    isolated = current.state.status is BedStatus.ISOLATED
    return CancelledTransfer(
        replace(left, ended_at=None),
        entered,
        _taken_back(previous.state, left, isolated=isolated),
        bedflow.vacate(current.state, used=arrived),
    )


def cancel_discharge(  # noqa: PLR0913 - an encounter, its last stay and bed, the time, the limits
    status: EncounterStatus,
    last: Stay | None,
    place: Place | None,
    *,
    now: datetime,
    ended_at: datetime,
    isolated: bool = False,
    window: timedelta = WINDOW,
) -> CancelledDischarge:
    """Bring a discharged patient back: into her bed if it is free, else to the waiting list."""
    if status is not EncounterStatus.FINISHED:
        raise NotAllowed(f"This encounter is {status.word}, not Discharged.", "cancel.status")
    if now - ended_at > window:
        hours = int(window.total_seconds() // 3600)
        raise NotAllowed(
            f"The discharge is more than {hours} hours ago. Admit the patient again.",
            "cancel.window",
        )
    status = encounters.move(status, EncounterStatus.IN_PROGRESS)
    if not last or not place:
        return CancelledDischarge(status, None, None)
    try:
        _unused_since(place, last)
        bed = _taken_back(place.state, last, isolated=isolated)
    except NotAllowed:
        return CancelledDischarge(status, None, None)
    return CancelledDischarge(status, replace(last, ended_at=None), bed)


def _unused_since(place: Place, stay: Stay) -> None:
    """Refuse when somebody else has been in the bed: two stays would overlap."""
    moved_on = place.free_since and stay.ended_at and place.free_since > stay.ended_at
    if place.bed != stay.bed or moved_on:
        raise NotAllowed("Another patient has been in this bed since.", "cancel.overlap")


def _taken_back(bed: BedState, stay: Stay, *, isolated: bool) -> BedState:
    """Put the patient back as if she had not left; the clean waits again for her departure."""
    free = {BedStatus.UNOCCUPIED, BedStatus.HOUSEKEEPING, BedStatus.CONTAMINATED}
    if bed.status not in free or bed.blocked is not None:
        raise NotAllowed(f"This bed is {bed.word}. The patient needs another.", "cancel.bed")
    if bed.hold and bed.hold.encounter != stay.encounter:
        raise NotAllowed("This bed is Reserved for another patient.", "bed.reserved")
    back = replace(bed, status=BedStatus.OCCUPIED, hold=None)
    return bedflow.isolate(back) if isolated else back
