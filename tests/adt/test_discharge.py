"""Going home: the checklist, the bed, and taking a step back."""

from datetime import timedelta

import pytest

from domain.access import Permission
from domain.beds import BedStatus
from domain.cancellations import CancelReason
from domain.discharge import Answer, Item
from domain.encounters import Disposition, EncounterStatus
from domain.errors import NotAllowed
from domain.movements import MovementStatus
from domain.overrides import Approver, Override
from tests.adt.leaving import settle
from tests.adt.test_transfer import lying
from ward.adt.admit import admit
from ward.adt.cancel_admission import cancel_admission
from ward.adt.cancel_discharge import cancel_discharge
from ward.adt.cancel_transfer import cancel_transfer
from ward.adt.discharge import discharge, gone
from ward.adt.isolate import isolate
from ward.adt.models import Precaution
from ward.adt.questions import Check, before_discharge
from ward.adt.transfer import transfer

WHY = CancelReason.WRONG_BED


@pytest.fixture
def critical(monkeypatch):
    """A module that answers that a critical alert is open."""
    monkeypatch.setattr(before_discharge, "answers", [])

    @before_discharge.answer("alerts", Permission.VIEW_STAYS)
    async def alerts(work, encounters):
        return {one: [Check(Item.NO_CRITICAL_ALERT, Answer.NOT_DONE)] for one in encounters}


async def test_a_discharge_ends_the_encounter_and_asks_for_a_clean(scene) -> None:
    ida, encounter = await lying(scene, "6E-01")
    await settle(scene, ida)
    async with scene.work() as work:
        ended = await discharge(work, encounter, Disposition.HOME)
    assert ended.status is EncounterStatus.FINISHED
    assert (await scene.bed("6E-01")).status is BedStatus.HOUSEKEEPING
    assert await scene.ward_of(ida) is None


async def test_after_isolation_the_bed_needs_a_terminal_clean(scene) -> None:
    _, encounter = await lying(scene, "6E-01")
    async with scene.work() as work:
        await isolate(work, encounter, Precaution.CONTACT)
        await gone(work, encounter, Disposition.HOME)
    assert (await scene.bed("6E-01")).status is BedStatus.CONTAMINATED


async def test_an_open_alert_stands_in_the_way_until_it_is_overridden(scene, critical) -> None:
    _, encounter = await lying(scene, "6E-01")
    with pytest.raises(NotAllowed, match="a critical alert is open"):
        async with scene.work() as work:
            await discharge(work, encounter, Disposition.HOME)
    async with scene.work() as work:
        why = Override(Approver.CHARGE_NURSE, "Seen by the consultant")
        await discharge(work, encounter, Disposition.HOME, override=why)
    assert (await scene.bed("6E-01")).status is BedStatus.HOUSEKEEPING


async def test_a_cancelled_admission_gives_the_bed_back_uncleaned(scene) -> None:
    ida, encounter = await lying(scene, "6E-01")
    async with scene.work() as work:
        gone = await cancel_admission(work, encounter, WHY, arrived=False)
    assert gone.status is EncounterStatus.ENTERED_IN_ERROR
    assert (await scene.bed("6E-01")).status is BedStatus.UNOCCUPIED
    assert await scene.ward_of(ida) is None
    async with scene.work() as work:
        await admit(work, ida, scene.beds["6E-01"])


async def test_other_reasons_must_be_told(scene) -> None:
    _, encounter = await lying(scene, "6E-01")
    with pytest.raises(NotAllowed, match="Say why"):
        async with scene.work() as work:
            await cancel_admission(work, encounter, CancelReason.OTHER)


async def test_a_cancelled_transfer_restores_the_stay_before(scene) -> None:
    ida, encounter = await lying(scene, "6E-01")
    async with scene.work() as work:
        await transfer(work, encounter, scene.beds["6W-02"])
    async with scene.work() as work:
        await cancel_transfer(work, encounter, WHY, arrived=False)
    assert (await scene.bed("6E-01")).status is BedStatus.OCCUPIED
    assert (await scene.bed("6W-02")).status is BedStatus.UNOCCUPIED
    assert await scene.ward_of(ida) == scene.east
    counted = [stay for stay in await scene.stays(ida) if stay.voided_at is None]
    assert [stay.ended_at for stay in counted] == [None]


async def test_a_transfer_is_not_taken_back_into_a_taken_bed(scene) -> None:
    _, encounter = await lying(scene, "6E-01")
    async with scene.work() as work:
        await transfer(work, encounter, scene.beds["6W-02"])
    await scene.clean("6E-01")
    await lying(scene, "6E-01", "Bo")
    with pytest.raises(NotAllowed, match="The patient needs another"):
        async with scene.work() as work:
            await cancel_transfer(work, encounter, WHY)


async def test_an_admission_is_not_taken_back_past_a_transfer(scene) -> None:
    _, encounter = await lying(scene, "6E-01")
    async with scene.work() as work:
        await transfer(work, encounter, scene.beds["6W-02"])
    with pytest.raises(NotAllowed, match="Take back that step first"):
        async with scene.work() as work:
            await cancel_admission(work, encounter, WHY)


async def test_a_cancelled_discharge_brings_her_back_to_her_bed(scene) -> None:
    ida, encounter = await lying(scene, "6E-01")
    async with scene.work() as work:
        await gone(work, encounter, Disposition.HOME)
    async with scene.work() as work:
        back = await cancel_discharge(work, encounter, WHY)
    assert (back.status, back.discharged_at) == (EncounterStatus.IN_PROGRESS, None)
    assert (await scene.bed("6E-01")).status is BedStatus.OCCUPIED
    assert await scene.ward_of(ida) == scene.east
    assert len(await scene.stays(ida)) == 1
    async with scene.work() as work:
        await gone(work, encounter, Disposition.HOME)


async def test_without_her_bed_she_waits_for_another(scene) -> None:
    ida, encounter = await lying(scene, "6E-01")
    async with scene.work() as work:
        await gone(work, encounter, Disposition.HOME)
    await scene.clean("6E-01")
    await lying(scene, "6E-01", "Bo")
    async with scene.work() as work:
        await cancel_discharge(work, encounter, WHY)
    (request,) = await scene.requests()
    assert (request.patient_id, request.to_ward_id) == (ida, scene.east)
    assert request.status is MovementStatus.REQUESTED
    async with scene.work() as work:
        again = await admit(work, ida, scene.beds["6E-02"])
    assert again.id == encounter
    assert (await scene.requests())[0].status is MovementStatus.MOVED


async def test_a_discharge_of_the_day_before_yesterday_stands(scene) -> None:
    ida = await scene.patient()
    async with scene.work() as work:
        earlier = work.now - timedelta(days=3)
        encounter = await admit(work, ida, scene.beds["6E-01"], at=earlier)
        await gone(work, encounter.id, Disposition.HOME, at=work.now - timedelta(hours=25))
    with pytest.raises(NotAllowed, match="more than 24 hours ago"):
        async with scene.work() as work:
            await cancel_discharge(work, encounter.id, WHY)
