"""Since: what changed about the patient after an order was signed is asked about again."""

from datetime import timedelta
from uuid import UUID

import pytest

from domain.doses import Status
from domain.errors import NotAllowed
from domain.frequencies import Code
from domain.orders import OrderSource, RequestStatus
from tests.adt.scene import Scene
from tests.medications.scene import (
    again,
    detail_of,
    detailed,
    doses_of,
    ordered,
    prescribed,
    request_of,
)
from tests.medications.test_follow import recorded
from tests.medications.test_rules import allergic_to
from tests.stations import Station, ids
from ward import clock
from ward.medications.change import change
from ward.medications.prescribe import prescribe
from ward.medications.renew import renew
from ward.medications.stop import stop
from ward.medications.suspend import hold_order, lift


async def stopped(scene: Scene, patient_id: UUID, generic: str, *, given: bool) -> None:
    order = await prescribed(scene, patient_id, generic, Code.STAT)
    [(dose, _)] = await doses_of(scene, order.id)
    if given:
        await recorded(scene, order, dose.id, Status.GIVEN)
    async with scene.work() as work:
        await stop(work, order.id, "Changed to another", seen=None)


async def test_what_was_given_lately_counts_although_its_order_has_ended(
    scene: Scene, quiet_ida: UUID
) -> None:
    await stopped(scene, quiet_ida, "fluoxetine", given=True)
    with pytest.raises(NotAllowed, match=r"FLUoxetine.*cannot be overridden"):
        await prescribed(scene, quiet_ida, "selegiline", Code.OD)
    clock.shift(timedelta(days=36))
    await prescribed(scene, quiet_ida, "selegiline", Code.OD)


async def test_what_was_ordered_and_never_given_does_not(scene: Scene, quiet_ida: UUID) -> None:
    await stopped(scene, quiet_ida, "fluoxetine", given=False)
    await prescribed(scene, quiet_ida, "selegiline", Code.OD)


async def test_an_allergy_found_since_keeps_an_order_from_going_on(
    scene: Scene, quiet_ida: UUID
) -> None:
    until = clock.now() + timedelta(days=1)
    order = await prescribed(scene, quiet_ida, stops_at=until)
    async with scene.work() as work:
        await hold_order(work, order.id, "Rash", seen=None)
    await allergic_to(scene, quiet_ida, "amoxicillin")
    was = await detail_of(scene, order.id)
    for act in (
        lambda work: lift(work, order.id, seen=None),
        lambda work: renew(work, order.id, until + timedelta(days=1), seen=None),
        lambda work: change(work, order.id, again(was, note="slowly"), "", seen=None),
    ):
        with pytest.raises(NotAllowed, match="cannot be overridden"):
            async with scene.work() as work:
                await act(work)
    assert (await request_of(scene, order.id)).status is RequestStatus.ON_HOLD
    async with scene.work() as work:
        await stop(work, order.id, "Allergy", seen=None)


async def test_a_colleague_who_signs_for_somebody_else_says_why(
    open_scene: Scene, ida: UUID, doctor: Station, doctor2: Station
) -> None:
    who = await ids(open_scene.node, "app_user", "username")
    async with open_scene.work() as work:
        one = ordered(detailed("amoxicillin"))
        [order] = await prescribe(
            work, ida, [one], source=OrderSource.VERBAL, prescriber=who["doctor"]
        )
    path = f"/orders/{order.id}/sign"
    answer = await doctor2.post(path, version=order.version)
    assert answer.status_code == 409
    assert "Say why you sign it instead" in answer.text
    answer = await doctor2.post(path, version=order.version, reason="Dr Patelle is off duty")
    assert answer.status_code == 200, answer.text
    row = await request_of(open_scene, order.id)
    assert (row.prescribed_by, row.acknowledged_by) == (who["doctor"], who["doctor2"])
    late = await doctor.post(path, version=row.version)
    assert late.status_code == 409
