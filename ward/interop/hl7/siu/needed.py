"""Needed: who and what an appointment takes: as the message says, and what a visit needs beside.

A sender that keeps no rooms names none; the visit needs one all the same, and it is chosen here.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from domain import clinic_hours
from domain.access import Permission
from domain.clashes import Booked, free_lane
from domain.spans import Span
from ward.interop.hl7.siu.codes import Meant
from ward.scheduling import in_the_way, taken
from ward.scheduling.clinics import Resource, VisitNeed
from ward.scheduling.find import PEOPLE
from ward.scheduling.models import Appointment, Reservation
from ward.scheduling.taken import Diary
from ward.scheduling.visits import Visit
from ward.work import Work

CHOSEN = "Not all that the visit needs was named: the rest was chosen here."


@dataclass(frozen=True, slots=True)
class Taking:
    """What is to be taken, and what has to be said of how it was chosen."""

    resources: tuple[UUID, ...]
    remarks: tuple[str, ...] = ()


async def taking(
    work: Work, meant: Meant, visit: Visit, span: Span, of: Appointment | None = None
) -> Taking:
    """Choose what is taken: what is named, what was taken before, then what is free."""
    around = Span(span.start - taken.REACH, span.end + taken.REACH)
    known = await taken.diaries(work, meant.ward.id, around)
    before = await reserved(work, of) if of else ()
    ours = frozenset({of.id} if of else ())
    kinds = {one.kind for one in meant.resources}
    kept = [
        known[one].row
        for one in before
        if one in known and known[one].row.kind not in kinds and one not in meant.gone
    ]
    chosen = [
        *meant.resources,
        *(one for one in kept if one.kind in PEOPLE or _free(one, known, visit, span, ours)),
    ]
    missing = _missing(visit, chosen)
    for need in missing:
        fitting = [one.row for one in known.values() if visit.fits(need, one.row)]
        if need.kind in PEOPLE and len(fitting) > 1:
            continue  # whom somebody sees is never chosen here
        others = [one for one in fitting if one not in chosen]
        free = [one for one in others if _free(one, known, visit, span, ours)]
        chosen += (free or others)[:1]
    return Taking(tuple(one.id for one in chosen), (CHOSEN,) if missing else ())


async def reserved(work: Work, of: Appointment) -> tuple[UUID, ...]:
    """Tell what an appointment takes now."""
    standing = select(Reservation).where(
        Reservation.appointment_id == of.id, Reservation.ended_at.is_(None)
    )
    rows = await work.every(standing.order_by(Reservation.id), Permission.VIEW_CALENDAR)
    return tuple(row.resource_id for row in rows)


def _missing(visit: Visit, chosen: Sequence[Resource]) -> list[VisitNeed]:
    """List the needs that nobody meets who is chosen."""
    left, missing = list(chosen), []
    for need in sorted(visit.needs, key=lambda one: one.resource_id is None):
        found = next((one for one in left if visit.fits(need, one)), None)
        if found is None:
            missing.append(need)
        else:
            left.remove(found)
    return missing


def _free(
    row: Resource,
    known: dict[UUID, Diary],
    visit: Visit,
    span: Span,
    ignoring: Collection[UUID],
) -> bool:
    """Tell whether somebody or something is there then, and has a place free."""
    wanted = visit.buffer.around(span)
    within = Span(span.start - clinic_hours.DAY, span.end + clinic_hours.DAY)
    there = clinic_hours.open_spans(known[row.id].hours, within)
    booked = _booked(known[row.id], wanted, ignoring)
    return any(one.covers(span) for one in there) and (
        free_lane(booked, wanted, row.capacity) is not None
    )


def _booked(diary: Diary, wanted: Span, ignoring: Collection[UUID]) -> list[Booked]:
    rows = in_the_way.standing(diary, wanted, ignoring)
    return [Booked(one.span, lane=one.lane) for one in rows]
