"""As required: never sooner and never more than the limits, and the panel knows from when."""

import csv
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.amounts import Amount
from domain.errors import NotAllowed
from domain.formulary import Route, Unit
from domain.prn import Answer, Given, Limits, Verdict, ask, check, check_order, reassess_at

CLINICAL = Path(__file__).parents[1] / "data" / "clinical"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(hours=24)

with (CLINICAL / "mar_prn_vectors.csv").open(encoding="utf-8", newline="") as file:
    VECTORS = list(csv.DictReader(file))


def hours(count: float | str) -> timedelta:
    return timedelta(hours=float(count))


def mg(value: float | str) -> Amount:
    return Amount(Decimal(str(value)), Unit.MG)


def ago(*pairs: tuple[float, float]) -> list[Given]:
    return [Given(NOON - hours(before), mg(amount)) for before, amount in pairs]


PARACETAMOL = Limits(ingredient="paracetamol", min_interval=hours(4), max_24h=mg(4000))


def of_row(row: dict[str, str]) -> tuple[Limits, list[Given], Amount]:
    interval, most = hours(row["min_interval_h"]), Decimal(row["max_dose_24h"])
    limits = Limits(
        ingredient="it",
        min_interval=interval or None,
        max_24h=mg(row["max_dose_24h"]) if most else None,
    )
    history = []
    for entry in row["history(hours_ago:dose)"].split():
        before, amount = entry.removesuffix("(scheduled)").split(":")
        history.append(Given(NOON - hours(before), mg(amount)))
    return limits, history, mg(row["requested_dose"])


def test_there_are_as_many_examples_as_were_reviewed() -> None:
    assert len(VECTORS) == 12


@pytest.mark.parametrize("row", VECTORS, ids=[row["id"] for row in VECTORS])
def test_a_dose_is_allowed_or_not_as_worked(row: dict[str, str]) -> None:
    limits, history, amount = of_row(row)
    answer = ask(NOON, amount, limits, history)
    assert answer.verdict == row["expected"]
    assert answer.allowed is (row["expected"] == "allow")
    assert bool(answer.warnings) is (row["id"] == "P12")


def test_a_refusal_says_how_long_to_wait() -> None:
    answer = ask(NOON, mg(1000), PARACETAMOL, ago((3.9, 1000)))
    assert answer.next_at == NOON + timedelta(minutes=6)
    assert answer.sentence == (
        "The last paracetamol was 3h 54min ago; wait 6min for the minimum interval."
    )
    with pytest.raises(NotAllowed) as refused:
        check(answer)
    assert refused.value.code == "prn.block_interval"
    just = ask(NOON + timedelta(seconds=10), mg(1000), PARACETAMOL, [Given(NOON, mg(1000))])
    assert "wait 4h for" in just.sentence
    check(ask(NOON, mg(1000), PARACETAMOL, []))


def test_a_full_day_says_how_much_was_given() -> None:
    history = ago((5, 1000), (10, 1000), (15, 1000), (20, 500))
    answer = ask(NOON, mg(1000), PARACETAMOL, history)
    assert (answer.used, answer.count, answer.verdict) == (3500, 4, Verdict.MAXIMUM)
    assert answer.next_at == NOON + hours(4), "when the dose of 20 h ago counts no more"
    assert "3,500\N{NO-BREAK SPACE}mg of 4,000\N{NO-BREAK SPACE}mg in 24 h" in answer.sentence
    assert ask(NOON, mg(500), PARACETAMOL, history).allowed


def test_a_dose_above_the_maximum_is_never_allowed() -> None:
    answer = ask(NOON, mg(4001), PARACETAMOL, [])
    assert (answer.verdict, answer.next_at) == (Verdict.MAXIMUM, None)


def test_units_are_converted_and_strangers_refused() -> None:
    gram = [Given(NOON - hours(5), Amount(Decimal(1), Unit.G))]
    assert ask(NOON, mg(3000), PARACETAMOL, gram).used == 1000
    assert not ask(NOON, mg(3001), PARACETAMOL, gram).allowed
    with pytest.raises(NotAllowed) as refused:
        ask(NOON, Amount(Decimal(2), Unit.ML), PARACETAMOL, gram)
    assert refused.value.code == "amount.unit"


def test_doses_may_be_counted_instead_of_summed() -> None:
    four = Limits(ingredient="ondansetron", min_interval=hours(1), max_count=4)
    history = ago((2, 4), (6, 4), (12, 8))
    assert ask(NOON, mg(4), four, history).allowed
    answer = ask(NOON, mg(4), four, [*history, *ago((23, 4))])
    assert (answer.verdict, answer.next_at) == (Verdict.MAXIMUM, NOON + hours(1))
    assert "4 of 4 doses in 24 h" in answer.sentence


def test_no_limits_warn_and_a_high_alert_medicine_waits_for_them() -> None:
    none = Limits(ingredient="it")
    assert ask(NOON, mg(1), none, ago((0.2, 1))).warnings
    answer = ask(NOON, mg(1), replace(none, high_alert=True), [])
    assert (answer.verdict, answer.next_at) == (Verdict.NO_LIMITS, None)
    assert "prescriber" in answer.sentence


def test_a_regular_dose_soon_after_is_a_warning() -> None:
    def warned(after: float) -> bool:
        return bool(ask(NOON, mg(1), PARACETAMOL, [], regular_at=NOON + hours(after)).warnings)

    assert [warned(after) for after in (-1, 0, 3.9, 4, 9)] == [False, True, True, False, False]


def test_another_clock_that_is_ahead_allows_nothing_more() -> None:
    ahead = [Given(NOON + timedelta(minutes=2), mg(1000))]
    answer = ask(NOON, mg(1000), PARACETAMOL, ahead)
    assert (answer.verdict, answer.used) == (Verdict.INTERVAL, 1000)


@pytest.mark.parametrize("nothing", [0])
def test_nothing_is_no_dose(nothing: int) -> None:
    with pytest.raises(NotAllowed) as refused:
        ask(NOON, mg(nothing), PARACETAMOL, [])
    assert refused.value.code == "prn.amount"


@pytest.mark.parametrize(
    ("changed", "indication", "refusal"),
    [
        ({}, " ", "prn.indication"),
        ({"min_interval": None}, "pain", "prn.no-interval"),
        ({"min_interval": hours(0)}, "pain", "prn.no-interval"),
        ({"max_24h": None}, "pain", "prn.no-maximum"),
        ({"max_24h": mg(999)}, "pain", "prn.dose-over-maximum"),
        ({"max_count": 0}, "pain", "prn.dose-over-maximum"),
    ],
)
def test_an_order_as_required_leaves_nothing_open(
    changed: dict[str, Any], indication: str, refusal: str
) -> None:
    check_order(PARACETAMOL, "pain", mg(1000))
    with pytest.raises(NotAllowed) as refused:
        check_order(replace(PARACETAMOL, **changed), indication, mg(1000))
    assert refused.value.code == refusal


def test_the_effect_is_looked_at_sooner_after_a_vein() -> None:
    assert reassess_at(NOON, Route.ORAL) == NOON + timedelta(minutes=60)
    assert reassess_at(NOON, Route.INTRAVENOUS) == NOON + timedelta(minutes=30)


asks = st.lists(
    st.tuples(st.integers(0, 600), st.sampled_from([250, 500, 650, 1000, 1500])), max_size=40
)
limits = st.builds(
    Limits,
    ingredient=st.just("it"),
    min_interval=st.none() | st.integers(0, 8).map(hours),
    max_24h=st.none() | st.integers(500, 6000).map(mg),
    max_count=st.none() | st.integers(1, 6),
)


@given(limits, asks)
def test_no_nurse_who_asks_gets_more_than_the_limits_in_any_24_hours(
    bounds: Limits, tries: list[tuple[int, int]]
) -> None:
    now, history = NOON, list[Given]()
    for minutes, amount in tries:
        now += timedelta(minutes=minutes)
        if ask(now, mg(amount), bounds, history).allowed:
            history.append(Given(now, mg(amount)))
    for end in history:
        window = [each for each in history if end.at - DAY < each.at <= end.at]
        if bounds.max_24h:
            assert sum(each.amount.value for each in window) <= bounds.max_24h.value
        if bounds.max_count:
            assert len(window) <= bounds.max_count
    if bounds.min_interval:
        pairs = pairwise(history)
        assert all(two.at - one.at >= bounds.min_interval for one, two in pairs)


@given(limits, asks, st.sampled_from([250, 1000]))
def test_what_is_refused_is_allowed_when_the_panel_says_and_not_before(
    bounds: Limits, past: list[tuple[int, int]], amount: int
) -> None:
    history = [Given(NOON - timedelta(minutes=ago_), mg(dose)) for ago_, dose in past]

    def then(at: datetime) -> Answer:
        return ask(at, mg(amount), bounds, history)

    answer = then(NOON)
    if answer.next_at is None:
        assert not then(NOON + 3 * DAY).allowed
        return
    assert then(answer.next_at).allowed
    assert answer.allowed is (answer.next_at == NOON)
    if not answer.allowed:
        assert not then(answer.next_at - timedelta(microseconds=1)).allowed
