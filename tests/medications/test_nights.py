"""Nights: doses as rows of the chart when the clocks change: none lost, doubled or hastened."""

import csv
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from domain import wallclock
from domain.frequencies import Code, Kind, of
from tests.adt.scene import Scene
from tests.medications.conftest import admitted
from tests.medications.scene import again, detail_of, doses_of, prescribed
from ward import clock
from ward.medications.change import change
from ward.medications.models import ClockNote, ScheduledDose
from ward.medications.stop import stop

CLINICAL = Path(__file__).parents[1] / "data" / "clinical"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
with (CLINICAL / "mar_schedule_vectors.csv").open(encoding="utf-8", newline="") as file:
    VECTORS = list(csv.DictReader(file))
ZONES = sorted({row["timezone"] for row in VECTORS})

#: A zone and the day on which its clocks change in 2026 (tz database), spring and autumn.
NIGHTS = [
    ("Europe/London", date(2026, 3, 29)),
    ("Europe/London", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Africa/Cairo", date(2026, 4, 24)),  # at midnight
    ("Africa/Cairo", date(2026, 10, 30)),
]
DENSE = (Code.BD, Code.TDS, Code.QDS, Code.Q4H, Code.Q6H, Code.Q8H, Code.Q1H, Code.Q3H)


def now_is(at: datetime) -> None:
    clock.shift(clock.offset() + (at - clock.now()))


async def in_zone(scene: Scene, zone: str) -> None:
    async with scene.node.aside.begin() as connection:
        await connection.execute(text("UPDATE branch SET zone = :zone"), {"zone": zone})


async def rows(scene: Scene, order_id: UUID) -> list[ScheduledDose]:
    return [dose for dose, _ in await doses_of(scene, order_id)]


@pytest.mark.parametrize("zone", ZONES)
async def test_each_wall_time_becomes_the_row_that_two_engines_say(scene: Scene, zone: str) -> None:
    mine = [row for row in VECTORS if row["timezone"] == zone]
    await in_zone(scene, zone)
    now_is(datetime.fromisoformat(mine[0]["expected_utc"]) - 5 * DAY)
    patient = await admitted(scene)
    for row in sorted(mine, key=lambda row: row["expected_utc"]):
        expected = datetime.fromisoformat(row["expected_utc"])
        now_is(expected - DAY - HOUR)
        wall = time.fromisoformat(row["wall_time"])
        order = await prescribed(scene, patient, frequency=Code.OD, times=(wall,))
        found = [dose for dose in await rows(scene, order.id) if dose.due_at == expected]
        assert [dose.wall for dose in found] == [f"{row['local_date']}T{row['wall_time']}"]
        local = found[0].due_at.astimezone(ZoneInfo(zone))
        assert f"{local:%Y-%m-%dT%H:%M:%S%z}" == row["expected_local"]
        assert found[0].zone == zone
        assert (found[0].clock_note is ClockNote.MOVED) is row["comment"].startswith("gap")
        ambiguous = row["comment"].startswith("ambiguous")
        assert (found[0].clock_note is ClockNote.REPEATED) is ambiguous
        async with scene.work() as work:
            await stop(work, order.id, "Next example", seen=None)


@pytest.mark.parametrize(("zone", "day"), NIGHTS, ids=[f"{z}-{d:%m}" for z, d in NIGHTS])
async def test_the_night_loses_doubles_and_hastens_no_dose(
    scene: Scene, zone: str, day: date
) -> None:
    await in_zone(scene, zone)
    tz = ZoneInfo(zone)
    noon = datetime.combine(day - DAY, time(12, 10), tz).astimezone(UTC)
    now_is(noon - DAY)
    patient = await admitted(scene)
    now_is(noon)
    for code in DENSE:
        order = await prescribed(scene, patient, frequency=code)
        planned = await rows(scene, order.id)
        check(planned, code, tz, order.starts_at)
        now_is(noon + timedelta(hours=9))  # the evening before: a change plans the night anew
        was = await detail_of(scene, order.id)
        async with scene.work() as work:
            await change(work, order.id, again(was, note="slowly"), "", seen=None)
        anew = await rows(scene, order.id)
        same = {dose.due_at for dose in planned}
        assert same <= {dose.due_at for dose in anew}
        check(anew, code, tz, order.starts_at)
        async with scene.work() as work:
            await stop(work, order.id, "Next example", seen=None)
        now_is(noon)


def check(found: list[ScheduledDose], code: Code, tz: ZoneInfo, start: datetime) -> None:
    """Hold the rows against the wall times of three days, or against hours that elapse."""
    instants = [dose.due_at for dose in found]
    assert instants == sorted(set(instants))
    assert [one.next_at for one in found[:-1]] == instants[1:]
    frequency = of(code)
    if frequency.kind is Kind.ELAPSED:
        assert {after - one for one, after in pairwise(instants)} == {frequency.every}
        return
    last = instants[-1].astimezone(tz).date()
    days = [start.astimezone(tz).date() + DAY * ahead for ahead in range(5)]
    walls = [(on, at) for on in days for at in frequency.times]
    due = {wallclock.first(on, at, tz): f"{on}T{at:%H:%M}" for on, at in reversed(walls)}
    wanted = {at: wall for at, wall in due.items() if start <= at <= instants[-1]}
    assert {dose.due_at: dose.wall for dose in found} == wanted
    assert last >= start.astimezone(tz).date() + 2 * DAY
