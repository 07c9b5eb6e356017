"""The drawing of a test over time: a day is named once, the newest value stands beside its dot."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from domain.labs import ResultStatus
from ward.db import new_id
from ward.labs.details import ResultDetail
from ward.labs.models import LabResult
from ward.labs.queries import Found
from ward.labs.trend import Trend, trend

LONDON = ZoneInfo("Europe/London")


def found(value: str, day: int, hour: int) -> Found:
    at = datetime(2026, 11, day, hour, 5, tzinfo=LONDON)
    row = LabResult(
        id=new_id(),
        patient_id=new_id(),
        report_id=new_id(),
        status=ResultStatus.FINAL,
        rank=1,
        observed_at=at,
        received_at=at,
    )
    detail = ResultDetail("Potassium", value, key="k", unit="mmol/L", number=Decimal(value))
    return Found(row, detail)


def drawn(*values: tuple[str, int, int]) -> Trend:
    made = trend([found(*one) for one in values], LONDON)
    assert made
    return made


@pytest.mark.parametrize(
    ("times", "ticks"),
    [
        ([(20, 6), (20, 18), (21, 6), (21, 18)], ["20-Nov", "18:05", "21-Nov", "18:05"]),
        ([(20, 6), (20, 12), (20, 18)], ["06:05", "12:05", "18:05"]),
        ([(17, 6), (18, 6), (19, 6)], ["17-Nov", "18-Nov", "19-Nov"]),
        ([(20, 6), (21, 5), (21, 6)], ["20-Nov", "21-Nov"]),
    ],
)
def test_a_day_is_named_once_and_no_two_names_touch(times, ticks) -> None:
    made = drawn(*[("4.1", day, hour) for day, hour in times])
    assert [one.text for one in made.ticks] == ticks


def test_values_that_are_no_numbers_and_single_ones_are_not_drawn() -> None:
    assert drawn(("4.1", 20, 6)).dots == ()
    assert [one.text for one in drawn(("4.1", 20, 6), ("5.9", 20, 9)).dots] == ["4.1", "5.9"]
