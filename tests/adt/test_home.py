"""Going home: what a card says of the day, and when it says something else."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.adt.test_transfer import lying
from ward.adt.home import changes, expect_home, label

LONDON = ZoneInfo("Europe/London")
FRIDAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("on", "said"),
    [
        (None, None),
        (FRIDAY, "Today"),
        (date(2026, 11, 21), "Sat"),
        (date(2026, 11, 26), "Thu"),
        (date(2026, 11, 27), "27-Nov"),
        (date(2026, 11, 19), "Overdue"),
    ],
)
def test_a_card_says_the_day_as_people_do(on, said) -> None:
    assert label(on, FRIDAY) == said


def test_every_change_of_words_is_a_midnight_of_the_ward() -> None:
    on = date(2026, 7, 20)  # summer time: midnight is 23:00 UTC of the day before
    assert changes(on, LONDON)[1] == datetime(2026, 7, 19, 23, tzinfo=UTC)
    days = [on - timedelta(days=n) for n in range(-2, 9)]
    words = {day: label(on, day) for day in days}
    turns = {at.astimezone(LONDON).date() for at in changes(on, LONDON)}
    for day in days[1:]:
        before = words.get(day - timedelta(days=1))
        if before is not None and before != words[day]:
            assert day in turns


async def test_the_board_is_drawn_again_at_those_midnights(scene) -> None:
    _, encounter = await lying(scene, "6E-01")
    async with scene.work() as work:
        await expect_home(work, encounter, date(2031, 1, 5))
    due = await scene.scalar(
        "SELECT count(*) FROM live_due WHERE topic = :topic", topic=f"beds/{scene.east}"
    )
    assert due == 3
