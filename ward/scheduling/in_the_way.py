"""In the way: the diaries as the rule of clashes reads them, and the refusal that names all."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from domain import clinic_hours
from domain.access import Permission
from domain.clashes import Booked, Calendar, Clash, free_lane
from domain.spans import Buffer, Span
from ward.duty import queries as duty
from ward.errors import WardError
from ward.patients import queries as patients
from ward.patients.queries import among
from ward.scheduling.find import Opening
from ward.scheduling.models import Appointment, Hold
from ward.scheduling.taken import Diary, Taken
from ward.work import Work

_APPOINTMENTS = select(Appointment).where(among(Appointment.id, "appointments"))
_HOLDS = select(Hold).where(among(Hold.id, "holds"))

Looking = Callable[[], Awaitable[Sequence[Opening]]]


class Clashing(WardError):
    """A time cannot be had (409): all that is in the way, and times that fit. It names people.

    The times are looked for when it is told to somebody: nobody who books waits for that.
    """

    status = 409
    discloses = True

    def __init__(self, clashes: Sequence[Clash], instead: Looking | None, zone: str) -> None:
        super().__init__(f"Not booked. {' '.join(one.sentence for one in clashes)}")
        self.clashes = tuple(clashes)
        self.openings: tuple[Opening, ...] = ()
        self.zone = zone
        self._instead = instead

    async def complete(self) -> None:
        """Look for times that fit instead, where any are wanted."""
        if self._instead is not None:
            self.openings = tuple(await self._instead())


def is_free(diary: Diary, reserved: Span, span: Span) -> bool:
    """Tell whether a resource is there, and has a place free."""
    around = Span(span.start - clinic_hours.DAY, span.end + clinic_hours.DAY)
    there = any(one.covers(span) for one in clinic_hours.open_spans(diary.hours, around))
    booked = [_booked(one, {}) for one in standing(diary, reserved, ())]
    return there and free_lane(booked, reserved, diary.row.capacity) is not None


def standing(diary: Diary, span: Span, ignoring: Collection[UUID]) -> list[Taken]:
    """List what has taken a resource in a span, without what is about to go."""
    return [
        one
        for one in diary.reserved
        if one.span.overlaps(span)
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


def _booked(row: Taken, names: Mapping[UUID, str]) -> Booked:
    key = row.appointment_id or row.hold_id
    who = names.get(key, "") if key else ""
    return Booked(row.span, who, row.lane, held=row.hold_id is not None)


def of_the_patient(rows: Sequence[Appointment], unseen: Sequence[Span] = ()) -> Calendar:
    """Write what a patient has already as the rule reads it; whose it is, is known."""
    booked = [Booked(one) for one in [*(Span(row.starts_at, row.ends_at) for row in rows), *unseen]]
    return Calendar(name="The patient", booked=booked)


async def _patients(work: Work, rows: Sequence[Taken]) -> dict[UUID, str]:
    ids = [one.appointment_id for one in rows if one.appointment_id is not None]
    if not ids or not work.may(Permission.VIEW_PATIENT):
        return {}
    known = await work.every(_APPOINTMENTS, Permission.VIEW_APPOINTMENTS, appointments=ids)
    named = await patients.names_of(work, [one.patient_id for one in known])
    return {one.id: named[one.patient_id].name for one in known if one.patient_id in named}


async def _desks(work: Work, rows: Sequence[Taken]) -> dict[UUID, str]:
    ids = [one.hold_id for one in rows if one.hold_id is not None]
    if not ids or not work.may(Permission.VIEW_DUTY):
        return {}
    holds = await work.every(_HOLDS, Permission.VIEW_CALENDAR, holds=ids)
    users = [one.user_id for one in holds if one.user_id is not None]
    people = await duty.names(work, users)
    return {one.id: people[one.user_id].name for one in holds if one.user_id in people}
