"""Plan: what a patient will be told of one appointment, worked out anew after each change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from domain import notices, reminders
from domain.access import Permission
from domain.appointments import AppointmentStatus
from domain.notices import Told
from domain.reminder_words import Occasion
from domain.reminders import Channel
from ward.db import new_id
from ward.patients.models import Life, Patient
from ward.reminders.models import Reminder, ReminderStatus
from ward.reminders.reach import Reach, channels, reach_of
from ward.scheduling.history import steps_of
from ward.scheduling.models import Appointment, AppointmentHistory, AppointmentStep
from ward.work import Work

MAY, VIEW = Permission.SEND_REMINDER, Permission.VIEW_APPOINTMENTS
NEEDS = frozenset({MAY, VIEW, Permission.VIEW_PATIENT})
MINUTE = timedelta(minutes=1)
LATE = timedelta(hours=1)  # what should have gone out longer ago is not begun; engineering default
BEGAN = {AppointmentStep.BOOKED, AppointmentStep.OVERBOOKED}
CHANGED = {AppointmentStep.RESCHEDULED, AppointmentStep.CANCELLED, AppointmentStep.UNDONE}
OUT = {ReminderStatus.SENDING, ReminderStatus.SENT, ReminderStatus.IN_DOUBT}
OF_APPOINTMENT = (
    select(Reminder)
    .where(Reminder.appointment_id == bindparam("appointment"))
    .order_by(Reminder.due_at, Reminder.id)
)


@dataclass(frozen=True, slots=True, repr=False)
class About:
    """What is known of an appointment when its messages are planned."""

    row: Appointment
    steps: Sequence[AppointmentHistory]
    reach: Reach
    channels: tuple[Channel, ...]
    now: datetime

    @property
    def stands(self) -> bool:
        """Say whether somebody is expected to come."""
        return self.row.status is AppointmentStatus.BOOKED

    @property
    def made_at(self) -> datetime:
        """Tell when it was booked, or moved to this time."""
        moved = [one.at for one in self.steps if one.step in BEGAN | CHANGED]
        return max(moved, default=self.row.booked_at)


async def plan(work: Work, appointment_id: UUID) -> None:
    """Plan what is wanted now, and drop what no longer is; doing it again changes nothing."""
    usable = channels(work.node.settings)
    row = await work.access(Appointment, appointment_id, VIEW, lock=True)
    known = await work.every(OF_APPOINTMENT, MAY, appointment=row.id)
    if not usable and not known:
        return
    patient = await work.access(Patient, row.patient_id, Permission.VIEW_PATIENT)
    person = (await work.open([patient], Patient.identity))[patient.id]
    reach = reach_of(person, ZoneInfo(row.zone))
    alive = patient.life is Life.ALIVE
    reached = tuple(one for one in usable if alive and one in reach.addresses)
    about = About(row, await steps_of(work, row.id), reach, reached, work.now)
    kept = _remind(work, about, known) | _tell(work, about, known)
    for one in known:
        if one.status is ReminderStatus.PLANNED and one.id not in kept:
            one.status = ReminderStatus.DROPPED


def _remind(work: Work, about: About, known: Sequence[Reminder]) -> set[UUID]:
    """Plan the reminders of the time that is agreed now; give those that stay planned."""
    if not about.stands:
        return set()
    start = about.row.starts_at
    standing = {
        (one.channel, one.minutes_before): one
        for one in known
        if one.minutes_before and one.starts_at == start
    }
    kept = set()
    for channel in about.channels:
        for offset in reminders.OFFSETS:
            at = reminders.send_at(start, offset, about.reach.clocks, about.made_at)
            old = standing.get((channel, offset // MINUTE))
            if at is None:
                continue
            if old is None and at >= about.now - LATE:
                _add(work, about, channel, start, at, minutes_before=offset // MINUTE)
            elif old and old.status is ReminderStatus.DROPPED and at > about.now:
                old.status, old.due_at, old.tries = ReminderStatus.PLANNED, at, 0
            if old is not None:
                kept.add(old.id)
    return kept


def _tell(work: Work, about: About, known: Sequence[Reminder]) -> set[UUID]:
    """Plan the message about the last change, if the patient was told otherwise."""
    change = next((one for one in reversed(about.steps) if one.step in CHANGED), None)
    if change is None or about.row.status not in {
        AppointmentStatus.BOOKED,
        AppointmentStatus.CANCELLED,
    }:
        return set()
    planned = {one.channel: one for one in known if one.step_id == change.id}
    kept = set()
    for channel in about.channels:
        told = told_by(channel, known, first(about.steps, about.row))
        occasion = notices.news(told, Told(about.row.starts_at, about.stands), about.now)
        if occasion is None:
            continue
        if old := planned.get(channel):
            kept.add(old.id)
            continue
        starts = told.start if occasion is Occasion.CANCELLED else about.row.starts_at
        soonest = max(about.now, change.at + notices.SETTLED)
        at = notices.notice_at(soonest, (told.start, starts), about.reach.clocks)
        _add(work, about, channel, starts, at, occasion=occasion, step_id=change.id)
    return kept


def told_by(
    channel: Channel, known: Iterable[Reminder], start: datetime, *, but: UUID | None = None
) -> Told:
    """Tell what a patient was told last by a channel; at first, what was agreed at the desk."""
    out = [
        one
        for one in known
        if one.channel is channel and one.status in OUT and one.claimed_at and one.id != but
    ]
    last = max(out, key=lambda one: (one.claimed_at, one.id), default=None)
    if last is None:
        return Told(start)
    return Told(last.starts_at, last.occasion is not Occasion.CANCELLED)


def first(steps: Sequence[AppointmentHistory], row: Appointment) -> datetime:
    """Tell for when it was agreed at first."""
    return next((one.starts_at for one in steps if one.step in BEGAN), row.starts_at)


def _add(
    work: Work,
    about: About,
    channel: Channel,
    starts_at: datetime,
    due_at: datetime,
    **more: object,
) -> None:
    values: Mapping[str, object] = {"occasion": Occasion.REMINDER, "minutes_before": 0} | more
    row = Reminder(
        id=new_id(),
        appointment_id=about.row.id,
        patient_id=about.row.patient_id,
        channel=channel,
        starts_at=starts_at,
        due_at=due_at,
        **values,
    )
    work.add(row, MAY)
