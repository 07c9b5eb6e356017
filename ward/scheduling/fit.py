"""Fit: whether everybody and everything that is wanted is free, and taking it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from domain import clashes
from domain.access import Permission
from domain.clashes import Calendar, Clash
from domain.errors import NotAllowed
from domain.notices import SETTLED
from domain.spans import Buffer, Span
from ward.db import new_id
from ward.errors import SENTENCES, Forbidden
from ward.scheduling import in_the_way
from ward.scheduling.errands import TimeCameFree
from ward.scheduling.find import AHEAD, Looked, openings_for
from ward.scheduling.hours import FARTHEST
from ward.scheduling.in_the_way import Clashing, Looking
from ward.scheduling.locks import lock
from ward.scheduling.models import Appointment, Reservation
from ward.scheduling.runs_out import end_run_out
from ward.scheduling.runs_out import let_go as let_go_held
from ward.scheduling.taken import REACH, Diary, diaries, elsewhere, of_patient
from ward.scheduling.visits import Visit
from ward.work import Work

MAY = Permission.BOOK_APPOINTMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be taken: a time, of these resources and this patient, with what is kept free."""

    ward_id: UUID
    span: Span
    resources: tuple[UUID, ...]
    buffer: Buffer
    patient_id: UUID | None = None
    visit: Visit | None = None
    overbook: bool = False
    past: bool = False
    ignoring: frozenset[UUID] = frozenset()  # appointments and holds that are about to go

    @property
    def reserved(self) -> Span:
        """Tell what is taken of the resources."""
        return self.buffer.around(self.span)


@dataclass(frozen=True, slots=True)
class Lanes:
    """In which lane of each resource it stands, and where it stands beside somebody."""

    of: dict[UUID, int]
    beside: frozenset[UUID] = frozenset()  # the resources that have somebody else then

    @property
    def beside_another(self) -> bool:
        """Tell whether it is overbooked."""
        return bool(self.beside)


async def fit(work: Work, wanted: Wanted) -> Lanes:
    """Lock what is wanted and find a place for it; Clashing says all that is in the way."""
    if not wanted.resources:
        raise NotAllowed("Choose who or what is booked.", "appointment.needs")
    if wanted.span.start > work.now + FARTHEST:  # no calendar would show it
        raise NotAllowed("Calendars go two years ahead. Choose an earlier day.", "appointment.far")
    lockable = [*wanted.resources, *([wanted.patient_id] if wanted.patient_id else [])]
    await lock(work, lockable)
    await let_go_held(work)  # after the lock: else two could wait for each other
    await end_run_out(work, wanted.resources, wanted.reserved)
    around = Span(wanted.reserved.start - REACH, wanted.reserved.end + REACH)
    known = await diaries(work, wanted.ward_id, around, lambda one: one.id in wanted.resources)
    if not known.keys() >= set(wanted.resources):
        raise NotAllowed("This is not in the calendar of this clinic.", "appointment.resource")
    chosen = [known[one] for one in wanted.resources]
    if wanted.visit is not None:
        wanted.visit.check([one.row for one in chosen])
    written = await in_the_way.calendars(
        work, chosen, wanted.reserved, wanted.buffer, wanted.ignoring
    )
    zone = ZoneInfo(chosen[0].row.zone)
    wish = clashes.Wish(start=wanted.span.start, end=wanted.span.end, zone=zone)
    theirs = await _of_patient(work, wanted)
    found = clashes.find(wish, [*written, *theirs], work.now, past=wanted.past)
    free = {
        key: clashes.free_lane(one.booked, wanted.reserved, one.capacity)
        for key, one in zip(wanted.resources, written, strict=True)
    }
    beside = frozenset(key for key, lane in free.items() if lane is None)
    full = [one for one in chosen if one.row.id in beside]
    if found and not _may_stand_beside(work, wanted, full, found, theirs):
        raise Clashing(found, _instead(work, wanted), str(zone))
    return Lanes({key: lane or 0 for key, lane in free.items()}, beside)


async def _of_patient(work: Work, wanted: Wanted) -> list[Calendar]:
    if wanted.patient_id is None:
        return []
    rows = await of_patient(work, wanted.patient_id, wanted.span, wanted.ignoring)
    known = {*wanted.ignoring, *(one.id for one in rows)}
    unseen = await elsewhere(work, wanted.patient_id, wanted.span, known)
    return [in_the_way.of_the_patient(rows, unseen)]


def _may_stand_beside(
    work: Work,
    wanted: Wanted,
    full: Sequence[Diary],
    found: Sequence[Clash],
    theirs: Sequence[Calendar],
) -> bool:
    """Tell whether it is overbooked knowingly; never over a hold, or beside the patient's own."""
    if not wanted.overbook or not found:
        return False
    if not work.may(Permission.OVERBOOK):
        raise Forbidden("Your role does not include booking beside another appointment.")
    of_patient = {each.name for each in theirs}
    if any(not one.beside or one.who in of_patient for one in found):
        return False
    there = [in_the_way.standing(one, wanted.reserved, wanted.ignoring) for one in full]
    return all(
        sum(each.overbooked for each in rows) < one.row.overbook_most
        for one, rows in zip(full, there, strict=True)
    )


def _instead(work: Work, wanted: Wanted) -> Looking | None:
    """Tell how times that fit are looked for, once nothing is locked any more."""
    if wanted.visit is None:
        return None
    near = max(wanted.span.start, work.now)
    looked = Looked(
        ward_id=wanted.ward_id,
        visit=wanted.visit,
        resources=wanted.resources,
        since=work.now,
        until=near + AHEAD,
        near=near,
        length=wanted.span.length,
        patient_id=wanted.patient_id,
        ignoring=wanted.ignoring,
    )
    return partial(openings_for, work, looked)


def take(
    work: Work,
    wanted: Wanted,
    lanes: Lanes,
    *,
    appointment_id: UUID | None = None,
    hold_id: UUID | None = None,
) -> None:
    """Take what was found free; the constraint is the last word."""
    for resource_id in wanted.resources:
        row = Reservation(
            id=new_id(),
            resource_id=resource_id,
            ward_id=wanted.ward_id,
            appointment_id=appointment_id,
            hold_id=hold_id,
            lane=lanes.of[resource_id],
            starts_at=wanted.reserved.start,
            ends_at=wanted.reserved.end,
            overbooked=resource_id in lanes.beside,
        )
        work.add(row, MAY)


async def let_go(work: Work, appointment_id: UUID) -> None:
    """Let go everything an appointment had taken."""
    rows = await _reserved(work, appointment_id, ended_at=None)
    for row in rows:
        row.ended_at = work.now
    if any(row.starts_at > work.now for row in rows):  # when it is too late to take this back
        work.later(TimeCameFree(appointment_id, work.now), work.now + SETTLED)
    await work.flush()


async def take_again(work: Work, of: Appointment, ended_at: datetime) -> None:
    """Take again what was let go at that instant, if it is still free.

    The constraint does not speak of what stands beside another: that is looked at here.
    """
    rows = await _reserved(work, of.id, ended_at=ended_at)
    if not rows:
        raise NotAllowed("There is nothing to take back.", "appointment.undo")
    await lock(work, [of.patient_id, *(row.resource_id for row in rows)])
    await end_run_out(work, [row.resource_id for row in rows], _whole(rows))
    if await elsewhere(work, of.patient_id, Span(of.starts_at, of.ends_at), {of.id}):
        raise NotAllowed(SENTENCES["ex_appointment_patient"], "appointment.undo")
    await _room_beside(work, [row for row in rows if row.overbooked])
    of.overbooked = any(row.overbooked for row in rows)
    for row in rows:
        row.ended_at = None
    await work.flush()


async def _room_beside(work: Work, rows: Sequence[Reservation]) -> None:
    """Refuse when as many others stand beside somebody now as may."""
    if not rows:
        return
    taken = {row.resource_id for row in rows}
    known = await diaries(work, rows[0].ward_id, _whole(rows), lambda one: one.id in taken)
    for row in rows:
        there = known.get(row.resource_id)
        others = in_the_way.standing(there, Span(row.starts_at, row.ends_at), ()) if there else []
        if there is None or sum(one.overbooked for one in others) >= there.row.overbook_most:
            raise NotAllowed(SENTENCES["ex_reservation"], "appointment.undo")


def _whole(rows: Sequence[Reservation]) -> Span:
    return Span(min(row.starts_at for row in rows), max(row.ends_at for row in rows))


async def _reserved(
    work: Work, appointment_id: UUID, *, ended_at: datetime | None
) -> list[Reservation]:
    mine = select(Reservation).where(
        Reservation.appointment_id == appointment_id, Reservation.ended_at == ended_at
    )
    return await work.every(mine.order_by(Reservation.id).with_for_update(of=Reservation), MAY)
