"""Settings: what a ward sets holds there, stricter than the guideline and never looser."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.errors import NotAllowed
from domain.frequencies import Code
from domain.orders import CriticalDose
from domain.second_checks import SecondCheck
from tests.adt.scene import Scene
from tests.medications.scene import doses_of, infused, prescribed
from ward.errors import Stale
from ward.medications.settings import (
    DEFAULTS,
    NEW,
    PharmacyHours,
    WardSettings,
    Widths,
    put_settings,
    read,
    settings_of,
    version_of,
)

LONDON = ZoneInfo("Europe/London")


async def test_a_ward_without_a_row_has_what_the_house_has(scene: Scene) -> None:
    async with scene.work() as work:
        assert await settings_of(work, scene.east) == DEFAULTS
        assert await version_of(work, scene.east) == NEW


async def test_what_a_ward_sets_holds_for_its_orders_alone(scene: Scene, quiet_ida: UUID) -> None:
    own = WardSettings(
        times={Code.BD: (time(7), time(19))},
        widths=Widths(several_daily=45),
        second_checks=(SecondCheck.CHEMOTHERAPY,),
        controlled=("metoprolol",),
        critical=("amoxicillin",),
    )
    async with scene.work() as work:
        await put_settings(work, scene.east, own, seen=NEW)
    async with scene.work() as work:
        assert await settings_of(work, scene.east) == own
        assert await settings_of(work, scene.west) == DEFAULTS
    order = await prescribed(scene, quiet_ida)
    found = [dose for dose, _ in await doses_of(scene, order.id)]
    assert {dose.wall[11:] for dose in found} == {"07:00", "19:00"}
    assert order.timing is CriticalDose.TIME_CRITICAL
    assert found[0].due_at - found[0].opens_at == timedelta(minutes=30)
    other = await prescribed(scene, quiet_ida, "metoprolol")
    (dose, _), *_ = await doses_of(scene, other.id)
    assert dose.due_at - dose.opens_at == timedelta(minutes=45)
    assert other.witnessed
    assert not (await prescribed(scene, quiet_ida, detail=infused())).witnessed


async def test_two_who_set_at_once_are_told_apart(scene: Scene) -> None:
    async with scene.work() as work:
        row = await put_settings(work, scene.east, DEFAULTS, seen=NEW)
        seen = row.version
    async with scene.work() as work:
        with pytest.raises(Stale):
            await put_settings(work, scene.east, DEFAULTS, seen=NEW)
        assert await version_of(work, scene.east) == seen


def test_nothing_is_looser_than_the_guideline_and_no_time_is_lost() -> None:
    with pytest.raises(NotAllowed, match="looser"):
        WardSettings(widths=Widths(time_critical=31))
    with pytest.raises(NotAllowed, match="2 different times"):
        WardSettings(times={Code.BD: (time(7),)})
    with pytest.raises(NotAllowed, match="closer than half"):
        WardSettings(times={Code.BD: (time(7), time(9))})
    with pytest.raises(NotAllowed, match="closes after"):
        PharmacyHours(time(18), time(8))


def test_a_row_that_says_little_is_filled_up_with_what_the_house_has() -> None:
    assert read({"critical": ["amoxicillin"]}) == WardSettings(critical=("amoxicillin",))


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-20T12:00", "2026-11-20T12:00"),  # a Friday
        ("2026-11-20T18:00", "2026-11-23T08:00"),
        ("2026-11-21T09:00", "2026-11-23T08:00"),
        ("2026-11-23T07:59", "2026-11-23T08:00"),
    ],
)
def test_the_pharmacy_opens_on_the_next_working_day(now: str, opens: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert PharmacyHours().next_open(at, LONDON) == datetime.fromisoformat(opens).replace(
        tzinfo=UTC
    )
