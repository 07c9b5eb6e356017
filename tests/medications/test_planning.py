"""Planning anew: what was given counts from when it was given; nothing is lost on the way."""

from datetime import time, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.doses import Status
from domain.errors import NotAllowed
from domain.frequencies import Code
from domain.orders import RequestPriority
from domain.schedules import First
from tests.adt.scene import Scene
from tests.medications.scene import (
    VIEW,
    again,
    at_noon,
    detail_of,
    detailed,
    doses_of,
    hours,
    prescribed,
    request_of,
)
from tests.medications.test_follow import encounter_of, recorded, told
from tests.medications.test_nights import in_zone
from tests.settling import settled
from ward import clock
from ward.adt.transfer import transfer
from ward.medications import planning
from ward.medications.change import change
from ward.medications.details import TaperStep
from ward.medications.held import hold
from ward.medications.line import reach
from ward.medications.settings import WardSettings, put_settings

LONDON = ZoneInfo("Europe/London")


async def changed(scene: Scene, order_id: UUID, **said) -> None:
    was = await detail_of(scene, order_id)
    async with scene.work() as work:
        await change(work, order_id, again(was, **said), "", seen=None)


def until(at) -> None:
    clock.shift(clock.offset() + (at - clock.now()))


async def test_hours_go_on_from_a_late_dose_that_moved_them_whatever_the_dose_is_then(
    scene: Scene, quiet_ida: UUID
) -> None:
    order = await prescribed(scene, quiet_ida, frequency=Code.Q2H)
    first, *_ = await doses_of(scene, order.id)
    until(first[0].due_at + hours(1.5))
    given_at = clock.now()
    await recorded(scene, order, first[0].id, Status.GIVEN)
    async with scene.work() as work:
        held, line = await reach(work, order.id, VIEW, lock=True)
        await planning.shift(work, held, line, given_at)
    late = [dose.due_at - given_at for dose, _ in await doses_of(scene, order.id)]
    assert [round(gap / hours(1), 1) for gap in late[1:4]] == [2, 4, 6]
    until(given_at + hours(0.5))
    await changed(scene, order.id, dose=Decimal(250))
    after = [dose.due_at - given_at for dose, _ in await doses_of(scene, order.id)]
    assert after[1:4] == late[1:4]
    until(given_at + timedelta(hours=24))
    await settled(scene.node)
    gaps = [dose.due_at - given_at for dose, _ in await doses_of(scene, order.id)][1:]
    assert {b - a for a, b in pairwise(gaps)} == {hours(2)}


async def test_a_dose_that_stood_before_is_not_lost_because_the_last_was_late(
    scene: Scene, quiet_ida: UUID
) -> None:
    morning = (clock.now() + timedelta(days=1)).astimezone(LONDON).replace(hour=7, minute=0)
    until(morning)
    order = await prescribed(scene, quiet_ida, frequency=Code.TDS)
    first, second, third, *_ = [dose for dose, _ in await doses_of(scene, order.id)]
    await recorded(scene, order, first.id, Status.GIVEN)
    until(second.due_at + hours(5))
    await recorded(scene, order, second.id, Status.GIVEN)
    await changed(scene, order.id, dose=Decimal(250))
    encounter = await encounter_of(scene, quiet_ida)
    async with scene.work() as work:
        await transfer(work, encounter, scene.beds["6W-01"])
    await settled(scene.node)
    after = [dose.due_at for dose, _ in await doses_of(scene, order.id)]
    assert third.due_at in after
    assert third.due_at - clock.now() < hours(4)


async def test_another_rhythm_counts_from_when_the_last_dose_was_given(
    scene: Scene, quiet_ida: UUID
) -> None:
    order = await prescribed(scene, quiet_ida, frequency=Code.Q3H)
    first, *_ = await doses_of(scene, order.id)
    until(first[0].due_at + hours(2))
    given_at = clock.now()
    await recorded(scene, order, first[0].id, Status.GIVEN)
    until(given_at + timedelta(minutes=20))
    await changed(scene, order.id, frequency=Code.Q2H)
    rest = [dose.due_at for dose, _ in await doses_of(scene, order.id)][1:]
    assert round((rest[0] - given_at) / hours(1), 3) == 2


async def test_a_ward_whose_time_has_just_passed_loses_no_dose(
    scene: Scene, quiet_ida: UUID
) -> None:
    async with scene.work() as work:
        own = WardSettings(times={Code.BD: (time(7), time(19))})
        await put_settings(work, scene.west, own, seen=None)
    at_noon()  # the morning is the next one, and its hours are to come
    order = await prescribed(scene, quiet_ida)
    mornings = [d for d, _ in await doses_of(scene, order.id) if d.wall.endswith("08:00")]
    until(mornings[0].due_at - timedelta(minutes=30))
    encounter = await encounter_of(scene, quiet_ida)
    async with scene.work() as work:
        await transfer(work, encounter, scene.beds["6W-01"])
    await settled(scene.node)
    waiting = [d for d, _ in await doses_of(scene, order.id) if d.due_at > clock.now() - hours(2)]
    assert waiting[0].due_at == mornings[0].due_at - hours(1)
    assert waiting[0].closes_at > clock.now()


async def test_a_first_dose_at_once_is_followed_by_the_times_of_the_ward(
    scene: Scene, quiet_ida: UUID
) -> None:
    noon = (clock.now() + timedelta(days=1)).astimezone(LONDON).replace(hour=12, minute=0)
    until(noon)
    order = await prescribed(scene, quiet_ida, first=First.NOW)
    found = [dose for dose, _ in await doses_of(scene, order.id)]
    assert found[0].wall is None
    assert found[0].due_at == order.starts_at
    assert found[1].due_at.astimezone(LONDON).hour == 20
    until(noon + hours(6))
    with pytest.raises(NotAllowed, match="Confirm the gap"):
        await prescribed(scene, quiet_ida, "metoprolol", first=First.NOW)
    close = await prescribed(scene, quiet_ida, "metoprolol", first=First.NOW_CONFIRMED)
    first, second, *_ = [dose for dose, _ in await doses_of(scene, close.id)]
    assert hours(1) < second.due_at - first.due_at < hours(3)
    await recorded(scene, close, first.id, Status.GIVEN)
    await changed(scene, close.id, dose=Decimal(25))
    assert (await doses_of(scene, close.id))[1][0].due_at == second.due_at


async def test_a_taper_goes_down_by_days(scene: Scene, quiet_ida: UUID) -> None:
    steps = (TaperStep(Decimal(40), 1), TaperStep(Decimal(20), 1), TaperStep(Decimal(10)))
    order = await prescribed(
        scene, quiet_ida, "prednisolone", Code.OD, dose=Decimal(40), steps=steps
    )
    found = await doses_of(scene, order.id)
    start = order.starts_at.astimezone(LONDON).date()
    by_day = {(dose.due_at.astimezone(LONDON).date() - start).days: a.value for dose, a in found}
    assert by_day == {day: {0: 40, 1: 20}.get(day, 10) for day in by_day}


async def test_at_once_is_due_at_once_and_told_when_it_is_late(
    scene: Scene, quiet_ida: UUID
) -> None:
    order = await prescribed(
        scene, quiet_ida, "amoxicillin", Code.STAT, priority=RequestPriority.STAT
    )
    [(dose, _)] = await doses_of(scene, order.id)
    assert (dose.due_at, dose.next_at) == (order.starts_at, None)
    clock.shift(timedelta(minutes=31))
    await settled(scene.node)
    assert await told(scene, "DoseOverdue") == 1


async def test_as_required_has_no_dose_and_a_regular_order_made_so_has_none_left(
    scene: Scene, quiet_ida: UUID
) -> None:
    order = await prescribed(scene, quiet_ida, "paracetamol", Code.PRN)
    assert await doses_of(scene, order.id) == []
    regular = await prescribed(scene, quiet_ida, "metoprolol")
    prn = detailed("metoprolol", Code.PRN)
    await changed(
        scene,
        regular.id,
        frequency=Code.PRN,
        kind=prn.kind,
        limits=prn.limits,
        indication="palpitation",
    )
    assert await doses_of(scene, regular.id) == []
    assert (await request_of(scene, regular.id)).kind is prn.kind


async def test_screens_of_patient_and_ward_turn_when_a_window_opens_and_closes(
    scene: Scene, quiet_ida: UUID
) -> None:
    order = await prescribed(scene, quiet_ida)
    (first, _), *_ = await doses_of(scene, order.id)
    async with scene.work() as work:
        ward = (await hold(work, quiet_ida, VIEW)).ward.id
    due = "SELECT count(*) FROM live_due WHERE topic = :topic AND at = :at"
    for topic in (f"medications/{quiet_ida}", f"chart/{quiet_ida}", f"beds/{ward}", f"care/{ward}"):
        for at in (first.opens_at, first.closes_at + timedelta(microseconds=1), first.next_at):
            if at > clock.now():
                assert await scene.scalar(due, topic=topic, at=at) == 1


async def test_doses_to_come_follow_a_change_of_the_time_zones_and_past_ones_stay(
    scene: Scene, quiet_ida: UUID
) -> None:
    noon = clock.now().replace(hour=12, minute=0) + hours(24) - clock.now()  # far from any dose
    clock.shift(noon)
    order = await prescribed(scene, quiet_ida)
    before = [dose for dose, _ in await doses_of(scene, order.id)]
    clock.shift(noon + hours(25))
    await in_zone(scene, "Europe/Lisbon")  # the same times as London's, by another name
    await settled(scene.node)
    same = [dose.id for dose, _ in await doses_of(scene, order.id)]
    assert same[: len(before)] == [dose.id for dose in before]
    await in_zone(scene, "Europe/Paris")
    clock.shift(noon + hours(50))
    await settled(scene.node)
    past = [dose for dose, _ in await doses_of(scene, order.id) if dose.next_at < clock.now()]
    coming = [dose for dose, _ in await doses_of(scene, order.id) if dose.due_at > clock.now()]
    assert {dose.id for dose in past} <= {*same}
    paris = ZoneInfo("Europe/Paris")
    assert {dose.due_at.astimezone(paris).hour for dose in coming} == {8, 20}
    assert {dose.zone for dose in coming} == {"Europe/Paris"}
