"""Commands: what a person decides about a message that failed, or of which nobody knows."""

from uuid import UUID

from domain.access import Permission
from domain.errors import NotAllowed
from ward.reminders.models import Reminder, ReminderStatus
from ward.reminders.shown import tell
from ward.work import Work

MAY = Permission.SEND_REMINDER
S = ReminderStatus


async def again(work: Work, reminder_id: UUID, *, seen: int | None) -> Reminder:
    """Have a message sent after all; it is judged once more before it goes."""
    row = await _undecided(work, reminder_id, seen, {S.FAILED, S.IN_DOUBT})
    if row.starts_at <= work.now:
        raise NotAllowed("The appointment has begun. Nothing is sent any more.", "reminder.over")
    row.status, row.tries, row.due_at = S.PLANNED, 0, work.now
    await tell(work)
    return row


async def arrived(work: Work, reminder_id: UUID, *, seen: int | None) -> Reminder:
    """Write down that a message in doubt did arrive, as a log or the patient say."""
    row = await _undecided(work, reminder_id, seen, {S.IN_DOUBT})
    row.status, row.sent_at = S.SENT, row.claimed_at or work.now
    await tell(work)
    return row


async def _undecided(
    work: Work, reminder_id: UUID, seen: int | None, states: set[ReminderStatus]
) -> Reminder:
    row = await work.access(Reminder, reminder_id, MAY, lock=True, seen=seen)
    if row.status not in states:
        raise NotAllowed(f"{row.status.word}: there is nothing to decide.", "reminder.decided")
    return row
