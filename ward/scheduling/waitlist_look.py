"""Look: the waiting list of a clinic as its page shows it: what is offered, and who is next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from domain import waitlists
from domain.access import D2, Permission
from domain.appointments import AppointmentStatus
from domain.display import day_of, instant
from domain.recurrence import DAYS
from domain.waitlists import OfferStatus, Priority
from ward.patients.queries import Named, among, names_of
from ward.places.models import Ward
from ward.projections import projection
from ward.scheduling import visits
from ward.scheduling.clinics import Resource, VisitType
from ward.scheduling.details import Wish
from ward.scheduling.models import Appointment, Reservation
from ward.scheduling.waiting import WaitlistEntry, WaitlistOffer
from ward.scheduling.waitlist import STANDING, as_rule
from ward.work import Work

SEE, VIEW = Permission.VIEW_APPOINTMENTS, Permission.VIEW_CALENDAR
_STANDING = select(WaitlistEntry).where(
    WaitlistEntry.ward_id == bindparam("ward"), WaitlistEntry.status.in_(STANDING)
)
_OFFERS = (
    select(WaitlistOffer)
    .where(among(WaitlistOffer.entry_id, "entries"))
    .order_by(WaitlistOffer.offered_at)
)
_HAS = select(Appointment).where(
    among(Appointment.id, "appointments"), Appointment.status == AppointmentStatus.BOOKED
)
_VISITS = select(VisitType).where(among(VisitType.id, "kinds"))
_KEPT = select(Reservation).where(Reservation.hold_id.in_(bindparam("holds", expanding=True)))
_LABELLED = select(Resource).where(among(Resource.id, "resources")).order_by(Resource.position)


@projection(D2)
class Kept:
    """A time that is kept for somebody until they answer."""

    id: UUID
    version: int
    when: str
    with_whom: str
    until: datetime
    by_phone: bool


@projection(D2)
class Line:
    """Somebody on the list; `version` is what its buttons press."""

    id: UUID
    version: int
    patient_id: UUID
    nth: int  # of those who wait, by the order in which they are asked
    visit: str
    visit_type_id: UUID
    priority: Priority
    late: str  # the target that has gone by
    over: bool  # the last day that suits has gone by
    since: datetime
    suits: tuple[str, ...]
    note: str
    has: str  # when the later appointment is that they would give up
    declined: int
    lapsed: int
    kept: Kept | None


@dataclass(frozen=True, slots=True)
class Listed:
    """The list of a clinic."""

    ward: Ward
    lines: tuple[Line, ...]
    who: Mapping[UUID, Named]

    @property
    def offered(self) -> tuple[Line, ...]:
        """Give those for whom a time is kept, the one that runs out first before the others."""
        kept = [(one.kept.until, one) for one in self.lines if one.kept]
        return tuple(one for _, one in sorted(kept, key=lambda pair: pair[0]))

    @property
    def waiting(self) -> tuple[Line, ...]:
        """Give the others, in the order in which they are asked."""
        return tuple(one for one in self.lines if one.kept is None)


async def read(work: Work, ward_id: UUID) -> Listed:
    """Read who waits, what suits them, and what is kept for whom."""
    ward = await work.access(Ward, ward_id, VIEW)
    rows = {row.id: row for row in await work.every(_STANDING, SEE, keys=True, ward=ward_id)}
    wishes = await work.open(rows.values(), WaitlistEntry.wish)
    rules = [as_rule(row, wishes[row.id]) for row in rows.values()]
    zone = ZoneInfo(ward.zone)
    today = work.now.astimezone(zone).date()
    known = await _Known.of(work, ward, list(rows.values()))
    lines: list[Line] = []
    for rule in waitlists.order(rules, today):
        row = rows[cast("UUID", rule.key)]
        late = waitlists.is_breached(rule, today) and row.target_on is not None
        nth = 1 + sum(one.kept is None for one in lines)
        target = day_of(row.target_on) if late and row.target_on else ""
        lines.append(known.line(row, wishes[row.id], nth, target))
    who = await names_of(work, [row.patient_id for row in rows.values()], zone)
    return Listed(ward, tuple(lines), who)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the lines have in common, read once."""

    zone: ZoneInfo
    visits: Mapping[UUID, str]
    labels: Mapping[UUID, str]
    has: Mapping[UUID, datetime]
    offers: Mapping[UUID, Sequence[WaitlistOffer]]
    kept: Mapping[UUID, Sequence[UUID]]
    now: datetime

    @classmethod
    async def of(cls, work: Work, ward: Ward, rows: Sequence[WaitlistEntry]) -> "_Known":
        """Read it."""
        made = await work.every(_OFFERS, SEE, entries=[row.id for row in rows])
        standing = [one.hold_id for one in made if one.status is OfferStatus.OPEN]
        kept = await work.every(_KEPT, VIEW, holds=standing)
        wanted = {row.resource_id for row in rows if row.resource_id}
        wanted |= {one.resource_id for one in kept}
        listed = await work.every(_LABELLED, VIEW, resources=list(wanted), keys=True)
        labels = await work.open(listed, Resource.label)
        kinds = await work.every(_VISITS, VIEW, kinds=[row.visit_type_id for row in rows])
        given = [row.has_id for row in rows if row.has_id]
        has = await work.every(_HAS, SEE, appointments=given)
        return cls(
            zone=ZoneInfo(ward.zone),
            visits={one.id: one.label for one in kinds},
            labels={one.id: labels[one.id] for one in listed},
            has={one.id: one.starts_at for one in has},
            offers={row.id: [one for one in made if one.entry_id == row.id] for row in rows},
            kept={
                hold: [one.resource_id for one in kept if one.hold_id == hold] for hold in standing
            },
            now=work.now,
        )

    def line(self, row: WaitlistEntry, wish: Wish, nth: int, target: str) -> Line:
        """Write one line."""
        made = self.offers[row.id]
        standing = [one for one in made if one.status is OfferStatus.OPEN and one.until > self.now]
        has = self.has.get(row.has_id) if row.has_id else None
        return Line(
            id=row.id,
            version=row.version,
            patient_id=row.patient_id,
            nth=nth,
            visit=self.visits.get(row.visit_type_id, ""),
            visit_type_id=row.visit_type_id,
            priority=row.priority,
            late=target,
            over=row.not_after is not None
            and row.not_after < self.now.astimezone(self.zone).date(),
            since=row.since,
            suits=tuple(_suits(row, wish, self.labels)),
            note=wish.note,
            has=instant(has, self.zone) if has else "",
            declined=sum(one.status is OfferStatus.DECLINED for one in made),
            lapsed=sum(one.status is OfferStatus.EXPIRED for one in made),
            kept=self._kept(standing[0]) if standing else None,
        )

    def _kept(self, one: WaitlistOffer) -> Kept:
        taken = self.kept[one.hold_id]
        return Kept(
            id=one.id,
            version=one.version,
            when=instant(one.starts_at, self.zone),
            with_whom=", ".join(label for key, label in self.labels.items() if key in taken),
            until=one.until,
            by_phone=one.by_phone,
        )


def _suits(row: WaitlistEntry, wish: Wish, labels: Mapping[UUID, str]) -> list[str]:
    """Say what suits somebody; nothing where anything does."""
    said = []
    if row.resource_id:
        said.append(f"with {labels.get(row.resource_id, 'one person')}")
    if row.not_before:
        said.append(f"from {day_of(row.not_before)}")
    if row.not_after:
        said.append(f"until {day_of(row.not_after)}")
    if row.weekdays:
        said.append(", ".join(DAYS[day][:3] for day in row.weekdays))
    if row.opens or row.closes:
        opens = f"{row.opens:%H:%M}" if row.opens else "00:00"
        said.append(f"{opens}\u2013{row.closes:%H:%M}" if row.closes else f"after {opens}")
    if row.notice_hours:
        said.append(f"{row.notice_hours}h notice{', or by telephone' * row.short_notice}")
    if wish.interpreter:
        said.append(f"interpreter for {wish.interpreter}")
    if wish.transport:
        said.append("transport")
    return said


async def offered(work: Work, ward_id: UUID) -> list[tuple[UUID, str]]:
    """List the visits that somebody may wait for."""
    found = await visits.offered(work, ward_id)
    return [(one.row.id, one.row.label) for one in found.values()]
