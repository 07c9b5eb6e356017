"""Risk tools: points, totals and bands as published, and bands a site may move."""

import csv
from itertools import product
from pathlib import Path

import pytest

from domain.errors import NotAllowed
from domain.risk import (
    BRADEN,
    IMPROVE_VTE,
    MORSE,
    PADUA,
    Assessment,
    Cuts,
    braden,
    improve_vte,
    morse,
    padua,
    waterlow_band,
    word,
)

CLINICAL = Path(__file__).parents[1] / "data" / "clinical"
WORST = {"falls": "yes", "secondary": "yes", "aid": "furniture", "iv": "yes"}
WORST |= {"gait": "impaired", "mental": "forgets"}

with (CLINICAL / "risk_vectors.csv").open(encoding="utf-8", newline="") as file:
    VECTORS = list(csv.DictReader(file))


def assess(tool: str, given: str) -> Assessment:
    pairs = dict(part.split("=") for part in given.split(";") if "=" in part)
    factors = [] if given == "(none)" else given.split(";")
    match tool:
        case "morse":
            return morse(pairs)
        case "braden":
            return braden({item: int(value) for item, value in pairs.items()})
        case "padua":
            return padua(factors)
        case "improve_vte":
            return improve_vte(factors)
        case _:
            total = int(pairs["total"])
            return Assessment({}, total, waterlow_band(total))


def test_there_are_as_many_examples_as_were_reviewed() -> None:
    assert len(VECTORS) == 32
    assert len({row["tool"] for row in VECTORS}) == 5


@pytest.mark.parametrize("row", VECTORS, ids=[row["id"] for row in VECTORS])
def test_a_worked_example_is_assessed_as_worked(row: dict[str, str]) -> None:
    found = assess(row["tool"], row["inputs"])
    assert (found.total, found.band) == (int(row["total"]), row["band"])
    if row["tool"] in {"morse", "padua", "improve_vte"}:
        listed = sorted(int(points) for points in row["points"].split("+"))
        assert sorted(filter(None, found.points.values())) == list(filter(None, listed))


def test_the_ranges_are_those_published() -> None:
    assert morse(WORST).total == 125
    assert sum(PADUA.values()) == 20
    assert sum(BRADEN.values()) == 23
    assert braden(dict.fromkeys(BRADEN, 1)).total == 6


def test_every_set_of_answers_has_a_band() -> None:
    for answers in product(*MORSE.values()):
        assert morse(dict(zip(MORSE, answers, strict=True))).band in {"low", "moderate", "high"}
    for values in product(*(range(1, most + 1) for most in BRADEN.values())):
        assert braden(dict(zip(BRADEN, values, strict=True))).band
    assert [waterlow_band(total) for total in range(1, 65)]


@pytest.mark.parametrize(("total", "band"), [(45, "high"), (44, "moderate"), (24, "low")])
def test_a_site_may_call_45_high(total: int, band: str) -> None:
    assert Cuts(((0, "low"), (25, "moderate"), (45, "high"))).band(total) == band


@pytest.mark.parametrize("bands", [(), ((10, "a"), (5, "b")), ((5, "a"), (5, "b"))])
def test_bands_that_do_not_rise_are_refused(bands: tuple[tuple[int, str], ...]) -> None:
    with pytest.raises(NotAllowed):
        Cuts(bands)


def test_a_question_without_an_answer_is_named() -> None:
    with pytest.raises(NotAllowed, match="Still needed: Gait, Mental status"):
        morse({item: WORST[item] for item in ("falls", "secondary", "aid", "iv")})


def test_answers_that_do_not_exist_are_refused() -> None:
    with pytest.raises(NotAllowed, match="Walking aid cannot be stick"):
        morse(WORST | {"aid": "stick"})
    with pytest.raises(NotAllowed, match="Friction and shear is 1 to 3"):
        braden(dict.fromkeys(BRADEN, 4))
    with pytest.raises(NotAllowed, match="does not ask about shoe size"):
        padua(["shoe size"])
    with pytest.raises(NotAllowed, match="does not ask about shoe size"):
        morse(WORST | {"shoe size": "no"})
    for total in (0, 65):
        with pytest.raises(NotAllowed):
            waterlow_band(total)
    with pytest.raises(NotAllowed):
        Cuts(((6, "x"),)).band(5)


def test_every_item_has_a_word() -> None:
    for items in (MORSE, BRADEN, PADUA, IMPROVE_VTE):
        assert all(word(item) for item in items)


def test_a_factor_named_twice_counts_once() -> None:
    assert padua(["age70", "age70"]).total == 1
