"""Windows: each published case ends in the chart as early, on time or late, written at its time."""

import csv
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from domain.frequencies import Code
from domain.orders import CriticalDose
from domain.windows import LateChoice, Timing
from tests.medications.scene import detailed, doses_of, prescribed, verified
from ward import clock
from ward.medications.give import give
from ward.medications.models import GivenSource
from ward.medications.said import GivenSaid

PATH = Path("tests/data/clinical/mar_window_vectors.csv")
VECTORS = list(csv.DictReader(PATH.read_text("utf-8").splitlines()))
CRITICAL, ROUTINE = "phenytoin", "metformin"


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: row["id"])
async def test_every_vector_of_windows_is_charted_as_it_says(scene, quiet_ida, row) -> None:
    code = Code(row["frequency"])
    critical = row["criticality"] == "time_critical"
    days = {"weekday": (clock.now() + timedelta(days=1)).weekday()} if code is Code.WK else {}
    detail = detailed(CRITICAL if critical else ROUTINE, code, **days)
    request = await prescribed(scene, quiet_ida, detail=detail)
    assert (request.timing is CriticalDose.TIME_CRITICAL) is critical
    await verified(scene, request.id)
    dose = (await doses_of(scene, request.id))[0][0]
    planned, given = (datetime.fromisoformat(row[name]) for name in ("scheduled", "given"))
    at = dose.due_at + (given - planned)
    clock.shift(max(clock.offset(), dose.due_at + timedelta(hours=3) - clock.now()))
    said = GivenSaid(
        given_at=at, source=GivenSource.PAPER, early="as written", late_choice=LateChoice.KEEP
    )
    async with scene.work() as work:
        made = await give(work, dose.id, said, revision=1)
    assert made.timing is Timing(row["expected"])
    assert (made.occurred_at, made.recorded_at > at) == (at, True)
