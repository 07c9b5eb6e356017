"""NEWS2: the published chart, value by value, and what an incomplete set says."""

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import news2_chart
from domain.errors import NotAllowed
from domain.news2 import ALGORITHM, Band, Inputs, Item, Result, Scale, band_of, score, too_young
from domain.vitals import PARAMETERS, Absent, Acvpu, Vital

CLINICAL = Path(__file__).parents[1] / "data" / "clinical"
NORMAL: dict[str, Any] = {
    "resp_rate": Decimal(16),
    "spo2": Decimal(98),
    "oxygen": False,
    "sbp": Decimal(122),
    "pulse": Decimal(72),
    "consciousness": Acvpu.ALERT,
    "temp": Decimal("36.8"),
}


def rows(name: str) -> list[dict[str, str]]:
    with (CLINICAL / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


VECTORS, SCORING = rows("news2_vectors.csv"), rows("news2_scoring.csv")


def adult(**changed: Any) -> Result:
    return score(Inputs(**NORMAL | changed), age_years=50, pregnant=False)


def inputs_of(row: dict[str, str]) -> Inputs:
    return Inputs(
        resp_rate=Decimal(row["resp_rate"]),
        spo2=Decimal(row["spo2"]),
        oxygen=row["air_or_oxygen"] == "oxygen",
        sbp=Decimal(row["sbp"]),
        pulse=Decimal(row["pulse"]),
        consciousness=Acvpu(row["consciousness"]),
        temp=Decimal(row["temp"]),
        scale=Scale(int(row["spo2_scale"])),
    )


def test_there_are_as_many_examples_as_were_reviewed() -> None:
    assert (len(VECTORS), len(SCORING)) == (45, 40)


@pytest.mark.parametrize("row", VECTORS, ids=[row["id"] for row in VECTORS])
def test_a_worked_example_scores_as_worked(row: dict[str, str]) -> None:
    result = score(inputs_of(row), age_years=70, pregnant=False)
    assert [result.points[item] for item in Item] == [int(row[f"s_{item.value}"]) for item in Item]
    assert (result.total, result.band) == (int(row["total"]), row["band"])
    assert (result.scale, result.algorithm) == (int(row["spo2_scale"]), "NEWS2-2017")
    assert result.complete
    assert result.urgency is result.band
    assert result.emergency is (result.total >= 7)


def expected(parameter: str, value: Decimal, scale: int, *, oxygen: bool) -> list[int]:
    """Read the points off the rows of the table; exactly one row must hold the value."""
    return [
        int(row["score"])
        for row in SCORING
        if row["parameter"] == parameter
        and row["spo2_scale"] in {"", str(scale)}
        and row["condition"] in {"any", "oxygen" if oxygen else "air"}
        and (not row["low_inclusive"] or value >= Decimal(row["low_inclusive"]))
        and (not row["high_inclusive"] or value <= Decimal(row["high_inclusive"]))
    ]


@pytest.mark.parametrize("oxygen", [False, True])
@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("item", [Item.RESP_RATE, Item.SPO2, Item.SBP, Item.PULSE, Item.TEMP])
def test_every_possible_value_scores_as_in_the_table(item: Item, scale: int, oxygen: bool) -> None:
    row = PARAMETERS[Vital(item.value)]
    value, high, step = row.hard_min, row.hard_max, row.precision
    assert value is not None and high is not None and step is not None  # noqa: PT018
    while value <= high:
        points = news2_chart.points(row.key, value, scale=scale, oxygen=oxygen)
        assert expected(item.value, value, scale, oxygen=oxygen) == [points], value
        value += step


@pytest.mark.parametrize("level", Acvpu)
def test_every_level_of_consciousness_scores_as_in_the_table(level: Acvpu) -> None:
    row = next(row for row in SCORING if row["low_inclusive"] == level.value)
    assert adult(consciousness=level).points[Item.CONSCIOUSNESS] == int(row["score"])


def test_oxygen_scores_as_in_the_table_on_either_scale() -> None:
    table = {
        row["condition"]: int(row["score"])
        for row in SCORING
        if row["parameter"] == "air_or_oxygen"
    }
    for scale in Scale:
        for condition, points in table.items():
            result = adult(oxygen=condition == "oxygen", scale=scale)
            assert result.points[Item.OXYGEN] == points


@pytest.mark.parametrize(
    ("total", "red", "band"),
    [
        (0, False, Band.LOW),
        (4, False, Band.LOW),
        (3, True, Band.LOW_MEDIUM),
        (4, True, Band.LOW_MEDIUM),
        (5, False, Band.MEDIUM),
        (6, True, Band.MEDIUM),
        (7, False, Band.HIGH),
        (20, True, Band.HIGH),
    ],
)
def test_the_aggregate_comes_before_the_single_three(total: int, red: bool, band: Band) -> None:
    assert band_of(total, red=red) is band


@pytest.mark.parametrize(
    ("name", "value", "points"),
    [
        ("temp", "38.04", 0),
        ("temp", "38.05", 1),  # half of 38.0 and 38.1
        ("temp", "36.05", 1),  # half of 36.0 and 36.1: down is worse
        ("temp", "35.05", 3),
        ("temp", "35.0500001", 1),
        ("temp", "39.05", 2),
        ("spo2", "95.5", 1),
        ("spo2", "95.6", 0),
        ("spo2", "91.5", 3),
        ("resp_rate", "20.5", 2),
        ("resp_rate", "11.5", 1),
        ("sbp", "219.5", 3),
        ("sbp", "110.5", 1),
        ("pulse", "90.5", 1),
        ("pulse", "50.5", 1),
        ("pulse", "130.4", 2),
    ],
)
def test_a_device_value_is_rounded_and_an_exact_half_counts_as_the_worse(
    name: str, value: str, points: int
) -> None:
    assert adult(**{name: Decimal(value)}).points[Item(name)] == points


def test_one_missing_input_makes_the_score_incomplete_and_unbanded() -> None:
    result = adult(temp=None)
    assert (result.total, result.band, result.urgency) == (None, None, None)
    assert result.missing == (Item.TEMP,)
    assert result.at_least == 0
    assert result.response == "Incomplete. Still needed: temperature."
    assert not result.emergency


@pytest.mark.parametrize("why", [why for why in Absent if why is not Absent.NOT_RECORDABLE])
def test_a_declined_or_undone_measurement_is_missing_never_zero(why: Absent) -> None:
    result = adult(sbp=why, consciousness=why)
    assert result.missing == (Item.SBP, Item.CONSCIOUSNESS)
    assert result.total is None
    assert result.points[Item.SBP] is None


def test_a_single_three_counts_in_a_partial_set() -> None:
    result = adult(resp_rate=Decimal(25), temp=None)
    assert result.single_three
    assert (result.total, result.band) == (None, None)
    assert result.urgency is Band.LOW_MEDIUM


def test_a_partial_sum_that_reaches_five_or_seven_does_not_wait_for_the_rest() -> None:
    five = adult(resp_rate=Decimal(25), oxygen=True, temp=None)
    assert (five.at_least, five.urgency, five.emergency) == (5, Band.MEDIUM, False)
    seven = adult(resp_rate=Decimal(25), oxygen=True, pulse=Decimal(115), temp=None)
    assert (seven.at_least, seven.urgency, seven.emergency) == (7, Band.HIGH, True)
    assert (seven.total, seven.band) == (None, None)
    assert seven.response.startswith("Emergency.")


@pytest.mark.parametrize("item", [Item.RESP_RATE, Item.SPO2, Item.SBP, Item.PULSE, Item.TEMP])
def test_not_recordable_is_an_emergency_whatever_the_rest_is(item: Item) -> None:
    result = adult(**{item.value: Absent.NOT_RECORDABLE})
    assert result.emergency
    assert result.urgency is Band.HIGH
    assert (result.total, result.band) == (None, None)
    assert (result.missing, result.not_recordable) == ((), (item,))


def test_no_pulse_is_an_emergency_also_where_the_score_does_not_apply() -> None:
    inputs = Inputs(**NORMAL | {"pulse": Absent.NOT_RECORDABLE})
    for age, pregnant in ((5, None), (30, True), (None, None)):
        result = score(inputs, age_years=age, pregnant=pregnant)
        assert result.emergency
        assert not result.applicable
        assert result.urgency is Band.HIGH


@pytest.mark.parametrize(
    ("age", "pregnant", "why"),
    [(15, False, "children"), (30, True, "obstetric"), (None, False, "age is not known")],
)
def test_who_the_score_is_not_made_for_gets_a_reason_not_a_number(
    age: int | None, pregnant: bool, why: str
) -> None:
    result = score(Inputs(**NORMAL), age_years=age, pregnant=pregnant)
    assert not result.applicable
    assert (result.total, result.band, result.urgency) == (None, None, None)
    assert why in result.reason
    assert result.response == result.reason
    assert set(result.points.values()) == {None}


def test_at_sixteen_the_score_applies_and_unknown_pregnancy_does_not_hide_it() -> None:
    assert score(Inputs(**NORMAL), age_years=16, pregnant=None).total == 0


def test_scale_two_needs_oxygen_only_above_its_target() -> None:
    for value, points in ((80, 3), (87, 1), (92, 0), (93, None), (99, None)):
        result = adult(spo2=Decimal(value), oxygen=None, scale=Scale.TWO)
        assert result.points[Item.SPO2] == points
        assert result.missing == (Item.OXYGEN,)
    assert adult(spo2=Decimal(93), oxygen=None).points[Item.SPO2] == 2, "scale 1 never needs it"


@pytest.mark.parametrize(("name", "value"), [("spo2", "140"), ("temp", "98.6"), ("sbp", "NaN")])
def test_no_score_is_computed_from_what_cannot_be(name: str, value: str) -> None:
    with pytest.raises(NotAllowed):
        adult(**{name: Decimal(value)})


def test_a_band_has_word_tone_and_risk() -> None:
    assert [band.tone for band in Band] == [None, "caution", "warning", "critical"]
    assert [band.word for band in Band] == ["low", "3 in one", "medium", "high"]
    assert [band.risk for band in Band] == ["low", "low-medium", "medium", "high"]
    assert [band.rank for band in Band] == [0, 1, 2, 3]
    assert [band.continuous for band in Band] == [False, False, False, True]


def test_the_response_to_zero_is_routine_and_to_four_is_a_nurse() -> None:
    assert adult().response == "Routine monitoring."
    assert "registered nurse" in adult(temp=Decimal("38.5")).response
    assert adult(resp_rate=Decimal(22), oxygen=True, pulse=Decimal(95)).response[:6] == "Urgent"


def between(vital: Vital) -> st.SearchStrategy[Decimal]:
    row = PARAMETERS[vital]
    assert row.precision is not None
    places = -int(row.precision.as_tuple().exponent)
    return st.decimals(row.hard_min, row.hard_max, places=places)


SETS = st.builds(
    Inputs,
    resp_rate=between(Vital.RESP_RATE),
    spo2=between(Vital.SPO2),
    oxygen=st.booleans(),
    sbp=between(Vital.SBP),
    pulse=between(Vital.PULSE),
    consciousness=st.sampled_from(Acvpu),
    temp=between(Vital.TEMP),
    scale=st.sampled_from(Scale),
)


@given(SETS, st.sets(st.sampled_from(Item), min_size=1))
def test_what_is_missing_can_only_raise_the_score(inputs: Inputs, lost: set[Item]) -> None:
    whole = score(inputs, age_years=50, pregnant=False)
    given_now = {item.value: inputs.of(item) for item in Item if item not in lost}
    partial = score(Inputs(**given_now, scale=inputs.scale), age_years=50, pregnant=False)
    assert whole.total is not None
    assert partial.total is None
    assert partial.at_least <= whole.total
    assert set(partial.reds) <= set(whole.reds)
    assert set(partial.missing) == lost
    assert whole.urgency is not None
    if partial.urgency is not None:
        assert partial.urgency.rank <= whole.urgency.rank


@given(SETS, st.permutations(list(Item)))
def test_the_order_in_which_inputs_arrive_changes_nothing(
    inputs: Inputs, order: list[Item]
) -> None:
    sums = []
    for count in range(len(order) + 1):
        known = {item.value: inputs.of(item) for item in order[:count]}
        result = score(Inputs(**known, scale=inputs.scale), age_years=50, pregnant=False)
        sums.append(result.at_least)
    assert sums == sorted(sums)
    assert result == score(inputs, age_years=50, pregnant=False)


@given(SETS)
def test_a_total_is_the_sum_of_its_points_and_at_most_twenty(inputs: Inputs) -> None:
    result = score(inputs, age_years=50, pregnant=False)
    assert result.total == sum(points or 0 for points in result.points.values())
    assert 0 <= result.total <= 20
    assert result.algorithm == ALGORITHM


@pytest.mark.parametrize(("years", "young"), [(0, True), (15, True), (16, False), (None, False)])
def test_a_child_is_known_to_be_under_sixteen(years: int | None, young: bool) -> None:
    assert too_young(years) is young
