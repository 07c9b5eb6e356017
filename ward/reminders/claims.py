"""Claims: who sends what now, judged once more; and what came of it. Each is its own commit.

A row is claimed, handed over, and settled. A worker that dies in between leaves it claimed: when
the lease is over, what a gateway knows again by its key is handed over again, anything else is in
doubt and shown to people.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from domain import reminders
from domain.access import Permission
from domain.reminders import Channel
from ward import clock
from ward.node import Node
from ward.reminders.judge import Case, cases, judged
from ward.reminders.models import Reminder, ReminderStatus
from ward.reminders.shown import tell
from ward.reminders.ways import Letter, Outcome, Result, Way
from ward.security.actors import System
from ward.work import Work, work_as

MAY = Permission.SEND_REMINDER
SENDER = System(
    "job:reminders",
    frozenset(
        {
            MAY,
            Permission.VIEW_APPOINTMENTS,
            Permission.VIEW_CALENDAR,
            Permission.VIEW_PATIENT,
            Permission.VIEW_PLACES,
        }
    ),
)
LEASE = timedelta(seconds=90)
"""How long a worker has a message to itself; longer than handing it over may take."""
BROKEN = "This message could not be written ({}). Tell whoever runs Ward."


@dataclass(frozen=True, slots=True)
class Taken:
    """How many rows were looked at, and what of them is to be handed over now."""

    found: int
    letters: Sequence[Letter]


def _ready(channel: Channel) -> ColumnElement[bool]:
    now = clock.now()
    due = and_(Reminder.status == ReminderStatus.PLANNED, Reminder.due_at <= now)
    left = and_(Reminder.status == ReminderStatus.SENDING, Reminder.claimed_at <= now - LEASE)
    return and_(Reminder.channel == channel, or_(due, left))


async def waiting(node: Node, channel: Channel) -> bool:
    """Say whether anything is to be sent now; asked once a second, so it leaves no trail."""
    ready = select(Reminder.id).where(_ready(channel)).limit(1)
    async with node.asking.connect() as connection:
        return (await connection.execute(ready)).first() is not None


async def take(node: Node, way: Way) -> Taken:
    """Take the next messages of a way; those that other workers hold are skipped."""
    async with work_as(node, SENDER, "reminders.take") as work:
        ready = select(Reminder).where(_ready(way.channel)).order_by(Reminder.due_at, Reminder.id)
        rows = await work.every(
            ready.limit(way.batch).with_for_update(skip_locked=True, of=Reminder), MAY
        )
        mine = [row for row in rows if way.repeats or row.status is ReminderStatus.PLANNED]
        for row in rows:
            if row not in mine:  # the worker that had it died, or cannot reach the database
                row.status = ReminderStatus.IN_DOUBT
        about = await cases(work, mine)
        if rows:
            await tell(work)
        letters = [await _letter(work, row, about) for row in mine]
        return Taken(len(rows), [one for one in letters if one is not None])


async def _letter(work: Work, row: Reminder, about: Mapping[UUID, Case]) -> Letter | None:
    """Judge one; a broken one must not hold back the others."""
    try:
        return await judged(work, row, about[row.id])
    except Exception as error:  # noqa: BLE001 - whatever it is, a person sees it
        row.status = ReminderStatus.FAILED
        await work.seal(row, problem=BROKEN.format(type(error).__name__))
        return None


async def settle(node: Node, done: Mapping[UUID, tuple[Letter, Outcome]]) -> None:
    """Write down what came of messages that this worker had in hand."""
    async with work_as(node, SENDER, "reminders.settle") as work:
        which = select(Reminder).where(Reminder.id.in_(done)).order_by(Reminder.id)
        rows = await work.every(which.with_for_update(of=Reminder), MAY)
        failed = [row for row in rows if done[row.id][1].result is Result.LATER]
        about = await cases(work, failed)
        for row in rows:
            letter, outcome = done[row.id]
            held = {ReminderStatus.SENDING, ReminderStatus.IN_DOUBT}
            if row.status not in held or row.claimed_at != letter.claimed_at:
                continue  # the lease was over, and somebody else has it, or has decided
            await _settle(work, row, outcome, about.get(row.id))
        await tell(work)


async def _settle(work: Work, row: Reminder, outcome: Outcome, case: Case | None) -> None:
    match outcome.result:
        case Result.TAKEN:
            row.status, row.sent_at = ReminderStatus.SENT, work.now
        case Result.DOUBT:
            row.status = ReminderStatus.IN_DOUBT
        case Result.REFUSED:
            row.status, row.tries = ReminderStatus.FAILED, row.tries + 1
        case Result.LATER:
            _again(work, row, case)
    await work.seal(row, problem=None if outcome.result is Result.TAKEN else outcome.said)


def _again(work: Work, row: Reminder, case: Case | None) -> None:
    """Have it tried again after a while, or let it have failed where people see it."""
    row.tries += 1
    at = case and reminders.retry_at(
        row.tries,
        work.now,
        row.starts_at,
        case.reach.clocks,
        chance=random.random(),  # noqa: S311 - spread, no secret
    )
    row.status = ReminderStatus.PLANNED if at else ReminderStatus.FAILED
    row.due_at = at or row.due_at
