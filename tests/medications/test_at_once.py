"""At once: what two people do with orders in the same moment ends in one truth."""

import asyncio
from decimal import Decimal
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import text

from domain import decisions
from domain.access import Permission
from domain.decisions import Reason
from domain.doses import Status
from domain.errors import NotAllowed
from domain.frequencies import Code
from domain.orders import RequestStatus
from domain.rights import NoScan
from tests.adt.scene import Scene
from tests.medications.bedside import at_bed, code
from tests.medications.scene import again, as_person, detail_of, doses_of, prescribed, request_of
from tests.medications.test_follow import leave
from tests.prescriptions import ordered, patient
from tests.settling import PATIENCE, settled
from tests.turns import in_turn
from ward import jobs
from ward.medications import give_routes
from ward.medications.change import change
from ward.medications.said import GivenSaid
from ward.medications.stop import stop
from ward.medications.suspend import hold_order
from ward.patients.models import Patient

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
        *(in_turn(partial(prescribed, scene, quiet_ida)) for _ in range(5)), return_exceptions=True
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

        await asyncio.gather(to(), in_turn(ends), return_exceptions=True)
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
    await settled(scene.node)
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

    async with asyncio.timeout(PATIENCE):
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


@pytest.mark.parametrize(("given", "said"), [(True, "gave this dose at"), (False, "try again")])
async def test_whoever_waited_too_long_hears_who_gave_it(
    open_scene, ida, nurse, monkeypatch, given, said
) -> None:
    bed = await at_bed(open_scene, nurse, ida)
    number = await bed.pack("amoxicillin", "500")
    _, dose = await bed.order(frequency=Code.ONCE)
    await bed.band(f"/doses/{dose.id}")
    rightly = give_routes.give.give

    async def late(work, key, told, *, revision):
        if given:
            async with as_person(open_scene, "charge") as other:
                by_eye = {"no_scan": NoScan.DAMAGED, "identifiers": frozenset({"name", "number"})}
                await rightly(other, key, GivenSaid(**by_eye), revision=revision)
        await (await work.connection()).execute(text("SET LOCAL lock_timeout = 1"))
        async with open_scene.work() as holder:
            await holder.access(Patient, ida, Permission.GIVE_MEDICATION, lock=True)
            await work.access(Patient, ida, Permission.GIVE_MEDICATION, lock=True)

    monkeypatch.setattr(give_routes.give, "give", late)
    answer = await bed.give(f"/doses/{dose.id}", pack=code(number))
    assert answer.status_code == 409
    assert said in answer.text
