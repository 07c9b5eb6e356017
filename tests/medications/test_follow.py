"""Follow: orders are planned on, end, and go where the patient goes."""

from datetime import time, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.access import Permission
from domain.cancellations import CancelReason
from domain.doses import Status
from domain.encounters import Disposition
from domain.errors import NotAllowed
from domain.frequencies import Code
from domain.orders import Act, RequestStatus
from domain.overrides import Approver, Override
from tests.adt.scene import Scene
from tests.medications.scene import (
    at_noon,
    doses_of,
    history_of,
    hours,
    infused,
    prescribed,
    request_of,
    until_the_pharmacy_is_open,
)
from tests.settling import settled
from ward import clock
from ward.adt.cancel_admission import cancel_admission
from ward.adt.cancel_discharge import cancel_discharge
from ward.adt.discharge import discharge
from ward.adt.transfer import transfer
from ward.adt.visits import open_encounter
from ward.db import new_id
from ward.dev.cast import ZONE
from ward.medications.details import GivenDetail
from ward.medications.events import DoseGiven
from ward.medications.models import MedicationAdministration, ScheduledDose
from ward.medications.settings import WardSettings, put_settings
from ward.medications.stop import stop
from ward.medications.suspend import hold_order


async def encounter_of(scene: Scene, patient_id: UUID) -> UUID:
    async with scene.work() as work:
        found = await open_encounter(work, patient_id)
        assert found is not None
        return found.id


async def leave(scene: Scene, patient_id: UUID, how: Disposition = Disposition.HOME) -> UUID:
    encounter = await encounter_of(scene, patient_id)
    async with scene.work() as work:
        why = Override(Approver.CHARGE_NURSE, "Bed needed")
        await discharge(work, encounter, how, override=why)
    await settled(scene.node)
    return encounter


async def recorded(scene: Scene, order, dose_id: UUID | None, status: Status) -> UUID:
    """Write an administration down as the bedside does, as far as orders need it."""
    made = new_id()
    async with scene.work() as work:
        row = MedicationAdministration(
            id=made,
            patient_id=order.patient_id,
            encounter_id=order.encounter_id,
            request_id=order.id,
            dose_id=dose_id,
            status=status,
            occurred_at=work.now,
            recorded_at=work.now,
            recorded_as="nurse",
        )
        await work.seal(row, detail=GivenDetail())
        work.add(row, Permission.GIVE_MEDICATION)
        work.record(DoseGiven(order.patient_id, scene.east, order.id, dose_id, made))
        if dose_id:  # with the record: what follows looks at once
            dose = await work.access(ScheduledDose, dose_id, Permission.GIVE_MEDICATION, lock=True)
            dose.status = status
    return made


async def told(scene: Scene, kind: str) -> int:
    """Count the facts of a kind."""
    facts = "SELECT count(DISTINCT (cause, nth)) FROM outbox WHERE event->>'kind' = :kind"
    return await scene.scalar(facts, kind=kind)


async def test_doses_are_planned_on_every_day_without_a_gap_or_a_double(
    scene: Scene, quiet_ida: UUID
) -> None:
    at_noon()  # a minute before a dose there would be one more
    order = await prescribed(scene, quiet_ida)
    for minutes in (1, 0, 0, 0):
        clock.shift(clock.offset() + timedelta(days=1, minutes=minutes))
        await settled(scene.node)
    found = [dose for dose, _ in await doses_of(scene, order.id)]
    assert len(found) == 14
    gaps = {after.due_at - one.due_at for one, after in pairwise(found)}
    assert gaps <= {hours(11), hours(12), hours(13)}
    assert [one.next_at for one in found[:-1]] == [after.due_at for after in found[1:]]


async def test_an_order_of_three_doses_has_three_and_ends_with_the_last(
    scene: Scene, quiet_ida: UUID
) -> None:
    order = await prescribed(scene, quiet_ida, frequency=Code.Q2H, count=3)
    found = await doses_of(scene, order.id)
    assert [dose.next_at is None for dose, _ in found] == [False, False, True]
    for dose, _ in found:
        assert (await request_of(scene, order.id)).status is RequestStatus.ACTIVE
        clock.shift(clock.offset() + hours(2))
        await recorded(scene, order, dose.id, Status.GIVEN)
        await settled(scene.node)
    assert (await request_of(scene, order.id)).status is RequestStatus.COMPLETED
    assert (await history_of(scene, order.id))[-1].act is Act.COMPLETE


async def test_a_weekly_order_of_two_doses_waits_a_week_for_the_second(
    scene: Scene, quiet_ida: UUID
) -> None:
    today = clock.now().astimezone(ZoneInfo(ZONE)).weekday()
    order = await prescribed(scene, quiet_ida, "alendronic acid", Code.WK, weekday=today, count=2)
    clock.shift(timedelta(days=7))
    await settled(scene.node)
    first, *_ = await doses_of(scene, order.id)
    await recorded(scene, order, first[0].id, Status.GIVEN)
    await settled(scene.node)
    assert (await request_of(scene, order.id)).status is RequestStatus.ACTIVE


async def test_a_ward_that_asks_for_a_second_person_asks_for_what_came_with_the_patient(
    scene: Scene, quiet_ida: UUID
) -> None:
    async with scene.work() as work:
        own = WardSettings(controlled=("amoxicillin",))
        await put_settings(work, scene.west, own, seen=None)
    order = await prescribed(scene, quiet_ida)
    encounter = await encounter_of(scene, quiet_ida)
    async with scene.work() as work:
        await transfer(work, encounter, scene.beds["6W-01"])
    await settled(scene.node)
    assert (await request_of(scene, order.id)).witnessed


async def test_on_another_ward_doses_are_due_at_its_times_and_what_was_given_stays(
    scene: Scene, quiet_ida: UUID
) -> None:
    async with scene.work() as work:
        own = WardSettings(times={Code.BD: (time(7), time(19))})
        await put_settings(work, scene.west, own, seen=None)
    order = await prescribed(scene, quiet_ida)
    before = [dose.due_at for dose, _ in await doses_of(scene, order.id)]
    clock.shift(before[0] - clock.now())
    given = (await doses_of(scene, order.id))[0][0]
    await recorded(scene, order, given.id, Status.GIVEN)
    encounter = await encounter_of(scene, quiet_ida)
    async with scene.work() as work:
        await transfer(work, encounter, scene.beds["6W-01"])
    await settled(scene.node)
    kept, *rest = [dose for dose, _ in await doses_of(scene, order.id)]
    assert (kept.id, kept.status) == (given.id, Status.GIVEN)
    assert {dose.wall[11:] for dose in rest} == {"07:00", "19:00"}
    assert all(hours(6) <= dose.due_at - given.due_at for dose in rest)
    assert rest[0].due_at - given.due_at == hours(11)


async def test_a_ward_with_the_same_times_changes_no_dose(scene: Scene, quiet_ida: UUID) -> None:
    order = await prescribed(scene, quiet_ida)
    before = [dose.id for dose, _ in await doses_of(scene, order.id)]
    encounter = await encounter_of(scene, quiet_ida)
    async with scene.work() as work:
        await transfer(work, encounter, scene.beds["6W-01"])
    await settled(scene.node)
    assert [dose.id for dose, _ in await doses_of(scene, order.id)] == before
    due = "SELECT count(*) FROM live_due WHERE topic = :topic"
    assert await scene.scalar(due, topic=f"care/{scene.west}") > 0


async def test_who_goes_home_owes_no_dose_and_a_pump_that_runs_is_told(
    scene: Scene, quiet_ida: UUID
) -> None:
    order = await prescribed(scene, quiet_ida)
    pump = await prescribed(scene, quiet_ida, detail=infused(), overrides=())
    [(bag, _)] = await doses_of(scene, pump.id)
    await recorded(scene, pump, bag.id, Status.RUNNING)
    await leave(scene, quiet_ida)
    assert (await request_of(scene, order.id)).status is RequestStatus.STOPPED
    assert await doses_of(scene, order.id) == []
    [(bag, _)] = await doses_of(scene, pump.id)
    assert bag.status is Status.RUNNING  # nobody assumes that a pump is off
    assert await told(scene, "PumpToStop") == 1


async def test_a_discharge_taken_back_has_the_orders_stand_as_they_were(
    scene: Scene, quiet_ida: UUID
) -> None:
    at_noon()  # no dose is overtaken while the patient is away
    kept = await prescribed(scene, quiet_ida)
    withheld = await prescribed(scene, quiet_ida, "metoprolol")
    stopped = await prescribed(scene, quiet_ida, "paracetamol")
    async with scene.work() as work:
        await hold_order(work, withheld.id, "Slow pulse", seen=None)
    async with scene.work() as work:
        await stop(work, stopped.id, "No pain", seen=None)
    before = [dose.due_at for dose, _ in await doses_of(scene, kept.id)]
    encounter = await leave(scene, quiet_ida)
    clock.shift(clock.offset() + timedelta(minutes=5))
    async with scene.work() as work:
        await cancel_discharge(work, encounter, CancelReason.WRONG_PATIENT)
    await settled(scene.node)
    assert (await request_of(scene, kept.id)).status is RequestStatus.ACTIVE
    assert (await request_of(scene, withheld.id)).status is RequestStatus.ON_HOLD
    assert not (await request_of(scene, stopped.id)).status.stands
    after = [dose.due_at for dose, _ in await doses_of(scene, kept.id)]
    assert after[: len(before)] == before
    assert (await history_of(scene, kept.id))[-1].act is Act.REOPEN


async def test_an_admission_with_orders_is_not_taken_back(scene: Scene, quiet_ida: UUID) -> None:
    await prescribed(scene, quiet_ida)
    encounter = await encounter_of(scene, quiet_ida)
    async with scene.work() as work:
        with pytest.raises(NotAllowed):
            await cancel_admission(work, encounter, CancelReason.WRONG_PATIENT)


async def test_nobody_prescribes_for_somebody_who_is_not_here(
    scene: Scene, quiet_ida: UUID
) -> None:
    await leave(scene, quiet_ida)
    with pytest.raises(NotAllowed, match="not in a bed"):
        await prescribed(scene, quiet_ida)


async def test_a_high_alert_order_that_nobody_verified_is_told_in_pharmacy_hours(
    scene: Scene, quiet_ida: UUID
) -> None:
    order = await prescribed(scene, quiet_ida, "warfarin", Code.OD)
    assert order.high_alert
    clock.shift(until_the_pharmacy_is_open())
    await settled(scene.node)
    assert await told(scene, "VerificationOverdue") == 1


async def test_a_time_critical_dose_that_nobody_gave_is_told_once_and_a_given_one_never(
    scene: Scene, quiet_ida: UUID
) -> None:
    order = await prescribed(scene, quiet_ida, "levetiracetam", Code.Q2H)
    assert order.timing.value == "time-critical"
    first, second, *_ = await doses_of(scene, order.id)
    await recorded(scene, order, first[0].id, Status.GIVEN)
    clock.shift(hours(2.4))
    await settled(scene.node)
    assert await told(scene, "DoseOverdue") == 0
    clock.shift(hours(2.6))
    await settled(scene.node)
    assert await told(scene, "DoseOverdue") == 1
    assert second[0].closes_at - second[0].due_at == timedelta(minutes=30)
