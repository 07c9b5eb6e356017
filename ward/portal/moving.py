"""Moving: the free times a patient is offered, the one that is kept while they decide, the move.

What a patient chooses is an instant and a person: the rooms and machines, and whether all of it is
free, is found here once more, so that nothing but an offered time can be taken.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain import portal
from domain.access import Permission
from domain.appointments import HOLD_ONLINE
from domain.errors import NotAllowed
from ward.db import new_id
from ward.patients.queries import among
from ward.portal.acting import reach
from ward.portal.models import Choice
from ward.portal.whose import ACT, for_patient
from ward.scheduling import runs_out
from ward.scheduling.clinics import Resource
from ward.scheduling.find import AHEAD, PEOPLE, Looked, Opening, openings_for
from ward.scheduling.hold import hold
from ward.scheduling.in_the_way import Clashing
from ward.scheduling.locks import lock
from ward.scheduling.models import Appointment, Hold, Reservation
from ward.scheduling.reschedule import NewTime, reschedule
from ward.scheduling.visits import Visit, visit
from ward.work import Work

BOOK = Permission.BOOK_APPOINTMENT
MANY = 240  # times that are looked at for one page
EACH_DAY, DAYS = 6, 5  # of a day that are offered, and days of a page; engineering defaults
TAKEN = "Somebody else has just taken this time. Please choose another."
ENDED = "We could not keep this time any longer. Please choose again."
_CHOSEN = (
    select(Choice)
    .where(Choice.patient_id == bindparam("patient"))
    .where(Choice.hold_id.in_(select(Hold.id).where(Hold.ended_at.is_(None))))
)
_HELD = (
    select(Hold)
    .where(among(Hold.id, "holds"), Hold.ended_at.is_(None))
    .order_by(Hold.id)
    .with_for_update(of=Hold)
)
_KEPT = select(Reservation).where(
    Reservation.hold_id == any_(bindparam("holds", type_=ARRAY(Uuid))),
    Reservation.ended_at.is_(None),
)
_PEOPLE = select(Resource).where(among(Resource.id, "resources"), Resource.kind.in_(PEOPLE))
_HAS = select(Reservation).where(
    Reservation.appointment_id == bindparam("appointment"), Reservation.ended_at.is_(None)
)


@dataclass(frozen=True, slots=True)
class Day:
    """The times of one day that a patient may choose among."""

    on: date
    times: tuple[Opening, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A time that is kept while its patient decides."""

    hold_id: UUID
    start: datetime
    until: datetime
    with_whom: str


class Gone(NotAllowed):
    """The time was taken by somebody else, or was kept long enough."""


async def times(work: Work, row: Appointment, since: datetime) -> list[Day]:
    """Find the next free times for an appointment, some of each day."""
    clinic = for_patient(work, "times")
    offered = await visit(clinic, row.ward_id, row.visit_type_id)
    portal.move(row.status, row.starts_at, work.now, online=offered.row.online)
    mine = await kept_for(work, row.patient_id)
    looked = await _looked(clinic, row, offered, since, ignoring=mine)
    return _days(await openings_for(clinic, looked, MANY), ZoneInfo(row.zone))


def _days(found: Iterable[Opening], zone: ZoneInfo) -> list[Day]:
    by_day: dict[date, list[Opening]] = {}
    for one in found:
        by_day.setdefault(one.span.start.astimezone(zone).date(), []).append(one)
    return [Day(on, _some(all_day)) for on, all_day in sorted(by_day.items())[:DAYS]]


def _some(all_day: Sequence[Opening]) -> tuple[Opening, ...]:
    """Choose few of a day, spread over it."""
    if len(all_day) <= EACH_DAY:
        return tuple(all_day)
    return tuple(all_day[nth * len(all_day) // EACH_DAY] for nth in range(EACH_DAY))


async def _looked(  # noqa: PLR0913 - for what, between when, beside what
    clinic: Work,
    row: Appointment,
    offered: Visit,
    since: datetime,
    until: datetime | None = None,
    *,
    ignoring: Collection[UUID],
) -> Looked:
    """Look with whom it is now, beside what the patient has; its own time is not offered again."""
    has = await clinic.every(_HAS, BOOK, appointment=row.id)
    earliest = max(since, clinic.now + portal.NOTICE)
    return Looked(
        ward_id=row.ward_id,
        visit=offered,
        resources=[one.resource_id for one in has],
        since=earliest,
        until=until or earliest + AHEAD,
        length=row.ends_at - row.starts_at,
        patient_id=row.patient_id,
        ignoring=ignoring,
    )


async def choose(
    work: Work,
    appointment_id: UUID,
    start: datetime,
    resources: Sequence[UUID],
    *,
    seen: int | None,
) -> Kept:
    """Keep an offered time while the patient decides; the desks see that it is kept.

    What was kept for them before is let go.
    """
    row = await reach(work, appointment_id, seen=seen)
    clinic = for_patient(work, "choose")
    offered = await visit(clinic, row.ward_id, row.visit_type_id)
    portal.move(row.status, row.starts_at, work.now, online=offered.row.online)
    mine = await kept_for(work, row.patient_id)
    until = start + (row.ends_at - row.starts_at)
    looked = await _looked(clinic, row, offered, start, until, ignoring=mine)
    found = await _exactly(clinic, replace(looked, resources=resources), start)
    await _end(clinic, row.patient_id, mine, found.resources)
    kept = await _hold(clinic, row, found, offered)
    choice = Choice(
        id=new_id(),
        patient_id=row.patient_id,
        appointment_id=row.id,
        hold_id=kept.id,
        made_at=work.now,
    )
    work.add(choice, ACT)
    return Kept(kept.id, kept.starts_at, kept.until, found.labels[0] if found.labels else "")


async def _exactly(clinic: Work, looked: Looked, start: datetime) -> Opening:
    """Find the very time that was offered, with the same people, or say that it is gone."""
    found = [one for one in await openings_for(clinic, looked, 1) if one.span.start == start]
    asked = await _people(clinic, looked.resources)
    if not found or await _people(clinic, found[0].resources) != asked:
        raise Gone(TAKEN, "own.taken")
    return found[0]


async def _hold(clinic: Work, row: Appointment, found: Opening, offered: Visit) -> Hold:
    try:
        return await hold(
            clinic,
            row.ward_id,
            found.span,
            found.resources,
            buffer=offered.buffer,
            lasts=HOLD_ONLINE,
            patient_id=row.patient_id,
        )
    except Clashing:
        raise Gone(TAKEN, "own.taken") from None


async def _people(clinic: Work, resources: Sequence[UUID]) -> set[UUID]:
    """Tell who of these is somebody: one room is like another, one clinician is not."""
    found = await clinic.every(_PEOPLE, BOOK, resources=list(resources))
    return {one.id for one in found}


async def move(work: Work, appointment_id: UUID, hold_id: UUID, *, seen: int | None) -> None:
    """Give the appointment the time that is kept for it; the old one is free at once."""
    row = await reach(work, appointment_id, seen=seen)
    clinic = for_patient(work, "move")
    offered = await visit(clinic, row.ward_id, row.visit_type_id)
    portal.move(row.status, row.starts_at, work.now, online=offered.row.online)
    mine = await kept_for(work, row.patient_id)
    if mine.get(hold_id) != row.id:
        raise Gone(ENDED, "own.ended")
    reserved = await clinic.every(_KEPT, BOOK, holds=[hold_id])
    ended = await _end(clinic, row.patient_id, mine, ())
    kept = next((one for one in ended if one.id == hold_id), None)
    if kept is None or kept.until <= work.now:
        raise Gone(ENDED, "own.ended")
    local = kept.starts_at.astimezone(ZoneInfo(row.zone))
    to = NewTime(
        start=kept.starts_at,
        wall=local.strftime("%Y-%m-%dT%H:%M"),
        fold=local.fold,
        resources=[one.resource_id for one in reserved],
    )
    try:
        await reschedule(clinic, row.id, to, seen=None)
    except Clashing:
        raise Gone(TAKEN, "own.taken") from None


async def let_go(work: Work, appointment_id: UUID) -> None:
    """Let go what is kept: the patient stays with the time they have."""
    row = await reach(work, appointment_id, seen=None)
    mine = await kept_for(work, row.patient_id)
    await _end(for_patient(work, "let_go"), row.patient_id, mine, ())


async def kept_for(work: Work, patient_id: UUID) -> dict[UUID, UUID]:
    """Tell which holds are kept for a patient who chose, and for which appointment each."""
    chosen = await work.every(_CHOSEN, ACT, patient=patient_id)
    return {one.hold_id: one.appointment_id for one in chosen}


async def _end(
    clinic: Work, patient_id: UUID, mine: Collection[UUID], wanted: Sequence[UUID]
) -> list[Hold]:
    """End what was kept, under the locks of all that is let go and wanted, taken at once."""
    reserved = await clinic.every(_KEPT, BOOK, holds=list(mine)) if mine else []
    await lock(clinic, [patient_id, *wanted, *(one.resource_id for one in reserved)])
    held = await clinic.every(_HELD, BOOK, holds=list(mine)) if mine else []
    await runs_out.end(clinic, held)
    return held
