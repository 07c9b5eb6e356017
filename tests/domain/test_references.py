"""References: intervals as laboratories write them, and what a plan about a result must say."""

from decimal import Decimal

import pytest

from domain import lab_plans, references
from domain.analytes import Interval
from domain.errors import NotAllowed
from domain.lab_plans import Plan

READ = [
    ("3.5-5.0", Interval(Decimal("3.5"), Decimal("5.0"))),
    (" 3.5 - 5.0 ", Interval(Decimal("3.5"), Decimal("5.0"))),
    ("(3.5-5.0)", Interval(Decimal("3.5"), Decimal("5.0"))),
    ("3.5 to 5.0", Interval(Decimal("3.5"), Decimal("5.0"))),
    ("-2 - 2", Interval(Decimal(-2), Decimal(2))),
    ("<150", Interval(high=Decimal(150))),
    ("<=150", Interval(high=Decimal(150))),
    ("up to 5", Interval(high=Decimal(5))),
    (">60", Interval(low=Decimal(60))),
    ("from 60", Interval(low=Decimal(60))),
    ("5.0-3.5", None),
    ("", None),
    ("see comment", None),
    ("Negative", None),
    ("3.5-5.0 (fasting)", None),
]


@pytest.mark.parametrize(("text", "found"), READ)
def test_an_interval_is_read_or_left_as_it_is(text: str, found: Interval | None) -> None:
    assert references.read(text) == found


def test_what_we_write_we_read_again() -> None:
    for one in (Interval(Decimal(1), Decimal(2)), Interval(Decimal(1)), Interval(high=Decimal(2))):
        assert references.read(str(one)) == one


@pytest.mark.parametrize("plan", list(Plan))
def test_with_words_every_plan_will_do(plan: Plan) -> None:
    lab_plans.check(plan, "as discussed", 3)
    assert plan.word


def test_doing_nothing_about_a_critical_result_needs_words() -> None:
    lab_plans.check(Plan.NOTHING, "", 2)
    for plan in (Plan.NOTHING, Plan.KNOWN):
        with pytest.raises(NotAllowed):
            lab_plans.check(plan, " ", 3)
    with pytest.raises(NotAllowed):
        lab_plans.check(Plan.OTHER, "", 1)
