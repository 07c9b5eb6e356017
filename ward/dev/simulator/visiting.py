"""Visiting: the demo's clinics through the day: people come and are seen, desks book and cancel.

Each thing is done by the command that a desk presses. How often is a tale, from no source. Only
the demo's own visitors are touched, and nothing that a person booked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from domain.access import Permission
from ward.dev.clinics import PLANS, ClinicPlan
from ward.dev.outpatients import visitors
from ward.dev.simulator import desk, waiting_room
from ward.dev.simulator.carers import people
from ward.dev.simulator.clinic_day import ClinicDay, look
from ward.dev.simulator.desk import Wanted
from ward.dev.simulator.hands import Hands
from ward.dev.simulator.pace import Pace
from ward.node import Node
from ward.scheduling import hold
from ward.scheduling.book import Booking, book
from ward.security.actors import Actor, System
from ward.work import Work

P = Permission
DESK = System(
    "simulator:desk",
    frozenset(
        {
            P.VIEW_PATIENT, P.VIEW_CALENDAR, P.VIEW_APPOINTMENTS, P.BOOK_APPOINTMENT,
            P.VIEW_QUEUE, P.CHECK_IN, P.CALL_NEXT,
        }
    ),
)  # fmt: skip
CLINICIAN = "doctor2"  # whose half-made bookings are seen; the one whom the story acts as anyway
#: How often each is thought of in a clinic, at speed 1.
BOOKS = timedelta(seconds=90)
CANCELS, WALKS_IN = timedelta(minutes=12), timedelta(minutes=25)
KEEPS, KEPT = timedelta(minutes=6), timedelta(seconds=35)
_AGAIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Half:
    """A booking that is half made: its time is kept, and every desk sees by whom."""

    hold_id: UUID
    by: Actor
    booking: Booking
    until: datetime


class Visiting(Hands):
    """Does one thing after another in each clinic; what the rules forbid is left for a while."""

    def __init__(self, node: Node, pace: Pace, plans: Sequence[ClinicPlan] = PLANS) -> None:
        super().__init__(node)
        self.pace, self.plans = pace, plans
        self._dice = Random("visiting")  # noqa: S311 - a story, no secret
        self._next: dict[tuple[UUID, str], datetime] = {}
        self._guests: frozenset[UUID] = frozenset()
        self._half: Half | None = None
        self._clinician: Actor | None = None

    async def step(self) -> list[str]:
        """Let one thing happen in each clinic; say what."""
        found = []
        for plan in self.plans:
            day = await look(self.node, plan, self._guests)
            if day is None:
                continue
            if len(day.visitors) == len(visitors()) - 1:  # all of them, without the sign-in's
                self._guests = day.visitors
            if done := await self._one(day):
                self.done[done] += 1
                found.append(done)
        return found

    async def _one(self, day: ClinicDay) -> str | None:
        """Do what is due, else what a desk thinks of now."""
        if self._half and self._half.until <= day.now and self._half.booking.ward_id == day.ward.id:
            return await self._make_whole(self._half)
        for deed in waiting_room.deeds(day, self.pace):
            if not self.waits(deed.key):
                return await self.do(deed.key, DESK, deed.do, deed.code)
        for code, every, plan in (
            ("walk_in", WALKS_IN, desk.walked_in),
            ("cancel", CANCELS, desk.cancelled),
            ("book", BOOKS, desk.booked),
        ):
            if self._due(day, code, every) and (thought := plan(day, self._dice)):
                return await self.do(thought.key, DESK, thought.do, thought.code)
        if self._half is None and self._due(day, "keep", KEEPS):
            return await self._keep(day)
        return None

    def _due(self, day: ClinicDay, code: str, every: timedelta) -> bool:
        """Tell whether it is time to think of something again."""
        key = (day.ward.id, code)
        due = self._next.setdefault(key, day.now + every * self._dice.random() / self.pace.speed)
        if due > day.now:
            return False
        self._next[key] = day.now + every * self._dice.uniform(0.5, 1.5) / self.pace.speed
        return True

    async def _keep(self, day: ClinicDay) -> str | None:
        """Keep a time as somebody does who is about to book it."""
        wanted = desk.wish(day, self._dice)
        if wanted is None or day.ward.label != PLANS[0].label:
            return None
        found = await people(self.node, (CLINICIAN,)) if self._clinician is None else {}
        self._clinician = self._clinician or found.get(CLINICIAN)
        by = self._clinician
        if by is None:
            return None
        done = await self.do(by.id, by, lambda work: self._kept(work, by, wanted), "keep")
        self._half = self._half if done else None
        return done

    async def _kept(self, work: Work, by: Actor, wanted: Wanted) -> None:
        opening = await wanted.opening(work)
        if opening is None:
            return
        row = await hold.hold(
            work,
            wanted.day.ward.id,
            opening.span,
            opening.resources,
            buffer=wanted.visit.buffer,
        )
        booking = wanted.booking(opening)
        self._half = Half(row.id, by, booking, work.now + KEPT * self._dice.uniform(0.5, 1.5))

    async def _make_whole(self, half: Half) -> str | None:
        """Let the time go, and book it, if nobody was quicker."""
        self._half = None
        kept = half.hold_id
        await self.do(kept, half.by, lambda work: hold.end_hold(work, kept), "let_go")
        return await self.do(kept, DESK, lambda work: book(work, half.booking), "book")
