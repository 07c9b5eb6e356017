"""Results: every published vector, and what must hold for any number."""

import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.analytes import ANALYTES, PANELS, Interval, Kind, by_loinc, in_our_unit
from domain.errors import NotAllowed
from domain.labs import (
    Interpretation,
    Letter,
    ResultStatus,
    delta,
    disagree,
    driving,
    interpret,
    interpret_code,
    rank_of,
)
from domain.sexes import Sex

CLINICAL = Path(__file__).parents[1] / "data" / "clinical"
SEXES = {"F": Sex.FEMALE, "M": Sex.MALE, "U": Sex.UNKNOWN}
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
with (CLINICAL / "lab_vectors.csv").open(encoding="utf-8", newline="") as file:
    VECTORS = list(csv.DictReader(file))
QUANTITIES = [each for each in ANALYTES.values() if each.kind is Kind.QUANTITY]
NUMBERS = st.decimals(min_value=-1000, max_value=100_000, places=3, allow_nan=False)


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: row["id"])
def test_the_letters_are_those_of_the_vectors(row) -> None:
    analyte = ANALYTES[row["key"]]
    if analyte.kind is Kind.CODED:
        found = interpret_code(analyte, row["value"])
    else:
        found = interpret(
            analyte, Decimal(row["value"]), sex=SEXES[row["sex"]], comparator=row["comparator"]
        )
    assert str(found) == row["expected_obx8"]


def test_there_are_72_vectors_107_analytes_and_15_panels() -> None:
    assert (len(VECTORS), len(ANALYTES), len(PANELS)) == (72, 107, 15)


@given(st.sampled_from(QUANTITIES), st.sampled_from([*Sex, None]), NUMBERS)
def test_a_limit_that_is_not_set_never_fires(analyte, sex, value) -> None:
    found = interpret(analyte, value, sex=sex)
    limits = analyte.limits(sex)
    if limits.reference.low is None:
        assert Letter.LOW not in found.letters
    if limits.critical.low is None:
        assert Letter.CRITICAL_LOW not in found.letters
    if limits.reference.empty and limits.critical.empty:
        assert found.letters == ()
    assert len(found.letters) <= 1


@given(st.sampled_from(QUANTITIES), NUMBERS)
def test_without_a_sex_nothing_is_called_abnormal_that_both_call_normal(analyte, value) -> None:
    both = [interpret(analyte, value, sex=sex).rank for sex in (Sex.FEMALE, Sex.MALE)]
    unknown = interpret(analyte, value, sex=None)
    if both == [1, 1]:
        assert unknown.rank == 1


def test_of_troponin_the_lower_upper_limit_holds_when_the_sex_is_not_known() -> None:
    found = interpret(ANALYTES["hstni"], Decimal(17), sex=Sex.UNKNOWN)
    assert found.letters == (Letter.HIGH,)
    assert found.limits is not None
    assert found.limits.widest


def test_a_child_has_no_interval_of_ours() -> None:
    assert interpret(ANALYTES["k"], Decimal(9), sex=Sex.MALE, age_years=5) == Interpretation()
    told = interpret(
        ANALYTES["k"], Decimal("5.5"), sex=Sex.MALE, age_years=5,
        reported=Interval(Decimal("3.4"), Decimal("4.7")),
    )  # fmt: skip
    assert told.letters == (Letter.HIGH,)


def test_the_interval_of_the_report_wins_over_ours() -> None:
    own = Interval(Decimal("3.5"), Decimal("5.3"))
    assert interpret(ANALYTES["k"], Decimal("5.2"), sex=None, reported=own).letters == (
        Letter.NORMAL,
    )


def test_what_is_compared_is_what_is_read() -> None:
    assert interpret(ANALYTES["na"], Decimal("135.6"), sex=Sex.FEMALE).letters == (Letter.NORMAL,)


@pytest.mark.parametrize(
    ("key", "before", "now", "hours", "expected"),
    [
        ("na", "140", "148", 24, Letter.UP),
        ("na", "140", "147", 24, None),
        ("na", "140", "132", 48, Letter.DOWN),
        ("na", "140", "132", 49, None),
        ("k", "4.0", "5.0", 1, Letter.UP),
        ("creat", "1.0", "1.5", 72, Letter.UP),
        ("creat", "1.0", "1.49", 72, None),
        ("glu", "60", "600", 1, None),  # no rule: it moves too much by nature
        ("na", "140", "148", 0, None),
        ("na", "140", "148", -1, None),
    ],
)
def test_a_value_that_moved_too_far_since_the_one_before(key, before, now, hours, expected) -> None:
    at = NOON + timedelta(hours=hours)
    assert delta(ANALYTES[key], Decimal(before), NOON, Decimal(now), at) is expected


def test_a_unit_is_converted_by_the_table_or_not_at_all() -> None:
    creatinine = ANALYTES["creat"]
    assert creatinine.si_factor is not None
    back = in_our_unit(creatinine, creatinine.si_factor, creatinine.si_ucum)
    assert back == 1
    assert in_our_unit(creatinine, Decimal("1.1"), creatinine.ucum) == Decimal("1.1")
    for unit in ("", "g/L", "mmol", "mg/dl"):
        with pytest.raises(NotAllowed, match="Nobody converts it"):
            in_our_unit(creatinine, Decimal(1), unit)


def test_a_code_names_one_analyte_in_either_of_its_units() -> None:
    for each in ANALYTES.values():
        assert by_loinc(each.loinc) is each
        if each.si_loinc:
            assert by_loinc(each.si_loinc) is each
    assert by_loinc("0000-0") is None


@pytest.mark.parametrize(
    ("sent", "ours", "apart", "rank"),
    [
        (["N"], (Letter.CRITICAL_HIGH,), True, 3),
        (["HH"], (Letter.NORMAL,), True, 3),
        (["H"], (Letter.HIGH,), False, 2),
        ([], (Letter.HIGH,), False, 2),
        ([""], (Letter.HIGH,), False, 2),
        (["H"], (), False, 2),
        (["xyz"], (Letter.NORMAL,), True, 1),
    ],
)
def test_the_graver_of_two_opinions_drives_the_alert(sent, ours, apart, rank) -> None:
    found = Interpretation(ours)
    assert disagree(sent, found) is apart
    assert driving(sent, found) == rank


def test_what_was_never_verified_calls_nobody() -> None:
    assert not ResultStatus.UNVERIFIED.counts
    assert not ResultStatus.WRONG_PATIENT.counts
    assert ResultStatus.CORRECTED.counts
    assert {status.fhir for status in ResultStatus} >= {"preliminary", "final", "corrected"}


@pytest.mark.parametrize("letter", Letter)
def test_every_letter_has_a_word(letter) -> None:
    assert letter.word
    assert rank_of([letter.value]) == letter.rank
