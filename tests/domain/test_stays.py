"""Admit, transfer, swap, discharge and taking back, as ward rules."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain import cancellations, stays
from domain.beds import BedState, BedStatus, Clean, Hold
from domain.cancellations import CancelReason
from domain.encounters import Disposition, EncounterStatus
from domain.errors import NotAllowed
from domain.overrides import Approver, Override
from domain.stays import Place, Stay, Subject

S = EncounterStatus
NOW = datetime(2026, 11, 20, 14, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
ADA, JOAN = UUID(int=1), UUID(int=2)
B4, B5 = UUID(int=104), UUID(int=105)
READY, TAKEN, ISOLATED = (
    BedState(),
    BedState(BedStatus.OCCUPIED),
    BedState(BedStatus.ISOLATED, Clean.TERMINAL),
)
STAY = Stay(ADA, B4, NOW - HOUR)
OTHER = Stay(JOAN, B5, NOW - 2 * HOUR)
APPROVED = Override(Approver.CHARGE_NURSE, "cohort", Approver.INFECTION_CONTROL)


def admit(
    place: Place, subject: Subject | None = None, at: datetime = NOW, status: S = S.PLANNED
) -> stays.Admission:
    return stays.admit(place, subject or Subject(), ADA, status, at=at, now=NOW)


def test_an_admission_opens_the_encounter_the_stay_and_takes_the_bed() -> None:
    admission = admit(Place(B4, READY))
    assert admission.status is S.IN_PROGRESS
    assert admission.stay == Stay(ADA, B4, NOW)
    assert admission.bed == TAKEN


def test_a_reserved_bed_takes_only_the_patient_it_is_reserved_for() -> None:
    assert admit(Place(B4, BedState(hold=Hold(ADA, NOW + HOUR)))).bed == TAKEN
    with pytest.raises(NotAllowed, match="Reserved for another"):
        admit(Place(B4, BedState(hold=Hold(JOAN, NOW + HOUR))))


@pytest.mark.parametrize(
    ("place", "subject", "at", "why"),
    [
        (Place(B4, TAKEN), Subject(), NOW, "Occupied"),
        (Place(B4, BedState(BedStatus.HOUSEKEEPING)), Subject(), NOW, "Cleaning"),
        (Place(B4, READY), Subject(STAY), NOW, "already in a bed"),
        (Place(B4, READY), Subject(died_at=NOW - HOUR), NOW, "has died"),
        (Place(B4, READY), Subject(), NOW + timedelta(seconds=1), "future"),
        (Place(B4, READY, NOW - HOUR), Subject(), NOW - 2 * HOUR, "at that time"),
    ],
)
def test_an_admission_is_refused_with_a_sentence(
    place: Place, subject: Subject, at: datetime, why: str
) -> None:
    with pytest.raises(NotAllowed, match=why):
        admit(place, subject, at)


def test_a_discharged_or_cancelled_encounter_is_not_admitted_again() -> None:
    with pytest.raises(NotAllowed, match="Cancelled"):
        admit(Place(B4, READY), status=S.CANCELLED)


def test_a_transfer_ends_one_stay_and_begins_the_next_at_the_same_instant() -> None:
    moved = stays.transfer(STAY, Place(B4, TAKEN), Place(B5, READY), at=NOW, now=NOW)
    assert moved.ended == replace(STAY, ended_at=NOW)
    assert moved.started == Stay(ADA, B5, NOW)
    assert moved.left.status is BedStatus.HOUSEKEEPING
    assert moved.taken == TAKEN


def test_isolation_goes_with_the_patient_and_leaves_a_contaminated_bed() -> None:
    moved = stays.transfer(STAY, Place(B4, ISOLATED), Place(B5, READY), at=NOW, now=NOW)
    assert moved.left.status is BedStatus.CONTAMINATED
    assert moved.taken == ISOLATED


@pytest.mark.parametrize(
    ("stay", "source", "target", "at", "why"),
    [
        (STAY, Place(B4, TAKEN), Place(B4, TAKEN), NOW, "already in this bed"),
        (STAY, Place(B4, TAKEN), Place(B5, TAKEN), NOW, "Occupied"),
        (STAY, Place(B4, TAKEN), Place(B5, READY), NOW - 2 * HOUR, "before the patient came"),
        (STAY, Place(B4, TAKEN), Place(B5, READY), NOW + HOUR, "future"),
        (STAY, Place(B5, TAKEN), Place(B4, READY), NOW, "no longer in this bed"),
        (replace(STAY, ended_at=NOW), Place(B4, TAKEN), Place(B5, READY), NOW, "already left"),
        (STAY, Place(B4, replace(TAKEN, away_since=NOW)), Place(B5, READY), NOW, "On leave"),
        (STAY, Place(B4, TAKEN), Place(B5, READY, NOW), NOW - HOUR / 2, "at that time"),
    ],
)
def test_a_transfer_is_refused_with_a_sentence(
    stay: Stay, source: Place, target: Place, at: datetime, why: str
) -> None:
    with pytest.raises(NotAllowed, match=why):
        stays.transfer(stay, source, target, at=at, now=NOW)


def test_a_swap_exchanges_two_patients_at_one_instant() -> None:
    swap = stays.swap((STAY, Place(B4, TAKEN)), (OTHER, Place(B5, TAKEN)), at=NOW, now=NOW)
    assert (swap.first.started, swap.second.started) == (Stay(ADA, B5, NOW), Stay(JOAN, B4, NOW))
    assert {swap.first.ended.ended_at, swap.second.ended.ended_at} == {NOW}
    assert swap.first.left == swap.first.taken == TAKEN


def test_nobody_is_swapped_into_a_bed_that_owes_a_terminal_clean() -> None:
    pair = (STAY, Place(B4, ISOLATED)), (OTHER, Place(B5, TAKEN))
    with pytest.raises(NotAllowed, match="must approve"):
        stays.swap(*pair, at=NOW, now=NOW)
    approved = stays.swap(*pair, at=NOW, now=NOW, override=APPROVED)
    assert approved.first.left == approved.first.taken == ISOLATED


def test_a_swap_needs_two_patients_who_are_there() -> None:
    here = (STAY, Place(B4, TAKEN))
    with pytest.raises(NotAllowed, match="two patients"):
        stays.swap(here, here, at=NOW, now=NOW)
    away = (OTHER, Place(B5, replace(TAKEN, away_since=NOW)))
    with pytest.raises(NotAllowed, match="On leave"):
        stays.swap(here, away, at=NOW, now=NOW)


def discharge(stay: Stay | None = STAY, bed: BedState = TAKEN, status: S = S.IN_PROGRESS) -> object:
    place = Place(B4, bed) if stay else None
    return stays.discharge(stay, place, status, Disposition.HOME, at=NOW, now=NOW)


def test_a_discharge_ends_the_stay_and_sends_the_bed_to_cleaning() -> None:
    ended = replace(STAY, ended_at=NOW)
    cleaning = BedState(BedStatus.HOUSEKEEPING)
    assert discharge() == stays.Discharge(S.FINISHED, ended, cleaning, Disposition.HOME)


def test_a_patient_without_a_bed_is_discharged_all_the_same() -> None:
    assert discharge(None) == stays.Discharge(S.FINISHED, None, None, Disposition.HOME)


def test_nobody_is_discharged_twice() -> None:
    with pytest.raises(NotAllowed, match="from Discharged to Discharged"):
        discharge(status=S.FINISHED)


def test_an_admission_with_care_recorded_is_not_cancelled() -> None:
    with pytest.raises(NotAllowed, match="Discharge the patient instead"):
        cancellations.cancel_admission(S.IN_PROGRESS, STAY, Place(B4, TAKEN), clinical_data=True)


@pytest.mark.parametrize("arrived", [True, False])
def test_a_bed_nobody_lay_in_is_free_without_cleaning(*, arrived: bool) -> None:
    undone = cancellations.cancel_admission(
        S.IN_PROGRESS, STAY, Place(B4, TAKEN), clinical_data=False, arrived=arrived
    )
    assert undone.status is S.ENTERED_IN_ERROR
    assert undone.voided == STAY
    expected = BedStatus.HOUSEKEEPING if arrived else BedStatus.UNOCCUPIED
    assert undone.bed is not None
    assert undone.bed.status is expected


def test_a_planned_admission_is_cancelled_without_a_bed() -> None:
    undone = cancellations.cancel_admission(S.PLANNED, None, None, clinical_data=False)
    assert undone == cancellations.CancelledAdmission(S.CANCELLED, None, None)


@pytest.mark.parametrize("before", [TAKEN, ISOLATED])
def test_a_cancelled_transfer_puts_everything_back(before: BedState) -> None:
    moved = stays.transfer(STAY, Place(B4, before), Place(B5, READY), at=NOW, now=NOW)
    undone = cancellations.cancel_transfer(
        moved.ended, moved.started, Place(B4, moved.left, NOW), Place(B5, moved.taken)
    )
    assert undone.reopened == STAY
    assert undone.voided == moved.started
    assert undone.returned == before


def test_a_cancelled_transfer_needs_the_old_bed_free() -> None:
    moved = stays.transfer(STAY, Place(B4, TAKEN), Place(B5, READY), at=NOW, now=NOW)
    for previous in (
        Place(B4, TAKEN),
        Place(B4, BedState(BedStatus.CLOSED)),
        Place(B4, READY, NOW + HOUR),
        Place(B4, BedState(blocked="no nurse")),
        Place(B4, BedState(hold=Hold(JOAN, NOW + HOUR))),
    ):
        with pytest.raises(NotAllowed):
            cancellations.cancel_transfer(
                moved.ended, moved.started, previous, Place(B5, moved.taken)
            )


def test_a_transfer_is_not_cancelled_after_the_next_move() -> None:
    moved = stays.transfer(STAY, Place(B4, TAKEN), Place(B5, READY), at=NOW, now=NOW)
    gone = replace(moved.started, ended_at=NOW)
    with pytest.raises(NotAllowed, match="moved on"):
        cancellations.cancel_transfer(
            moved.ended, gone, Place(B4, moved.left), Place(B5, moved.taken)
        )


def undo(
    bed: BedState, *, after: timedelta = HOUR, isolated: bool = False
) -> cancellations.CancelledDischarge:
    last = replace(STAY, ended_at=NOW)
    return cancellations.cancel_discharge(
        S.FINISHED, last, Place(B4, bed, NOW), now=NOW + after, ended_at=NOW, isolated=isolated
    )


def test_a_cancelled_discharge_gives_the_bed_back_as_if_she_had_not_left() -> None:
    back = undo(BedState(BedStatus.HOUSEKEEPING))
    assert back == cancellations.CancelledDischarge(S.IN_PROGRESS, STAY, TAKEN)
    contaminated = BedState(BedStatus.CONTAMINATED, Clean.TERMINAL)
    assert undo(contaminated, isolated=True).bed == ISOLATED
    assert undo(contaminated).bed == BedState(BedStatus.OCCUPIED, Clean.TERMINAL)


def test_a_cancelled_discharge_without_a_free_bed_waits_for_one() -> None:
    assert undo(TAKEN) == cancellations.CancelledDischarge(S.IN_PROGRESS, None, None)


def test_a_discharge_is_cancelled_within_24_hours_or_not_at_all() -> None:
    assert undo(READY, after=timedelta(hours=24)).status is S.IN_PROGRESS
    with pytest.raises(NotAllowed, match="more than 24 hours"):
        undo(READY, after=timedelta(hours=24, seconds=1))


def test_only_a_discharge_can_be_cancelled_as_one() -> None:
    with pytest.raises(NotAllowed, match="not Discharged"):
        cancellations.cancel_discharge(S.ON_LEAVE, None, None, now=NOW, ended_at=NOW)


def test_other_reasons_are_told_in_words() -> None:
    assert cancellations.explain(CancelReason.WRONG_BED) == "Wrong bed"
    assert cancellations.explain(CancelReason.OTHER, " flood ") == "Other: flood"
    with pytest.raises(NotAllowed):
        cancellations.explain(CancelReason.OTHER, " ")
