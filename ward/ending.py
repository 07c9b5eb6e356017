"""Ending: what pieces of work leave behind in their one commit: trail, jobs, facts, revisions.

And when they are refused: the trail alone.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from domain.errors import NotAllowed
from realtime import outbox
from realtime.outbox import Beside
from realtime.topics import Topic
from ward import later, trail
from ward.errors import NoRelation, TrailUnavailable, WardError
from ward.later import ToDo
from ward.security import glass
from ward.security.actors import Actor
from ward.trail import AuditIntent, Outcome

if TYPE_CHECKING:
    from ward.work import Work


async def leave(
    works: Sequence["Work"], due: Iterable[tuple[Topic, datetime]], beside: Iterable[Beside]
) -> tuple[dict[str, int], bool]:
    """Write what each has done, and bump the topics last; True when a job may go at once."""
    changes = [*beside]
    jobs = [job for one in works for job in _jobs(one)]
    if jobs:
        changes.append(later.beside(jobs, works[0].node.settings))
    deeds = [one.deed for one in works if one.changes]
    if deeds:  # whom a work beside them looked at is told in the same commit
        changes.append(trail.beside(*deeds, *looks(works)))
    told = [(event, one.intent.id) for one in works for event in one.events]
    connection = await works[0].connection()
    revs = await outbox.bump(connection, (), also=told, awaited=due, beside=changes)
    return revs, revs.pop(later.WAKE, 0) > 0


def _jobs(work: "Work") -> list[ToDo]:
    return later.follow(work.intent.id, work.now, work.events, work.errands)


def looks(works: Iterable["Work"]) -> list[AuditIntent]:
    """Give the trail of those that only looked, and at somebody: it is never left out."""
    return [one.intent for one in works if not one.changes and one.intent.patients]


async def hold_open(works: Iterable["Work"]) -> None:
    """Keep what break-glass opened from ending before the commit of what was done through it."""
    for one in works:
        if one.glassed and one.changes and isinstance(one.actor, Actor):
            connection = await one.connection()
            case = await glass.hold(connection, one.actor.grant_id, one.glassed)
            one.intent = replace(one.intent, break_glass=case)


@asynccontextmanager
async def refusals(work: "Work") -> AsyncIterator[None]:
    """Keep the trail of what was refused, although its transaction rolls back."""
    try:
        yield
    except (WardError, NotAllowed) as error:
        await work.give_up()
        detail = {"why": type(error).__name__}
        if isinstance(error, WardError) and error.discloses:
            await error.complete()
            await work.give_up()  # no connection is held while its trail is written
            await work.node.trail.commit(replace(work.intent, detail=detail))
            raise
        patients = [error.patient_id] if isinstance(error, NoRelation) else []
        refused = work.intent.saw(None, patients, "", 0)
        row = replace(refused, outcome=Outcome.REFUSED, data_classes=frozenset(), detail=detail)
        with suppress(TrailUnavailable):  # the row stays in line; a refusal shows nothing
            await work.node.trail.commit(row, trail.REFUSAL_PATIENCE)
        raise
