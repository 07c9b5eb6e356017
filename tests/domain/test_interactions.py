"""Interactions: every pair of the table, whoever comes first, and what the words of a row add."""

import csv
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

import domain
from domain.formulary import FORMULARY, Route, Unit, unlisted
from domain.interaction_rows import PAIRS, QT_PROLONGING, ROWS, Mode, Severity, between
from domain.interactions import check
from domain.prescribing import Circumstance, Condition, Context, Finding, Order, Tier
from tests.prescriptions import ordered, patient, said

DATA = Path(domain.__file__).parent / "data"


def table(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


TABLE = [row for row in table("interactions.csv") if row["id"] != "D40"]
IV, IM, PO, SC, TD = "IV", "IM", "PO", "SC", "TD"

#: Pairs of which the text of their own row says that a label forbids them.
BY_LABEL = {
    ("D19", "dabigatran etexilate", name)
    for name in ("ketoconazole", "itraconazole", "ciclosporin", "dronedarone")
} | {
    ("D46", name, "ketorolac")
    for name in ("enoxaparin", "dalteparin", "heparin (unfractionated)", "fondaparinux")
}
BY_LABEL |= {
    ("D58", "moclobamide", name.strip())
    for row in TABLE
    if row["id"] == "D58"
    for name in row["b_members"].split(";")
}
BY_LABEL |= {
    ("D58", a, b) for a in ("rasagiline", "safinamide") for b in ("fluoxetine", "fluvoxamine")
}


def members(text: str) -> list[str]:
    if text.startswith("see qt_group"):
        return sorted(QT_PROLONGING)
    return [name.strip() for name in text.split(";")]


def tier_of(row: dict[str, str]) -> Tier:
    if row["severity"] == "contraindicated":
        return Tier.STOP
    return Tier.REASON if row["alert_mode"] == "interruptive" else Tier.INLINE


def scene(row: dict[str, str], a: str, b: str) -> tuple[Order, Order, Context]:
    """Build the two orders and the patient of whom a row speaks."""
    routes: dict[str, str] = {}
    if row["id"] in {"D34", "D65"}:
        routes = {b: IV}
    if row["id"] == "D56":
        routes = {a: IM, b: IV}
    one, other = ordered(a, routes.get(a)), ordered(b, routes.get(b))
    age = {"age_days": 28, "age_years": 0} if row["id"] == "D34" else {}
    return one, other, patient(other, **age)


def found(one: Order, *others: Order, **known: Any) -> dict[str, Tier]:
    return said(check(one, patient(*others, **known)))


def test_there_are_as_many_rows_as_were_reviewed() -> None:
    assert (len(ROWS), len(TABLE)) == (66, 65)


@pytest.mark.parametrize("row", TABLE, ids=[row["id"] for row in TABLE])
def test_every_pair_of_a_row_is_found_from_either_side_and_not_milder(row: dict[str, str]) -> None:
    for a, b in product(members(row["a_members"]), members(row["b_members"])):
        one, other, context = scene(row, a, b)
        if one.drug.generic == other.drug.generic:
            continue
        hit = [finding for finding in check(one, context) if finding.rule != "N19"]
        assert len(hit) == 1, (row["id"], a, b)
        assert hit[0].tier.rank >= tier_of(row).rank, (row["id"], a, b)
        assert hit[0].about == tuple(sorted((one.drug.generic, other.drug.generic)))
        assert hit[0].version == "1"
        back = check(other, patient(one, age_days=context.age_days, age_years=context.age_years))
        assert {(hit[0].rule, hit[0].tier)} <= {(finding.rule, finding.tier) for finding in back}


@pytest.mark.parametrize("row", TABLE, ids=[row["id"] for row in TABLE])
def test_the_words_and_the_weight_are_those_of_the_worst_row(row: dict[str, str]) -> None:
    by_id = {row["id"]: row for row in TABLE}
    for a, b in product(members(row["a_members"]), members(row["b_members"])):
        one, other, context = scene(row, a, b)
        if one.drug.generic == other.drug.generic:
            continue
        (hit, *_) = check(one, context)
        if hit.rule == "D40":
            assert tier_of(row) is Tier.INLINE  # two of a class weigh more than what only stands by
            continue
        worst = by_id[hit.rule]
        assert worst["effect"] in hit.sentence
        assert worst["management"] == hit.management
        label = {(hit.rule, a, b), (hit.rule, b, a)} & BY_LABEL
        assert hit.tier is (Tier.STOP if label else tier_of(worst)), (hit.rule, a, b)


@pytest.mark.parametrize("row", TABLE, ids=[row["id"] for row in TABLE])
def test_members_the_house_has_are_spelled_as_in_the_formulary(row: dict[str, str]) -> None:
    known = {name.casefold(): name for name in FORMULARY}
    for name in members(row["a_members"]) + members(row["b_members"]):
        assert known.get(name.casefold(), name) == name
        assert name not in FORMULARY or unlisted(name) is FORMULARY[name]


@pytest.mark.parametrize("name", ["D08", "D43", "D44", "D60"])
def test_a_medicine_never_pairs_with_itself(name: str) -> None:
    row = ROWS[name]
    assert row.a == row.b
    for member in row.a:
        assert (member, member) not in PAIRS
        assert between(unlisted(member), unlisted(member)) == ()
        assert name not in found(ordered(member), ordered(member))


def test_a_product_does_not_interact_with_itself() -> None:
    both = unlisted("simvastatin and clarithromycin")
    assert between(both, both) == ()
    assert between(both, FORMULARY["simvastatin"])


def test_pairs_stand_once_whatever_their_order() -> None:
    assert all(a < b for a, b in PAIRS)
    assert ROWS["D40"].a == ROWS["D40"].b == frozenset()
    assert ROWS["D35"].mode is Mode.AUTO_SPACE
    assert [severity.rank for severity in Severity] == [0, 1, 2]


def test_the_worst_of_two_rows_speaks() -> None:
    rows = between(FORMULARY["clarithromycin"], unlisted("quinidine"))
    assert [row.id for row in rows] == ["D08"]
    both = between(FORMULARY["fluconazole"], FORMULARY["warfarin"])
    assert both[0].id == "D16"
    triple = [row.id for row in between(FORMULARY["ketorolac"], FORMULARY["enoxaparin"])]
    assert triple == ["D46"]
    # D17, D41 and D45 all speak of aspirin; contraindicated before major before moderate
    for rows in PAIRS.values():
        ranks = [row.severity.rank for row in rows]
        assert ranks == sorted(ranks, reverse=True)


def test_a_combination_product_interacts_by_what_is_in_it() -> None:
    boosted = ordered("atazanavir and ritonavir")
    assert found(ordered("simvastatin"), boosted) == {"D11": Tier.STOP}
    assert found(ordered("methotrexate"), ordered("co-trimoxazole")) == {"D25": Tier.STOP}


def test_simvastatin_with_clarithromycin_stops_and_says_why() -> None:
    (finding,) = check(ordered("clarithromycin"), patient("simvastatin"))
    assert finding == Finding(
        rule="D11",
        tier=Tier.STOP,
        sentence="clarithromycin with simvastatin: rhabdomyolysis.",
        management=ROWS["D11"].management,
        about=("clarithromycin", "simvastatin"),
    )


def test_tall_letters_stand_in_the_sentence_and_plain_names_in_what_it_is_about() -> None:
    (finding,) = check(ordered("tizanidine"), patient("levofloxacin", "ciprofloxacin"))
    assert finding.sentence.startswith("tiZANidine with ciprofloxacin")
    assert finding.about == ("ciprofloxacin", "tizanidine")


# ---------------------------------------------------------------------------------------- guards


@pytest.mark.parametrize(
    ("dose", "unit", "other", "tier"),
    [
        ("20", Unit.MG, "amiodarone", Tier.REASON),
        ("10", Unit.MG, "verapamil", Tier.REASON),
        ("20000", Unit.MICROGRAM, "diltiazem", Tier.REASON),
        ("20.1", Unit.MG, "amiodarone", Tier.STOP),
        ("40", Unit.MG, "verapamil", Tier.STOP),
        (None, Unit.MG, "amiodarone", Tier.STOP),
        ("10", None, "amiodarone", Tier.STOP),
        ("10", Unit.ML, "amiodarone", Tier.STOP),
        ("10", Unit.MG, "clarithromycin", Tier.STOP),
    ],
)
def test_low_simvastatin_is_allowed_with_three_mild_inhibitors(
    dose: str | None, unit: Unit | None, other: str, tier: Tier
) -> None:
    amount = {} if dose is None else {"per_day": dose}
    statin = ordered("simvastatin", unit=unit, **amount)
    assert found(ordered(other), statin)["D11"] is tier
    assert found(statin, ordered(other))["D11"] is tier


def test_lovastatin_is_never_low() -> None:
    lovastatin = ordered("lovastatin", per_day="10", unit=Unit.MG)
    assert found(lovastatin, ordered("amiodarone")) == {"D11": Tier.STOP}


def test_a_palliative_plan_makes_opioid_with_sedative_quiet() -> None:
    morphine, midazolam = ordered("morphine"), ordered("midazolam")
    assert found(morphine, midazolam) == {"D21": Tier.REASON}
    palliative = frozenset({Condition.PALLIATIVE})
    assert found(morphine, midazolam, conditions=palliative) == {"D21": Tier.INLINE}


@pytest.mark.parametrize(
    ("known", "route", "said_of_it"),
    [
        ({"age_days": 0, "age_years": 0}, IV, {"D34": Tier.STOP}),
        ({"age_days": 28, "age_years": 0}, IV, {"D34": Tier.STOP}),
        ({"age_days": 29, "age_years": 0}, IV, {"D65": Tier.INLINE}),
        ({"age_days": None, "age_years": 0}, IV, {"D34": Tier.STOP}),
        ({"age_days": None, "age_years": 1}, IV, {"D65": Tier.INLINE}),
        ({"age_days": None, "age_years": None}, IV, {"D34": Tier.REASON}),
        ({"age_days": 3, "age_years": 0}, PO, {}),
    ],
)
def test_ceftriaxone_with_calcium_stops_in_the_newborn(
    known: dict[str, int | None], route: str, said_of_it: dict[str, Tier]
) -> None:
    calcium = ordered("calcium gluconate", route)
    assert found(ordered("ceftriaxone"), calcium, **known) == said_of_it
    assert found(calcium, ordered("ceftriaxone"), **known) == said_of_it


@pytest.mark.parametrize(
    ("olanzapine", "sedative", "asked"),
    [(IM, IV, True), (IM, IM, True), (IM, PO, False), (PO, IV, False), (IM, SC, False)],
)
def test_olanzapine_with_a_benzodiazepine_asks_only_when_both_are_injected(
    olanzapine: str, sedative: str, asked: bool
) -> None:
    pair = ordered("olanzapine", olanzapine), ordered("lorazepam", sedative)
    assert found(*pair) == ({"D56": Tier.REASON} if asked else {})
    assert found(*reversed(pair)) == ({"D56": Tier.REASON} if asked else {})


def test_two_oral_anticoagulants_pass_only_by_a_documented_switch() -> None:
    assert found(ordered("apixaban"), ordered("warfarin")) == {"D43": Tier.STOP}
    switched = ordered("apixaban", circumstances=frozenset({Circumstance.SWITCHING}))
    assert found(switched, ordered("warfarin")) == {"D43": Tier.REASON}


def test_a_line_flush_is_exempt_from_the_second_anticoagulant() -> None:
    flush = ordered("heparin", IV, circumstances=frozenset({Circumstance.LINE_FLUSH}))
    heparin = ordered("heparin", IV)
    assert found(heparin, ordered("enoxaparin"))["D44"] is Tier.REASON
    assert found(flush, ordered("enoxaparin"))["D44"] is Tier.INLINE
    assert found(heparin, ordered("apixaban"))["D18"] is Tier.REASON
    assert found(flush, ordered("apixaban"))["D18"] is Tier.INLINE
    assert found(flush, heparin) == {"D40": Tier.INLINE}


@pytest.mark.parametrize("condition", [Condition.LIVER_DISEASE, Condition.KIDNEY_INJURY])
def test_colchicine_with_its_inhibitors_never_in_a_failing_organ(condition: Condition) -> None:
    pair = ordered("colchicine"), ordered("verapamil")
    assert found(*pair) == {"D51": Tier.REASON}
    assert found(*pair, conditions=frozenset({condition})) == {"D51": Tier.STOP}


def test_midazolam_by_mouth_with_ritonavir_stops() -> None:
    ritonavir = ordered("ritonavir")
    assert found(ordered("midazolam", IV), ritonavir) == {"D63": Tier.REASON}
    assert found(ordered("midazolam", PO), ritonavir) == {"D63": Tier.STOP}
    assert found(ordered("midazolam", PO), ordered("clarithromycin")) == {"D63": Tier.REASON}


# ------------------------------------------------------------------------------------- properties

NAMES = sorted({name for pair in PAIRS for name in pair} | set(FORMULARY))
CONDITIONS = st.frozensets(st.sampled_from(list(Condition)))


@st.composite
def orders(draw: st.DrawFn) -> Order:
    name = draw(st.sampled_from(NAMES))
    return ordered(
        name,
        draw(st.sampled_from(list(Route))),
        prn=draw(st.booleans()),
        modified_release=draw(st.booleans()),
        per_day=draw(st.sampled_from(["10", "20", "40"])),
        unit=Unit.MG,
        circumstances=draw(st.frozensets(st.sampled_from(list(Circumstance)), max_size=2)),
    )


def weights(findings: tuple[Finding, ...]) -> set[tuple[str, Tier, tuple[str, ...]]]:
    return {(finding.rule, finding.tier, finding.about) for finding in findings}


@given(orders(), orders(), CONDITIONS, st.none() | st.integers(0, 90))
def test_a_pair_weighs_the_same_whoever_was_first(
    one: Order, other: Order, conditions: frozenset[Condition], age: int | None
) -> None:
    known: dict[str, Any] = {"conditions": conditions, "age_years": age}
    there = check(one, patient(other, **known))
    back = check(other, patient(one, **known))
    assert weights(there) == weights(back)


@given(orders(), st.lists(orders(), max_size=6), st.randoms())
def test_the_order_of_the_list_changes_nothing(new: Order, others: list[Order], chance) -> None:
    mixed = others[:]
    chance.shuffle(mixed)
    assert weights(check(new, patient(*others))) == weights(check(new, patient(*mixed)))


@given(orders(), st.lists(orders(), max_size=6), orders())
def test_one_more_medicine_takes_no_finding_away(
    new: Order, others: list[Order], more: Order
) -> None:
    before = check(new, patient(*others))
    after = {finding.about: finding.tier for finding in check(new, patient(*others, more))}
    for finding in before:
        assert after[finding.about].rank >= finding.tier.rank


@given(orders(), st.lists(orders(), max_size=6))
def test_each_pair_is_said_once(new: Order, others: list[Order]) -> None:
    about = [finding.about for finding in check(new, patient(*others))]
    assert len(about) == len(set(about))


def test_the_order_itself_among_the_active_ones_is_no_double() -> None:
    mine = ordered("paracetamol", id=UUID(int=1))
    assert check(mine, patient(mine)) == ()
    assert found(mine, ordered("paracetamol", id=UUID(int=2))) == {"D40": Tier.REASON}
