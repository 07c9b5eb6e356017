"""Topics: the intake page of every branch, drawn again after each change.

Messages belong to the whole house, so each branch's screen shows them. A transaction that moves
a patient bumps boards and charts already; the intake page is put down as due instead, in the same
commit, and follows about a second later. Changes of one half second share one drawing; it comes
late enough that all of them are committed by then.
"""

from datetime import datetime, timedelta

from realtime.outbox import Beside
from ward.work import Work

STEP = timedelta(milliseconds=500)
_EACH_BRANCH = (
    "INSERT INTO live_due (topic, at) SELECT 'messages/' || id, CAST(:drawn_at AS timestamptz)"
    " FROM branch ORDER BY id ON CONFLICT DO NOTHING"
)


def changed(work: Work) -> None:
    """Have the intake page drawn again."""
    work.beside(Beside(_EACH_BRANCH, {"drawn_at": drawn_at(work.now)}))


def drawn_at(now: datetime) -> datetime:
    """Give the half second after the next: never sooner than half a second from now."""
    return now - timedelta(microseconds=now.microsecond % 500_000) + 2 * STEP
