"""Counters: whatever happens, the tile over a board counts what the rows say."""

import random
import re
from contextlib import suppress
from uuid import UUID

from domain.encounters import Disposition
from domain.errors import NotAllowed
from domain.overrides import Approver, Override
from tests.infants.conftest import newborn
from ward.adt.admit import admit
from ward.adt.discharge import discharge
from ward.adt.transfer import transfer
from ward.beds.service import finish_clean
from ward.errors import WardError
from ward.infants.service import link, unlink
from ward.patients.register import register

STEPS, LOOK = 60, 6
EAST = [f"6E-0{n}" for n in range(1, 7)]
OFTEN = ["link"] * 3 + ["admit"] * 3 + ["clean"] * 2 + ["unlink", "transfer", "discharge"]
KIN = """
SELECT count(*) FROM stay s WHERE s.ended_at IS NULL AND s.ward_id = :ward AND EXISTS (
    SELECT FROM infant_link l JOIN stay o ON o.patient_id = l.{other} AND o.ended_at IS NULL
    WHERE l.ended_at IS NULL AND l.{mine} = s.patient_id)
"""
MOTHERS = KIN.format(mine="mother_id", other="patient_id")
INFANTS = KIN.format(mine="patient_id", other="mother_id")
COUNTED = (MOTHERS, INFANTS)
WHY = Override(Approver.CHARGE_NURSE, "Goes home")


async def _people(scene) -> tuple[list[UUID], list[UUID]]:
    async with scene.work() as work:
        infants = [(await register(work, newborn(f"Young{n}"))).id for n in range(4)]
    return [await scene.patient(f"Crowd{n}") for n in range(3)], infants


async def _step(scene, chance: random.Random, mothers: list[UUID], infants: list[UUID]) -> None:
    """Do one thing to somebody; what the rules refuse changes nothing."""
    bed = scene.beds[chance.choice([*EAST, "6W-01", "6W-02"])]
    whom = chance.choice(mothers + infants)
    what = chance.choice(OFTEN)
    stays = [stay for stay in await scene.stays(whom) if stay.ended_at is None]
    links = await scene.scalar("SELECT min(id::text) FROM infant_link WHERE ended_at IS NULL")
    async with scene.work() as work:
        if what == "link":
            await link(work, chance.choice(infants), chance.choice(mothers))
        elif what == "unlink" and links:
            await unlink(work, UUID(links), "Wrong")
        elif what == "admit":
            await admit(work, whom, bed)
        elif what == "transfer" and stays:
            await transfer(work, stays[0].encounter_id, bed)
        elif what == "discharge" and stays:
            await discharge(work, stays[0].encounter_id, Disposition.HOME, override=WHY)
        elif what == "clean":
            await finish_clean(work, bed)


async def test_the_counter_is_what_the_rows_say(open_scene, nurse) -> None:
    scene, chance, met = open_scene, random.Random(20), 0
    mothers, infants = await _people(scene)
    for n in range(STEPS):
        with suppress(NotAllowed, WardError):
            await _step(scene, chance, mothers, infants)
        if n % LOOK == 0:
            board = (await nurse.get(f"/wards/{scene.east}/beds")).text
            shown = re.search(r'id="tile-kin"[^>]*><b>(\d+)<small>/(\d+)', board)
            met += shown is not None
            counts = list(map(int, shown.groups())) if shown else [0, 0]
            assert counts == [await scene.scalar(sql, ward=scene.east) for sql in COUNTED], n
    assert met, "nobody was ever linked on the ward: choose another seed"
