"""Stays: who lies in which bed from when to when; admit, transfer, swap, discharge.

Each rule takes what is and returns what changes; the caller stores it in one transaction.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain import bedflow, encounters
from domain.beds import BedState, BedStatus
from domain.encounters import Disposition, EncounterStatus
from domain.errors import NotAllowed
from domain.overrides import Override


@dataclass(frozen=True, slots=True)
class Stay:
    """One encounter in one bed, from an instant to another."""

    encounter: UUID
    bed: UUID
    started_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A bed as the rules see it; free_since is when the last patient left, where known."""

    bed: UUID
    state: BedState
    free_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """The patient as the rules see her: the stay that is open, and her death."""

    stay: Stay | None = None
    died_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Admission:
    """What an admission changes."""

    status: EncounterStatus
    stay: Stay
    bed: BedState


@dataclass(frozen=True, slots=True)
class Transfer:
    """What a transfer changes: one stay ends and the next begins at the same instant."""

    ended: Stay
    started: Stay
    left: BedState
    taken: BedState


@dataclass(frozen=True, slots=True)
class Swap:
    """What a swap changes: two transfers that happen together or not at all."""

    first: Transfer
    second: Transfer


@dataclass(frozen=True, slots=True)
class Discharge:
    """What a discharge changes."""

    status: EncounterStatus
    stay: Stay | None
    bed: BedState | None
    disposition: Disposition


def admit(  # noqa: PLR0913 - a patient, a bed, an encounter, two instants, an exception
    place: Place,
    subject: Subject,
    encounter: UUID,
    status: EncounterStatus,
    *,
    at: datetime,
    now: datetime,
    override: Override | None = None,
) -> Admission:
    """Put a patient into a bed that is ready, or reserved for this encounter."""
    not_in_future(at, now)
    if subject.died_at and at >= subject.died_at:
        raise NotAllowed("This patient has died and cannot be admitted.", "stay.died")
    if subject.stay:
        raise NotAllowed("This patient is already in a bed. Transfer instead.", "stay.open")
    _free_at(place, at)
    bed = bedflow.occupy(place.state, encounter, now, override)
    status = encounters.move(status, EncounterStatus.IN_PROGRESS)
    return Admission(status, Stay(encounter, place.bed, at), bed)


def transfer(  # noqa: PLR0913 - a stay, two beds, two instants, an exception
    stay: Stay,
    source: Place,
    target: Place,
    *,
    at: datetime,
    now: datetime,
    override: Override | None = None,
) -> Transfer:
    """Move a patient to another bed; isolation goes along, the old bed is cleaned."""
    _leaves(stay, source, at, now)
    if source.bed == target.bed:
        raise NotAllowed("The patient is already in this bed.", "stay.same-bed")
    if source.state.away_since:
        raise NotAllowed("This patient is On leave. Record the return first.", "stay.away")
    _free_at(target, at)
    taken = bedflow.occupy(target.state, stay.encounter, now, override)
    if source.state.status is BedStatus.ISOLATED and taken.status is BedStatus.OCCUPIED:
        taken = bedflow.isolate(taken)
    return Transfer(
        replace(stay, ended_at=at),
        Stay(stay.encounter, target.bed, at),
        bedflow.vacate(source.state),
        taken,
    )


def swap(
    first: tuple[Stay, Place],
    second: tuple[Stay, Place],
    *,
    at: datetime,
    now: datetime,
    override: Override | None = None,
) -> Swap:
    """Exchange the beds of two patients; never through a bed that owes a terminal clean."""
    (one, here), (two, there) = first, second
    for stay, place in (first, second):
        _leaves(stay, place, at, now)
        if place.state.away_since:
            raise NotAllowed("A patient On leave cannot be swapped.", "stay.away")
    if one.encounter == two.encounter or here.bed == there.bed:
        raise NotAllowed("A swap needs two patients in two beds.", "stay.swap")
    left, taken = here.state, there.state
    if bedflow.owes_terminal_clean(left) or bedflow.owes_terminal_clean(taken):
        bedflow.approve_before_terminal_clean(override)
        left, taken = _isolated(left), _isolated(taken)
    return Swap(
        Transfer(replace(one, ended_at=at), Stay(one.encounter, there.bed, at), left, taken),
        Transfer(replace(two, ended_at=at), Stay(two.encounter, here.bed, at), taken, left),
    )


def discharge(  # noqa: PLR0913 - a stay, its bed, its encounter, where to, two instants
    stay: Stay | None,
    place: Place | None,
    status: EncounterStatus,
    disposition: Disposition,
    *,
    at: datetime,
    now: datetime,
) -> Discharge:
    """End an encounter; its bed, if it has one, goes to be cleaned."""
    not_in_future(at, now)
    status = encounters.move(status, EncounterStatus.FINISHED)
    if not stay or not place:
        return Discharge(status, None, None, disposition)
    _leaves(stay, place, at, now)
    return Discharge(status, replace(stay, ended_at=at), bedflow.vacate(place.state), disposition)


def not_in_future(at: datetime, now: datetime) -> None:
    """Refuse what has not happened yet."""
    if at > now:
        raise NotAllowed("This time is in the future. Record it when it happens.", "stay.future")


def _leaves(stay: Stay, place: Place, at: datetime, now: datetime) -> None:
    not_in_future(at, now)
    if stay.ended_at:
        raise NotAllowed("This patient has already left this bed.", "stay.ended")
    if stay.bed != place.bed:
        raise NotAllowed("The patient is no longer in this bed.", "stay.other-bed")
    if at < stay.started_at:
        raise NotAllowed("This time is before the patient came into the bed.", "stay.order")


def _free_at(place: Place, at: datetime) -> None:
    if place.free_since and at < place.free_since:
        raise NotAllowed("Another patient was in this bed at that time.", "stay.overlap")


def _isolated(bed: BedState) -> BedState:
    return bed if bed.status is BedStatus.ISOLATED else bedflow.isolate(bed)
