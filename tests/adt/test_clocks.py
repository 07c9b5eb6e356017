"""Clocks: which step of a patient was the last is no matter of whose clock runs ahead."""

from datetime import timedelta

import pytest

from domain.beds import BedStatus
from domain.cancellations import CancelReason
from domain.errors import NotAllowed
from tests.adt.clocks import behind
from tests.adt.scene import Scene
from ward.adt.admit import admit
from ward.adt.cancel_admission import cancel_admission
from ward.adt.cancel_transfer import cancel_transfer
from ward.adt.past import history
from ward.adt.transfer import transfer

WRONG = CancelReason.WRONG_PATIENT


async def test_the_last_step_is_taken_back_though_its_clock_stood_behind(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = await scene.patient()
    async with scene.work() as work:
        encounter = (await admit(work, patient, scene.beds["6E-01"])).id
    with behind(monkeypatch, timedelta(minutes=5)):
        async with scene.work() as work:
            await transfer(work, encounter, scene.beds["6E-02"])
    with pytest.raises(NotAllowed, match="has moved since the admission"):
        async with scene.work() as work:
            await cancel_admission(work, encounter, WRONG, "Never came")
    async with scene.work() as work:
        words = [line.word for line in await history(work, patient)]
    assert words == ["Transferred", "Admitted"]
    async with scene.work() as work:
        await cancel_transfer(work, encounter, WRONG, "Stays")
    assert (await scene.bed("6E-01")).status is BedStatus.OCCUPIED
