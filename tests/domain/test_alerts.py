"""Alerts: whom they call, what may become of them, when they call again."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import alerts, monitoring
from domain.alerts import (
    ASKED,
    AlertState,
    Cause,
    Outcome,
    Response,
    Tier,
    Verb,
    after,
    calls_again,
    cause_of,
    holds,
    may_be,
    overtaken_by,
    snooze,
)
from domain.duty import DutyRole
from domain.errors import NotAllowed
from domain.escalation import (
    DEFAULTS,
    Call,
    Policy,
    Step,
    calls_from,
    choose,
    default,
    next_step,
)
from domain.news2 import Band, Item, Result, Scale

EAST, WEST = UUID(int=1), UUID(int=2)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
N, IN_CHARGE, REGISTRAR, CONSULTANT = DutyRole
HIGH = default(Cause.NEWS_HIGH, NOON)
OPEN, ACCEPTED, CLOSED, WITHDRAWN = AlertState


def policy(**said) -> Policy:
    given_ = {
        "cause": Cause.NEWS_HIGH,
        "tier": Tier.NOW,
        "steps": (Step(IN_CHARGE, 5),),
        "since": NOON,
    }
    return Policy(**(given_ | said))


# -- what may become of an alert: the whole table ----------------------------------------------

TABLE = {
    OPEN: {
        Verb.ACCEPT: ACCEPTED, Verb.DECLINE: OPEN, Verb.HAND: ACCEPTED, Verb.SNOOZE: OPEN,
        Verb.COMMENT: OPEN, Verb.SEE: OPEN, Verb.CLOSE: CLOSED, Verb.MERGE: OPEN,
        Verb.CALL: OPEN, Verb.REOPEN: None, Verb.WITHDRAW: WITHDRAWN,
    },
    ACCEPTED: {
        Verb.ACCEPT: None, Verb.DECLINE: None, Verb.HAND: ACCEPTED, Verb.SNOOZE: None,
        Verb.COMMENT: ACCEPTED, Verb.SEE: ACCEPTED, Verb.CLOSE: CLOSED, Verb.MERGE: ACCEPTED,
        Verb.CALL: None, Verb.REOPEN: OPEN, Verb.WITHDRAW: WITHDRAWN,
    },
    CLOSED: dict.fromkeys(Verb) | {Verb.COMMENT: CLOSED, Verb.SEE: CLOSED},
    WITHDRAWN: dict.fromkeys(Verb) | {Verb.COMMENT: WITHDRAWN, Verb.SEE: WITHDRAWN},
}  # fmt: skip


@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize("state", AlertState)
def test_every_state_says_yes_or_no_to_everything(state: AlertState, verb: Verb) -> None:
    to = TABLE[state][verb]
    assert may_be(state, verb) == (to is not None)
    if to is not None:
        assert after(state, verb) is to
        return
    with pytest.raises(NotAllowed, match=state.word.lower()):
        after(state, verb)


def test_an_alert_that_is_taken_cannot_be_taken_again() -> None:
    with pytest.raises(NotAllowed, match="acknowledged"):
        after(ACCEPTED, Verb.ACCEPT)


@pytest.mark.parametrize(
    ("state", "worse", "again"),
    [(OPEN, True, False), (OPEN, False, False), (ACCEPTED, True, True), (ACCEPTED, False, False)],
)
def test_a_further_rise_calls_again_whoever_has_it(state, worse: bool, again: bool) -> None:
    assert calls_again(state, worse=worse) is again


@pytest.mark.parametrize("kind", [Tier, Cause, AlertState, Response, Outcome, alerts.Decline])
def test_everything_has_its_word(kind) -> None:
    assert all(one.word for one in kind)


def test_a_person_does_not_choose_what_only_ward_knows() -> None:
    assert {Outcome.DONE, Outcome.OVERTAKEN, Outcome.LEFT}.isdisjoint(ASKED)
    assert len(ASKED) == 5


# -- snooze ------------------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [1, 15, 30])
def test_an_alert_of_tier_2_can_wait_for_half_an_hour(minutes: int) -> None:
    assert snooze(Tier.SOON, NOON, minutes) == NOON + timedelta(minutes=minutes)


@pytest.mark.parametrize("minutes", [-5, 0, 31, 600])
def test_no_longer_and_not_into_the_past(minutes: int) -> None:
    with pytest.raises(NotAllowed, match="30 minutes"):
        snooze(Tier.SOON, NOON, minutes)


@pytest.mark.parametrize("tier", [Tier.NOW, Tier.DIGEST])
def test_a_critical_alert_does_not_wait(tier: Tier) -> None:
    with pytest.raises(NotAllowed):
        snooze(tier, NOON, 5)


# -- policies ----------------------------------------------------------------------------------


def test_every_cause_has_a_default_that_ends_with_the_nurse_in_charge() -> None:
    assert set(DEFAULTS) == set(Cause)
    for cause in Cause:
        assert default(cause, NOON).steps[-1].part is IN_CHARGE


def test_a_high_score_calls_registrar_consultant_and_nurse_in_charge() -> None:
    assert HIGH.tier is Tier.NOW
    assert [(s.part, s.minutes) for s in HIGH.steps] == [
        (REGISTRAR, 5), (CONSULTANT, 10), (IN_CHARGE, 15),
    ]  # fmt: skip


def test_the_default_steps_fit_into_the_time_to_assessment() -> None:
    within = {Cause.NEWS_HIGH: 30, Cause.NOT_RECORDABLE: 30, Cause.NEWS_MEDIUM: 60}
    for cause, minutes in within.items():
        assert sum(step.minutes for step in default(cause, NOON).steps[:-1]) < minutes


@pytest.mark.parametrize(
    "steps",
    [
        (),
        (Step(REGISTRAR, 5),),
        (Step(IN_CHARGE, 0),),
        (Step(IN_CHARGE, 1441),),
        (Step(N, 5),) * 6 + (Step(IN_CHARGE, 5),),
    ],
)
def test_a_policy_that_loses_an_alert_is_refused(steps) -> None:
    with pytest.raises(NotAllowed):
        policy(steps=steps)


def test_the_wards_own_goes_before_the_branchs_even_if_older() -> None:
    own = policy(ward=EAST, since=NOON - timedelta(days=9))
    house = policy(since=NOON)
    assert choose([house, own], EAST, Cause.NEWS_HIGH, time(12)) is own
    assert choose([house, own], WEST, Cause.NEWS_HIGH, time(12)) is house


def test_the_newest_of_two_stands() -> None:
    old, new = policy(), policy(since=NOON + timedelta(seconds=1))
    assert choose([new, old], EAST, Cause.NEWS_HIGH, time(12)) is new


def test_another_cause_has_no_say() -> None:
    assert choose([policy(cause=Cause.NEWS_RISE)], EAST, Cause.NEWS_HIGH, time(12)) is None


@pytest.mark.parametrize(
    ("at", "night"),
    [(time(19, 59), False), (time(20), True), (time(23, 59), True), (time(0), True),
     (time(7, 59, 59), True), (time(8), False), (time(12), False)],
)  # fmt: skip
def test_hours_may_go_over_midnight(at: time, night: bool) -> None:
    of_night = policy(from_time=time(20), to_time=time(8))
    of_day = policy(since=NOON + timedelta(days=1))  # for all day, and newer
    assert (choose([of_day, of_night], EAST, Cause.NEWS_HIGH, at) is of_night) is night


@given(st.times(), st.times(), st.times())
def test_two_halves_of_a_day_cover_each_time_once(first: time, second: time, at: time) -> None:
    one = policy(from_time=first, to_time=second)
    other = policy(from_time=second, to_time=first)
    expected = [True, True] if first == second else [False, True]
    assert sorted([one.covers(at), other.covers(at)]) == expected


# -- whom next ---------------------------------------------------------------------------------


def test_the_last_step_repeats_for_ever() -> None:
    assert [next_step(HIGH, place)[1].part for place in range(6)] == [
        REGISTRAR, CONSULTANT, IN_CHARGE, IN_CHARGE, IN_CHARGE, IN_CHARGE,
    ]  # fmt: skip


def test_whoever_is_there_is_called() -> None:
    assert calls_from(HIGH, 0, [REGISTRAR, IN_CHARGE]) == (Call(0, REGISTRAR, 5, anybody=True),)


def test_a_part_without_anybody_is_passed_over_at_once() -> None:
    assert calls_from(HIGH, 0, [IN_CHARGE]) == (
        Call(0, REGISTRAR, 5, anybody=False),
        Call(1, CONSULTANT, 10, anybody=False),
        Call(2, IN_CHARGE, 15, anybody=True),
    )


def test_with_nobody_on_duty_the_nurse_in_charge_is_called_nevertheless() -> None:
    assert calls_from(HIGH, 0, [])[-1] == Call(2, IN_CHARGE, 15, anybody=False)
    assert calls_from(HIGH, 7, []) == (Call(2, IN_CHARGE, 15, anybody=False),)


@given(st.integers(-3, 40), st.sets(st.sampled_from(DutyRole)))
def test_there_is_always_a_call_and_only_the_last_is_heard(place: int, staffed) -> None:
    made = calls_from(HIGH, place, list(staffed))
    assert made
    assert not any(call.anybody for call in made[:-1])
    assert made[-1].anybody or made[-1].part is IN_CHARGE


def test_a_worse_score_speaks_for_the_milder_ones() -> None:
    assert overtaken_by(Cause.NEWS_HIGH) == (
        Cause.NEWS_RISE, Cause.NEWS_SINGLE, Cause.NEWS_MEDIUM,
    )  # fmt: skip
    assert overtaken_by(Cause.NEWS_RISE) == ()
    assert overtaken_by(Cause.OBS_OVERDUE) == ()
    assert Cause.NEWS_HIGH in overtaken_by(Cause.NOT_RECORDABLE)


# -- what a score is ---------------------------------------------------------------------------

MAY_BE = [
    (("not-recordable", "band"), Band.HIGH, Cause.NOT_RECORDABLE),
    (("band",), Band.HIGH, Cause.NEWS_HIGH),
    (("partial",), Band.HIGH, Cause.NEWS_HIGH),
    (("further",), Band.HIGH, Cause.NEWS_HIGH),
    (("band", "single-three"), Band.MEDIUM, Cause.NEWS_MEDIUM),
    (("single-three",), Band.LOW_MEDIUM, Cause.NEWS_SINGLE),
    (("rise",), Band.LOW, Cause.NEWS_RISE),
    (("rise",), None, Cause.NEWS_RISE),
    ((), Band.HIGH, None),
]


@pytest.mark.parametrize(("why", "urgency", "cause"), MAY_BE)
def test_one_set_is_one_alert_of_its_most_pressing_reason(why, urgency, cause) -> None:
    reasons = [monitoring.Reason(monitoring.Cause(one), "") for one in why]
    assert cause_of(reasons, urgency) is cause


def test_an_alert_holds_as_long_as_the_score_gives_reason() -> None:
    three = Result(dict.fromkeys(Item, 0) | {Item.PULSE: 3}, (), (), Scale.ONE)
    calm = Result(dict.fromkeys(Item, 0), (), (), Scale.ONE)
    lost = Result(dict.fromkeys(Item, 0), (), (Item.PULSE,), Scale.ONE)
    high = Result(dict.fromkeys(Item, 1), (), (), Scale.ONE)
    assert {cause for cause in Cause if holds(cause, calm)} == set()
    assert {cause for cause in Cause if holds(cause, three)} == {Cause.NEWS_SINGLE}
    assert {cause for cause in Cause if holds(cause, high)} == {Cause.NEWS_HIGH, Cause.NEWS_MEDIUM}
    assert holds(Cause.NOT_RECORDABLE, lost)
