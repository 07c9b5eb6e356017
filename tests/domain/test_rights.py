"""Rights: each thing that is wrong at the bedside stops the dose, in its own words."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import gs1
from domain.amounts import Amount
from domain.errors import NotAllowed
from domain.formulary import Route, Unit, never
from domain.rights import (
    RESCAN,
    Band,
    Bedside,
    ByEye,
    Done,
    Line,
    NoScan,
    Patient,
    Picked,
    Product,
    Stop,
    check,
    identify,
    pick,
    stops,
)
from domain.windows import LateChoice

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
GTIN, OTHER = "09506000134307", "00300710155237"
GSRN, STRANGER = "950600013430000009", "950600013430000016"
JOAN = Patient(GSRN, "2", "104892")
METOPROLOL = Product(GTIN, "metoprolol", frozenset({Route.ORAL, Route.INTRAVENOUS}))
VINCRISTINE = Product(OTHER, "vincristine", frozenset({Route.INTRAVENOUS}))
FORMULARY = {GTIN: METOPROLOL, OTHER: VINCRISTINE}
PACK = f"01{GTIN}17261231"
WRISTBAND = f"8018{GSRN}{gs1.FNC1}80192"


def mg(value: str) -> Amount:
    return Amount(Decimal(value), Unit.MG)


def ago(minutes: float) -> datetime:
    return NOON - timedelta(minutes=minutes)


LINE = Line(
    patient=JOAN,
    generic="Metoprolol",
    amount=mg("25"),
    route=Route.ORAL,
    version=3,
    zone=ZoneInfo("Europe/London"),
    due_at=NOON,
    width=timedelta(hours=1),
)
BEDSIDE = Bedside(
    seen_version=3,
    given_at=NOON,
    amount=mg("25.0"),
    route=Route.ORAL,
    band=Band(gs1.wristband(WRISTBAND), ago(2)),
    packs=(Picked(gs1.pack(PACK, NOON.date()), METOPROLOL),),
)


def band(gsrn: str | None = GSRN, issue: str | None = "2", **more: Any) -> Band:
    return Band(gs1.Wristband(gsrn, issue), **({"at": ago(2)} | more))


def picked(product: Product | None, expires_on: date | None = None) -> Picked:
    return Picked(gs1.Pack(GTIN, expires_on), product)


#: Every stop, with what is wrong in the line and at the bedside, and nothing else.
WRONG: dict[Stop, tuple[dict[str, Any], dict[str, Any]]] = {
    Stop.ALREADY_GIVEN: ({"done": Done("Ada Byron", ago(58))}, {}),
    Stop.ORDER_ENDED: ({"active": False}, {}),
    Stop.ORDER_CHANGED: ({"version": 4}, {}),
    Stop.FUTURE: ({}, {"given_at": ago(-1)}),
    Stop.NO_WRISTBAND: ({}, {"band": None}),
    Stop.TWO_IDENTIFIERS: (
        {},
        {"band": ByEye(reason=NoScan.DAMAGED, identifiers=frozenset({"name"}))},
    ),
    Stop.SECOND_PERSON: (
        {"high_alert": True},
        {"packs": ByEye(reason=NoScan.NO_CODE, identifiers=frozenset({"name", "birth date"}))},
    ),
    Stop.WRONG_PATIENT: ({}, {"band": band(STRANGER)}),
    Stop.OLD_WRISTBAND: ({}, {"band": band(issue="1")}),
    Stop.RESCAN: ({}, {"band": band(at=ago(10.1))}),
    Stop.NO_PACK: ({}, {"packs": ()}),
    Stop.UNKNOWN_CODE: ({}, {"packs": (picked(None),)}),
    Stop.WRONG_DRUG: ({}, {"packs": (picked(METOPROLOL), picked(VINCRISTINE))}),
    Stop.EXPIRED: ({}, {"packs": (picked(METOPROLOL, date(2026, 11, 19)),)}),
    Stop.WRONG_ROUTE: ({}, {"route": Route.INTRAVENOUS}),
    Stop.ROUTE_OF_PRODUCT: ({"route": Route.INTRATHECAL}, {"route": Route.INTRATHECAL}),
    Stop.WRONG_DOSE: ({}, {"amount": mg("250")}),
    Stop.TOO_SOON: ({"least_at": ago(-5)}, {}),
    Stop.EARLY: ({"due_at": ago(-60.1)}, {}),
    Stop.LATE: ({"due_at": ago(60.1)}, {}),
}
each = pytest.mark.parametrize("stop", list(Stop))


def scene(*wrong: Stop) -> tuple[Line, Bedside]:
    line: dict[str, Any] = {}
    bedside: dict[str, Any] = {}
    for stop in wrong:
        line |= WRONG[stop][0]
        bedside |= WRONG[stop][1]
    return replace(LINE, **line), replace(BEDSIDE, **bedside)


def found(*wrong: Stop) -> list[Stop]:
    return [refusal.stop for refusal in stops(*scene(*wrong), NOON)]


def refusal(call: object) -> NotAllowed:
    with pytest.raises(NotAllowed) as refused:
        call()  # type: ignore[operator]
    return refused.value


def test_what_is_right_may_be_given() -> None:
    assert stops(LINE, BEDSIDE, NOON) == ()
    check(LINE, BEDSIDE, NOON)


@each
def test_one_thing_that_is_wrong_stops_the_dose_by_its_own_name(stop: Stop) -> None:
    assert found(stop) == [stop]
    refused = refusal(lambda: check(*scene(stop), NOON))
    assert refused.code == stop.value


def test_no_two_stops_sound_alike() -> None:
    said = [stops(*scene(stop), NOON)[0].sentence for stop in Stop]
    assert len(set(said)) == len(Stop)
    assert all(sentence.endswith(".") and not never(sentence) for sentence in said)


def test_two_things_that_are_wrong_are_both_said_the_graver_first() -> None:
    order = list(Stop)
    for one, two in combinations(Stop, 2):
        changed = [set(part) for stop in (one, two) for part in WRONG[stop]]
        if changed[0] & changed[2] or changed[1] & changed[3]:
            continue
        both = found(one, two)
        assert both[0] in {one, two}
        assert both == sorted(both, key=order.index)


@each
def test_a_reason_helps_only_against_the_clock(stop: Stop) -> None:
    line, bedside = scene(stop)
    early = replace(bedside, early_reason="Goes to theatre", late_choice=LateChoice.KEEP)
    assert stop.with_reason is (stops(line, early, NOON) == ())
    assert stop.with_reason is (stop in {Stop.EARLY, Stop.LATE})


def test_who_gave_it_and_when_is_said_by_the_clock_of_the_ward() -> None:
    given_at = datetime(2026, 7, 1, 12, 4, tzinfo=UTC)
    line = replace(LINE, done=Done("Ada Byron", given_at))
    sentence = stops(line, BEDSIDE, NOON)[0].sentence
    assert sentence == "Ada Byron gave this dose at 13:04. Do not give it."


def test_a_choice_to_leave_a_late_dose_out_does_not_give_it() -> None:
    line, bedside = scene(Stop.LATE)
    assert stops(line, replace(bedside, late_choice=LateChoice.OMIT), NOON)
    assert not stops(line, replace(bedside, late_choice=LateChoice.SHIFT), NOON)


@pytest.mark.parametrize(
    ("minutes", "stop"), [(-60, None), (60, None), (-60.02, Stop.EARLY), (60.02, Stop.LATE)]
)
def test_the_limits_belong_to_the_window(minutes: float, stop: Stop | None) -> None:
    line = replace(LINE, due_at=ago(minutes))
    assert [refusal.stop for refusal in stops(line, BEDSIDE, NOON)] == [stop] * (stop is not None)


def test_a_wristband_is_good_for_ten_minutes_and_one_screen() -> None:
    assert timedelta(minutes=10) == RESCAN
    good = replace(BEDSIDE, band=band(at=NOON - RESCAN))
    assert not stops(LINE, good, NOON)
    assert stops(LINE, good, NOON + timedelta(microseconds=1))[0].stop is Stop.RESCAN
    ahead = replace(BEDSIDE, band=band(at=ago(-1)))
    assert stops(LINE, ahead, NOON)[0].stop is Stop.RESCAN, "no clock says when it was read"
    left = replace(BEDSIDE, band=band(left=True))
    assert stops(LINE, left, NOON)[0].stop is Stop.RESCAN


def test_as_required_is_neither_early_nor_late() -> None:
    line = replace(LINE, due_at=None, width=None)
    assert stops(line, replace(BEDSIDE, given_at=ago(600)), NOON) == ()


@pytest.mark.parametrize(
    ("amount", "partly", "allowed"),
    [
        ("25", False, True),
        ("24.9", False, False),
        ("12.5", True, True),
        ("0", True, False),
        ("25.1", True, False),
        ("250", True, False),
    ],
)
def test_a_dose_is_the_ordered_one_or_said_to_be_a_part(
    amount: str, *, partly: bool, allowed: bool
) -> None:
    bedside = replace(BEDSIDE, amount=mg(amount), partly=partly)
    assert (stops(LINE, bedside, NOON) == ()) is allowed


def test_a_dose_in_another_unit_is_the_same_only_where_it_is_a_mass() -> None:
    gram = replace(BEDSIDE, amount=Amount(Decimal("0.025"), Unit.G))
    assert stops(LINE, gram, NOON) == ()
    for partly in (False, True):
        other = replace(BEDSIDE, amount=Amount(Decimal(20), Unit.UNITS), partly=partly)
        assert stops(LINE, other, NOON)[0].stop is Stop.WRONG_DOSE


def test_a_tolerance_is_the_one_that_is_set() -> None:
    near = replace(BEDSIDE, amount=mg("26"))
    assert stops(LINE, near, NOON)
    assert not stops(replace(LINE, tolerance_percent=Decimal(5)), near, NOON)


def test_two_identifiers_stand_in_for_a_code_and_two_people_for_high_alert() -> None:
    look = ByEye(reason=NoScan.DAMAGED, identifiers=frozenset({"name", "birth date"}))
    both = replace(BEDSIDE, band=look, packs=look)
    assert stops(LINE, both, NOON) == ()
    high = replace(LINE, high_alert=True)
    assert {refusal.stop for refusal in stops(high, both, NOON)} == {Stop.SECOND_PERSON}
    seen = replace(look, second=True)
    assert stops(high, replace(BEDSIDE, band=seen, packs=seen), NOON) == ()
    assert stops(high, BEDSIDE, NOON) == (), "scanned codes need no second pair of eyes"


def test_a_look_is_no_way_around_the_dose_or_the_order() -> None:
    look = ByEye(reason=NoScan.EMERGENCY, identifiers=frozenset({"name", "mrn"}), second=True)
    for stop in (Stop.WRONG_DOSE, Stop.WRONG_ROUTE, Stop.ORDER_CHANGED, Stop.ALREADY_GIVEN):
        line, bedside = scene(stop)
        assert stops(line, replace(bedside, band=look, packs=look), NOON)[0].stop is stop


def test_a_wristband_is_read_and_held_against_the_patient() -> None:
    assert identify(WRISTBAND, JOAN, NOON) == band(at=NOON)
    assert identify(f"8018{GSRN}", JOAN, NOON) == band(issue=None, at=NOON)
    for scanned, code in (
        (f"8018{STRANGER}", Stop.WRONG_PATIENT),
        (f"8018{GSRN}{gs1.FNC1}80191", Stop.OLD_WRISTBAND),
        (WRISTBAND[:15], "gs1.half-scanned"),
        (f"8018{GSRN[:-1]}8", "gs1.check-digit"),
        (PACK, "gs1.not-a-wristband"),
        ("104892", "gs1.no"),
    ):
        code_of = refusal(lambda scanned=scanned: identify(scanned, JOAN, NOON)).code
        assert code_of.startswith(code)


def test_a_plain_number_identifies_only_where_the_site_prints_it() -> None:
    plain = identify(" 104892\r", JOAN, NOON, plain=True)
    assert plain.wristband.mrn == "104892", "though it begins as a lot number does"
    assert not stops(LINE, replace(BEDSIDE, band=plain), NOON)
    other = refusal(lambda: identify("MRN-777", JOAN, NOON, plain=True))
    assert other.code == Stop.WRONG_PATIENT
    nobody = replace(JOAN, gsrn=None, mrn=None)
    assert refusal(lambda: identify(WRISTBAND, nobody, NOON)).code == Stop.WRONG_PATIENT


def test_a_pack_is_read_and_held_against_the_line() -> None:
    assert pick(PACK, LINE, NOON, FORMULARY.get) == BEDSIDE.packs[0]
    for scanned, code in (
        (f"01{OTHER}17261231", Stop.WRONG_DRUG),
        ("0104006381333931", Stop.UNKNOWN_CODE),
        (f"01{GTIN}17261119", Stop.EXPIRED),
        (PACK[:14], "gs1.half-scanned"),
        (f"01{GTIN[:-1]}8", "gs1.check-digit"),
        (WRISTBAND, "gs1.not-a-pack"),
        ("10LOT1", "gs1.no-product"),
    ):
        refused = refusal(lambda scanned=scanned: pick(scanned, LINE, NOON, FORMULARY.get))
        assert refused.code == code


def test_a_pack_expires_by_the_clock_of_the_ward() -> None:
    last = f"01{GTIN}17261120"
    evening = datetime(2026, 11, 20, 23, tzinfo=UTC)
    assert pick(last, LINE, evening, FORMULARY.get)
    auckland = replace(LINE, zone=ZoneInfo("Pacific/Auckland"))
    refused = refusal(lambda: pick(last, auckland, evening, FORMULARY.get))
    assert refused.code == Stop.EXPIRED


def test_another_patient_is_never_named() -> None:
    sentence = refusal(lambda: identify(f"8018{STRANGER}", JOAN, NOON)).sentence
    assert STRANGER not in sentence


@given(
    st.sampled_from([GSRN, STRANGER, None]),
    st.floats(0, 30),
    st.sampled_from([METOPROLOL, VINCRISTINE, None]),
    st.sampled_from(["25", "2.5", "250"]),
    st.sampled_from([Route.ORAL, Route.INTRAVENOUS, Route.INTRATHECAL]),
    st.integers(-120, 120),
    st.integers(2, 4),
)
def test_nothing_is_given_unless_all_five_are_right(
    gsrn: str | None,
    scanned: float,
    product: Product | None,
    amount: str,
    route: Route,
    due: int,
    version: int,
) -> None:
    bedside = replace(
        BEDSIDE,
        band=band(gsrn, at=ago(scanned)),
        packs=(picked(product),),
        amount=mg(amount),
        route=route,
        seen_version=version,
    )
    line = replace(LINE, due_at=ago(due))
    right = (
        gsrn == GSRN
        and NOON - ago(scanned) <= RESCAN
        and product is METOPROLOL
        and (amount, route, version) == ("25", Route.ORAL, 3)
        and abs(due) <= 60
    )
    assert (stops(line, bedside, NOON) == ()) is right


def test_reasons_for_no_scan_have_words() -> None:
    assert [reason.word for reason in NoScan] == ["Code damaged", "No code", "Emergency"]
