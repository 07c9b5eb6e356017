"""Vitals: what was typed becomes a number, a question, or a refusal with its reason."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import NotAllowed
from domain.oxygen import Device, check_oxygen, on_oxygen
from domain.vitals import (
    PARAMETERS,
    Absent,
    Acvpu,
    Vital,
    body_mass_index,
    check_coma,
    check_pressure,
    mean_pressure,
    read,
    unlikely,
    weight_changed,
)

NUMERIC = sorted(set(Vital) - {Vital.CONSCIOUSNESS})


def refused(key: Vital, text: str) -> NotAllowed:
    with pytest.raises(NotAllowed) as found:
        read(key, text)
    return found.value


def test_every_vital_sign_has_its_row_and_every_row_its_vital_sign() -> None:
    assert list(PARAMETERS) == list(Vital)
    numbered = {"resp_rate", "spo2", "sbp", "pulse", "consciousness", "temp"}
    assert {key.value for key, parameter in PARAMETERS.items() if parameter.news2} == numbered


@pytest.mark.parametrize("key", NUMERIC)
def test_the_usual_range_lies_in_the_possible_one_at_the_step_of_entry(key: Vital) -> None:
    row = PARAMETERS[key]
    ends = (row.hard_min, row.soft_min, row.soft_max, row.hard_max)
    assert list(ends) == sorted(ends)
    assert row.hard_min != row.hard_max
    assert [read(key, str(end)) for end in ends] == list(ends)


def test_loinc_codes_have_their_check_digit() -> None:
    for row in PARAMETERS.values():
        digits, check = row.loinc.split("-")
        double = [int(digit) * (2 - at % 2) for at, digit in enumerate(reversed(digits))]
        total = sum(value // 10 + value % 10 for value in double)  # Luhn, as LOINC uses it
        assert int(check) == -total % 10, row.key


@pytest.mark.parametrize(
    ("key", "typed", "value"),
    [
        (Vital.TEMP, "36.8", "36.8"),
        (Vital.TEMP, " 36,8 ", "36.8"),
        (Vital.TEMP, "37", "37.0"),
        (Vital.PULSE, "72", "72"),
        (Vital.PULSE, "072", "72"),
        (Vital.PULSE, "0", "0"),
        (Vital.PULSE, "-0", "0"),
        (Vital.O2_FLOW, "2", "2.0"),
        (Vital.O2_FLOW, "2,5", "2.5"),
        (Vital.URINE_OUTPUT, "1500", "1500"),
    ],
)
def test_a_number_is_read_at_its_step(key: Vital, typed: str, value: str) -> None:
    assert str(read(key, typed)) == value


@pytest.mark.parametrize(
    "typed",
    ["", " ", "abc", "36.8C", "1e2", "NaN", "Infinity", "12 3", "+5", "٣٧", "0x10", "12345678"],
)
def test_what_is_no_number_is_refused(typed: str) -> None:
    assert refused(Vital.PULSE, typed).code == "vitals.not-a-number"
    assert refused(Vital.PULSE, typed).sentence == "Enter heart rate as a number."


@pytest.mark.parametrize(
    ("key", "typed", "how"),
    [
        (Vital.TEMP, "36.85", "with one decimal"),
        (Vital.PULSE, "72.5", "without decimals"),
        (Vital.SPO2, "0.97", "without decimals"),
        (Vital.O2_FLOW, "2.3", "in steps of 0.5"),
    ],
)
def test_a_value_finer_than_its_step_is_refused_not_rounded(
    key: Vital, typed: str, how: str
) -> None:
    answer = refused(key, typed)
    assert answer.code == "vitals.too-fine"
    assert answer.sentence.endswith(f" {how}.")


@pytest.mark.parametrize("typed", ["1,500", "1.500", "2.000"])
def test_a_sign_between_thousands_is_never_read_as_a_decimal(typed: str) -> None:
    assert refused(Vital.URINE_OUTPUT, typed).code == "vitals.thousands"


@pytest.mark.parametrize(
    ("key", "typed", "looks_like"),
    [
        (Vital.TEMP, "98.6", "Fahrenheit"),
        (Vital.SBP, "16", "kPa"),
        (Vital.DBP, "7.2", "kPa"),
        (Vital.MAP, "9", "kPa"),
        (Vital.GLUCOSE_MMOL, "95", "mg/dL"),
        (Vital.GLUCOSE_MGDL, "5.4", "mmol/L"),
        (Vital.HEIGHT, "1.72", "metres"),
        (Vital.WEIGHT, "72000", "grams"),
        (Vital.FIO2, "0.28", "a fraction"),
    ],
)
def test_an_impossible_number_names_the_unit_it_would_be_usual_in(
    key: Vital, typed: str, looks_like: str
) -> None:
    answer = refused(key, typed)
    assert answer.code == "vitals.impossible"
    assert f"This looks like {looks_like}" in answer.sentence


def test_an_impossible_number_that_fits_no_unit_gets_the_range_alone() -> None:
    sentence = "Body temperature must be between 10.0 and 47.0 °C."
    assert refused(Vital.TEMP, "368").sentence == sentence
    assert refused(Vital.TEMP, "-5").sentence == sentence
    assert refused(Vital.CONSCIOUSNESS, "1").code == "vitals.not-a-number"


def test_a_weight_in_pounds_is_possible_and_therefore_not_guessed() -> None:
    assert read(Vital.WEIGHT, "154") == 154
    assert unlikely(Vital.WEIGHT, Decimal(154)) is None


@given(st.sampled_from(NUMERIC), st.decimals(-1000, 20_000, places=2))
def test_what_is_read_is_possible_and_what_was_typed(key: Vital, value: Decimal) -> None:
    row = PARAMETERS[key]
    low, high, step = row.hard_min, row.hard_max, row.precision
    assert low is not None and high is not None and step is not None  # noqa: PT018
    try:
        found = read(key, str(value))
    except NotAllowed as answer:
        assert not low <= value <= high or value % step
        assert answer.sentence.endswith(".")  # noqa: PT017
    else:
        assert found == value
        assert low <= value <= high
        assert value % step == 0


def test_an_unlikely_value_asks_and_a_usual_one_does_not() -> None:
    asked = unlikely(Vital.TEMP, Decimal("41.1"))
    assert asked == "Body temperature 41.1 °C is unusual. Is this right?"
    assert unlikely(Vital.TEMP, Decimal("41.0")) is None
    assert unlikely(Vital.TEMP, Decimal("34.0")) is None
    assert unlikely(Vital.PULSE, Decimal(0)), "no pulse is a measured value behind a yes"
    assert unlikely(Vital.CONSCIOUSNESS, Decimal(0)) is None


def test_diastolic_is_lower_than_systolic() -> None:
    check_pressure(Decimal(120), Decimal(80))
    check_pressure(Decimal(120), None)
    for diastolic in (120, 121):
        with pytest.raises(NotAllowed, match="lower than systolic 120"):
            check_pressure(Decimal(120), Decimal(diastolic))


def test_a_coma_score_is_the_sum_of_its_parts() -> None:
    check_coma(Decimal(15), Decimal(4), Decimal(5), Decimal(6))
    with pytest.raises(NotAllowed):
        check_coma(Decimal(14), Decimal(4), Decimal(5), Decimal(6))


@pytest.mark.parametrize(
    ("flow", "fio2", "device", "oxygen"),
    [
        (None, None, None, None),
        (None, None, Device.AIR, False),
        ("0", None, None, False),
        ("0.5", None, Device.NASAL_CANNULA, True),
        ("2", None, None, True),
        ("5", "21", Device.HIGH_FLOW, False),
        (None, "21", Device.CPAP, False),
        (None, "28", Device.VENTURI, True),
        ("0", "40", Device.NIV, True),
        (None, None, Device.RESERVOIR, None),
    ],
)
def test_air_is_recorded_never_inferred(
    flow: str | None, fio2: str | None, device: Device | None, oxygen: bool | None
) -> None:
    given_flow = None if flow is None else Decimal(flow)
    given_fio2 = None if fio2 is None else Decimal(fio2)
    assert on_oxygen(given_flow, given_fio2, device) is oxygen


def test_oxygen_that_contradicts_itself_is_refused() -> None:
    check_oxygen(Device.AIR, None, None)
    check_oxygen(Device.AIR, Decimal(0), Decimal(21))
    check_oxygen(Device.VENTURI, None, Decimal(28))
    check_oxygen(None, None, None)
    with pytest.raises(NotAllowed, match="Choose a device"):
        check_oxygen(Device.AIR, Decimal(2), None)
    with pytest.raises(NotAllowed, match="Choose a device"):
        check_oxygen(Device.AIR, None, Decimal(28))
    with pytest.raises(NotAllowed, match="Give the flow"):
        check_oxygen(Device.NASAL_CANNULA, None, None)


def test_every_choice_has_a_word_of_its_own() -> None:
    for choices in (Acvpu, Absent, Device):
        words = [choice.word for choice in choices]
        assert len(set(words)) == len(choices)
    assert Acvpu.CONFUSED.spoken == "C, new confusion"


def test_not_recordable_has_our_own_code_and_the_rest_those_of_fhir() -> None:
    assert Absent.NOT_RECORDABLE.fhir is None
    # http://hl7.org/fhir/R4/codesystem-data-absent-reason.html
    known = {"unknown", "asked-unknown", "temp-unknown", "not-asked", "asked-declined", "masked"}
    known |= {"not-applicable", "unsupported", "as-text", "error", "not-a-number"}
    known |= {"negative-infinity", "positive-infinity", "not-performed", "not-permitted"}
    assert {reason.fhir for reason in Absent} - {None} <= known


def test_what_is_calculated_rounds_half_up() -> None:
    assert mean_pressure(Decimal(120), Decimal(80)) == 93
    assert mean_pressure(Decimal(121), Decimal(80)) == 94  # 93.67
    assert body_mass_index(Decimal(70), Decimal(175)) == Decimal("22.9")
    assert body_mass_index(Decimal("72.25"), Decimal(170)) == Decimal("25.0")


def test_a_weight_that_moved_by_more_than_a_tenth_asks() -> None:
    assert weight_changed(Decimal(80), Decimal(88)) is None
    assert weight_changed(Decimal(80), Decimal("88.1"))
    assert weight_changed(Decimal(80), Decimal("71.9"))
