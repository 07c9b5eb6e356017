"""Medicines: nurses give what is due, a doctor orders now and then, a pharmacist verifies.

Doses keep the hours of the real clock, at any speed. On Six East one of the cast goes round with a
scanner; elsewhere it is a nurse without a name. Where somebody stands is left to that person.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.orders import STANDING, OrderKind, RequestStatus
from domain.windows import Standing, standing
from ward import clock
from ward.dev.simulator import dosing, pumps
from ward.dev.simulator.carers import people
from ward.dev.simulator.deciding import decide
from ward.dev.simulator.dosing import EYES, SEE, Due, Here
from ward.dev.simulator.hands import Act, Hands
from ward.dev.simulator.look import Marks, marks_of
from ward.dev.simulator.pace import Pace
from ward.medications.models import MedicationChange, MedicationRequest
from ward.medications.review import review
from ward.medications.verify import verify
from ward.node import Node
from ward.security.actors import Actor, System
from ward.work import Work, work_watching

P = Permission
ROUND_WARD = "Six East"
NURSE, DOCTOR, PHARMACIST = "nurse2", "doctor2", "pharmacist"
_READS = frozenset({P.VIEW_MEDICATIONS, P.VIEW_FORMULARY, P.VIEW_PATIENT, P.VIEW_DUTY, P.VIEW_BEDS})
SOMEBODY = System("simulator:nurse", _READS | {P.GIVE_MEDICATION, P.VIEW_VITALS, P.RECORD_VITALS})
PRESCRIBER = System("simulator:doctor", _READS | {P.PRESCRIBE})
_LEFT_OUT, _FORGOTTEN = 0.05, 0.08  # of all doses
_READ_AFTER, _VERIFIED_AFTER = timedelta(minutes=5), timedelta(minutes=20)
_DOCTOR_EVERY, _PAIN_EVERY = 900.0, 600.0  # seconds, at the pace of a real hospital


class Medicines(Hands):
    """Does one thing after another with medicines; what the rules forbid is left alone."""

    def __init__(self, node: Node, pace: Pace, seed: int = 20261121) -> None:
        super().__init__(node)
        self.pace = pace
        self._dice = Random(seed)  # noqa: S311 - a story, no secret
        self._people: Mapping[str, Actor] = {}
        self._marks: Marks = {}
        self._next: dict[str, datetime] = {}

    async def step(self) -> str | None:
        """Do what is most urgent; say what it was."""
        self._people = self._people or await people(self.node, (NURSE, DOCTOR, PHARMACIST))
        self._marks = self._marks or marks_of(self.node)
        here = await dosing.bedded(self.node, self._marks)
        for act in (self._pump, self._dose, self._verify, self._read, self._pain, self._doctor):
            if done := await act(here):
                self.done[done] += 1
                return done
        return None

    async def _dose(self, here: Mapping[UUID, Here]) -> str | None:
        """Give the dose that has waited longest, or say why not."""
        found = [one for one in await dosing.due(self.node, here) if self._ripe(one)]
        if not found:
            return None
        one = min(found, key=lambda each: (each.dose.due_at, each.dose.id))
        dose, dice = one.dose, Random(f"dose:{one.dose.id}")  # noqa: S311
        at = standing(dose.due_at, clock.now(), dose.due_at - dose.opens_at, dose.next_at)
        leave_out = at is Standing.MISSED or dice.random() < _LEFT_OUT
        if not leave_out:
            if done := await self._nurse(dose.id, one.here, dosing.giving(one, dice, at), "give"):
                return done
            leave_out = at is Standing.OVERDUE  # the next one would come too soon
        if not leave_out:
            return None
        return await self._nurse(dose.id, one.here, dosing.leaving_out(one, dice), "not_give")

    async def _pump(self, here: Mapping[UUID, Here]) -> str | None:
        """Hang a bag that was ordered, or take one off that has run in."""
        act = await pumps.next_act(self.node, here, self.pace)
        if act is None or self.waits(act.key):
            return None
        return await self.do(act.key, SOMEBODY, act.do, act.code)

    def _ripe(self, one: Due) -> bool:
        """Say whether a nurse comes by now: about when it is due, and now and then too late."""
        if self.waits(one.dose.id):
            return False
        dice = Random(f"round:{one.dose.id}")  # noqa: S311
        forgotten = dice.random() < _FORGOTTEN
        late = dice.uniform(35, 75) if forgotten else dice.uniform(-12, 20)
        return clock.now() >= one.dose.due_at + timedelta(minutes=late)

    async def _verify(self, here: Mapping[UUID, Here]) -> str | None:
        """Have the pharmacist verify what has waited for a while."""
        waiting = select(MedicationRequest).where(
            MedicationRequest.patient_id.in_(here),
            MedicationRequest.status == RequestStatus.ACTIVE,
            MedicationRequest.verified_at.is_(None),
            MedicationRequest.prescribed_at < clock.now() - _VERIFIED_AFTER / self.pace.speed,
        )
        found = [one.request for one in await dosing.lines_of(self.node, waiting)]
        request = next((one for one in found if not self.waits(one.id)), None)
        person = self._people.get(PHARMACIST)
        if request is None or person is None:
            return None

        async def act(work: Work) -> None:
            await verify(work, request.id, seen=request.version)

        return await self.do(request.id, person, act, "verify")

    async def _read(self, here: Mapping[UUID, Here]) -> str | None:
        """Have a nurse read a change that locks a line."""
        async with work_watching(self.node, "simulator.changes", EYES) as work:
            unread = select(MedicationChange).where(
                MedicationChange.patient_id.in_(here),
                MedicationChange.to_review,
                MedicationChange.reviewed_at.is_(None),
                MedicationChange.at < work.now - _READ_AFTER / self.pace.speed,
            )
            rows = await work.every(unread.order_by(MedicationChange.id), SEE)
        row = next((one for one in rows if not self.waits(one.id)), None)
        if row is None:
            return None

        async def act(work: Work) -> None:
            await review(work, row.request_id, row.id)

        return await self._nurse(row.id, here[row.patient_id], act, "review")

    async def _pain(self, here: Mapping[UUID, Here]) -> str | None:
        """Have somebody ask for something against pain, now and then."""
        if not self._time("pain", _PAIN_EVERY):
            return None
        mine = select(MedicationRequest).where(
            MedicationRequest.patient_id.in_(here),
            MedicationRequest.status == RequestStatus.ACTIVE,
            MedicationRequest.kind == OrderKind.AS_REQUIRED,
        )
        lines = await dosing.lines_of(self.node, mine)
        free = [one for one in lines if not self.waits(one.request.id)]
        if not free:
            return None
        line = self._dice.choice(free)
        one = here[line.request.patient_id]
        act = dosing.against_pain(line, one, self._dice)
        return await self._nurse(line.request.id, one, act, "as_required")

    async def _doctor(self, here: Mapping[UUID, Here]) -> str | None:
        """Have a doctor look at somebody, now and then."""
        if not here or not self._time("doctor", _DOCTOR_EVERY):
            return None
        one = here[self._dice.choice(sorted(here))]
        mine = select(MedicationRequest).where(
            MedicationRequest.patient_id == one.patient, MedicationRequest.status.in_(STANDING)
        )
        lines = {line.detail.generic: line for line in await dosing.lines_of(self.node, mine)}
        doctor = self._people.get(DOCTOR)
        act, code = decide(one, lines, doctor.id if doctor else None, self._dice)
        return await self.do(one.patient, doctor or PRESCRIBER, act, code)

    def _time(self, what: str, every: float) -> bool:
        """Say whether it is time, and when it is next."""
        now = clock.now()
        if now < self._next.get(what, now):
            return False
        self._next[what] = now + timedelta(
            seconds=every * self._dice.uniform(0.5, 1.5) / self.pace.speed
        )
        return True

    async def _nurse(self, key: UUID, here: Here, act: Act, code: str) -> str | None:
        """Do it as the nurse of the round, elsewhere as a nurse without a name."""
        nurse = self._people.get(NURSE) if here.ward == ROUND_WARD else None
        return await self.do(key, nurse or SOMEBODY, act, code)
