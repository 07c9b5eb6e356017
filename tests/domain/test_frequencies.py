"""Frequencies: said in full words, found by their codes, and never two times too close."""

from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import NotAllowed
from domain.formulary import never
from domain.frequencies import FREQUENCIES, Code, Frequency, Kind, find, of

every = pytest.mark.parametrize("frequency", FREQUENCIES.values(), ids=str)


def hours(*whole: int) -> tuple[time, ...]:
    return tuple(time(hour) for hour in whole)


@pytest.mark.parametrize(
    ("code", "words", "fhir", "hl7", "times"),
    [
        ("OD", "once daily, morning", "QD", "QAM", hours(8)),
        ("ON", "once daily, night", "BED", "QHS", hours(22)),
        ("BD", "twice daily", "BID", "BID", hours(8, 20)),
        ("TDS", "three times daily", "TID", "TID", hours(8, 14, 22)),
        ("QDS", "four times daily", "QID", "QID", hours(8, 12, 18, 22)),
        ("Q4H", "every 4 hours", "Q4H", "Q4H", hours(2, 6, 10, 14, 18, 22)),
        ("Q6H", "every 6 hours", "Q6H", "Q6H", hours(0, 6, 12, 18)),
        ("Q8H", "every 8 hours", "Q8H", "Q8H", hours(6, 14, 22)),
        ("Q12H", "every 12 hours", None, "Q12H", hours(8, 20)),
        ("Q1H", "every hour", "Q1H", "Q1H", ()),
        ("Q3H", "every 3 hours", "Q3H", "Q3H", ()),
        ("QOD", "on alternate days", "QOD", "Q2D", hours(8)),
        ("WK", "once a week", "WK", "Q1W", hours(8)),
        ("STAT", "now, once", None, "Once", ()),
        ("PRN", "as required", None, "PRN", ()),
    ],
)
def test_a_frequency_has_words_codes_and_times(
    code: str, words: str, fhir: str | None, hl7: str, times: tuple[time, ...]
) -> None:
    found = of(Code(code))
    assert (found.words, found.fhir, found.hl7, found.times) == (words, fhir, (hl7,), times)


@pytest.mark.parametrize(("code", "when"), [("CC", "C"), ("AC", "AC"), ("PC", "PC")])
def test_meals_are_three(code: str, when: str) -> None:
    found = of(Code(code))
    assert (found.fhir, found.hl7) == (when, tuple(f"{when}{meal}" for meal in "MDV"))
    assert found.times == (time(8), time(12, 30), time(18))


def test_every_code_is_in_the_table() -> None:
    assert set(FREQUENCIES) == set(Code)


@every
def test_words_hold_nothing_that_is_misread(frequency: Frequency) -> None:
    assert not never(frequency.words)


@every
def test_times_are_in_order_and_at_least_half_an_interval_apart(frequency: Frequency) -> None:
    if frequency.times:
        assert frequency.at(*reversed(frequency.times)) == frequency


@pytest.mark.parametrize(
    ("code", "interval"),
    [
        ("OD", 24),
        ("BD", 12),
        ("TDS", 8),
        ("QDS", 6),
        ("Q4H", 4),
        ("Q2H", 2),
        ("QOD", 48),
        ("WK", 168),
        ("MO", 28 * 24),
    ],
)
def test_an_interval_shares_the_day(code: str, interval: int) -> None:
    assert of(Code(code)).interval == timedelta(hours=interval)
    assert of(Code(code)).least_gap == timedelta(hours=interval) / 2


@pytest.mark.parametrize("code", ["STAT", "ONCE", "PRN"])
def test_what_has_no_next_dose_has_no_interval(code: str) -> None:
    assert of(Code(code)).interval is None
    assert not of(Code(code)).least_gap


def test_a_ward_has_times_of_its_own() -> None:
    ward = {Code.BD: (time(21), time(9))}
    assert of(Code.BD, ward).times == hours(9, 21)
    assert of(Code.TDS, ward).times == hours(8, 14, 22)


@pytest.mark.parametrize(
    ("code", "times", "refusal"),
    [
        (Code.BD, hours(8), "frequency.times"),
        (Code.BD, hours(8, 8), "frequency.times"),
        (Code.BD, hours(8, 14, 22), "frequency.times"),
        (Code.Q2H, hours(8), "frequency.times"),
        (Code.PRN, hours(8), "frequency.times"),
        (Code.BD, hours(8, 13), "frequency.too-close"),
        (Code.BD, hours(1, 22), "frequency.too-close"),  # the night counts
        (Code.TDS, hours(8, 11, 22), "frequency.too-close"),
    ],
)
def test_times_that_do_not_fit_are_refused(
    code: Code, times: tuple[time, ...], refusal: str
) -> None:
    with pytest.raises(NotAllowed) as refused:
        of(code).at(*times)
    assert refused.value.code == refusal


@every
def test_a_frequency_is_found_by_each_of_its_codes(frequency: Frequency) -> None:
    assert find(frequency.code) is frequency
    assert find(f" {frequency.code.lower()} ") is frequency
    if frequency.fhir:
        assert find(frequency.fhir) is frequency
    if len(frequency.hl7) == 1 and frequency.code is not Code.STAT:
        assert find(frequency.hl7[0]) is frequency


@pytest.mark.parametrize(("text", "code"), [("OM", "OD"), ("AM", "OD"), ("Once", "ONCE")])
def test_other_ways_to_write_it_are_known(text: str, code: str) -> None:
    assert find(text).code == code


@given(st.text())
def test_nobody_guesses_a_frequency(text: str) -> None:
    known = {code for each in FREQUENCIES.values() for code in (each.code, each.fhir, *each.hl7)}
    known |= {"OM", "AM", "ONCE"}
    if text.strip().upper() not in known:
        with pytest.raises(NotAllowed, match="no frequency"):
            find(text)


@pytest.mark.parametrize("part", ["ACM", "Q5H", "", "Q24H"])
def test_a_part_of_a_pattern_is_no_frequency(part: str) -> None:
    with pytest.raises(NotAllowed):
        find(part)


def test_only_times_of_the_clock_move_with_it() -> None:
    by_clock = {code for code, each in FREQUENCIES.items() if each.kind.by_clock}
    assert by_clock == set(Code) - {"Q1H", "Q2H", "Q3H", "STAT", "ONCE", "PRN"}
    assert FREQUENCIES[Code.Q3H].kind is Kind.ELAPSED
