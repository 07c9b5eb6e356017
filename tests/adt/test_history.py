"""After many stays, a thousand by night, no history of a patient or a bed has gaps or overlaps."""

import os
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from sqlalchemy import text

from domain.encounters import Disposition
from ward import clock
from ward.adt import past
from ward.adt.admit import admit
from ward.adt.discharge import gone
from ward.adt.swap import swap
from ward.adt.transfer import transfer

STAYS = 1_000 if os.environ.get("TEST_SIZE") == "nightly" else 120
PEOPLE, BEDS = 24, 30
READY = text(
    "UPDATE bed SET status = 'U', held_for = NULL, held_until = NULL WHERE status IN ('H', 'K')"
)


@dataclass
class Told:
    """What was done, as the test itself wrote it down: bed, since, until."""

    now: datetime
    lies: dict[UUID, tuple[UUID, UUID]] = field(default_factory=dict)  # patient: encounter, bed
    stays: dict[UUID, list[list]] = field(default_factory=dict)

    def comes(self, patient: UUID, encounter: UUID, bed: UUID) -> None:
        self.lies[patient] = (encounter, bed)
        self.stays.setdefault(patient, []).append([encounter, bed, self.now, None])

    def goes(self, patient: UUID) -> None:
        self.lies.pop(patient)
        self.stays[patient][-1][3] = self.now

    @property
    def count(self) -> int:
        return sum(map(len, self.stays.values()))


@pytest.mark.fuzz
async def test_stays_leave_no_gap_and_no_overlap(scene) -> None:
    dice = random.Random(20261121)
    people = [await scene.patient(f"Stay{n:02}") for n in range(PEOPLE)]
    beds = sorted(scene.beds.values())[:BEDS]
    told = Told(clock.now() - timedelta(days=60))
    while told.count < STAYS:
        told.now += timedelta(minutes=dice.randrange(1, 60))
        await _step(scene, dice, told, people, beds)
    await _as_told(scene, told)


async def _step(scene, dice, told, people, beds) -> None:
    taken = {bed for _, bed in told.lies.values()}
    if len(taken) > BEDS - 8:
        patient = dice.choice(sorted(told.lies))
        return await _leave(scene, told, patient)
    patient, bed = dice.choice(people), dice.choice([bed for bed in beds if bed not in taken])
    await _ready(scene)
    async with scene.work() as work:
        if patient not in told.lies:
            made = await admit(work, patient, bed, at=told.now)
            told.comes(patient, made.id, bed)
        elif dice.random() < 0.5:
            encounter = (await transfer(work, told.lies[patient][0], bed, at=told.now)).id
            told.goes(patient)
            told.comes(patient, encounter, bed)
        elif dice.random() < 0.4 and len(told.lies) > 1:
            await _exchange(work, dice, told, patient)
        else:
            await gone(work, told.lies[patient][0], Disposition.HOME, at=told.now)
            told.goes(patient)
    return None


async def _exchange(work, dice, told, patient) -> None:
    other = dice.choice(sorted(one for one in told.lies if one != patient))
    (mine, here), (theirs, there) = told.lies[patient], told.lies[other]
    await swap(work, mine, theirs, at=told.now)
    for one, encounter, bed in ((patient, mine, there), (other, theirs, here)):
        told.goes(one)
        told.comes(one, encounter, bed)


async def _leave(scene, told, patient) -> None:
    async with scene.work() as work:
        await gone(work, told.lies[patient][0], Disposition.HOME, at=told.now)
    told.goes(patient)


async def _ready(scene) -> None:
    """Have every bed cleaned: who cleans is another test."""
    async with scene.node.aside.begin() as connection:
        await connection.execute(READY)


async def _as_told(scene, told) -> None:
    by_bed: dict[UUID, list] = {}
    async with scene.work() as work:
        for patient, expected in told.stays.items():
            listed = await past.stays_of(work, patient)
            shown = [[one.encounter_id, one.bed_id, one.started_at, one.ended_at] for one in listed]
            assert shown == expected
            for before, after in pairwise(listed):
                same = before.encounter_id == after.encounter_id
                assert before.ended_at == after.started_at if same else before.ended_at
                assert before.ended_at <= after.started_at
            for one in listed:
                by_bed.setdefault(one.bed_id, []).append(one)
        for bed, lay in by_bed.items():
            listed = await past.stays_in(work, bed)
            assert listed == sorted(lay, key=lambda one: one.started_at)
            assert all(one.ended_at <= other.started_at for one, other in pairwise(listed))
