"""In the way: the diaries as the rule of clashes reads them, and the refusal that names all."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from domain import clinic_hours
from domain.access import Permission
from domain.clashes import Booked, Calendar, Clash, free_lane
from domain.spans import Buffer, Span
from ward.duty import queries as duty
from ward.errors import WardError
from ward.patients import queries as patients
from ward.scheduling.find import Opening
from ward.scheduling.models import Appointment, Hold, Reservation
from ward.scheduling.taken import Diary
from ward.work import Work


class Clashing(WardError):
    """A time cannot be had (409): all that is in the way, and times that fit. It names people."""

    status = 409
    discloses = True

    def __init__(self, clashes: Sequence[Clash], openings: Sequence[Opening], zone: str) -> None:
        super().__init__(f"Not booked. {' '.join(one.sentence for one in clashes)}")
        self.clashes = tuple(clashes)
        self.openings = tuple(openings)
        self.zone = zone


def is_free(diary: Diary, reserved: Span, span: Span) -> bool:
    """Tell whether a resource is there, and has a place free."""
    around = Span(span.start - clinic_hours.DAY, span.end + clinic_hours.DAY)
    there = any(one.covers(span) for one in clinic_hours.open_spans(diary.hours, around))
    booked = [_booked(one, {}) for one in standing(diary, reserved, ())]
    return there and free_lane(booked, reserved, diary.row.capacity) is not None


def standing(diary: Diary, span: Span, ignoring: Collection[UUID]) -> list[Reservation]:
    """List what has taken a resource in a span, without what is about to go."""
    return [
        one
        for one in diary.reserved
        if Span(one.starts_at, one.ends_at).overlaps(span)
        and one.appointment_id not in ignoring
        and one.hold_id not in ignoring
    ]


async def calendars(
    work: Work,
    diaries: Sequence[Diary],
    reserved: Span,
    buffer: Buffer,
    ignoring: Collection[UUID],
) -> list[Calendar]:
    """Write the diaries as the rule reads them, with names as far as this person may know them."""
    rows = {one.row.id: standing(one, reserved, ignoring) for one in diaries}
    everybody = [each for listed in rows.values() for each in listed]
    names = await _patients(work, everybody) | await _desks(work, everybody)
    return [
        Calendar(
            name=one.label,
            hours=one.hours,
            booked=[_booked(each, names) for each in rows[one.row.id]],
            capacity=one.row.capacity,
            buffer=buffer,
        )
        for one in diaries
    ]


def _booked(row: Reservation, names: Mapping[UUID, str]) -> Booked:
    key = row.appointment_id or row.hold_id
    who = names.get(key, "") if key else ""
    return Booked(Span(row.starts_at, row.ends_at), who, row.lane, held=row.hold_id is not None)


def of_the_patient(rows: Sequence[Appointment], unseen: Sequence[Span] = ()) -> Calendar:
    """Write what a patient has already as the rule reads it; whose it is, is known."""
    booked = [Booked(one) for one in [*(Span(row.starts_at, row.ends_at) for row in rows), *unseen]]
    return Calendar(name="The patient", booked=booked)


async def _patients(work: Work, rows: Sequence[Reservation]) -> dict[UUID, str]:
    ids = [one.appointment_id for one in rows if one.appointment_id is not None]
    if not ids or not work.may(Permission.VIEW_PATIENT):
        return {}
    which = select(Appointment).where(Appointment.id.in_(ids))
    known = await work.every(which, Permission.VIEW_APPOINTMENTS)
    named = await patients.names_of(work, [one.patient_id for one in known])
    return {one.id: named[one.patient_id].name for one in known if one.patient_id in named}


async def _desks(work: Work, rows: Sequence[Reservation]) -> dict[UUID, str]:
    ids = [one.hold_id for one in rows if one.hold_id is not None]
    if not ids or not work.may(Permission.VIEW_DUTY):
        return {}
    which = select(Hold).where(Hold.id.in_(ids))
    holds = await work.every(which, Permission.VIEW_CALENDAR)
    users = [one.user_id for one in holds if one.user_id is not None]
    people = await duty.names(work, users)
    return {one.id: people[one.user_id].name for one in holds if one.user_id in people}
