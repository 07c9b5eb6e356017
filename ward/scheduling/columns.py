"""Columns: a day of a clinic as the calendar draws it, column by column.

Where something stands is drawn from what is taken alone (D0), so that who may not read of
appointments sees the same grid; whose it is comes beside it, in projections of their own class.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain import clinic_hours
from domain.appointments import HERE, AppointmentStatus
from domain.clinic_hours import Why
from domain.spans import Span, without
from ward.scheduling.clinics import ResourceKind
from ward.scheduling.day import Day, Lane, by_appointment
from ward.scheduling.grid import ROW, STEP, Frame, abreast, frame
from ward.scheduling.groups import sessions, visit_of
from ward.scheduling.models import Appointment
from ward.scheduling.pieces import Block, Counts, Gone, Group, Head, Shut, Visit
from ward.scheduling.questions import Here
from ward.scheduling.taken import Taken

SHOWN_GONE = {AppointmentStatus.CANCELLED: "cancelled", AppointmentStatus.NO_SHOW: "dna"}
_LOOKS = {
    AppointmentStatus.PROPOSED: "held",
    AppointmentStatus.WAITLIST: "held",
    AppointmentStatus.PENDING: "held",
    AppointmentStatus.BOOKED: "booked",
    AppointmentStatus.ARRIVED: "arrived",
    AppointmentStatus.CHECKED_IN: "arrived",
    AppointmentStatus.FULFILLED: "done",
}
_LEADS = tuple(ResourceKind)  # whose column an appointment is listed in: the clinician's first


@dataclass(frozen=True, slots=True)
class Column:
    """One column, and what its fragment is drawn from."""

    head: Head
    blocks: tuple[Block, ...]
    context: dict[str, Any]
    patients: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A day as it is drawn."""

    frame: Frame
    columns: tuple[Column, ...]
    loose: Column  # appointments that no column of this clinic shows
    counts: Counts


def lay(day: Day) -> Grid:
    """Lay a day out."""
    every = [row.span for row in day.taken]
    laid = _Laid(day, frame(day.day, day.zone, day.usual, every))
    columns = tuple(laid.column(lane) for lane in day.lanes)
    return Grid(laid.frame, columns, laid.loose(), laid.counts(columns))


class _Laid:
    """What every column needs to know of the others."""

    def __init__(self, day: Day, shown: Frame) -> None:
        self.day, self.frame = day, shown
        self.suffix = day.day.strftime("%Y%m%d")
        self.lanes = {lane.row.id: lane for lane in day.lanes}
        self.taken = by_appointment(day.taken)
        self.of_lane: dict[UUID, list[Taken]] = {one: [] for one in self.lanes}
        for row in day.taken:
            self.of_lane[row.resource_id].append(row)
        self.left = _left(day)
        self.visits = {one.id: self._visit(one) for one in day.appointments.values()}

    def column(self, lane: Lane) -> Column:
        """Draw up one column."""
        rows = self.of_lane[lane.row.id]
        closings = clinic_hours.closings(lane.hours, self.frame.span)
        blocks, groups = self._blocks(lane, rows, closings)
        gone = self._gone(lane, rows)
        head = Head(
            id=f"col-{lane.row.id}-{self.suffix}",
            resource_id=lane.row.id,
            number=lane.number,
            kind=lane.row.kind,
            label=lane.label,
            beside=self._beside(lane, rows),
            booked=sum(row.appointment_id is not None for row in rows),
            capacity=lane.row.capacity,
        )
        shut = self._shut(lane, closings)
        ids = [one.appointment_id for one in blocks] + [one.visit.appointment_id for one in gone]
        drawn = self._drawn(head, [*shut, *groups], blocks, gone, ids)
        drawn.context["groups"] = {
            one.id: visit_of(one, rows, self.day.appointments, self.day.visits) for one in groups
        }
        return drawn

    def _drawn(
        self,
        head: Head,
        shut: Sequence[Shut | Group],
        blocks: list[Block],
        gone: list[Gone],
        ids: Iterable[UUID | None],
    ) -> Column:
        mine = [one for one in ids if one and one in self.day.appointments]
        named = {*mine, *(rival for block in blocks for rival in block.rivals)}
        pieces: list[Shut | Group | Block | Gone] = [*shut, *blocks, *gone]
        context = {
            "ward_id": self.day.ward.id,
            "day": self.day.day,
            "head": head,
            "groups": {},
            "pieces": sorted(pieces, key=lambda one: one.start),
            "visits": {one: self.visits[one] for one in mine},
            "who": {one: self.day.called[one] for one in named if one in self.day.called},
        }
        patients = {self.day.appointments[one].patient_id for one in named & self.visits.keys()}
        return Column(head, tuple(blocks), context, tuple(sorted(patients)))

    def _blocks(
        self, lane: Lane, rows: Sequence[Taken], closings: Sequence[clinic_hours.Closure]
    ) -> tuple[list[Block], list[Group]]:
        together, rows = sessions(lane, rows)
        spans = [*(row.span for row in rows), *(span for span, _ in together)]
        lanes = abreast(spans)
        shut = [one for one in closings if one.why is not Why.BREAK]
        over = [row for row in rows if row.overbooked]  # mostly none
        found = []
        for row, span, beside in zip(rows, spans, lanes, strict=False):
            spot = self.frame.place(span, beside)
            if spot is not None:
                word = _away(lane, shut, span)
                found.append(self._block(lane, row, _rivals(row, rows) if over else (), spot, word))
        groups = [
            self._group(lane, span, members, spot, _away(lane, shut, span))
            for (span, members), beside in zip(together, lanes[len(rows) :], strict=True)
            if (spot := self.frame.place(span, beside))
        ]
        return found, groups

    def _group(self, lane: Lane, span: Span, members: int, spot: str, away: str) -> Group:
        return Group(
            id=f"gp-{lane.row.id}-{span.start:%Y%m%dT%H%M}-{int(span.length.total_seconds())}",
            spot=spot,
            line=span.length < ROW + STEP,
            start=span.start,
            end=span.end,
            resource_id=lane.row.id,
            members=members,
            capacity=lane.row.capacity,
            away=away,
        )

    def _block(
        self, lane: Lane, row: Taken, rivals: tuple[UUID, ...], spot: str, away: str
    ) -> Block:
        hold = self.day.holds.get(row.hold_id) if row.hold_id else None
        by = self.day.holders.get(hold.user_id) if hold and hold.user_id else None
        others = self.taken.get(row.appointment_id, []) if row.appointment_id else []
        with_it = [self.lanes[one.resource_id] for one in others if one.resource_id in self.lanes]
        with_it.sort(key=lambda one: (_LEADS.index(one.row.kind), one.number))
        return Block(
            id=f"{'hold' if hold else 'ap'}-{row.id}-{self.suffix}",
            spot=spot,
            line=row.span.length < ROW + STEP,
            lead=not with_it or with_it[0] is lane,
            start=row.span.start,
            end=row.span.end,
            appointment_id=row.appointment_id,
            beside=tuple(one.label for one in with_it if one is not lane),
            rivals=rivals,
            away=away if row.appointment_id else "",
            until=hold.until if hold else None,
            by=by.name if by else "",
            by_id=by.user_id if by else None,
            offered=hold is not None and hold.offered,
        )

    def _shut(self, lane: Lane, closings: Sequence[clinic_hours.Closure]) -> list[Shut]:
        closed = [one.span for one in closings]
        opened = clinic_hours.open_spans(lane.hours, self.frame.span)
        outside = without([self.frame.span], [*opened, *closed])
        away = [one for one in closings if one.why is not Why.BREAK]
        pieces = [(span, "closed", "") for span in outside]
        pieces += [(one.span, "away", _word(one)) for one in away]
        pieces += [
            (one.span, "break", one.word or "Break")
            for one in closings
            if one.why is Why.BREAK and not any(shut.span.covers(one.span) for shut in away)
        ]
        return [
            Shut(spot, look, label, span.start, span.end)
            for span, look, label in sorted(pieces)
            if (spot := self.frame.place(span))
        ]

    def _gone(self, lane: Lane, rows: Sequence[Taken]) -> list[Gone]:
        """Find what would have stood here; beside what was booked since it is drawn narrow."""
        standing = [row.span for row in rows]
        found = []
        for appointment, left in self.left.items():
            row = next((one for one in left if one.resource_id == lane.row.id), None)
            if row is not None:
                span = row.span
                over = any(span.overlaps(one) for one in standing)
                found.append(self._left_out(appointment, row, left, (2, 3) if over else (0, 1)))
        return [one for one in found if one.spot]

    def _left_out(
        self,
        appointment: UUID,
        row: Taken,
        left: Sequence[Taken],
        beside: tuple[int, int],
    ) -> Gone:
        lanes = [self.lanes[one.resource_id] for one in left if one.resource_id in self.lanes]
        lead = min(lanes, key=lambda one: (_LEADS.index(one.row.kind), one.number))
        span = row.span
        return Gone(
            id=f"ap-{row.id}-{self.suffix}",
            spot=self.frame.place(span, beside) or "",
            line=span.length < ROW + STEP,
            lead=lead.row.id == row.resource_id,
            start=row.span.start,
            visit=self.visits[appointment],
        )

    def loose(self) -> Column:
        """Draw up the column of appointments that have nobody and nothing here."""
        here = {*self.taken, *self.left}
        rest = [one for one in self.day.appointments.values() if one.id not in here]
        rest = [one for one in rest if one.ward_id == self.day.ward.id]
        found = []
        spans = [Span(one.starts_at, one.ends_at) for one in rest]
        for one, span, beside in zip(rest, spans, abreast(spans), strict=True):
            spot = self.frame.place(span, beside) or ""
            line = span.length < ROW + STEP
            found.append(
                Gone(
                    f"ap-{one.id}-{self.suffix}",
                    spot,
                    line,
                    lead=True,
                    start=one.starts_at,
                    visit=self.visits[one.id],
                )
            )
        head = Head(f"col-none-{self.suffix}", None, 0, None, "", "", len(rest), 1)
        return self._drawn(head, [], [], found, [one.id for one in rest])

    def counts(self, columns: Sequence[Column]) -> Counts:
        """Count the day."""
        came = [one for one in self.visits.values() if one.look == "arrived"]
        waits = [one.since for one in came if one.since]
        pairs: set[frozenset[UUID]] = set()
        for column in columns:
            for block in column.blocks:
                if block.appointment_id is not None:
                    own = block.appointment_id
                    pairs |= {frozenset({own, one}) for one in block.rivals}
                    pairs |= {frozenset({own})} if block.away else set()
        looks = Counter(one.look for one in self.visits.values())
        return Counts(
            booked=sum(looks.values()) - looks["cancelled"] - looks["held"],
            waiting=len(came),
            since=min(waits, default=None),
            clashes=len(pairs),
            cancelled=looks["cancelled"],
        )

    def _beside(self, lane: Lane, rows: Sequence[Taken]) -> str:
        """Say where a clinician is most of the day, or who is in a room."""
        wanted = {
            ResourceKind.CLINICIAN: {ResourceKind.ROOM},
            ResourceKind.ROOM: {ResourceKind.CLINICIAN},
        }.get(lane.row.kind, set())
        found = Counter(
            self.lanes[one.resource_id].label
            for row in rows
            for one in (self.taken.get(row.appointment_id, ()) if row.appointment_id else ())
            if one.resource_id in self.lanes and self.lanes[one.resource_id].row.kind in wanted
        )
        return ", ".join(label for label, _ in found.most_common(2))

    def _visit(self, one: Appointment) -> Visit:
        here = self.day.here.get(one.id)
        look = _look(one, here)
        room = self.lanes.get(here.room_id) if here and here.room_id else None
        booked = one.status is AppointmentStatus.BOOKED
        return Visit(
            appointment_id=one.id,
            look=look,
            word=_said(one, look, here),
            label=self.day.visits.get(one.visit_type_id, ""),
            start=one.starts_at,
            end=one.ends_at,
            buffers=self._buffers(one),
            since=here.since if here and look == "in-room" else one.arrived_at,
            room=room.label if room else "",
            moves=booked,
        )

    def _buffers(self, one: Appointment) -> str:
        rows = self.taken.get(one.id) or self.left.get(one.id) or ()
        if not rows:
            return ""
        before = max(0, (one.starts_at - rows[0].span.start) // STEP)
        after = max(0, (rows[0].span.end - one.ends_at) // STEP)
        return " ".join(
            [*([f"up-{before}"] if before else []), *([f"dn-{after}"] if after else [])]
        )


def _left(day: Day) -> dict[UUID, list[Taken]]:
    """Find what those who will not come had taken last; what a move gave back is not drawn."""
    found = {}
    for appointment, rows in by_appointment(day.gone).items():
        one = day.appointments.get(appointment)
        if one is None or one.status not in SHOWN_GONE:
            continue
        held = [row for row in rows if row.span.holds(one.starts_at)]
        last = max((row.ended_at for row in held if row.ended_at), default=None)
        kept = [row for row in held if row.ended_at == last]
        if kept:
            found[appointment] = kept
    return found


def _rivals(row: Taken, rows: Iterable[Taken]) -> tuple[UUID, ...]:
    """List the appointments of the same place at the same time, where one was booked over it."""
    return tuple(
        other.appointment_id
        for other in rows
        if other is not row
        and other.appointment_id is not None
        and row.appointment_id is not None
        and (row.overbooked or other.overbooked)
        and row.lane == other.lane
        and row.span.overlaps(other.span)
    )


def _away(lane: Lane, shut: Sequence[clinic_hours.Closure], span: Span) -> str:
    """Say that somebody is not there while something is booked."""
    away = next((one for one in shut if one.span.overlaps(span)), None)
    return f"{lane.label}: {_word(away)}" if away else ""


def _word(closure: clinic_hours.Closure) -> str:
    return closure.word or closure.why.shown


def _look(one: Appointment, here: Here | None) -> str:
    if one.status in SHOWN_GONE:
        return SHOWN_GONE[one.status]
    if one.status in HERE and here is not None and here.look == "in-room":
        return "in-room"
    if one.status is AppointmentStatus.BOOKED and one.confirmed_at is not None:
        return "confirmed"
    return _LOOKS[one.status]


def _said(one: Appointment, look: str, here: Here | None) -> str:
    if look == "confirmed":
        return "Confirmed"
    if look == "arrived" and here is not None and here.look == "called":
        return "Called"
    return "In room" if look == "in-room" else one.status.word
