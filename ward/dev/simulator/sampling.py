"""Sampling: a doctor orders tests as each story asks for, a nurse takes them, somebody reads them.

The laboratory itself answers over HL7 (`laboratory.py`). Without one nothing is ordered. A result
that calls somebody is left to people for a while, and Joan Smith's to whoever tries the demo.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import func, select

from domain.access import D0, D1, D4, D5, Permission
from domain.lab_orders import SpecimenState, Urgency
from domain.lab_plans import Plan
from domain.labs import CRITICAL
from ward import clock
from ward.dev.simulator import dosing
from ward.dev.simulator.analysis import Story, story_of
from ward.dev.simulator.carers import people
from ward.dev.simulator.dosing import Here
from ward.dev.simulator.hands import Hands
from ward.dev.simulator.look import Marks, marks_of
from ward.dev.simulator.pace import Pace
from ward.interop.hl7.outbound.receivers import receivers
from ward.labs.acknowledge import acknowledge
from ward.labs.details import LabOrder
from ward.labs.models import DiagnosticReport, ServiceRequest, Specimen
from ward.labs.order import order
from ward.labs.specimens import collect
from ward.node import Node
from ward.security.actors import Actor, System
from ward.work import Work, work_watching

P = Permission
EYES = frozenset({D0, D1, D4, D5})
SEE = P.VIEW_LABS
ROUND_WARD = "Six East"
NURSE, DOCTOR = "nurse2", "doctor2"
_READS = frozenset({P.VIEW_PATIENT, P.VIEW_STAYS, P.VIEW_LABS, P.VIEW_DUTY})
PHLEBOTOMIST = System("simulator:nurse", _READS | {P.COLLECT_SPECIMEN})
PHYSICIAN = System("simulator:doctor", _READS | {P.ORDER_LABS})
#: What each story is followed by, how often, and how urgently: a tale, from no source.
_ORDERS: Mapping[Story, tuple[LabOrder, timedelta, Urgency]] = MappingProxyType(
    {
        Story.KIDNEY: (
            LabOrder(("U&E",), question="Falling urine output"),
            timedelta(hours=1),
            Urgency.URGENT,
        ),
        Story.BLEEDING: (
            LabOrder(("CBC",), question="Bleeding?"),
            timedelta(minutes=40),
            Urgency.STAT,
        ),
        Story.WELL: (LabOrder(("U&E", "CBC")), timedelta(hours=6), Urgency.ROUTINE),
    }
)
_SOONEST = timedelta(minutes=5)  # between two orders for one patient, at any speed
_TAKEN_AFTER = timedelta(minutes=6)
_READ_AFTER, _CALLED_FOR = timedelta(minutes=20), timedelta(minutes=12)
PEOPLE_FIRST = timedelta(seconds=60)


class Sampling(Hands):
    """Does one thing after another with tests; what the rules forbid is left alone for a while."""

    def __init__(self, node: Node, pace: Pace) -> None:
        super().__init__(node)
        self.pace = pace
        self._began = clock.now()
        self._people: Mapping[str, Actor] = {}
        self._marks: Marks = {}

    async def step(self) -> str | None:
        """Do what is most urgent; say what it was."""
        if not any(one.name == "laboratory" for one in receivers(self.node.settings)):
            return None
        self._people = self._people or await people(self.node, (NURSE, DOCTOR))
        self._marks = self._marks or marks_of(self.node)
        here = await dosing.bedded(self.node, self._marks)
        for act in (self._collect, self._read, self._order):
            if done := await act(here):
                self.done[done] += 1
                return done
        return None

    async def _collect(self, here: Mapping[UUID, Here]) -> str | None:
        """Take the specimen that has been wanted longest."""
        async with work_watching(self.node, "simulator.specimens", EYES) as work:
            wanted = select(Specimen).where(
                Specimen.patient_id.in_(here),
                Specimen.state == SpecimenState.WANTED,
                Specimen.wanted_at < work.now - self._wait(_TAKEN_AFTER),
            )
            rows = await work.every(wanted.order_by(Specimen.wanted_at), SEE)
        row = next((one for one in rows if not self.waits(one.id)), None)
        if row is None:
            return None
        nurse = self._people.get(NURSE) if here[row.patient_id].ward == ROUND_WARD else None

        async def act(work: Work) -> None:
            await collect(work, row.id, seen=row.version)

        return await self.do(row.id, nurse or PHLEBOTOMIST, act, "collect")

    async def _read(self, here: Mapping[UUID, Here]) -> str | None:
        """Acknowledge the report that has waited longest; what is critical after a while."""
        doctor = self._people.get(DOCTOR)
        if doctor is None or self.waits(doctor.id):
            return None
        async with work_watching(self.node, "simulator.reports", EYES) as work:
            waiting = select(DiagnosticReport).where(
                DiagnosticReport.patient_id.in_(here), DiagnosticReport.acknowledged_at.is_(None)
            )
            rows = await work.every(waiting.order_by(DiagnosticReport.received_at), SEE)
            now = work.now
        for row in rows:
            after = _CALLED_FOR if row.worst == CRITICAL else _READ_AFTER
            if row.received_at < now - self._wait(after) and not self.waits(row.id):
                return await self._acknowledge(row, doctor)
        return None

    async def _acknowledge(self, row: DiagnosticReport, doctor: Actor) -> str | None:
        dice = Random(f"report:{row.id}")  # noqa: S311 - a story, no secret
        plans = (Plan.TREATED, Plan.GOING) if row.worst > 1 else (Plan.NOTHING, Plan.KNOWN)

        async def act(work: Work) -> None:
            await acknowledge(work, row.id, dice.choice(plans), seen=row.version)

        done = await self.do(row.id, doctor, act, "acknowledge")
        if done is None:  # off duty: each refusal stands in the trail
            self.rest(doctor.id)
        return done

    async def _order(self, here: Mapping[UUID, Here]) -> str | None:
        """Order what the story of somebody asks for, when the last order is long enough ago."""
        last = await self._ordered(here)
        now = clock.now()
        for one in sorted(here.values(), key=lambda each: each.one.mrn):
            said, every, urgency = _ORDERS[story_of(one.one.mrn)]
            pause = max(every / self.pace.speed, _SOONEST)
            first = Random(f"order:{one.one.mrn}").random()  # noqa: S311 - a story, no secret
            due = last[one.patient] + pause if one.patient in last else self._began + pause * first
            if due <= now and not self.waits(one.patient):
                return await self._ask(one, said, urgency)
        return None

    async def _ask(self, one: Here, said: LabOrder, urgency: Urgency) -> str | None:
        async def act(work: Work) -> None:
            await order(work, one.patient, said, urgency, work.now)

        return await self.do(one.patient, self._people.get(DOCTOR) or PHYSICIAN, act, "order_labs")

    async def _ordered(self, here: Mapping[UUID, Here]) -> dict[UUID, datetime]:
        """Tell when each was asked for last."""
        newest = (
            select(ServiceRequest.patient_id, func.max(ServiceRequest.ordered_at))
            .where(ServiceRequest.patient_id.in_(here))
            .group_by(ServiceRequest.patient_id)
        )
        async with work_watching(self.node, "simulator.orders", EYES) as work:
            found = await (await work.connection()).execute(newest)
            return {row[0]: row[1] for row in found}

    def _wait(self, usual: timedelta) -> timedelta:
        return max(usual / self.pace.speed, PEOPLE_FIRST)
