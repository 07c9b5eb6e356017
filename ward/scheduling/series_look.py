"""Series look: all appointments of a series, each as it stands, with what became of the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from domain import series
from domain.access import D2, Permission
from domain.appointment_codes import CancellationReason
from domain.appointments import UNDO, AppointmentStatus
from domain.display import instant
from domain.openings import MINUTE
from domain.series import Occurrence
from ward.projections import projection
from ward.scheduling import recurring, visits
from ward.scheduling.clinics import Resource
from ward.scheduling.models import Appointment, Series
from ward.scheduling.taken import of_ward, taken_by
from ward.work import Work

VIEW = Permission.VIEW_APPOINTMENTS
_FOLLOWS = select(Series).where(Series.follows_id == bindparam("series"))


@projection(D2)
class Line:
    """One appointment of a series: when it was meant, and how it stands."""

    number: int
    meant: str
    when: str  # where it was moved to by itself
    word: str
    look: str  # "booked", "gone", "out" or "gap"
    note: str
    with_whom: str
    appointment_id: UUID | None


@projection(D2)
class Whole:
    """A series: how often, of which visit, and what became of it as a whole."""

    id: UUID
    patient_id: UUID
    ward_id: UUID
    version: int
    visit: str
    rule: str
    at: str
    made: str
    ended: str
    before_id: UUID | None  # the series it was cut from
    after_id: UUID | None
    booked: int


@dataclass(frozen=True, slots=True)
class Read:
    """What the page of a series shows."""

    whole: Whole
    lines: tuple[Line, ...]
    zone: ZoneInfo


async def read(work: Work, row: Series) -> Read:
    """Read a series whole."""
    zone = ZoneInfo(row.zone)
    rows = await recurring.of_series(work, row.id)
    offered = await visits.every_kind(work, row.ward_id)
    kind = offered.get(row.visit_type_id)
    plan, left_out = recurring.plan_of(row, _length(rows))
    after = [one for one in await work.every(_FOLLOWS, VIEW, series=row.id) if _stands(one)]
    there = {one.original_start: one for one in rows}
    who = await _with_whom(work, row.ward_id, rows)
    state = _State(row, zone, left_out, who)
    lines = tuple(_line(one, there.get(one.span.start), state) for one in series.expand(plan))
    whole = Whole(
        id=row.id,
        patient_id=row.patient_id,
        ward_id=row.ward_id,
        version=row.version,
        visit=kind.label if kind else "Visit",
        rule=series.described(plan.rule),
        at=f"{plan.first:%H:%M}",
        made=instant(row.made_at, zone),
        ended=instant(row.ended_at, zone) if row.ended_at else "",
        before_id=row.follows_id,
        after_id=after[0].id if after else None,
        booked=sum(one.look == "booked" for one in lines),
    )
    return Read(whole, lines, zone)


def _length(rows: Sequence[Appointment]) -> timedelta:
    """Tell how long the first lasts; a series that was taken back has none, and any will do."""
    return rows[0].ends_at - rows[0].starts_at if rows else MINUTE


def _stands(row: Series) -> bool:
    return row.ends_before != row.made_at  # else it was taken back


def may_undo(work: Work, row: Series) -> bool:
    """Tell whether whoever asks did something to all of it a moment ago."""
    mine = row.ended_by is not None and row.ended_by == work.actor.id
    return mine and row.ended_at is not None and work.now <= row.ended_at + UNDO


async def _with_whom(work: Work, ward_id: UUID, rows: Sequence[Appointment]) -> Mapping[UUID, str]:
    if not rows:
        return {}
    taken = await taken_by(work, [one.id for one in rows])
    resources = await of_ward(work, ward_id)
    labels = await work.open(resources, Resource.label)
    return {
        one: ", ".join(labels[each.id] for each in resources if each.id in ids)
        for one, ids in taken.items()
    }


@dataclass(frozen=True, slots=True)
class _State:
    """What every line is read beside."""

    row: Series
    zone: ZoneInfo
    left_out: set[str]
    who: Mapping[UUID, str]


def _line(one: Occurrence, row: Appointment | None, of: _State) -> Line:
    look, word, note = _stand(one, row, of)
    moved = row is not None and row.starts_at != one.span.start
    return Line(
        number=one.number,
        meant=instant(one.span.start, of.zone),
        when=instant(row.starts_at, of.zone) if row is not None and moved else "",
        word=word,
        look=look,
        note=note or one.notice(of.zone),
        with_whom=of.who.get(row.id, "") if row is not None else "",
        appointment_id=row.id if row is not None else None,
    )


def _stand(one: Occurrence, row: Appointment | None, of: _State) -> tuple[str, str, str]:
    """Say how one of them stands: its look, its word, and why."""
    if row is None:
        if of.row.ends_before is not None and one.span.start >= of.row.ends_before:
            return "out", "No longer part of it", ""
        if one.wall.strftime("%Y%m%d") in of.left_out:
            return "out", "Left out", ""
        return "gap", "Not booked", "Something was in the way: book it by itself."
    reason = row.cancel_reason.word if isinstance(row.cancel_reason, CancellationReason) else ""
    gone = row.status in {AppointmentStatus.CANCELLED, AppointmentStatus.ENTERED_IN_ERROR}
    return "gone" if gone else "booked", row.status.word, reason
