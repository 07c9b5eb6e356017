"""Dosing: routes and rhythms that kill, units, pregnancy, and the one limit with a number."""

import csv
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.dosing import LOW_EGFR, PARACETAMOL, Limit, Unknown, check, limit, pregnancy_tier
from domain.errors import NotAllowed
from domain.formulary import FORMULARY, Drug, Route, Unit
from domain.prescribing import Circumstance, Condition, Order, Pregnancy, Rhythm, Tier
from tests.prescriptions import ordered, patient, said

CLINICAL = Path(__file__).parents[1] / "data" / "clinical"
STOP, REASON, INLINE = Tier.STOP, Tier.REASON, Tier.INLINE
HOUR = timedelta(hours=1)


def found(order: Order, **known: Any) -> dict[str, Tier]:
    return said(check(order, patient(**known)))


def usual(drug: Drug, **changed: Any) -> Order:
    """Order a medicine as its own rules want it."""
    weekly = {"rhythm": Rhythm.WEEKLY, "weekday": 0} if drug.weekly else {}
    drip = {"infusion": True, "max_rate": "10"} if drug.generic == "potassium chloride" else {}
    return ordered(drug.generic, **{"dose": "1", "unit": drug.unit} | weekly | drip | changed)


@pytest.mark.parametrize("drug", FORMULARY.values(), ids=list(FORMULARY))
def test_every_medicine_can_be_ordered_by_its_own_routes_and_units(drug: Drug) -> None:
    for route in drug.routes:
        for unit in drug.units:
            assert found(usual(drug, route=route, unit=unit)) == {}


@pytest.mark.parametrize("drug", FORMULARY.values(), ids=list(FORMULARY))
def test_a_route_that_is_not_listed_asks_and_the_spine_stops(drug: Drug) -> None:
    for route in set(Route) - set(drug.routes):
        hit = found(usual(drug, route=route))
        spine = route in {Route.INTRATHECAL, Route.EPIDURAL}
        fixed = drug.generic in {"vincristine", "tranexamic acid"}
        assert hit["route-never" if spine or fixed else "route"] is (
            STOP if spine or fixed else REASON
        )


@pytest.mark.parametrize("name", ["vincristine", "tranexamic acid"])
@pytest.mark.parametrize("route", [Route.INTRATHECAL, Route.EPIDURAL, Route.INTRAMUSCULAR])
def test_vincristine_and_tranexamic_acid_never_leave_their_routes(name: str, route: Route) -> None:
    (finding,) = check(ordered(name, route), patient())
    assert (finding.rule, finding.tier) == ("route-never", STOP)
    assert route.word in finding.sentence


def test_vincristine_is_given_into_a_vein_only() -> None:
    (finding,) = check(ordered("vincristine", "intrathecal"), patient())
    assert finding.sentence == "vinCRIStine is never given by this route: intrathecal."
    assert finding.management == "Only: intravenous."
    assert finding.about == ("vincristine",)


def test_bupivacaine_may_enter_the_spine() -> None:
    assert found(ordered("bupivacaine", "intrathecal")) == {}


def test_a_medicine_outside_the_formulary_asks() -> None:
    assert found(ordered("clomipramine")) == {"formulary": REASON}


@pytest.mark.parametrize("drug", FORMULARY.values(), ids=list(FORMULARY))
def test_no_other_unit_passes_without_a_question(drug: Drug) -> None:
    for unit in set(Unit) - set(drug.units):
        hit = found(usual(drug, unit=unit))
        assert hit["unit"] is REASON


def test_another_mass_is_asked_about_with_its_conversion() -> None:
    (finding,) = check(ordered("digoxin", dose="250", unit=Unit.MG), patient())
    said_of_it = finding.sentence.replace("\N{NO-BREAK SPACE}", " ")
    assert said_of_it == "digoxin 250 mg is 250,000 micrograms. Is this right?"
    assert found(ordered("digoxin", dose="250", unit=Unit.MICROGRAM)) == {}


# ------------------------------------------------------------------------------------ methotrexate


def test_methotrexate_is_weekly_on_a_named_day() -> None:
    weekly = {"rhythm": Rhythm.WEEKLY}
    assert found(ordered("methotrexate", weekday=0, **weekly)) == {}
    assert found(ordered("methotrexate", **weekly)) == {"methotrexate-day": STOP}


@pytest.mark.parametrize("rhythm", set(Rhythm) - {Rhythm.WEEKLY})
def test_methotrexate_in_another_rhythm_is_only_for_cancer(rhythm: Rhythm) -> None:
    assert found(ordered("methotrexate", rhythm=rhythm)) == {"methotrexate-weekly": STOP}
    cancer = frozenset({Circumstance.ONCOLOGY})
    treated = ordered("methotrexate", rhythm=rhythm, circumstances=cancer)
    assert found(treated) == {"methotrexate-weekly": REASON}


def test_methotrexate_is_never_as_needed() -> None:
    needed = ordered(
        "methotrexate", rhythm=Rhythm.WEEKLY, weekday=1, prn=True, per_day="10",
        unit=Unit.MG, least_gap=7 * 24 * HOUR,
    )  # fmt: skip
    assert found(needed) == {"methotrexate-weekly": STOP}


def test_alendronic_acid_by_the_day_asks() -> None:
    assert found(ordered("alendronic acid")) == {"weekly": REASON}
    assert found(ordered("alendronic acid", rhythm=Rhythm.WEEKLY)) == {}


# ---------------------------------------------------------------------------- insulin, potassium


@pytest.mark.parametrize("name", [name for name in FORMULARY if name.startswith("insulin")])
def test_insulin_is_whole_units_but_for_a_pump(name: str) -> None:
    assert found(ordered(name, dose="10", unit=Unit.UNITS)) == {}
    assert found(ordered(name, dose="10.0", unit=Unit.UNITS)) == {}
    assert found(ordered(name, dose="10.5", unit=Unit.UNITS)) == {"insulin-whole": STOP}
    pump = frozenset({Circumstance.PUMP})
    assert found(ordered(name, dose="0.5", unit=Unit.UNITS, circumstances=pump)) == {}
    for unit in set(Unit) - {Unit.UNITS, Unit.UNITS_MIN}:
        assert found(ordered(name, dose="10", unit=unit))["insulin-units"] is STOP


def test_there_are_four_insulins() -> None:
    assert sum(name.startswith("insulin") for name in FORMULARY) == 4


def test_potassium_enters_a_vein_only_as_an_infusion_with_a_maximum_rate() -> None:
    assert found(ordered("potassium chloride", "PO")) == {}
    assert found(ordered("potassium chloride", "IV", infusion=True, max_rate="10")) == {}
    assert found(ordered("potassium chloride", "IV", infusion=True)) == {"potassium-rate": STOP}
    bolus = ordered("potassium chloride", "IV", max_rate="10")
    assert found(bolus) == {"potassium-infusion": STOP}
    nothing = found(ordered("potassium chloride", "IV"))
    assert nothing == {"potassium-infusion": STOP, "potassium-rate": STOP}


@pytest.mark.parametrize("amount", ["0", "-1", "NaN", "sNaN", "Infinity"])
@pytest.mark.parametrize("field", ["dose", "per_day", "max_rate"])
def test_what_is_no_amount_is_no_order(field: str, amount: str) -> None:
    with pytest.raises(NotAllowed, match="above 0"):
        ordered("paracetamol", **{field: amount})


@pytest.mark.parametrize("day", [-1, 7])
def test_a_week_has_seven_days(day: int) -> None:
    with pytest.raises(NotAllowed, match="day of the week"):
        ordered("methotrexate", weekday=day)


# ------------------------------------------------------------------------------------ as needed


def test_as_needed_without_limits_stops_and_from_elsewhere_is_shown() -> None:
    full: dict[str, Any] = {"per_day": "30", "unit": Unit.MG, "least_gap": 4 * HOUR}
    assert found(ordered("metoclopramide", prn=True, **full)) == {}
    for missing in ("per_day", "least_gap"):
        partial = {name: value for name, value in full.items() if name != missing}
        assert found(ordered("metoclopramide", prn=True, **partial)) == {"prn-limits": STOP}
        elsewhere = partial | {"circumstances": frozenset({Circumstance.IMPORTED})}
        assert found(ordered("metoclopramide", prn=True, **elsewhere)) == {"prn-limits": INLINE}
        assert found(ordered("morphine", prn=True, **elsewhere)) == {"prn-limits": STOP}


# ------------------------------------------------------------------------------------- pregnancy


CAUTIONS = sorted({drug.pregnancy for drug in FORMULARY.values()} - {""})
#: caution -> tier when the stage is not known, and in each trimester
STAGES = {
    "analgesic dose: avoid from 20 weeks": (REASON, INLINE, REASON, REASON),
    "avoid": (REASON, REASON, REASON, REASON),
    "avoid (teratogenic)": (REASON, REASON, REASON, REASON),
    "avoid 1st and late 3rd trimester": (REASON, REASON, INLINE, REASON),
    "avoid 1st trimester": (REASON, REASON, INLINE, INLINE),
    "avoid 2nd/3rd trimester": (REASON, INLINE, REASON, REASON),
    "avoid at term": (REASON, INLINE, INLINE, REASON),
    "avoid from 20 weeks; contraindicated in third trimester": (REASON, INLINE, REASON, STOP),
    "avoid if alternative": (REASON, REASON, REASON, REASON),
    "avoid repeated or high dose": (REASON, REASON, REASON, REASON),
    "avoid throughout; contraindicated 2nd/3rd trimester": (REASON, REASON, STOP, STOP),
    "avoid unless essential": (REASON, REASON, REASON, REASON),
    "avoid unless no alternative": (REASON, REASON, REASON, REASON),
    "contraindicated": (STOP, STOP, STOP, STOP),
    "contraindicated unless no alternative": (REASON, REASON, REASON, REASON),
    "contraindicated unless obstetric use": (REASON, REASON, REASON, REASON),
    "contraindicated unless pregnancy-prevention conditions met": (REASON, REASON, REASON, REASON),
    "do not handle crushed tablets": (INLINE, INLINE, INLINE, INLINE),
    "specialist advice": (INLINE, INLINE, INLINE, INLINE),
}


def test_every_caution_of_the_formulary_has_been_weighed() -> None:
    assert sorted(STAGES) == CAUTIONS


@pytest.mark.parametrize("caution", STAGES)
def test_a_caution_weighs_as_its_stage_asks(caution: str) -> None:
    drug = next(drug for drug in FORMULARY.values() if drug.pregnancy == caution)
    order = usual(drug)
    for trimester, tier in zip((None, 1, 2, 3), STAGES[caution], strict=True):
        known = {"pregnancy": Pregnancy.YES, "trimester": trimester}
        assert found(order, **known) == {"pregnancy": tier}, trimester
    assert found(order, pregnancy=Pregnancy.NO) == {}
    unknown = found(order, pregnancy=Pregnancy.NOT_RECORDED)["pregnancy"]
    assert unknown is (REASON if STAGES[caution][0] is STOP else INLINE)


@pytest.mark.parametrize(("weeks", "tier"), [(19, INLINE), (20, REASON), (None, REASON)])
def test_an_nsaid_is_avoided_from_the_twentieth_week(weeks: int | None, tier: Tier) -> None:
    for name in ("ibuprofen", "aspirin"):
        assert found(ordered(name), pregnancy=Pregnancy.YES, weeks=weeks) == {"pregnancy": tier}


def test_misoprostol_is_for_obstetric_use() -> None:
    obstetric = ordered("misoprostol", circumstances=frozenset({Circumstance.OBSTETRIC}))
    assert found(obstetric, pregnancy=Pregnancy.YES) == {"pregnancy": INLINE}
    simple = ordered("ibuprofen", circumstances=frozenset({Circumstance.OBSTETRIC}))
    assert found(simple, pregnancy=Pregnancy.YES) == {"pregnancy": REASON}


def test_the_sentence_carries_the_caution() -> None:
    (finding,) = check(ordered("warfarin"), patient(pregnancy=Pregnancy.YES))
    assert finding.sentence == "warfarin in pregnancy: avoid (teratogenic)."
    (unknown,) = check(ordered("warfarin"), patient(pregnancy=Pregnancy.NOT_RECORDED))
    assert unknown.sentence.startswith("Pregnancy is not recorded.")


def test_an_unknown_stage_weighs_no_less_than_any_known_one_but_what_it_forbids() -> None:
    for drug in FORMULARY.values():
        if drug.pregnancy:
            unknown = pregnancy_tier(drug.pregnancy, usual(drug), None, None)
            for trimester in (1, 2, 3):
                known = pregnancy_tier(drug.pregnancy, usual(drug), None, trimester)
                assert known.rank <= unknown.rank or "contraindicated" in drug.pregnancy


# ---------------------------------------------------------------------------------------- limits


def paracetamol(grams: str = "4", gap: int | None = 4, **more: Any) -> Order:
    pause = None if gap is None else gap * HOUR
    return ordered(
        "paracetamol", dose="1000", unit=Unit.MG, per_day=Decimal(grams) * 1000, least_gap=pause,
        **more,
    )  # fmt: skip


def test_the_limit_of_paracetamol_is_that_of_the_vectors() -> None:
    with (CLINICAL / "mar_prn_vectors.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[:9]
    numbers = {(Decimal(row["max_dose_24h"]), Decimal(row["min_interval_h"])) for row in rows}
    assert numbers == {(PARACETAMOL.most, Decimal(PARACETAMOL.gap / HOUR))}
    assert limit("paracetamol", patient()) is PARACETAMOL


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({"weight": Decimal("49.9")}, "lower for this patient"),
        ({"weight": None}, "weight is not recorded"),
        ({"age_years": 17}, "for adults"),
        ({"age_years": None}, "for adults"),
        ({"conditions": frozenset({Condition.LIVER_DISEASE})}, "lower for this patient"),
        ({"conditions": frozenset({Condition.MALNUTRITION})}, "lower for this patient"),
    ],
)
def test_where_no_number_is_known_none_is_guessed(known: dict[str, Any], why: str) -> None:
    answer = limit("paracetamol", patient(**known))
    assert isinstance(answer, Unknown)
    assert why in answer.sentence
    assert "limit-unknown" in found(paracetamol("3"), **known)


@given(st.sampled_from(sorted(set(FORMULARY) - {"paracetamol"})))
def test_no_other_medicine_has_a_limit(name: str) -> None:
    assert isinstance(limit(name, patient()), Unknown)
    assert not isinstance(limit(name, patient()), Limit)


def test_fifty_kilograms_is_not_light() -> None:
    assert limit("paracetamol", patient(weight=Decimal(50))) is PARACETAMOL


def test_four_grams_pass_and_more_stops() -> None:
    assert found(paracetamol("4")) == {}
    assert found(paracetamol("4.001")) == {"limit-day": STOP}
    grams = ordered("paracetamol", dose="1", unit=Unit.G, per_day="5")
    assert found(grams)["limit-day"] is STOP
    (finding,) = check(paracetamol("6"), patient())
    assert finding.sentence.replace("\N{NO-BREAK SPACE}", " ") == (
        "paracetamol 6,000 mg in 24 h is more than 4,000 mg."
    )


def test_paracetamol_needs_four_hours_between_doses() -> None:
    assert found(paracetamol(gap=4)) == {}
    assert found(paracetamol(gap=3)) == {"limit-gap": STOP}
    assert found(paracetamol(gap=None)) == {}


def test_the_limit_holds_for_the_lightest_too() -> None:
    light = {"weight": Decimal(42)}
    assert found(paracetamol("5"), **light) == {"limit-day": STOP, "limit-unknown": REASON}
    assert found(paracetamol("4"), **light) == {"limit-unknown": REASON}
    assert found(paracetamol("3"), **light) == {"limit-unknown": INLINE}, (
        "the order is lower itself"
    )
    assert found(ordered("paracetamol"), **light) == {"limit-unknown": REASON}


def test_a_child_has_no_limit_on_record_and_is_asked_about() -> None:
    assert found(paracetamol("4"), age_years=5) == {"limit-unknown": REASON}
    assert found(paracetamol("4"), age_years=18) == {}


def test_all_orders_of_one_ingredient_count_together() -> None:
    first, second = paracetamol("3"), paracetamol("2", prn=True)
    assert said(check(second, patient(first))) == {"limit-together": REASON}
    assert said(check(first, patient(second))) == {"limit-together": REASON}
    assert said(check(paracetamol("1"), patient(first))) == {}
    combined = ordered("codeine and paracetamol", per_day="4000", unit=Unit.MG)
    assert said(check(first, patient(combined)))["limit-together"] is REASON


# -------------------------------------------------------------------------------- results, disease


@pytest.mark.parametrize(
    ("name", "known", "rule"),
    [
        ("metformin", {"egfr": Decimal("29.9")}, "egfr"),
        ("metformin", {"egfr": Decimal(30)}, None),
        ("metformin", {}, None),
        ("ibuprofen", {"egfr": Decimal(29)}, "egfr"),
        ("aspirin", {"egfr": Decimal(29)}, "egfr"),
        ("amoxicillin", {"egfr": Decimal(5)}, None),
        ("ibuprofen", {"conditions": frozenset({Condition.HEART_FAILURE})}, "heart-failure"),
        ("ramipril", {"conditions": frozenset({Condition.HEART_FAILURE})}, None),
        ("potassium chloride", {"potassium": Decimal("5.5")}, "potassium-high"),
        ("potassium chloride", {"potassium": Decimal("5.4")}, None),
        ("amoxicillin", {"potassium": Decimal("6.8")}, None),
        ("haloperidol", {"potassium": Decimal("3.4")}, "potassium-low"),
        ("haloperidol", {"potassium": Decimal("3.5")}, None),
        ("amoxicillin", {"potassium": Decimal("2.9")}, None),
        ("enoxaparin", {"platelets": Decimal(49)}, "platelets"),
        ("apixaban", {"platelets": Decimal(49)}, "platelets"),
        ("warfarin", {"platelets": Decimal(49)}, "platelets"),
        ("heparin", {"platelets": Decimal(49)}, "platelets"),
        ("warfarin", {"platelets": Decimal(50)}, None),
        ("amoxicillin", {"platelets": Decimal(3)}, None),
    ],
)
def test_a_result_or_disease_asks_for_a_reason(
    name: str, known: dict[str, Any], rule: str | None
) -> None:
    order = ordered(name, "PO") if name == "potassium chloride" else ordered(name)
    assert found(order, **known) == ({rule: REASON} if rule else {})


def test_kidneys_fail_below_thirty() -> None:
    assert Decimal(30) == LOW_EGFR
