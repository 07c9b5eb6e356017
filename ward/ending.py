"""Ending: what pieces of work leave behind in their one commit: trail, jobs, facts, revisions."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from realtime import outbox
from realtime.outbox import Beside
from realtime.topics import Topic
from ward import later, trail
from ward.trail import AuditIntent

if TYPE_CHECKING:
    from ward.work import Work


async def leave(
    works: Sequence["Work"], due: Iterable[tuple[Topic, datetime]], beside: Iterable[Beside]
) -> tuple[dict[str, int], bool]:
    """Write what each has done, and bump the topics last; True when a job may go at once."""
    connection, woken = await works[0].connection(), False
    for one in works:
        woken |= await later.put(connection, one.intent.id, one.now, one.events, one.errands)
    deeds = [one.deed for one in works if one.changes]
    if deeds:  # whom a work beside them looked at is told in the same commit
        deeds += looks(works)
    changes = [*beside, trail.beside(*deeds)] if deeds else [*beside]
    told = [(event, one.intent.id) for one in works for event in one.events]
    revs = await outbox.bump(connection, (), also=told, awaited=due, beside=changes)
    return revs, woken


def looks(works: Iterable["Work"]) -> list[AuditIntent]:
    """Give the trail of those that only looked, and at somebody: it is never left out."""
    return [one.intent for one in works if not one.changes and one.intent.patients]
