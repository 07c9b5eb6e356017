"""After many steps of every kind, the counters are what SQL counts and no history has a gap."""

import random

from sqlalchemy import text

from domain.beds import BedStatus
from domain.cancellations import CancelReason
from domain.encounters import Disposition
from domain.errors import NotAllowed
from ward.adt import answers
from ward.adt.admit import admit
from ward.adt.cancel_discharge import cancel_discharge
from ward.adt.cancel_transfer import cancel_transfer
from ward.adt.discharge import gone
from ward.adt.isolate import isolate
from ward.adt.models import Precaution
from ward.adt.swap import swap
from ward.adt.transfer import transfer
from ward.beds import queries
from ward.beds.live import VIEWS
from ward.beds.reserve import reserve
from ward.beds.service import change_status
from ward.beds.tiles import tiles
from ward.work import work_watching

STEPS = 150
ANSWERED = answers.stay  # the board asks; adt answers

GAPS = """
SELECT count(*) FROM (
  SELECT ended_at, lead(started_at) OVER (PARTITION BY encounter_id ORDER BY started_at, id) AS next
  FROM stay WHERE voided_at IS NULL
) AS run WHERE next IS NOT NULL AND ended_at IS DISTINCT FROM next
"""
OVERLAPS = """
SELECT count(*) FROM stay a JOIN stay b ON a.bed_id = b.bed_id AND a.id < b.id
WHERE a.voided_at IS NULL AND b.voided_at IS NULL
  AND tstzrange(a.started_at, a.ended_at) && tstzrange(b.started_at, b.ended_at)
"""
TAKEN_WITHOUT_STAY = """
SELECT count(*) FROM bed FULL JOIN (
  SELECT bed_id FROM stay WHERE ended_at IS NULL AND voided_at IS NULL
) AS open ON open.bed_id = bed.id
WHERE (bed.status IN ('O', 'I')) IS DISTINCT FROM (open.bed_id IS NOT NULL)
"""
COUNTS = """
SELECT count(*) FILTER (WHERE status IN ('O', 'I')) AS occupied,
  count(*) FILTER (WHERE status = 'U' AND blocked IS NULL AND held_until IS NULL) AS free,
  count(*) FILTER (WHERE status IN ('H', 'K')) AS unready,
  count(*) FILTER (WHERE status = 'I') AS isolation
FROM bed WHERE ward_id = :ward
"""


async def test_counters_equal_sql_after_many_random_steps(scene) -> None:
    dice = random.Random(20261120)
    people = [await scene.patient(f"Wander{n:02}") for n in range(9)]
    encounters: list = []
    for _ in range(STEPS):
        try:
            async with scene.work() as work:
                await _one(work, scene, dice, people, encounters)
        except NotAllowed:
            continue
    assert await scene.scalar(GAPS) == 0
    assert await scene.scalar(OVERLAPS) == 0
    assert await scene.scalar(TAKEN_WITHOUT_STAY) == 0
    for ward in (scene.east, scene.west):
        await _counters_agree(scene, ward)


async def _one(work, scene, dice, people, encounters) -> None:
    bed = scene.beds[dice.choice(sorted(scene.beds))]
    one = dice.choice(encounters) if encounters else None
    match dice.randrange(9):
        case 0 | 1:
            encounters.append((await admit(work, dice.choice(people), bed)).id)
        case 2 if one:
            await transfer(work, one, bed, keep=dice.random() < 0.3)
        case 3 if one:
            await swap(work, one, dice.choice(encounters))
        case 4 if one:
            await gone(work, one, Disposition.HOME)
        case 5 if one:
            take_back = dice.choice([cancel_discharge, cancel_transfer])
            await take_back(work, one, CancelReason.WRONG_BED)
        case 6 if one:
            await isolate(work, one, Precaution.CONTACT)
        case 7:
            await reserve(work, bed)
        case _:
            await change_status(
                work, bed, dice.choice([BedStatus.HOUSEKEEPING, BedStatus.UNOCCUPIED])
            )


async def _counters_agree(scene, ward) -> None:
    full = frozenset(VIEWS["full"])
    async with work_watching(scene.node, "test", full) as work:
        board = await queries.board(work, ward)
        parts = await queries.parts_of(work, board.beds)
        moves = await queries.moves_of(work, ward)
        shown = {tile.key: tile.count for tile in tiles(board, parts, moves["pending"])}
        connection = await work.connection()
        counted = (await connection.execute(text(COUNTS), {"ward": ward})).one()._asdict()
    assert {key: shown[key] for key in counted} == counted
    assert len([one for one in parts.values() if one["stay"]]) == counted["occupied"]
