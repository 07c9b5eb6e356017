"""Waiting lists: whom a time suits, who is asked first, and that only one gets it."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import NotAllowed
from domain.spans import Span
from domain.waitlists import (
    Entry,
    Leaving,
    Misfit,
    OfferStatus,
    Priority,
    Slot,
    Way,
    answer,
    by_telephone,
    candidates,
    check,
    explain,
    fits,
    is_breached,
    misfits,
    offered_until,
    order,
    standing,
    to_ask,
    way,
)

LONDON = ZoneInfo("Europe/London")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)  # a Friday
MONDAY = date(2026, 5, 4)
SLOT = Slot(
    span=Span.lasting(datetime(2026, 5, 4, 10, tzinfo=LONDON), HOUR),
    zone=LONDON,
    service="echo",
    resources=frozenset({"joan", "room 1"}),
)


def entry(key: str = "one", **more: Any) -> Entry:
    return Entry(**{"key": key, "service": "echo", "since": NOW - 30 * DAY} | more)


def test_a_time_suits_who_asks_for_nothing() -> None:
    assert fits(entry(), SLOT, NOW)


@pytest.mark.parametrize(
    ("misfit", "unsuited", "suited"),
    [
        (Misfit.SERVICE, {"service": "ecg"}, {"service": "echo"}),
        (Misfit.CLINICIAN, {"clinician": "mary"}, {"clinician": "joan"}),
        (Misfit.TOO_EARLY, {"not_before": MONDAY + DAY}, {"not_before": MONDAY}),
        (Misfit.TOO_LATE, {"not_after": MONDAY - DAY}, {"not_after": MONDAY}),
        (Misfit.WEEKDAY, {"weekdays": frozenset({1})}, {"weekdays": frozenset({0, 1})}),
        (
            Misfit.TIME,
            {"times": ((time(9), time(10, 59)), (time(10, 1), time(12)))},
            {"times": ((time(8), time(9)), (time(10), time(11)))},
        ),
        (Misfit.NOTICE, {"notice": 3 * DAY + HOUR}, {"notice": 3 * DAY}),
        (Misfit.INTERPRETER, {"interpreter": True}, {"interpreter": False}),
        (Misfit.TRANSPORT, {"transport": True}, {"transport": False}),
    ],
)
def test_a_time_that_does_not_suit_says_why(
    misfit: Misfit, unsuited: dict[str, Any], suited: dict[str, Any]
) -> None:
    assert misfits(entry(**unsuited), SLOT, NOW) == (misfit,)
    assert misfits(entry(**suited), SLOT, NOW) == ()


def test_an_interpreter_and_transport_that_can_be_had_suit() -> None:
    helped = replace(SLOT, interpreter=True, transport=True)
    assert fits(entry(interpreter=True, transport=True), helped, NOW)


def test_who_may_be_telephoned_can_be_asked_at_short_notice() -> None:
    soon = entry(notice=7 * DAY, short_notice=True)
    assert fits(soon, SLOT, NOW)
    assert by_telephone(soon, SLOT, NOW)
    assert not by_telephone(entry(notice=DAY, short_notice=True), SLOT, NOW)


def test_a_time_that_has_begun_suits_nobody() -> None:
    assert not fits(entry(), SLOT, SLOT.span.start)
    assert to_ask([entry()], SLOT, SLOT.span.start) == ()


def test_the_order_is_priority_then_a_missed_target_then_the_wait() -> None:
    entries = [
        entry("routine, long", since=NOW - 300 * DAY),
        entry("routine, missed", since=NOW - 10 * DAY, target_on=NOW.date() - DAY),
        entry("soon", priority=Priority.SOON, since=NOW),
        entry("urgent, later", priority=Priority.URGENT, since=NOW - DAY),
        entry("urgent", priority=Priority.URGENT, since=NOW - 2 * DAY),
        entry("routine, target today", since=NOW - 20 * DAY, target_on=NOW.date()),
    ]
    wanted = [
        "urgent", "urgent, later", "soon", "routine, missed", "routine, long",
        "routine, target today",
    ]  # fmt: skip
    assert [one.key for one in order(entries, NOW.date())] == wanted
    assert [one.key for one in candidates(entries, SLOT, NOW)] == wanted
    assert [one.key for one in to_ask(entries, SLOT, NOW, asked={"urgent"}, at_once=2)] == wanted[
        1:3
    ]


@given(
    st.lists(
        st.builds(
            entry,
            priority=st.sampled_from(Priority),
            since=st.integers(0, 99).map(lambda days: NOW - days * DAY),
            target_on=st.none() | st.integers(-9, 9).map(lambda days: NOW.date() + days * DAY),
            notice=st.integers(0, 6).map(lambda days: days * DAY),
        ),
        max_size=12,
    )
)
def test_nobody_is_asked_before_somebody_more_urgent_or_longer_waiting(found: list[Entry]) -> None:
    asked = candidates(found, SLOT, NOW)
    assert {id(one) for one in asked} == {id(one) for one in found if fits(one, SLOT, NOW)}
    urgency = list(Priority)
    for one, two in pairwise(asked):
        first, second = urgency.index(one.priority), urgency.index(two.priority)
        assert first <= second
        if first == second:
            missed = is_breached(one, NOW.date()), is_breached(two, NOW.date())
            assert missed != (False, True)
            assert missed == (True, False) or one.since <= two.since


@given(st.lists(st.builds(entry, key=st.uuids(), priority=st.sampled_from(Priority)), max_size=9))
def test_one_no_after_the_other_asks_everybody_once_in_their_order(found: list[Entry]) -> None:
    asked: list[Any] = []
    while following := to_ask(found, SLOT, NOW, asked=asked):
        asked += [one.key for one in following]
    assert asked == [one.key for one in candidates(found, SLOT, NOW)]


def test_who_cannot_be_written_to_has_a_day_where_the_next_in_line_could_too() -> None:
    far = replace(SLOT, span=Span.lasting(NOW + 3 * DAY, HOUR))
    near = replace(SLOT, span=Span.lasting(NOW + DAY + HOUR, HOUR))
    waits = entry(notice=DAY)
    assert way(waits, far, NOW, written=False) is Way.LETTER
    assert way(waits, far, NOW, written=True) is Way.ONLINE
    assert way(waits, near, NOW, written=False) is Way.ONLINE


def test_a_wish_that_no_time_meets_is_refused() -> None:
    with pytest.raises(NotAllowed, match="before the first"):
        check(entry(not_before=MONDAY, not_after=MONDAY - DAY))
    with pytest.raises(NotAllowed, match="after the start"):
        check(entry(times=((time(9), time(9)),)))
    check(entry(not_before=MONDAY, not_after=MONDAY, times=((time(9), time(10)),)))


def test_other_needs_a_few_words() -> None:
    with pytest.raises(NotAllowed, match="Say why"):
        explain(Leaving.OTHER, " ")
    assert explain(Leaving.OTHER, " Moved abroad ") == "Moved abroad"
    assert explain(Leaving.BETTER, "") == ""
    assert all(one.word for one in Leaving)


def test_an_offer_stands_a_while_and_never_beyond_the_time_itself() -> None:
    assert offered_until(SLOT, NOW) == NOW + timedelta(minutes=15)
    assert offered_until(SLOT, NOW, Way.LETTER) == NOW + DAY
    just = SLOT.span.start - timedelta(minutes=5)
    assert offered_until(SLOT, just) == SLOT.span.start
    with pytest.raises(NotAllowed, match="passed"):
        offered_until(SLOT, SLOT.span.start)


def test_an_offer_is_answered_once_and_in_time() -> None:
    until = NOW + HOUR
    assert answer(OfferStatus.OPEN, until, NOW, accepted=True) is OfferStatus.ACCEPTED
    assert answer(OfferStatus.OPEN, until, NOW, accepted=False) is OfferStatus.DECLINED
    assert standing(OfferStatus.OPEN, until, until) is OfferStatus.EXPIRED
    assert standing(OfferStatus.ACCEPTED, until, until) is OfferStatus.ACCEPTED
    with pytest.raises(NotAllowed, match="has ended"):
        answer(OfferStatus.OPEN, until, until, accepted=True)


@pytest.mark.parametrize("status", set(OfferStatus) - {OfferStatus.OPEN})
def test_an_offer_that_is_closed_says_how(status: OfferStatus) -> None:
    with pytest.raises(NotAllowed) as refused:
        answer(status, NOW + HOUR, NOW, accepted=True)
    assert refused.value.code == f"offer.{status}"


def test_who_was_slower_hears_that_it_is_taken() -> None:
    with pytest.raises(NotAllowed, match="has been taken"):
        answer(OfferStatus.WITHDRAWN, NOW + HOUR, NOW, accepted=True)
