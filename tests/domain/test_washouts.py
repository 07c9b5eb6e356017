"""Washouts: how long after its last dose a stopped medicine still speaks."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.formulary import FORMULARY
from domain.interactions import check
from domain.prescribing import Order, Tier
from tests.prescriptions import NOW, ordered, patient, said, stopped


def found(one: Order, *others: Order, **known: Any) -> dict[str, Tier]:
    return said(check(one, patient(*others, **known)))


DAY, HOUR = timedelta(days=1), timedelta(hours=1)
AFTER = [
    ("phenelzine", "fluoxetine", "D04", 14 * DAY, Tier.STOP),
    ("fluoxetine", "phenelzine", "D04", 35 * DAY, Tier.STOP),
    ("sertraline", "phenelzine", "D04", 14 * DAY, Tier.STOP),
    ("selegiline", "methylphenidate", "D01", 14 * DAY, Tier.STOP),
    ("selegiline", "fentanyl", "D06", 14 * DAY, Tier.STOP),
    ("selegiline", "amitriptyline", "D07", 14 * DAY, Tier.STOP),
    ("moclobamide", "sumatriptan", "D15", 14 * DAY, Tier.STOP),
    ("linezolid", "sertraline", "D22", DAY, Tier.REASON),
    ("sertraline", "linezolid", "D22", 14 * DAY, Tier.REASON),
    ("fluoxetine", "linezolid", "D22", 35 * DAY, Tier.REASON),
    ("sildenafil", "glyceryl trinitrate", "D28", DAY, Tier.STOP),
    ("tadalafil", "glyceryl trinitrate", "D28", 48 * HOUR, Tier.STOP),
    ("fusidic acid", "simvastatin", "D50", 7 * DAY, Tier.STOP),
    ("ramipril", "sacubitril and valsartan", "D52", 36 * HOUR, Tier.STOP),
    ("sacubitril and valsartan", "ramipril", "D52", 36 * HOUR, Tier.STOP),
    ("moclobamide", "tramadol", "D57", DAY, Tier.STOP),
    ("rasagiline", "tramadol", "D57", 14 * DAY, Tier.STOP),
    ("moclobamide", "sertraline", "D58", 14 * DAY, Tier.REASON),
    ("mirtazapine", "selegiline", "D59", 14 * DAY, Tier.STOP),
    ("selegiline", "linezolid", "D60", 14 * DAY, Tier.STOP),
    ("sumatriptan", "ergotamine", "D61", DAY, Tier.STOP),
    ("ciclosporin", "tacrolimus", "D66", DAY, Tier.STOP),
    ("fluoxetine", "tramadol", "D36", 35 * DAY, Tier.INLINE),
    ("amiodarone", "simvastatin", "D11", 90 * DAY, Tier.REASON),
    ("amiodarone", "warfarin", "D42", 90 * DAY, Tier.REASON),
    ("amiodarone", "digoxin", "D26", 90 * DAY, Tier.REASON),
    ("amiodarone", "haloperidol", "D08", 90 * DAY, Tier.REASON),
]


@pytest.mark.parametrize(
    ("before", "now", "rule", "gap", "tier"), AFTER, ids=[f"{a[0]}-{a[1]}" for a in AFTER]
)
def test_a_stopped_medicine_counts_until_it_is_washed_out(
    before: str, now: str, rule: str, gap: timedelta, tier: Tier
) -> None:
    def after(long: timedelta) -> dict[str, Tier]:
        return found(ordered(now), stopped=(stopped(ordered(before), long),))

    assert after(gap - timedelta(seconds=1)) == {rule: tier}
    assert after(timedelta(0)) == {rule: tier}
    assert after(-HOUR) == {rule: tier}, "a dose that is yet to be given is not behind"
    assert after(gap) == {}


def test_the_sentence_says_how_long_ago_and_how_long_it_counts() -> None:
    past = (stopped(ordered("fluoxetine"), 3 * DAY),)
    (finding,) = check(ordered("linezolid"), patient(stopped=past))
    assert finding.sentence == (
        "linezolid after FLUoxetine, last dose 3d ago: serotonin syndrome (both drugs inhibit "
        "MAO-A). It counts for 35d after the last dose."
    )


def test_the_washout_counts_to_the_start_of_the_order_not_to_its_signature() -> None:
    past = (stopped(ordered("phenelzine"), 10 * DAY),)
    later = ordered("sertraline", starts_at=NOW + 4 * DAY)
    assert found(ordered("sertraline"), stopped=past) == {"D04": Tier.STOP}
    assert found(later, stopped=past) == {}


def test_most_stopped_medicines_are_forgotten() -> None:
    assert found(ordered("simvastatin"), stopped=(stopped(ordered("erythromycin"), HOUR),)) == {}


def test_what_is_active_and_was_stopped_is_said_once_and_as_active() -> None:
    phenelzine = ordered("phenelzine")
    context = patient(phenelzine, stopped=(stopped(phenelzine, DAY),))
    (finding,) = check(ordered("sertraline"), context)
    assert "with phenelzine" in finding.sentence


@given(st.sampled_from(sorted(FORMULARY)), st.integers(0, 100), st.integers(0, 100))
def test_time_only_ever_lightens_a_stopped_medicine(name: str, one: int, two: int) -> None:
    early, late = sorted((one, two))
    for past in ("fluoxetine", "amiodarone", "phenelzine", "tadalafil"):
        soon, later = (
            found(ordered(name), stopped=(stopped(ordered(past), days * DAY),))
            for days in (early, late)
        )
        assert later.items() <= soon.items()
