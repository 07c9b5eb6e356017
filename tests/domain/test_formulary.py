"""Formulary: every row as the table has it, names that are found, doses nobody misreads."""

import csv
import hashlib
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import domain
from domain.formulary import FORMULARY, Drug, Route, Unit, find, named, never, unlisted, write
from domain.prescribing import VERSION

DATA = Path(domain.__file__).parent / "data"
with (DATA / "medications.csv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))
DRUGS = st.sampled_from(sorted(FORMULARY))

#: Of the four tables behind version 1 of the rules. Another table is another version: overrides
#: are kept with it.
SUMS = {
    "1": "709a25e4d3475a3e68d396311905661c9f85a12a40c7e50f051e948a404fcfed",
}


def test_a_changed_table_is_a_new_version_of_the_rules() -> None:
    tables = ("medications", "interactions", "interactions_noninterruptive", "allergy_classes")
    whole = b"".join((DATA / f"{name}.csv").read_bytes() for name in tables)
    assert hashlib.sha256(whole).hexdigest() == SUMS[VERSION]


def test_there_are_as_many_medicines_as_were_reviewed() -> None:
    assert len(ROWS) == len(FORMULARY) == 190


def test_no_code_of_a_licensed_index_is_kept() -> None:
    assert not [column for column in ROWS[0] if "atc" in column]


@pytest.mark.parametrize("row", ROWS, ids=[row["generic"] for row in ROWS])
def test_a_medicine_is_what_its_row_says(row: dict[str, str]) -> None:
    drug = FORMULARY[row["generic"]]
    assert drug.drug_class == row["drug_class"]
    assert " ".join(drug.routes) == row["routes"].replace(" only", "")
    assert drug.high_alert is (row["high_alert"] == "Y")
    assert drug.high_alert_category == row["high_alert_category"]
    assert (drug.tall_man, drug.time_critical) == (row["tall_man"], row["time_critical_hint"])
    assert (drug.allergy_class, drug.pregnancy) == (row["allergy_class"], row["pregnancy_caution"])
    assert (drug.rxnorm or "") == row["rxnorm_ingredient"]
    assert drug.weekly is ("WEEKLY" in row["usual_dose_unit"])
    assert drug.unit is not None
    assert row["usual_dose_unit"].startswith(drug.unit)
    assert len(drug.units) == row["usual_dose_unit"].count(" or ") + 1
    assert drug.listed


@pytest.mark.parametrize("drug", FORMULARY.values(), ids=list(FORMULARY))
def test_tall_man_letters_change_the_case_and_nothing_else(drug: Drug) -> None:
    assert drug.shown.casefold() == drug.generic.casefold()
    spellings = {drug.generic, *drug.also_known_as}
    assert not drug.tall_man or drug.tall_man.casefold() in spellings
    if drug.tall_man and drug.generic != "ciclosporin":
        assert drug.shown == drug.tall_man


def test_hydralazine_is_shown_with_its_tall_letters_and_searched_without() -> None:
    drug = FORMULARY["hydralazine"]
    assert (drug.shown, drug.generic) == ("hydrALAZINE", "hydralazine")
    assert named("HYDRALAZINE") is drug
    assert find("hydral") == (drug,)


def test_fifteen_spellings_wait_for_somebody_to_read_them_in_a_list() -> None:
    unread = [drug for drug in FORMULARY.values() if drug.tall_man_evidence.startswith("memory")]
    assert len(unread) == 15


@pytest.mark.parametrize(
    ("name", "ingredients"),
    [
        ("amoxicillin and clavulanic acid", {"amoxicillin", "clavulanic acid"}),
        ("piperacillin and tazobactam", {"piperacillin", "tazobactam"}),
        ("sulfamethoxazole and trimethoprim", {"sulfamethoxazole", "trimethoprim"}),
        ("levodopa and decarboxylase inhibitor", {"levodopa", "decarboxylase inhibitor"}),
        ("heparin (unfractionated)", {"heparin"}),
        ("aminophylline", {"theophylline", "ethylenediamine"}),
        ("paracetamol", {"paracetamol"}),
    ],
)
def test_a_combination_product_is_its_ingredients(name: str, ingredients: set[str]) -> None:
    assert FORMULARY[name].ingredients == ingredients
    assert FORMULARY[name].called == ingredients | {name}


def test_every_and_in_a_name_is_a_combination() -> None:
    both = [name for name in FORMULARY if " and " in name]
    assert len(both) == 4
    assert all(len(FORMULARY[name].ingredients) == 2 for name in both)


@given(DRUGS, st.sampled_from([str.lower, str.upper, str.title]))
def test_every_name_finds_its_medicine_first_in_any_case(generic: str, case) -> None:
    drug = FORMULARY[generic]
    for name in (drug.generic, drug.shown, *drug.also_known_as):
        assert find(case(name))[0] is drug
        assert named(f"  {case(name)} ") is drug


@given(DRUGS, st.integers(min_value=3, max_value=8))
def test_the_beginning_of_a_name_is_enough(generic: str, letters: int) -> None:
    found = find(generic[:letters], limit=200)
    assert FORMULARY[generic] in found
    assert len(set(found)) == len(found)


def test_what_begins_with_the_text_comes_before_what_contains_it() -> None:
    names = [drug.generic for drug in find("predn")]
    assert names == ["prednisolone", "prednisone", "methylprednisolone"]
    assert [drug.generic for drug in find("co-amox")] == ["amoxicillin and clavulanic acid"]
    assert find("adrenaline")[0].generic == "epinephrine"
    assert find("trimeth")[0].generic == "trimethoprim"


@pytest.mark.parametrize("text", ["", "  ", "-", "zzz", "xq"])
def test_nothing_is_found_for_nothing(text: str) -> None:
    assert find(text) == ()
    assert named(text) is None


def test_a_search_answers_with_no_more_than_was_asked_for() -> None:
    assert len(find("a", limit=5)) == 5


def test_a_medicine_from_elsewhere_keeps_its_name_and_is_not_of_the_house() -> None:
    clomipramine = unlisted(" Clomipramine ")
    assert (clomipramine.generic, clomipramine.listed) == ("clomipramine", False)
    assert unlisted("Acetaminophen") is FORMULARY["paracetamol"]
    assert unlisted("Heparin") is FORMULARY["heparin (unfractionated)"]


def blank(text: str) -> str:
    return text.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(
    ("dose", "unit", "written"),
    [
        ("500", Unit.MG, "500 mg"),
        ("5.0", Unit.MG, "5 mg"),
        ("0.50", Unit.MG, "0.5 mg"),
        (".5", Unit.MG, "0.5 mg"),
        ("1000", Unit.MG, "1,000 mg"),
        ("1E+3", Unit.MG, "1,000 mg"),
        ("1200000", Unit.UNITS, "1,200,000 units"),
        ("10", Unit.UNITS, "10 units"),
        ("1", Unit.UNITS, "1 unit"),
        ("1", Unit.MICROGRAM, "1 microgram"),
        ("62.5", Unit.MICROGRAM, "62.5 micrograms"),
        ("5", Unit.MICROGRAM_KG_MIN, "5 micrograms per kg per min"),
        ("2", Unit.SACHET, "2 sachets"),
        ("15", Unit.ML, "15 mL"),
        ("100", Unit.MMOL, "100 mmol"),
    ],
)
def test_a_dose_is_written_so_that_nobody_misreads_it(dose: str, unit: Unit, written: str) -> None:
    assert write(Decimal(dose), unit) == blank(written)


@given(st.decimals(min_value="0.0001", max_value="9999999", places=4), st.sampled_from(list(Unit)))
def test_no_dose_is_written_in_an_error_prone_form(dose: Decimal, unit: Unit) -> None:
    text = write(dose, unit)
    assert never(text) == ()
    assert Decimal(text.split("\N{NO-BREAK SPACE}")[0].replace(",", "")) == dose


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("insulin 10U", ("U",)),
        ("insulin 10 u at night", ("u",)),
        ("5000 IU", ("IU",)),
        ("80 mg QD", ("QD",)),
        ("80 mg qod", ("qod",)),
        ("one drop OD", ("OD",)),
        ("MS 10 mg", ("MS",)),
        ("MSO4 10 mg", ("MSO4",)),
        ("MgSO4 2 g", ("MgSO4",)),
        ("50 µg", ("µg",)),
        ("50 μg", ("μg",)),
        ("5 cc", ("cc",)),
        ("5cc", ("cc",)),
        ("2 @ 8", ("@",)),
        ("a & b", ("&",)),
        ("<5", ("<",)),
        (">5", (">",)),
        ("mg/kg", ("/",)),
        ("5.0 mg", ("5.0",)),
        ("5.50 mg", ("5.50",)),
        (".5 mg", (".5",)),
    ],
)
def test_an_error_prone_form_is_found(text: str, wrong: tuple[str, ...]) -> None:
    assert never(text) == wrong


@pytest.mark.parametrize(
    "text", ["0.5 mg", "1,000 mg", "100 mg", "10.05 mg", "units", "5 ms", "accent", "Odd mUsic"]
)
def test_a_safe_form_is_left_alone(text: str) -> None:
    assert never(text) == ()


@pytest.mark.parametrize("drug", FORMULARY.values(), ids=list(FORMULARY))
def test_no_line_of_a_medicine_holds_an_error_prone_form(drug: Drug) -> None:
    words = [drug.shown, *(route.word for route in drug.routes)]
    words += [unit.word(Decimal(count)) for unit in drug.units for count in (1, 2)]
    assert never(" ".join(words)) == ()


def test_every_route_has_a_word_that_is_no_abbreviation() -> None:
    assert all(route.word.islower() and len(route.word) > 3 for route in Route)
    assert len({route.word for route in Route}) == len(Route)


@pytest.mark.parametrize(
    ("name", "route", "expected"),
    [
        ("metoprolol", Route.ORAL, False),
        ("metoprolol", Route.INTRAVENOUS, True),
        ("potassium chloride", Route.ORAL, False),
        ("potassium chloride", Route.INTRAVENOUS, True),
        ("tranexamic acid", Route.ORAL, False),
        ("morphine", Route.ORAL, True),
        ("warfarin", Route.ORAL, True),
        ("gliclazide", Route.ORAL, True),
        ("paracetamol", Route.ORAL, False),
    ],
)
def test_some_are_high_alert_by_one_route_alone(name, route, expected) -> None:
    drug = named(name)
    assert drug is not None
    assert drug.high_alert_by(route) is expected


def test_whatever_is_high_alert_is_so_by_one_of_its_routes() -> None:
    for drug in FORMULARY.values():
        by = [drug.high_alert_by(route) for route in drug.routes]
        assert any(by) is drug.high_alert, drug.generic
