"""Judge: whether a message may still go, looked at in the transaction that takes it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute

from domain import notices, reminders
from domain.access import Permission
from domain.appointments import AppointmentStatus
from domain.notices import Told
from domain.reminders import Key, Verdict
from ward.crypto import Unreadable
from ward.patients.models import Life, Patient
from ward.places.models import Branch, Ward
from ward.reminders import letters, offering
from ward.reminders.models import Reminder, ReminderStatus
from ward.reminders.plan import BEGAN, MAY, MINUTE, VIEW, told_by
from ward.reminders.reach import Reach, missing, reach_of
from ward.reminders.ways import Letter
from ward.scheduling.clinics import VisitType
from ward.scheduling.models import Appointment, AppointmentHistory
from ward.scheduling.waiting import WaitlistOffer
from ward.work import Work

S = ReminderStatus


@dataclass(frozen=True, slots=True, repr=False)
class Case:
    """A message, and what it is about as it stands now."""

    row: Appointment | WaitlistOffer
    place: str
    remote: bool
    patient: Patient
    reach: Reach
    beside: Sequence[Reminder]  # all messages about this appointment
    agreed: Told  # what the patient was told last by this channel, before this message


async def cases(work: Work, rows: Sequence[Reminder]) -> dict[UUID, Case]:
    """Read what these messages are about; a case for each that can be read."""
    if not rows:
        return {}
    about = await _appointments(work, rows) | await offering.about(work, rows)
    branches = await _branches(work, [ward for _, ward, _ in about.values()])
    patients = await _patients(work, [row.patient_id for row in rows])
    beside = await work.every(select(Reminder).where(_of(Reminder.appointment_id, rows)), MAY)
    firsts = await _firsts(work, [row for row in rows if row.step_id is not None])
    made = {}
    for one in rows:
        row, ward, visit = about[one.id]
        patient = patients[row.patient_id]
        with suppress(Unreadable):  # one record that does not open holds back no other
            person = (await work.open([patient], Patient.identity))[patient.id]
            listed = [each for each in beside if each.appointment_id == row.id]
            made[one.id] = Case(
                row=row,
                place=branches[ward.branch_id],
                remote=visit.remote,
                patient=patient,
                reach=reach_of(person, ZoneInfo(ward.zone)),
                beside=listed,
                agreed=told_by(one.channel, listed, firsts.get(row.id, row.starts_at), but=one.id),
            )
    return made


def _of(column: InstrumentedAttribute[Any], rows: Sequence[Reminder]) -> ColumnElement[bool]:
    return column.in_({row.appointment_id for row in rows if row.appointment_id is not None})


async def _appointments(
    work: Work, rows: Sequence[Reminder]
) -> dict[UUID, tuple[Appointment | WaitlistOffer, Ward, VisitType]]:
    """Read the appointments that messages are about, and where and what they are; by message."""
    found = await work.every(
        select(Appointment, Ward, VisitType)
        .join(Ward, Ward.id == Appointment.ward_id)
        .join(VisitType, VisitType.id == Appointment.visit_type_id)
        .where(_of(Appointment.id, rows)),
        VIEW,
    )
    known = {one[0].id: one for one in found}
    return {row.id: known[row.appointment_id] for row in rows if row.appointment_id}


async def _branches(work: Work, wards: Sequence[Ward]) -> Mapping[UUID, str]:
    which = select(Branch).where(Branch.id.in_({ward.branch_id for ward in wards}))
    return {row.id: row.label for row in await work.every(which, Permission.VIEW_PLACES)}


async def _patients(work: Work, ids: Sequence[UUID]) -> Mapping[UUID, Patient]:
    which = select(Patient).where(Patient.id.in_(set(ids)))
    rows = await work.every(which, Permission.VIEW_PATIENT, keys=True)
    return {row.id: row for row in rows}


async def _firsts(work: Work, rows: Sequence[Reminder]) -> Mapping[UUID, datetime]:
    """Tell for when appointments were agreed at first, where a message tells of a change."""
    if not rows:
        return {}
    which = select(AppointmentHistory).where(
        _of(AppointmentHistory.appointment_id, rows),
        AppointmentHistory.step.in_(BEGAN),
    )
    return {one.appointment_id: one.starts_at for one in await work.every(which, VIEW)}


async def judged(work: Work, row: Reminder, case: Case) -> Letter | None:
    """Claim a message that may go, and write it; else wait or drop it, with the reason."""
    verdict = _verdict(work, row, case)
    why = _why_not(row, case) if verdict is Verdict.SEND else None
    if verdict is Verdict.WAIT and row.status is S.PLANNED:
        row.due_at = case.reach.clocks.quiet.ends(work.now, case.reach.clocks.patient)
        return None
    if verdict is Verdict.DROP or why is not None:
        row.status = S.DROPPED if row.status is S.PLANNED else S.IN_DOUBT
        await work.seal(row, problem=why)
        return None
    row.status, row.claimed_at = S.SENDING, work.now
    about = letters.About(case.reach, case.place, case.remote)
    return letters.write(work.node, row, about, work.now)


def _verdict(work: Work, row: Reminder, case: Case) -> Verdict:
    now, clocks, about = work.now, case.reach.clocks, case.row
    if isinstance(about, WaitlistOffer):
        return offering.verdict(about, now, clocks)
    stands = about.status is AppointmentStatus.BOOKED
    if row.minutes_before:
        if any(_instead(each, row) and each.due_at <= now for each in case.beside):
            return Verdict.DROP
        key = Key(about.id, row.channel, row.minutes_before * MINUTE, row.starts_at)
        return reminders.judge(key, about.status, about.starts_at, now, clocks)
    if not stands and about.status is not AppointmentStatus.CANCELLED:
        return Verdict.DROP
    news = notices.news(case.agreed, Told(about.starts_at, stands), now)
    speaks_of = about.starts_at if stands else case.agreed.start
    return Verdict.SEND if news is row.occasion and speaks_of == row.starts_at else Verdict.DROP


def _instead(other: Reminder, row: Reminder) -> bool:
    """Say whether another reminder, closer to the time, makes this late one superfluous."""
    same = other.channel is row.channel and other.starts_at == row.starts_at
    return same and 0 < other.minutes_before < row.minutes_before and other.status is not S.DROPPED


def _why_not(row: Reminder, case: Case) -> str | None:
    if case.patient.life is Life.DEAD:
        return "The patient has died."
    if row.channel not in case.reach.addresses:
        return missing(row.channel)
    return None
