"""Acts on an order: withheld, given again, stopped, changed, read, verified, renewed, signed."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from domain.access import Permission
from domain.doses import Status
from domain.errors import NotAllowed
from domain.frequencies import Code
from domain.orders import Act, OrderSource, RequestStatus
from tests.adt.scene import Scene
from tests.medications.scene import (
    again,
    detail_of,
    detailed,
    doses_of,
    history_of,
    hours,
    prescribed,
    request_of,
    touched,
    verified,
)
from tests.settling import settled
from ward import clock
from ward.errors import Stale
from ward.medications.acknowledge import acknowledge
from ward.medications.change import change
from ward.medications.models import MedicationChange
from ward.medications.renew import renew
from ward.medications.review import review, unread
from ward.medications.stop import stop
from ward.medications.suspend import hold_order, lift
from ward.medications.verify import verify


async def acts(scene: Scene, request_id: UUID) -> list[Act]:
    return [row.act for row in await history_of(scene, request_id)]


async def test_a_stopped_order_owes_no_dose_but_the_missed_one_an_answer(
    scene: Scene, quiet_ida: UUID
) -> None:
    order = await prescribed(scene, quiet_ida, frequency=Code.Q1H)
    clock.shift(hours(2.5))
    async with scene.work() as work:
        await stop(work, order.id, "Rash", seen=None)
    row = await request_of(scene, order.id)
    assert (row.status, row.ended_at is not None) == (RequestStatus.STOPPED, True)
    left = await doses_of(scene, order.id)
    assert [dose.status for dose, _ in left] == [Status.PLANNED] * 2  # both are missed
    assert await acts(scene, order.id) == [Act.PRESCRIBE, Act.STOP]
    async with scene.work() as work:
        with pytest.raises(NotAllowed, match="stopped"):
            await stop(work, order.id, "Again", seen=None)


async def test_a_stop_says_why(scene: Scene, quiet_ida: UUID) -> None:
    order = await prescribed(scene, quiet_ida)
    async with scene.work() as work:
        with pytest.raises(NotAllowed, match="Say why"):
            await stop(work, order.id, "  ", seen=None)


async def test_a_withheld_medicine_keeps_its_doses_and_what_was_overtaken_is_taken_back(
    scene: Scene, quiet_ida: UUID
) -> None:
    order = await prescribed(scene, quiet_ida, frequency=Code.Q1H)
    first, *_ = await doses_of(scene, order.id)
    await touched(scene, first[0].id)
    clock.shift(hours(0.5))
    async with scene.work() as work:
        await hold_order(work, order.id, "Nil by mouth", seen=None)
    assert (await request_of(scene, order.id)).status is RequestStatus.ON_HOLD
    clock.shift(hours(4.5))
    async with scene.work() as work:
        await lift(work, order.id, seen=None)
    row = await request_of(scene, order.id)
    assert (row.status, row.held_at) == (RequestStatus.ACTIVE, None)
    gone = await doses_of(scene, order.id, Status.CANCELLED)
    offsets = [round((dose.due_at - order.starts_at) / hours(1)) for dose, _ in gone]
    assert offsets == [1, 2, 3]  # the fourth can still be given
    assert await acts(scene, order.id) == [Act.PRESCRIBE, Act.HOLD, Act.LIFT]


async def test_a_change_plans_anew_keeps_what_was_given_and_locks_the_line(
    scene: Scene, quiet_ida: UUID
) -> None:
    order = await prescribed(scene, quiet_ida, frequency=Code.Q2H)
    given, *_ = await doses_of(scene, order.id)
    await touched(scene, given[0].id)
    clock.shift(hours(1))
    was = await detail_of(scene, order.id)
    async with scene.work() as work:
        await change(work, order.id, again(was, dose=Decimal(250)), "Too much", seen=None)
    kept, *fresh = await doses_of(scene, order.id)
    assert (kept[0].id, kept[0].status, kept[1].value) == (given[0].id, Status.GIVEN, 500)
    assert {amount.value for _, amount in fresh} == {250}
    assert {dose.revision for dose, _ in fresh} == {2}
    assert fresh[0][0].due_at == given[0].due_at + hours(2)
    row = await request_of(scene, order.id)
    assert (row.revision, row.verified_at) == (2, None)
    async with scene.work() as work:
        [waiting] = await unread(work, order.id)
        said = (await work.open([waiting], MedicationChange.detail))[waiting.id]
    assert (said.was.dose, said.now.dose, said.reason) == (500, 250, "Too much")
    async with scene.work() as work:
        await review(work, order.id, waiting.id)
    async with scene.work() as work:
        assert await unread(work, order.id) == []
        with pytest.raises(NotAllowed, match="read this change already"):
            await review(work, order.id, waiting.id)
    assert await acts(scene, order.id) == [Act.PRESCRIBE, Act.CHANGE, Act.REVIEW]


async def test_a_change_to_another_rhythm_hastens_no_dose(scene: Scene, quiet_ida: UUID) -> None:
    order = await prescribed(scene, quiet_ida, frequency=Code.Q3H)
    given, *_ = await doses_of(scene, order.id)
    await touched(scene, given[0].id)
    clock.shift(timedelta(minutes=10))
    was = await detail_of(scene, order.id)
    async with scene.work() as work:
        detail = again(was, frequency=Code.Q4H)
        await change(work, order.id, detail, "", seen=None)
    _, (after, _), *_ = await doses_of(scene, order.id)
    assert after.due_at - given[0].due_at >= hours(2)


async def test_another_medicine_or_nothing_is_no_change(scene: Scene, quiet_ida: UUID) -> None:
    order = await prescribed(scene, quiet_ida)
    was = await detail_of(scene, order.id)
    async with scene.work() as work:
        with pytest.raises(NotAllowed, match="Nothing was changed"):
            await change(work, order.id, was, "", seen=None)
        with pytest.raises(NotAllowed, match="another order"):
            await change(work, order.id, detailed("doxycycline"), "", seen=None)


async def test_of_two_parallel_changes_one_is_told_to_look_again(
    scene: Scene, quiet_ida: UUID
) -> None:
    order = await prescribed(scene, quiet_ida)
    was = await detail_of(scene, order.id)
    seen = (await request_of(scene, order.id)).version

    async def to(dose: int) -> None:
        async with scene.work() as work:
            await change(work, order.id, again(was, dose=Decimal(dose)), "", seen=seen)

    ended = await asyncio.gather(to(250), to(750), return_exceptions=True)
    assert [type(one) for one in ended if one is not None] == [Stale]
    assert (await request_of(scene, order.id)).revision == 2
    assert "changed" in next(one.sentence for one in ended if isinstance(one, Stale))


async def test_an_order_is_verified_once_and_a_change_takes_it_back(
    scene: Scene, quiet_ida: UUID
) -> None:
    order = await prescribed(scene, quiet_ida)
    await verified(scene, order.id)
    assert (await request_of(scene, order.id)).verified_at is not None
    with pytest.raises(NotAllowed, match="verified already"):
        await verified(scene, order.id)
    was = await detail_of(scene, order.id)
    async with scene.work() as work:
        await change(work, order.id, again(was, dose=Decimal(250)), "", seen=None)
    assert (await request_of(scene, order.id)).verified_at is None


async def test_a_verbal_order_is_signed_later_and_once(scene: Scene, quiet_ida: UUID) -> None:
    order = await prescribed(scene, quiet_ida, source=OrderSource.VERBAL)
    assert order.acknowledged_at is None
    async with scene.work() as work:
        await acknowledge(work, order.id, seen=None)
    assert (await request_of(scene, order.id)).acknowledged_at is not None
    async with scene.work() as work:
        with pytest.raises(NotAllowed, match="signed already"):
            await acknowledge(work, order.id, seen=None)
    signed = await prescribed(scene, quiet_ida, "metoprolol")
    async with scene.work() as work:
        with pytest.raises(NotAllowed, match="prescriber signed"):
            await acknowledge(work, signed.id, seen=None)


async def test_an_order_ends_in_time_and_is_signed_again(scene: Scene, quiet_ida: UUID) -> None:
    start = clock.now()
    order = await prescribed(scene, quiet_ida, frequency=Code.Q2H, stops_at=start + hours(5))
    assert len(await doses_of(scene, order.id)) == 3
    clock.shift(hours(5.1))
    await settled(scene.node)
    assert (await request_of(scene, order.id)).status is RequestStatus.COMPLETED
    async with scene.work() as work:
        anew = await renew(work, order.id, None, seen=None)
    assert (anew.id != order.id, anew.replaces_id) == (True, order.id)
    assert await doses_of(scene, anew.id)
    async with scene.work() as work:
        with pytest.raises(NotAllowed, match="twice"):
            await renew(work, order.id, None, seen=None)


async def test_an_order_that_stands_goes_on_and_no_dose_is_planned_twice(
    scene: Scene, quiet_ida: UUID
) -> None:
    start = clock.now()
    order = await prescribed(scene, quiet_ida, frequency=Code.Q2H, stops_at=start + hours(5))
    clock.shift(hours(3))
    async with scene.work() as work:
        same = await renew(work, order.id, start + hours(10), seen=None)
    assert same.id == order.id
    found = [dose.due_at - start for dose, _ in await doses_of(scene, order.id)]
    assert [round(gap / hours(1)) for gap in found] == [0, 2, 4, 6, 8]
    rows = [dose for dose, _ in await doses_of(scene, order.id)]
    assert [one.next_at for one in rows] == [*(one.due_at for one in rows[1:]), None]
    clock.shift(hours(5.5))
    await settled(scene.node)
    assert (await request_of(scene, order.id)).status is RequestStatus.ACTIVE
    async with scene.work() as work:
        with pytest.raises(NotAllowed, match="longer already"):
            await renew(work, order.id, start + hours(9), seen=None)


async def test_who_may_do_what_is_asked_inside(scene: Scene, quiet_ida: UUID) -> None:
    from ward.errors import Forbidden
    from ward.security.actors import System
    from ward.work import work_as

    order = await prescribed(scene, quiet_ida)
    nurse = System(
        "job:nurse", frozenset({Permission.VIEW_MEDICATIONS, Permission.GIVE_MEDICATION})
    )
    for act in (
        lambda work: stop(work, order.id, "x", seen=None),
        lambda work: hold_order(work, order.id, "x", seen=None),
        lambda work: lift(work, order.id, seen=None),
        lambda work: verify(work, order.id, seen=None),
        lambda work: renew(work, order.id, None, seen=None),
        lambda work: acknowledge(work, order.id, seen=None),
        lambda work: change(work, order.id, detailed("amoxicillin"), "", seen=None),
    ):
        with pytest.raises(Forbidden):
            async with work_as(scene.node, nurse, "test") as work:
                await act(work)
