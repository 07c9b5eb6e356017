"""Silent pairs: listed for whoever asks, never shown, but for two exceptions of the house."""

import csv
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import domain
from domain.formulary import FORMULARY, unlisted
from domain.interaction_rows import SILENT, between
from domain.interactions import check, listed
from domain.prescribing import Condition, Order, Tier
from tests.prescriptions import ordered, patient, said

with (Path(domain.__file__).parent / "data" / "interactions_noninterruptive.csv").open(
    encoding="utf-8", newline=""
) as file:
    QUIET = list(csv.DictReader(file))


def found(one: Order, *others: Order, **known: Any) -> dict[str, Tier]:
    return said(check(one, patient(*others, **known)))


def test_there_are_as_many_silent_pairs_as_were_read() -> None:
    assert len(QUIET) == len(SILENT) == 28


@pytest.mark.parametrize("number", range(28), ids=lambda number: QUIET[number]["a_class"])
def test_a_silent_pair_is_listed_from_either_side(number: int) -> None:
    row, text = SILENT[number], QUIET[number]
    assert (row.a_class, row.b_class) == (text["a_class"], text["b_class"])
    for a, b in product(row.a, row.b):
        if a != b:
            assert (row, unlisted(b)) in listed(unlisted(a), [unlisted(b)])
            assert row.holds(unlisted(b), unlisted(a))


@pytest.mark.parametrize("number", range(28), ids=lambda number: QUIET[number]["a_class"])
def test_a_silent_pair_never_interrupts_by_itself(number: int) -> None:
    row = SILENT[number]
    for a, b in product(row.a, row.b):
        if a == b or between(unlisted(a), unlisted(b)):
            continue
        shown = found(ordered(a), ordered(b), egfr=Decimal(20))
        local = {"N19": {"N19": Tier.INLINE}, "N28": {"N28": Tier.INLINE}}.get(row.id, {})
        silent = {silent.id for silent, _ in listed(unlisted(a), [unlisted(b)])}
        assert shown == ({} if "N01" in silent else local), (row.id, a, b)


def test_classes_of_the_silent_list_have_members() -> None:
    named = {row.a_class: row.a for row in SILENT} | {row.b_class: row.b for row in SILENT}
    assert named["anticoagulants"] >= {"warfarin", "apixaban", "enoxaparin"}
    assert named["ACE inhibitors"] == {"ramipril", "lisinopril"}
    assert named["beta blockers"] == {"bisoprolol", "metoprolol", "labetalol"}
    inert = {name for name, drugs in named.items() if not drugs & FORMULARY.keys()}
    assert inert == {
        "antacids", "calcium salts (oral)", "imidazoles", "niacin", "oral contraceptives",
        "vitamin E",
    }  # fmt: skip


def test_ace_inhibitor_with_sartan_is_shown() -> None:
    assert found(ordered("ramipril"), ordered("losartan")) == {"N19": Tier.INLINE}
    assert found(ordered("losartan"), ordered("ramipril")) == {"N19": Tier.INLINE}


@pytest.mark.parametrize(
    ("known", "shown"),
    [
        ({}, {}),
        ({"egfr": Decimal(60)}, {}),
        ({"egfr": Decimal("59.9")}, {"N28": Tier.INLINE}),
        ({"conditions": frozenset({Condition.KIDNEY_INJURY})}, {"N28": Tier.INLINE}),
    ],
)
def test_ace_inhibitor_with_nsaid_is_shown_when_kidneys_are_at_risk(
    known: dict[str, Any], shown: dict[str, Tier]
) -> None:
    assert found(ordered("ramipril"), ordered("ibuprofen"), **known) == shown
    assert found(ordered("aspirin"), ordered("ramipril"), **known) == {}


@pytest.mark.parametrize("last", ["ramipril", "ibuprofen", "furosemide"])
def test_whichever_of_ace_inhibitor_nsaid_and_diuretic_comes_last_shows_it(last: str) -> None:
    others = {"ramipril", "ibuprofen", "furosemide"} - {last}
    (finding,) = check(ordered(last), patient(*others))
    assert (finding.rule, finding.about) == ("N28", ("ibuprofen", "ramipril"))
