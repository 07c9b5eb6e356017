"""Moves line: which steps are to be told now, in the order in which they happened."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from domain.access import Permission
from ward.adt.models import Movement, Step
from ward.interop.hl7.outbound import adt, lines
from ward.later import Job
from ward.work import Work

SEE = Permission.VIEW_STAYS
_NAME = "interop.hl7.outbound.told_moves.moved"


async def until(work: Work, patient_id: UUID, step_id: UUID | None) -> list[list[Movement]]:
    """List the steps of a patient whose jobs wait, up to this one, oldest first; a swap as two.

    What a swap touches comes with it: the steps of the other patient before it. All lines are
    locked in one order, so nobody waits for anybody in a circle.
    """
    found: dict[UUID, Movement] = {}
    people, asked = {patient_id}, set[UUID]()
    wanted = {step_id} if step_id else set[UUID]()
    pairs: dict[UUID, Movement] = {}
    while people - asked:
        wanted |= await _waiting(work, people - asked)
        asked |= people
        for row in await _steps(work, wanted.difference(found), step_id):
            found[row.id] = row
            if row.step is Step.SWAPPED and (other := await _other(work, row)):
                pairs[row.id], pairs[other.id] = other, row
                found[other.id] = other
                people.add(other.patient_id)
    for one in sorted(people):
        await lines.in_turn(work, one)
    return _ordered(found, pairs)


def _ordered(found: dict[UUID, Movement], pairs: dict[UUID, Movement]) -> list[list[Movement]]:
    """Lay them in the order of the database, not of the clocks of the nodes that wrote them."""
    listed = []
    for row in sorted(found.values(), key=lambda row: row.seq):
        other = pairs.get(row.id)
        if other is None:
            listed.append([row])
        elif other.seq > row.seq:  # told once, where the first of the two stands
            listed.append([row, other])
    return [steps for steps in listed if steps[0].step in adt.EVENTS]


async def _waiting(work: Work, people: Iterable[UUID]) -> set[UUID]:
    """List the steps of these patients whose jobs wait beside this one."""
    whose = Job.body["patient_id"].astext.in_([str(one) for one in people])
    jobs = select(Job.body["step_id"].astext).where(Job.name == _NAME, whose)
    return {UUID(one) for one in (await (await work.connection()).execute(jobs)).scalars()}


async def _steps(work: Work, ids: Iterable[UUID], last: UUID | None) -> list[Movement]:
    """Load these steps, none that came after the last."""
    listed = list(ids)
    if not listed:
        return []
    steps, end = select(Movement).where(Movement.id.in_(listed)), aliased(Movement)
    if last is not None:
        steps = steps.where(Movement.seq <= select(end.seq).where(end.id == last).scalar_subquery())
    return await work.every(steps, SEE)


async def _other(work: Work, row: Movement) -> Movement | None:
    """Find the other half of a swap: written by the same commit, the same beds the other way."""
    half = select(Movement).where(
        Movement.step == Step.SWAPPED,
        Movement.recorded_at == row.recorded_at,
        Movement.from_bed_id == row.to_bed_id,
        Movement.to_bed_id == row.from_bed_id,
        Movement.id != row.id,
    )
    return next(iter(await work.every(half.limit(1), SEE)), None)
