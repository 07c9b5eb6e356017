"""Line: who is asked next when a time comes free, and keeping it for them until they answer."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from domain import waitlists
from domain.access import Permission
from domain.appointments import AppointmentStatus
from domain.spans import Span
from domain.waitlists import Entry, OfferStatus, Slot
from ward.db import new_id
from ward.patients.models import Life, Patient
from ward.patients.queries import among
from ward.places.models import Ward
from ward.scheduling import visits
from ward.scheduling.clinics import Resource
from ward.scheduling.errands import OfferPasses
from ward.scheduling.events import OfferMade, WaitlistChanged
from ward.scheduling.find import Looked, Opening, openings_for
from ward.scheduling.hold import hold
from ward.scheduling.locks import lock
from ward.scheduling.models import Appointment, Hold, Reservation
from ward.scheduling.offers import reach
from ward.scheduling.questions import on_an_offer
from ward.scheduling.runs_out import end
from ward.scheduling.taken import RESOURCES, elsewhere
from ward.scheduling.visits import Visit
from ward.scheduling.waiting import WaitlistEntry, WaitlistOffer, WaitStatus
from ward.scheduling.waitlist import as_rule
from ward.work import Work

MAY, VIEW = Permission.BOOK_APPOINTMENT, Permission.VIEW_CALENDAR
WHOSE = Permission.VIEW_APPOINTMENTS
NEEDS = frozenset({MAY, VIEW, WHOSE, Permission.VIEW_PATIENT})
MOST = 24  # times that are looked at for one kind of visit, nearest first
_WAITING = (
    select(WaitlistEntry)
    .join(Patient, Patient.id == WaitlistEntry.patient_id)
    .where(WaitlistEntry.ward_id == bindparam("ward"))
    .where(WaitlistEntry.status == WaitStatus.WAITING, Patient.life == Life.ALIVE)
)
_OFFERED = select(WaitlistOffer).where(among(WaitlistOffer.entry_id, "entries"))
_HAS = select(Appointment).where(
    among(Appointment.id, "appointments"), Appointment.status == AppointmentStatus.BOOKED
)
_LET_GO = select(Reservation).where(
    Reservation.appointment_id == bindparam("appointment"), Reservation.ended_at == bindparam("at")
)
_KEPT = select(Reservation).where(Reservation.hold_id == bindparam("hold"))


@dataclass(frozen=True, slots=True)
class Freed:
    """A while in which these resources have come free; `hold` keeps it until it has passed on."""

    ward_id: UUID
    span: Span
    resources: frozenset[UUID]
    hold: Hold | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Who is asked, for which time."""

    row: WaitlistEntry
    rule: Entry
    slot: Slot
    opening: Opening
    visit: Visit


async def came_free(work: Work, appointment_id: UUID, at: datetime) -> None:
    """Offer what an appointment let go to the first whom it suits, if it is free still."""
    rows = await work.every(_LET_GO, VIEW, appointment=appointment_id, at=at)
    if rows:
        await offer(work, _freed(rows))


async def pass_on(work: Work, offer_id: UUID) -> None:
    """Offer to the next in line what was declined, taken back, or ran out without an answer."""
    row, entry = await reach(work, offer_id, MAY)
    if waitlists.standing(row.status, row.until, work.now) in _HERE:
        return
    kept = await work.access(Hold, row.hold_id, MAY)
    if row.status is OfferStatus.OPEN:
        row.status, row.answered_at, row.answered_as = OfferStatus.EXPIRED, work.now, None
        entry.status = WaitStatus.WAITING
        work.record(WaitlistChanged(entry.id, entry.patient_id, entry.ward_id))
    elif kept.ended_at is not None:
        return
    await work.flush()
    rows = await work.every(_KEPT, VIEW, hold=row.hold_id)
    await offer(work, _freed(rows, kept if kept.ended_at is None else None))


_HERE = {OfferStatus.OPEN, OfferStatus.ACCEPTED}


def _freed(rows: Sequence[Reservation], kept: Hold | None = None) -> Freed:
    span = Span(min(one.starts_at for one in rows), max(one.ends_at for one in rows))
    return Freed(rows[0].ward_id, span, frozenset(one.resource_id for one in rows), kept)


async def offer(work: Work, freed: Freed) -> WaitlistOffer | None:
    """Keep a time for the first whom it suits; with nobody in line, it is free for all.

    One job at a time gives out the times of a clinic: two could choose the same patient.
    """
    await lock(work, [freed.ward_id])
    async for choice in _line(work, freed):
        row = await work.access(WaitlistEntry, choice.row.id, MAY, lock=True)
        if row.status is WaitStatus.WAITING and row.version == choice.row.version:
            return await _keep(work, freed, choice)
    if freed.hold is not None:
        await lock(work, freed.resources)
        await _let_go(work, freed.hold)
    return None


async def _let_go(work: Work, kept: Hold) -> None:
    row = await work.access(Hold, kept.id, MAY, lock=True)
    await end(work, [row] if row.ended_at is None else [])


async def _line(work: Work, freed: Freed) -> AsyncIterator[Choice]:
    """Give whom the time suits, in the order in which they are asked."""
    rows = {row.id: row for row in await work.every(_WAITING, MAY, keys=True, ward=freed.ward_id)}
    if not rows or freed.span.end <= work.now:
        return
    ward = await work.access(Ward, freed.ward_id, VIEW)
    zone = ZoneInfo(ward.zone)
    wishes = await work.open(rows.values(), WaitlistEntry.wish)
    before = await work.every(_OFFERED, MAY, entries=list(rows))
    asked = {(one.entry_id, one.starts_at) for one in before}
    has = await _has(work, rows)
    looking = await _Looking.of(work, freed)
    rules = [as_rule(row, wishes[row.id]) for row in rows.values()]
    for rule in waitlists.order(rules, work.now.astimezone(zone).date()):
        row = rows[cast("UUID", rule.key)]
        for opening, visit in await looking.openings(row):
            # Interpreters and transport are ordered for a booking: the notice leaves time for it.
            slot = Slot(
                span=opening.span,
                zone=zone,
                service=row.visit_type_id,
                resources=frozenset(opening.resources),
                interpreter=True,
                transport=True,
            )
            late = row.id in has and has[row.id] <= slot.span.start
            if late or (row.id, slot.span.start) in asked:
                continue
            if waitlists.fits(rule, slot, work.now) and not await elsewhere(
                work, row.patient_id, slot.span, []
            ):
                yield Choice(row, rule, slot, opening, visit)
                break


async def _has(work: Work, rows: Mapping[UUID, WaitlistEntry]) -> dict[UUID, datetime]:
    """Tell when those begin who would give up a later appointment."""
    wanted = [row.has_id for row in rows.values() if row.has_id is not None]
    if not wanted:
        return {}
    known = {one.id: one.starts_at for one in await work.every(_HAS, WHOSE, appointments=wanted)}
    return {row.id: known[row.has_id] for row in rows.values() if row.has_id in known}


class _Looking:
    """The times that each kind of visit could have in what came free; each is looked for once."""

    def __init__(
        self, work: Work, freed: Freed, offered: Mapping[UUID, Visit], here: Sequence[Resource]
    ) -> None:
        self.work, self.freed, self.offered = work, freed, offered
        self.kinds = {one.id: one.kind for one in here}
        self.found: dict[tuple[UUID, UUID | None], list[Opening]] = {}

    @classmethod
    async def of(cls, work: Work, freed: Freed) -> "_Looking":
        """Read what the clinic offers and has."""
        offered = await visits.offered(work, freed.ward_id)
        return cls(work, freed, offered, await work.every(RESOURCES, VIEW, ward=freed.ward_id))

    async def openings(self, row: WaitlistEntry) -> list[tuple[Opening, Visit]]:
        """Give the times for one who waits, nearest to when it came free first."""
        visit = self.offered.get(row.visit_type_id)
        if visit is None:
            return []
        key = (row.visit_type_id, row.resource_id)
        if key not in self.found:
            self.found[key] = await self._look(visit, row.resource_id)
        return [(one, visit) for one in self.found[key]]

    async def _look(self, visit: Visit, only: UUID | None) -> list[Opening]:
        span, length = self.freed.span, visit.length
        kind = self.kinds.get(only) if only else None
        named = [one for one in self.freed.resources if self.kinds.get(one) is not kind]
        looked = Looked(
            ward_id=self.freed.ward_id,
            visit=visit,
            resources=[*([only] if only else []), *(named if only else self.freed.resources)],
            since=max(self.work.now, span.start - length),
            until=span.end + length,
            near=span.start,
            ignoring={self.freed.hold.id} if self.freed.hold else (),
        )
        found = await openings_for(self.work, looked, MOST)
        return [
            one
            for one in found
            if one.span.overlaps(span) and self.freed.resources.intersection(one.resources)
        ]


async def _keep(work: Work, freed: Freed, choice: Choice) -> WaitlistOffer:
    """Hold the time, write the offer, and have it pass on when nobody answers."""
    patient, span = choice.row.patient_id, choice.slot.span
    await lock(work, {patient, *choice.opening.resources, *freed.resources})
    if freed.hold is not None:
        await _let_go(work, freed.hold)
    until, by_phone = await _until(work, choice)
    kept = await hold(
        work,
        freed.ward_id,
        span,
        choice.opening.resources,
        buffer=choice.visit.buffer,
        lasts=until - work.now,
        patient_id=patient,
    )
    kept.offered = True
    row = WaitlistOffer(
        id=new_id(),
        entry_id=choice.row.id,
        patient_id=patient,
        hold_id=kept.id,
        starts_at=span.start,
        ends_at=span.end,
        until=until,
        by_phone=by_phone,
        offered_at=work.now,
    )
    work.add(row, MAY)
    choice.row.status = WaitStatus.OFFERED
    await work.flush()
    work.record(OfferMade(choice.row.id, patient, freed.ward_id, row.id))
    work.later(OfferPasses(row.id, until), until)
    return row


async def _until(work: Work, choice: Choice) -> tuple[datetime, bool]:
    """Tell until when it is kept, and whether the desk has to call."""
    slot, asked = choice.slot, choice.row.id
    reached = (await on_an_offer.ask(work, [asked]))[asked].get("reached")
    told = max(work.now, reached.at) if reached else work.now
    late = told >= slot.span.start
    calls = reached is None or late or waitlists.by_telephone(choice.rule, slot, work.now)
    told = work.now if late else told
    way = waitlists.way(choice.rule, slot, told, written=reached is not None)
    return waitlists.offered_until(slot, told, way), calls
