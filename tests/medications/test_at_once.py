"""At once: what two people do with orders in the same moment ends in one truth."""

import asyncio
from decimal import Decimal
from uuid import UUID

import pytest

from domain import decisions
from domain.decisions import Reason
from domain.doses import Status
from domain.errors import NotAllowed
from domain.orders import RequestStatus
from tests.adt.scene import Scene
from tests.medications.scene import again, detail_of, doses_of, prescribed, request_of
from tests.medications.test_follow import leave
from tests.prescriptions import ordered, patient
from ward import jobs
from ward.medications.change import change
from ward.medications.stop import stop
from ward.medications.suspend import hold_order

SELEGILINE_FLUOXETINE = ("selegiline", "fluoxetine")


async def test_two_who_sign_a_forbidden_pair_at_once_sign_one(
    scene: Scene, quiet_ida: UUID
) -> None:
    ended = await asyncio.gather(
        *(prescribed(scene, quiet_ida, one) for one in SELEGILINE_FLUOXETINE),
        return_exceptions=True,
    )
    refused = [one for one in ended if isinstance(one, NotAllowed)]
    assert len(refused) == 1
    assert "cannot be overridden" in refused[0].sentence
    count = "SELECT count(*) FROM medication_request WHERE patient_id = :id"
    assert await scene.scalar(count, id=quiet_ida) == 1


async def test_two_who_sign_the_same_at_once_are_asked_why_twice(
    scene: Scene, quiet_ida: UUID
) -> None:
    ended = await asyncio.gather(
        *(prescribed(scene, quiet_ida) for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(one, NotAllowed) for one in ended) == 4
    twice = [
        decisions.Override.of(finding, Reason.SWITCHING)
        for finding in [decisions.Finding("D40", decisions.Tier.REASON, "", about=("amoxicillin",))]
    ]
    await prescribed(scene, quiet_ida, overrides=twice)


async def test_a_stop_and_a_change_at_once_leave_no_dose_of_a_stopped_order(
    scene: Scene, quiet_ida: UUID
) -> None:
    for dose in (250, 750, 1000):
        order = await prescribed(scene, quiet_ida, "metoprolol")
        was = await detail_of(scene, order.id)

        async def to(of=order, was=was, dose=dose) -> None:
            async with scene.work() as work:
                await change(work, of.id, again(was, dose=Decimal(dose)), "", seen=None)

        async def ends(of=order) -> None:
            async with scene.work() as work:
                await stop(work, of.id, "Slow pulse", seen=None)

        await asyncio.gather(to(), ends(), return_exceptions=True)
        row = await request_of(scene, order.id)
        assert row.status in {RequestStatus.CANCELLED, RequestStatus.STOPPED}
        assert await doses_of(scene, order.id, Status.PLANNED) == []


async def test_whoever_is_sent_home_meanwhile_is_owed_nothing(
    scene: Scene, quiet_ida: UUID
) -> None:
    gone, signed = await asyncio.gather(
        leave(scene, quiet_ida), prescribed(scene, quiet_ida), return_exceptions=True
    )
    assert not isinstance(gone, BaseException)
    await jobs.drain(scene.node)
    if isinstance(signed, BaseException):
        assert "not in a bed" in str(signed)
        return
    assert (await request_of(scene, signed.id)).status is RequestStatus.STOPPED
    assert await doses_of(scene, signed.id, Status.PLANNED) == []


async def test_planning_on_and_withholding_do_not_wait_for_each_other(
    scene: Scene, quiet_ida: UUID
) -> None:
    orders = [await prescribed(scene, quiet_ida, one) for one in ("metoprolol", "amoxicillin")]

    async def withhold(order_id: UUID) -> None:
        async with scene.work() as work:
            await hold_order(work, order_id, "Nil by mouth", seen=None)

    async with asyncio.timeout(10):
        await asyncio.gather(
            *(withhold(order.id) for order in orders),
            jobs.drain(scene.node),
            jobs.drain(scene.node),
        )
    for order in orders:
        assert (await request_of(scene, order.id)).status is RequestStatus.ON_HOLD


def test_the_pair_is_forbidden_whatever_its_order() -> None:
    first, second = SELEGILINE_FLUOXETINE
    for one, other in ((first, second), (second, first)):
        with pytest.raises(NotAllowed, match="cannot be overridden"):
            decisions.refuse(decisions.check(ordered(one), patient(other)))
