"""Queries: what became of the messages to patients: all of them, or those about an appointment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select

from domain.access import D2, Permission
from domain.display import instant
from domain.reminder_words import Occasion
from domain.reminders import Channel
from ward.patients.queries import Named, among, names_of
from ward.projections import projection
from ward.reminders import offering
from ward.reminders.models import Reminder, ReminderStatus
from ward.reminders.reach import channels
from ward.scheduling.models import Appointment
from ward.work import Work

WATCH = Permission.WATCH_REMINDERS
MOST, RECENT = 100, 50
DAY = timedelta(days=1)
S = ReminderStatus
TROUBLE = (S.FAILED, S.IN_DOUBT)
CHANNELS = {Channel.EMAIL: "Mail", Channel.SMS: "Text message"}
_ABOUT = {
    Occasion.MOVED: "It was moved",
    Occasion.CANCELLED: "It was cancelled",
    Occasion.OFFER: "Offer",
}


@projection(D2)
class Line:
    """One message to a patient, in a list."""

    id: UUID
    appointment_id: UUID | None
    patient_id: UUID
    status: ReminderStatus
    channel: str
    about: str  # 2 days before; It was moved
    when: str  # the appointment's time, by the clock of its clinic
    due: str
    sent: str
    tries: int
    problem: str
    reply: str
    version: int
    over: bool  # the appointment has begun: nothing can be sent any more


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the page shows."""

    trouble: list[Line]
    late: list[Line]
    coming: list[Line]
    done: list[Line]
    names: Mapping[UUID, Named]
    sent_today: int
    planned: int
    channels: tuple[str, ...]


async def overview(work: Work) -> Overview:
    """Answer: what failed, what is late, what is coming, and what was sent?"""
    rows = select(Reminder)
    trouble = rows.where(Reminder.status.in_(TROUBLE), Reminder.starts_at > work.now - DAY)
    planned = rows.where(Reminder.status == S.PLANNED).order_by(Reminder.due_at)
    done = rows.where(Reminder.sent_at > work.now - 7 * DAY, Reminder.status == S.SENT)
    late = planned.where(Reminder.due_at <= work.now - timedelta(minutes=1))
    lists = {
        "trouble": await _lines(work, trouble.order_by(Reminder.starts_at).limit(MOST)),
        "late": await _lines(work, late.limit(MOST)),
        "coming": await _lines(work, planned.where(Reminder.due_at > work.now).limit(RECENT)),
        "done": await _lines(work, done.order_by(Reminder.sent_at.desc()).limit(RECENT)),
    }
    people = {line.patient_id for listed in lists.values() for line in listed}
    _, sent, waiting = await counts(work)
    return Overview(
        **lists,
        names=await names_of(work, sorted(people)),
        sent_today=sent,
        planned=waiting,
        channels=tuple(CHANNELS[one] for one in channels(work.node.settings)),
    )


async def of_appointments(work: Work, ids: Sequence[UUID]) -> dict[UUID, list[Line]]:
    """Answer what was sent about these appointments, and what is planned."""
    rows = select(Reminder).where(Reminder.appointment_id.in_(ids))
    found: dict[UUID, list[Line]] = {}
    for line in await _lines(work, rows.order_by(Reminder.due_at, Reminder.id)):
        if line.appointment_id is not None:
            found.setdefault(line.appointment_id, []).append(line)
    return found


async def counts(work: Work) -> tuple[int, int, int]:
    """Count trouble, what was sent in a day, what is planned: numbers alone, of the whole house."""
    sent, planned = Reminder.sent_at > work.now - DAY, Reminder.status == S.PLANNED
    trouble = Reminder.status.in_(TROUBLE) & (Reminder.starts_at > work.now - DAY)
    each = [func.count().filter(one) for one in (trouble, sent, planned)]
    query = select(*each).where(trouble | sent | planned)
    row = (await (await work.connection()).execute(query)).one()
    return row[0], row[1], row[2]


async def _lines(work: Work, rows: Select[Reminder]) -> list[Line]:
    listed = await work.every(rows, WATCH)
    if not listed:
        return []
    problems = await work.open(listed, Reminder.problem)
    wanted = [row.appointment_id for row in listed if row.appointment_id is not None]
    which = select(Appointment).where(among(Appointment.id, wanted))
    known = await work.every(which, Permission.VIEW_APPOINTMENTS)
    zones = {row.id: row.zone for row in known}
    zones |= {one: ward.zone for one, (_, ward, _) in (await offering.about(work, listed)).items()}
    return [
        _line(work, row, problems[row.id], ZoneInfo(zones[row.appointment_id or row.id]))
        for row in listed
        if (row.appointment_id or row.id) in zones
    ]


def _line(work: Work, row: Reminder, problem: str | None, zone: ZoneInfo) -> Line:
    return Line(
        id=row.id,
        appointment_id=row.appointment_id,
        patient_id=row.patient_id,
        status=row.status,
        channel=CHANNELS[row.channel],
        about=_ABOUT.get(row.occasion) or _before(row.minutes_before),
        when=instant(row.starts_at, zone),
        due=_at(row.due_at, zone),
        sent=_at(row.sent_at, zone),
        tries=row.tries,
        problem=problem or "",
        reply=row.reply.word if row.reply else "",
        version=row.version,
        over=row.starts_at <= work.now,
    )


def _at(at: datetime | None, zone: ZoneInfo) -> str:
    return instant(at, zone) if at else ""


def _before(minutes: int) -> str:
    """Say how long before: 7 days, 2 hours."""
    if not minutes:
        return "It stands again"
    days, rest = divmod(minutes, 24 * 60)
    number, word = (days, "day") if days and not rest else (minutes // 60, "hour")
    return f"{number} {word}{'' if number == 1 else 's'} before"
