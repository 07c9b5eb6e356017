"""GS1: what a scanner sends is read exactly, or refused in words that help."""

import csv
from contextlib import suppress
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.errors import NotAllowed
from domain.gs1 import (
    _FIELDS,
    FNC1,
    Element,
    Pack,
    Wristband,
    badge,
    check_digit,
    checks,
    day_of,
    encode,
    gtin_of,
    ndc,
    ndc_11,
    pack,
    parse,
    readable,
    wristband,
)

CLINICAL = Path(__file__).parents[1] / "data" / "clinical"
TODAY = date(2026, 11, 20)
GTIN = "09506000134307"
WHOLE = f"01{GTIN}1729013110LOT42A{FNC1}21SER0001"

with (CLINICAL / "mar_barcode_vectors.csv").open(encoding="utf-8", newline="") as file:
    VECTORS = list(csv.DictReader(file))
SCANNED = "scanned(<GS> = byte 0x1D)"


def refusal(call: object) -> str:
    with pytest.raises(NotAllowed) as refused:
        call()  # type: ignore[operator]
    return refused.value.code


def test_there_are_as_many_examples_as_were_reviewed() -> None:
    assert len(VECTORS) == 10


#: Vector, and the code of the refusal it ends in.
REFUSED = {"B03": "gs1.check-digit", "B07": "gs1.check-digit", "B08": "gs1.no-product"}


@pytest.mark.parametrize("row", VECTORS, ids=[row["id"] for row in VECTORS])
def test_a_code_is_read_or_refused_as_worked(row: dict[str, str]) -> None:
    scanned = row[SCANNED].replace("<GS>", FNC1)
    assert row["expected"].startswith("reject") is (row["id"] in REFUSED)
    if row["kind"] == "medicine":
        if row["id"] in REFUSED:
            assert refusal(lambda: pack(scanned, TODAY)) == REFUSED[row["id"]]
            return
        found = pack(scanned, TODAY)
        expires = date.fromisoformat(row["expiry"])
        assert (found.gtin, found.expires_on) == (row["gtin14"], expires)
        assert (found.lot or "", found.serial or "") == (row["lot"], row["serial"])
        noon = datetime.combine(TODAY, time(12), UTC)
        assert found.expired(noon) is ("expired" in row["expected"])
    elif row["id"] in REFUSED:
        assert refusal(lambda: wristband(scanned)) == REFUSED[row["id"]]
    elif row["gsrn"]:
        assert wristband(scanned) == Wristband(row["gsrn"], row["srin"] or None)
    else:
        assert refusal(lambda: wristband(scanned)) == "gs1.not-gs1"
        assert wristband(scanned, plain=True) == Wristband(mrn=scanned)


digit = st.sampled_from("0123456789")


def numbers(least: int, most: int | None = None) -> st.SearchStrategy[str]:
    return st.text(digit, min_size=least, max_size=most or least)


def values(ai: str) -> st.SearchStrategy[str]:
    field = _FIELDS[ai]
    if field.checked:
        return numbers(field.fixed - 1).map(lambda start: f"{start}{check_digit(start)}")
    if field.fixed:
        return numbers(field.fixed)
    if field.pattern.startswith(r"\d"):
        return numbers(1, field.most)
    kind = "".join(chr(code) for code in range(33, 123) if chr(code) not in "#$@[\\]^`")
    return st.text(kind, min_size=1, max_size=field.most)


elements = (
    st.lists(st.sampled_from(sorted(_FIELDS)), min_size=1, max_size=8, unique=True)
    .map(lambda ais: [values(ai).map(lambda value, ai=ai: Element(ai, value)) for ai in ais])
    .flatmap(lambda each: st.tuples(*each))
)


@given(
    elements, st.sampled_from(["", "]d2", "]C1", "]e0", "]Q3", FNC1]), st.sampled_from(["", "\r\n"])
)
def test_what_is_printed_is_read_again(
    printed: tuple[Element, ...], before: str, after: str
) -> None:
    assert parse(f"{before}{encode(printed)}{after}") == printed


@given(elements)
def test_separators_stand_only_where_a_length_is_unknown(printed: tuple[Element, ...]) -> None:
    open_ended = [
        each for each in printed[:-1] if each.ai[:2] not in {"00", "01", "02", "20", "41"}
    ]
    open_ended = [
        each for each in open_ended if each.ai not in {"11", "12", "13", "15", "16", "17"}
    ]
    assert encode(printed).count(FNC1) == len(open_ended)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_and_never_falls_over(text: str) -> None:
    with suppress(NotAllowed):  # anything else would be a failure of ours
        assert parse(text)


@given(st.integers(0, len(WHOLE) - 1))
def test_half_a_code_is_never_another_product(length: int) -> None:
    if length in {16, 24, *range(27, 34), *range(36, len(WHOLE))}:  # whole elements
        assert pack(WHOLE[:length], TODAY).gtin == GTIN
    else:
        assert refusal(lambda: pack(WHOLE[:length], TODAY)) == "gs1.half-scanned"


@pytest.mark.parametrize(
    ("scanned", "code"),
    [
        (WHOLE[:12], "gs1.half-scanned"),
        (WHOLE[:18], "gs1.half-scanned"),  # the identifier of the date, and no date
        (WHOLE[:22], "gs1.half-scanned"),
        (WHOLE[:26], "gs1.half-scanned"),  # a lot of no length
        (f"01{GTIN}1", "gs1.half-scanned"),
        ("", "gs1.half-scanned"),
        ("]d2", "gs1.half-scanned"),
        ("80", "gs1.half-scanned"),
        (f"010950600{FNC1}0134307", "gs1.half-scanned"),
        (f"01{GTIN[:-1]}8", "gs1.check-digit"),
        (WHOLE[4:], "gs1.not-gs1"),  # the first digits were lost; 50 begins nothing
        ("4006381333931", "gs1.not-gs1"),  # bare digits are no product
        (f"01{GTIN}55ABC", "gs1.unknown-part"),
        (f"01{GTIN}17ABCDEF", "gs1.characters"),
        (f"01{GTIN}10LÖT", "gs1.characters"),
        (f"01{GTIN}10{'A' * 21}", "gs1.too-long"),
        (f"01{GTIN}01{GTIN[:-3]}291", "gs1.two-codes"),
        (f"01{GTIN}17290231", "gs1.date"),
        (f"01{GTIN}17291301", "gs1.date"),
        (f"01{GTIN}70032901312460", "gs1.date"),
        ("8018950600013430000009", "gs1.not-a-pack"),
        ("8017950600013430000009", "gs1.not-a-pack"),
        ("10LOT1", "gs1.no-product"),
        (f"02{GTIN}", "gs1.no-product"),  # what is inside a box is not the box
    ],
)
def test_what_is_wrong_with_a_code_of_a_pack_is_said(scanned: str, code: str) -> None:
    assert refusal(lambda: pack(scanned, TODAY)) == code


@pytest.mark.parametrize(
    ("scanned", "code"),
    [
        (WHOLE, "gs1.not-a-wristband"),
        ("8017950600013430000009", "gs1.not-a-wristband"),
        ("80189506000134300000", "gs1.half-scanned"),
        ("8018950600013430000008", "gs1.check-digit"),
        ("Smith", "gs1.not-gs1"),
    ],
)
def test_what_is_wrong_with_a_code_of_a_wristband_is_said(scanned: str, code: str) -> None:
    assert refusal(lambda: wristband(scanned)) == code
    assert code == "gs1.not-gs1" or refusal(lambda: wristband(scanned, plain=True)) == code


def test_a_badge_is_no_wristband() -> None:
    assert badge("8017950600013430000009") == "950600013430000009"
    assert refusal(lambda: badge("8018950600013430000009")) == "gs1.not-a-badge"


def test_the_same_twice_is_one_scan() -> None:
    assert pack(f"01{GTIN}01{GTIN}", TODAY).gtin == GTIN


def test_a_linear_code_is_a_product_only_when_the_scanner_says_so() -> None:
    assert pack("]E04006381333931", TODAY) == Pack("04006381333931")
    assert pack("]E496385074", TODAY) == Pack("00000096385074")
    assert refusal(lambda: pack("]E0400638133393", TODAY)) == "gs1.check-digit"
    assert refusal(lambda: pack("]E040063813339", TODAY)) == "gs1.half-scanned"
    assert refusal(lambda: pack("]E04006381333932", TODAY)) == "gs1.check-digit"


@given(numbers(7, 17), st.integers(0, 16), digit)
def test_no_single_wrong_digit_checks(start: str, at: int, other: str) -> None:
    number = f"{start}{check_digit(start)}"
    assert checks(number)
    at %= len(number)
    assume(number[at] != other)
    assert not checks(number[:at] + other + number[at + 1 :])


@pytest.mark.parametrize("number", ["", "²", "A1", "0950600013430७"])
def test_only_plain_digits_check(number: str) -> None:
    assert not checks(number)


@pytest.mark.parametrize(
    ("text", "today", "day"),
    [
        ("290200", TODAY, date(2029, 2, 28)),
        ("280200", TODAY, date(2028, 2, 29)),
        ("760101", TODAY, date(2076, 1, 1)),  # 50 years on
        ("770101", TODAY, date(1977, 1, 1)),
        ("991231", TODAY, date(1999, 12, 31)),
        ("000101", date(2090, 1, 1), date(2100, 1, 1)),
        ("410101", date(2090, 1, 1), date(2041, 1, 1)),
        ("400101", date(2090, 1, 1), date(2140, 1, 1)),
    ],
)
def test_a_date_is_of_the_nearest_century(text: str, today: date, day: date) -> None:
    assert day_of(text, today) == day


def test_a_pack_is_good_until_the_end_of_its_day_or_to_its_minute() -> None:
    zone = ZoneInfo("Europe/London")
    day = pack(f"01{GTIN}17261120", TODAY)
    assert not day.expired(datetime(2026, 11, 20, 23, 59, tzinfo=zone))
    assert day.expired(datetime(2026, 11, 21, tzinfo=zone))
    minute = pack(f"01{GTIN}17261120{FNC1}70032611201430", TODAY)
    assert (minute.expires_on, minute.expires_at) == (TODAY, time(14, 30))
    assert not minute.expired(datetime(2026, 11, 20, 14, 29, tzinfo=zone))
    assert minute.expired(datetime(2026, 11, 20, 14, 30, tzinfo=zone))
    assert pack(f"01{GTIN}70032611209999", TODAY).expires_at is None
    assert not pack(f"01{GTIN}", TODAY).expired(datetime(2099, 1, 1, tzinfo=zone))


def test_national_numbers_are_kept() -> None:
    assert pack(f"01{GTIN}71012345678", TODAY).national == (Element("710", "12345678"),)


@given(numbers(10))
def test_a_drug_code_of_the_united_states_is_found_in_its_product(code: str) -> None:
    assert ndc(gtin_of(code)) == code
    assert checks(gtin_of(code))


def test_other_products_hold_no_drug_code() -> None:
    assert gtin_of("0071015523") == "00300710155237"
    assert ndc(GTIN) is None


@pytest.mark.parametrize(
    ("segments", "eleven"),
    [((4, 4, 2), "01234567890"), ((5, 3, 2), "12345067890"), ((5, 4, 1), "12345678900")],
)
def test_eleven_digits_need_to_know_the_segments(
    segments: tuple[int, int, int], eleven: str
) -> None:
    written = {(4, 4, 2): "1234567890", (5, 3, 2): "1234567890", (5, 4, 1): "1234567890"}
    found = ndc_11(written[segments], segments)
    assert len(found) == 11
    assert (
        found
        == {"442": "01234567890", "532": "12345067890", "541": "12345678900"}[
            "".join(str(size) for size in segments)
        ]
    )
    assert found == eleven
    assert refusal(lambda: ndc_11("123456789", segments)) == "gs1.ndc"
    assert refusal(lambda: ndc_11("1234567890", (3, 5, 2))) == "gs1.ndc"


def test_what_cannot_stand_in_a_code_is_not_printed() -> None:
    for element in (
        Element("01", "123"),
        Element("10", "LÖT"),
        Element("10", ""),
        Element("5", "1"),
    ):
        with pytest.raises(NotAllowed):
            encode([element])
    assert refusal(lambda: encode([Element("10", f"A{FNC1}21B")])) == "gs1.encode"
    twice = [Element("10", "A"), Element("10", "B")]
    assert refusal(lambda: encode(twice)) == "gs1.two-codes"
    band = [Element("8018", "950600013430000009"), Element("8019", "1")]
    assert encode(band) == f"8018950600013430000009{FNC1}80191"
    assert readable(band) == "(8018)950600013430000009(8019)1"
