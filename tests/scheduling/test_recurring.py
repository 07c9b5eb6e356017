"""Series: the same time on the wall each week, one clash solved without losing the rest."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.clinic_hours import Why
from domain.spans import Span
from tests.scheduling.clinic import LONDON, Clinic
from tests.settling import settled
from ward.scheduling import hours
from ward.scheduling.recurring import SeriesClashing, Solved, book_series

BOOKED = "SELECT count(*) FROM appointment WHERE status = 'booked'"


async def weekly(clinic: Clinic, patient, times: int, solved=None):
    said = clinic.said(patient, clinic.at(9))
    async with clinic.work() as work:
        return await book_series(work, said, f"FREQ=WEEKLY;COUNT={times}", solved or {})


async def test_a_year_of_weeks_keeps_its_time_on_the_wall(clinic: Clinic) -> None:
    await weekly(clinic, await clinic.scene.patient(), 52)
    await settled(clinic.scene.node)
    assert await clinic.scene.scalar(BOOKED) == 52
    walls = "SELECT count(DISTINCT to_char(starts_at AT TIME ZONE 'Europe/London', 'HH24:MI'))"
    assert await clinic.scene.scalar(f"{walls} FROM appointment") == 1
    assert ZoneInfo("Europe/London") == LONDON


async def test_one_holiday_is_solved_and_nothing_else_is_lost(clinic: Clinic) -> None:
    patient, third = await clinic.scene.patient(), clinic.later(clinic.at(9), weeks=2)
    shut = Span(third - timedelta(hours=9), third + timedelta(hours=9))
    async with clinic.work() as work:
        await hours.close(work, clinic.ward, None, shut, why=Why.HOLIDAY)
    with pytest.raises(SeriesClashing, match="7 fit; for 1 something is in the way") as refused:
        await weekly(clinic, patient, 8)
    assert await clinic.scene.scalar(BOOKED) == 0
    (met,) = refused.value.met
    assert met.occurrence.number == 3
    assert "holiday" in met.clash.sentence
    instead = met.clash.openings[0]
    rows = await weekly(clinic, patient, 8, {3: Solved(instead.span.start, instead.resources)})
    assert len(rows) == 8
    assert rows[2].starts_at == instead.span.start
    assert rows[2].original_start is not None


async def test_a_day_may_be_left_out(clinic: Clinic) -> None:
    patient = await clinic.scene.patient()
    taken = clinic.later(clinic.at(9), weeks=1)
    await clinic.book(await clinic.scene.patient("Bell"), taken)
    rows = await weekly(clinic, patient, 4, {2: Solved()})
    days = [one.starts_at.astimezone(LONDON).date() for one in rows]
    assert [(day - days[0]).days for day in days] == [0, 14, 21]
