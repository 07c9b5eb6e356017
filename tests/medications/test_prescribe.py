"""Prescribe: an order stands with its doses, or it is refused with the reason why."""

from datetime import timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.formulary import Unit
from domain.orders import Act, CriticalDose, RequestStatus
from tests.adt.scene import Scene
from tests.medications.scene import doses_of, history_of, prescribed, request_of

LONDON = ZoneInfo("Europe/London")


async def test_an_order_twice_daily_has_its_doses_at_eight_and_at_eight(
    scene: Scene, quiet_ida: UUID
) -> None:
    order = await prescribed(scene, quiet_ida)
    assert (order.status, order.timing, order.revision) == (
        RequestStatus.ACTIVE,
        CriticalDose.ROUTINE,
        1,
    )
    found = await doses_of(scene, order.id)
    assert len(found) == 6
    for dose, amount in found:
        local = dose.due_at.astimezone(LONDON)
        assert (local.hour, local.minute) in {(8, 0), (20, 0)}
        assert dose.wall == f"{local:%Y-%m-%dT%H:%M}"
        assert dose.zone == "Europe/London"
        assert dose.due_at - dose.opens_at == dose.closes_at - dose.due_at == timedelta(hours=1)
        assert (amount.value, amount.unit) == (500, Unit.MG)
        assert order.starts_at <= dose.due_at <= order.starts_at + timedelta(hours=72)
    assert all(one.next_at == after.due_at for (one, _), (after, _) in pairwise(found))
    assert found[-1][0].next_at is not None
    assert [row.act for row in await history_of(scene, order.id)] == [Act.PRESCRIBE]
    assert (await request_of(scene, order.id)).planned_until is not None
