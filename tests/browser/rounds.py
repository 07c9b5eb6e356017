"""Rounds: a chart of medicines at two in the afternoon, for pictures and browser tests.

The clock of the test goes back two days while medicines are ordered and given, and comes forward
again: what stands there was written by the commands, or as the bedside writes it.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from domain.access import Permission
from domain.decisions import Override, Reason
from domain.doses import NotGiven, Status
from domain.formulary import Route, Unit
from domain.frequencies import Code
from domain.orders import OrderKind
from domain.windows import Timing, timing
from tests.browser import doings
from tests.stations import ids
from ward import clock
from ward.db import new_id
from ward.dev.cast import ZONE
from ward.medications import prescribe as signing
from ward.medications.change import change
from ward.medications.details import GivenAmount, GivenDetail, Infused, Limits, OrderDetail, Pumped
from ward.medications.events import DoseGiven
from ward.medications.held import hold
from ward.medications.models import (
    InfusionStep,
    MedicationAdministration,
    MedicationRequest,
    PumpStep,
    ScheduledDose,
)
from ward.medications.suspend import hold_order
from ward.node import Node
from ward.patients.models import Patient
from ward.security.actors import System
from ward.work import Work, work_as

ANYBODY = System("job:test", frozenset(Permission))
VIEW, GIVE = Permission.VIEW_MEDICATIONS, Permission.GIVE_MEDICATION
LONDON = ZoneInfo(ZONE)
NOW = time(14, 2)


@contextmanager
def afternoon() -> Iterator[datetime]:
    """Have it be two in the afternoon on the ward: the next one, since roles begin today."""
    real = clock.now() - clock.offset()
    here = real.astimezone(LONDON)
    day = here.date() + timedelta(days=here.time() >= NOW)
    clock.shift(datetime.combine(day, NOW, LONDON) - real)
    try:
        yield clock.now()
    finally:
        clock.shift(timedelta(0))


@dataclass
class Round:
    """A patient's medicines, and the ids of their orders by name."""

    node: Node
    patient: UUID
    today: date
    nurse: UUID
    orders: dict[str, UUID] = field(default_factory=dict)

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        async with work_as(self.node, ANYBODY, "test.round") as work:
            yield work

    def at(self, days: int, hour: int, minute: int = 0) -> datetime:
        """Name an instant by the clock of the ward; `days` from today."""
        day = self.today + timedelta(days=days)
        return datetime.combine(day, time(hour, minute), LONDON)

    async def order(self, name: str, detail: OrderDetail, days: int = -2, hour: int = 5) -> UUID:
        """Sign an order at a time that is past."""
        with _at(self.at(days, hour)):
            async with self.work() as work:
                held = await hold(work, self.patient, VIEW)
                findings = await signing.check(work, held, detail)
            given = tuple(Override.of(one, Reason.MONITORED, "seen daily") for one in findings)
            order = signing.Ordered(detail=detail, starts_at=clock.now(), overrides=given)
            async with self.work() as work:
                self.orders[name] = (await signing.prescribe(work, self.patient, [order]))[0].id
        return self.orders[name]

    async def given(
        self, name: str, days: int, hour: int, at: datetime | None = None, **more
    ) -> UUID:
        """Record the dose that was due then: given at that time unless said otherwise."""
        due = self.at(days, hour)
        async with self.work() as work:
            which = ScheduledDose.request_id == self.orders[name]
            # what was planned anew, or struck, stands there too with the same time
            counts = ScheduledDose.status.not_in([Status.CANCELLED, Status.ENTERED_IN_ERROR])
            found = select(ScheduledDose).where(which, _near(due), counts)
            dose = (await work.every(found, VIEW))[0]
        when = at or due + timedelta(minutes=4)
        judged = timing(dose.due_at, when, dose.closes_at - dose.due_at)
        return await self.record(name, when, dose_id=dose.id, timing=judged, **more)

    async def record(
        self,
        name: str,
        at: datetime,
        *,
        dose_id: UUID | None = None,
        status: Status = Status.GIVEN,
        timing: Timing | None = None,
        reason: NotGiven | None = None,
        text: str = "",
    ) -> UUID:
        """Put a record into the chart as the bedside does."""
        with _at(at):
            async with self.work() as work:
                # The order first, then its dose: so do the jobs that plan on meanwhile.
                request = await work.access(MedicationRequest, self.orders[name], VIEW, lock=True)
                detail = (await work.open([request], MedicationRequest.detail))[request.id]
                row = MedicationAdministration(
                    id=new_id(), patient_id=self.patient, encounter_id=request.encounter_id,
                    request_id=request.id, dose_id=dose_id, status=status, timing=timing,
                    occurred_at=clock.now(), recorded_at=clock.now(), recorded_by=self.nurse,
                    recorded_as="nurse",
                )  # fmt: skip
                if dose_id is not None:
                    dose = await work.access(ScheduledDose, dose_id, VIEW, lock=True)
                    dose.status = status
                amount = GivenAmount(detail.dose, detail.unit)
                went_in = amount if status is not Status.NOT_GIVEN else None
                said = GivenDetail(went_in, detail.route, reason, text)
                await work.seal(row, detail=said)
                work.add(row, GIVE)
                patient = await work.access(Patient, self.patient, VIEW)
                fact = DoseGiven(patient.id, patient.ward_id, request.id, dose_id, row.id)
                work.record(fact)
                return row.id

    async def pump(self, administration: UUID, at: datetime, ml_h: str) -> None:
        """Say what a pump was set to."""
        async with self.work() as work:
            step = InfusionStep(
                id=new_id(), patient_id=self.patient, administration_id=administration,
                step=PumpStep.START, at=at, recorded_at=at, recorded_by=self.nurse,
            )  # fmt: skip
            await work.seal(step, pumped=Pumped(Decimal(ml_h), volume_ml=Decimal(1000)))
            work.add(step, GIVE)


@contextmanager
def _at(at: datetime) -> Iterator[None]:
    before = clock.offset()
    clock.shift(at - (clock.now() - before))
    try:
        yield
    finally:
        clock.shift(before)


def _near(due: datetime):
    a_minute = timedelta(minutes=1)
    return ScheduledDose.due_at.between(due - a_minute, due + a_minute)


def tablet(generic: str, dose: str, code: Code = Code.BD, form: str = "tablet", **more):
    """Write an order of something swallowed."""
    return OrderDetail(
        generic=generic, dose=Decimal(dose), unit=more.pop("unit", Unit.MG),
        route=more.pop("route", Route.ORAL), frequency=code,
        kind=more.pop("kind", OrderKind.REGULAR), form=form, **more,
    )  # fmt: skip


def as_required(generic: str, dose: str, minutes: int, count: int, why: str) -> OrderDetail:
    """Write an order as required."""
    limits = Limits(min_interval_minutes=minutes, max_count=count)
    kind = OrderKind.AS_REQUIRED
    return tablet(generic, dose, Code.PRN, kind=kind, limits=limits, indication=why)


def fluid() -> OrderDetail:
    """Write an infusion of a litre over twelve hours."""
    pump = Infused(volume_ml=Decimal(1000), rate=Decimal(83), rate_unit="mL/h")
    return OrderDetail(
        generic="sodium chloride 0.9%", dose=Decimal(1000), unit=Unit.ML, route=Route.INTRAVENOUS,
        frequency=Code.STAT, kind=OrderKind.INFUSION, form="infusion", infusion=pump,
    )  # fmt: skip


async def begin(node: Node, mrn: str = "0012345") -> Round:
    """Give Joan her medicines up to two in the afternoon; call it inside `afternoon()`."""
    nurses = await ids(node, "app_user", "username")
    today = clock.now().astimezone(LONDON).date()
    rounds = Round(node, await doings.patient_id(node, mrn), today, nurses["nurse"])
    await _ordered(rounds)
    await _done(rounds)
    return rounds


async def _ordered(rounds: Round) -> None:
    # furosemide is given at noon too, which nobody has done today
    noon = (time(6), time(12))
    await rounds.order("furosemide", tablet("furosemide", "40", times=noon))
    await rounds.order(
        "gabapentin", tablet("gabapentin", "300", Code.TDS, "capsule", indication="pain")
    )
    await rounds.order("metoprolol", tablet("metoprolol", "50"))
    await rounds.order("doxycycline", tablet("doxycycline", "100", Code.OD, "capsule"))
    await rounds.order("docusate", tablet("docusate", "200", form="capsule"))
    await rounds.order("hydralazine", tablet("hydralazine", "25", Code.QDS))
    await rounds.order("paracetamol", as_required("paracetamol", "1000", 240, 4, "pain"))
    await rounds.order("cyclizine", as_required("cyclizine", "50", 480, 3, "nausea"))
    await rounds.order("fluid", fluid(), days=0, hour=10)


async def _done(rounds: Round) -> None:
    for days in (-2, -1):
        for name, hours in _HOURS.items():
            for hour in hours:
                if (name, days, hour) != ("docusate", -1, 8):
                    await rounds.given(name, days, hour)
    refused = {"status": Status.NOT_GIVEN, "reason": NotGiven.REFUSED}
    await rounds.given("docusate", -1, 8, **refused)
    await rounds.given("furosemide", 0, 6)
    for name in ("gabapentin", "metoprolol"):
        await rounds.given(name, 0, 8)
    await rounds.given("doxycycline", 0, 8, rounds.at(0, 10, 52))
    nil = {"status": Status.NOT_GIVEN, "reason": NotGiven.NBM}
    await rounds.given("hydralazine", 0, 8, **nil)
    await rounds.given("hydralazine", 0, 12)
    await rounds.record("paracetamol", rounds.at(-1, 18, 20))
    await rounds.record("paracetamol", rounds.at(0, 9, 50))
    bag = await rounds.given("fluid", 0, 10, rounds.at(0, 10, 20), status=Status.RUNNING)
    await rounds.pump(bag, rounds.at(0, 10, 20), "83")
    async with rounds.work() as work:
        await hold_order(work, rounds.orders["docusate"], "Loose stools", seen=None)
    async with rounds.work() as work:
        row = await work.access(MedicationRequest, rounds.orders["metoprolol"], VIEW)
        was = (await work.open([row], MedicationRequest.detail))[row.id]
    half = tablet("metoprolol", "25", indication=was.indication)
    with _at(rounds.at(0, 14, 1)):
        async with rounds.work() as work:
            await change(work, rounds.orders["metoprolol"], half, "Heart rate 48", seen=None)


_HOURS = {
    "furosemide": (6, 12),
    "gabapentin": (8, 14, 22),
    "metoprolol": (8, 20),
    "doxycycline": (8,),
    "docusate": (8, 20),
    "hydralazine": (8, 12, 18, 22),
}
