"""Flags stand in one order, end when they should, and resuscitation is decided with a reason."""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain import flags
from domain.errors import NotAllowed
from domain.flags import Decided, Ending, FlagKind, Resuscitation, Review
from ward.db import new_id

NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)
TODAY = NOW.date()
HOUR = timedelta(hours=1)
STAY, EARLIER = new_id(), new_id()
NIL, FALLS = FlagKind.NIL_BY_MOUTH, FlagKind.FALLS
NOT = Resuscitation.NOT_ATTEMPT


def test_chips_stand_in_the_fixed_order_whoever_brings_them() -> None:
    brought = ["safeguarding", "language", "pressure-area", "nil-by-mouth", "falls", "isolation",
               "allergy", "similar_name", "medicines_overdue", "critical_result"]  # fmt: skip
    assert sorted(brought, key=flags.rank) == brought[::-1]


def test_a_chip_that_nobody_has_put_in_order_stands_last() -> None:
    assert flags.rank("no_nurse") > max(flags.rank(kind) for kind in FlagKind)


def test_what_ends_with_the_stay_and_what_stays_with_the_person() -> None:
    assert {kind for kind in FlagKind if kind.of_stay} == {
        FALLS, NIL, FlagKind.PRESSURE_AREA,
    }  # fmt: skip


@pytest.mark.parametrize("kind", FlagKind)
def test_every_flag_has_a_category_that_fhir_knows(kind: FlagKind) -> None:
    known = {"diet", "drug", "lab", "admin", "contact", "clinical", "behavioral", "research",
             "advance-directive", "safety"}  # fmt: skip
    assert kind.category in known


@pytest.mark.parametrize(
    ("ended_at", "ends_at", "stands"),
    [
        (None, None, True),
        (None, NOW + HOUR, True),
        (None, NOW, False),
        (None, NOW - HOUR, False),
        (NOW - HOUR, None, False),
        (NOW - HOUR, NOW + HOUR, False),
    ],
)
def test_a_flag_stands_until_it_is_ended_or_its_time_is_over(ended_at, ends_at, stands) -> None:
    assert flags.standing(ended_at, ends_at, NOW) is stands


@pytest.mark.parametrize(
    ("kind", "ends_at", "said"),
    [
        (FALLS, NOW + HOUR, "no end beforehand"),
        (NIL, NOW, "past already"),
        (NIL, NOW + timedelta(days=4), "three days"),
    ],
)
def test_an_end_that_cannot_be_is_refused(kind, ends_at, said) -> None:
    with pytest.raises(NotAllowed, match=said):
        flags.until(kind, ends_at, NOW)


def test_an_end_that_can_be_is_taken() -> None:
    flags.until(NIL, NOW + HOUR, NOW)
    flags.until(FALLS, None, NOW)


@pytest.mark.parametrize(
    ("ending", "ended_at"),
    [
        (None, None),
        (Ending.CHANGED, NOW),
        (Ending.TIME, NOW),
        (Ending.NO_LONGER, NOW - timedelta(seconds=16)),
    ],
)
def test_only_what_was_just_ended_by_hand_is_undone(ending, ended_at) -> None:
    with pytest.raises(NotAllowed):
        flags.undo(ending, ended_at, NOW)
    flags.undo(Ending.NO_LONGER, NOW - timedelta(seconds=15), NOW)


@pytest.mark.parametrize("ending", Ending)
def test_every_end_has_the_status_that_fhir_gives_it(ending: Ending) -> None:
    wrong = ending is Ending.ERROR
    assert ending.status == ("entered-in-error" if wrong else "inactive")


@pytest.mark.parametrize(
    ("decided", "stay", "why"),
    [
        (Decided(STAY, None), STAY, None),
        (Decided(EARLIER, None), STAY, Review.ADMISSION),
        (Decided(None, None), STAY, Review.ADMISSION),
        (Decided(EARLIER, None), None, None),
        (Decided(STAY, TODAY + timedelta(days=1)), STAY, None),
        (Decided(STAY, TODAY), STAY, Review.DATE),
        (Decided(EARLIER, TODAY), STAY, Review.ADMISSION),
        (Decided(EARLIER, TODAY), None, Review.DATE),
    ],
)
def test_a_decision_is_reviewed_at_each_admission_and_on_its_day(decided, stay, why) -> None:
    assert flags.review(decided, stay, TODAY) is why


@pytest.mark.parametrize(
    ("status", "reason", "review_on", "again", "said"),
    [
        (NOT, " ", None, False, "Reason"),
        (Resuscitation.ATTEMPT, "", None, True, "Reason"),
        (NOT, "Frailty", TODAY, False, "review"),
        (NOT, "Frailty", date(2028, 1, 1), False, "review"),
    ],
)
def test_a_decision_that_says_too_little_is_refused(status, reason, review_on, again, said) -> None:
    with pytest.raises(NotAllowed, match=said):
        flags.decide(status, reason, review_on, TODAY, again=again)


def test_a_first_decision_to_attempt_needs_no_reason() -> None:
    flags.decide(Resuscitation.ATTEMPT, "", None, TODAY, again=False)
    flags.decide(NOT, "Frailty", TODAY + timedelta(days=30), TODAY, again=True)
