"""Orders for tests: a medicine line in few words, signed through the same door as any other."""

import calendar
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from domain.access import Permission, Role
from domain.decisions import Finding, Override, Reason
from domain.doses import Status
from domain.formulary import Unit, unlisted
from domain.frequencies import Code
from domain.orders import OrderKind, OrderSource, RequestPriority
from tests.adt.scene import Scene
from ward import clock
from ward.dev.cast import ZONE
from ward.medications.details import GivenAmount, Infused, Limits, OrderDetail
from ward.medications.models import MedicationChange, MedicationRequest, ScheduledDose
from ward.medications.prescribe import Ordered, prescribe
from ward.medications.verify import verify
from ward.security.actors import Actor
from ward.work import Work, work_as

VIEW = Permission.VIEW_MEDICATIONS
#: A usual dose of each; what tests order, not what anybody should.
DOSES = {
    "amoxicillin": ("500", Unit.MG),
    "paracetamol": ("1000", Unit.MG),
    "metoprolol": ("50", Unit.MG),
    "morphine": ("5", Unit.MG),
    "warfarin": ("3", Unit.MG),
    "levodopa and carbidopa": ("100", Unit.MG),
}
_KINDS = {
    Code.PRN: OrderKind.AS_REQUIRED,
    Code.STAT: OrderKind.ONCE,
    Code.ONCE: OrderKind.ONCE,
}


def detailed(generic: str, frequency: Code = Code.BD, **said: Any) -> OrderDetail:
    """Write an order down: twice daily unless said otherwise, by its first route."""
    drug = unlisted(generic)
    dose, unit = DOSES.get(generic, ("10", drug.unit or Unit.MG))
    usual: dict[str, Any] = {
        "dose": Decimal(dose),
        "unit": unit,
        "route": drug.routes[0],
        "kind": _KINDS.get(frequency, OrderKind.REGULAR),
    }
    if frequency is Code.PRN:
        most = Decimal(dose) * 4
        usual |= {"limits": Limits(min_interval_minutes=360, max_24h=most), "indication": "pain"}
    return OrderDetail(generic=drug.generic, frequency=frequency, **usual | said)


def infused(generic: str = "heparin (unfractionated)", **said: Any) -> OrderDetail:
    """An infusion of 20,000 units in 500 mL at 25 mL/h that runs until it is stopped."""
    pump = Infused(volume_ml=Decimal(500), rate=Decimal(25), rate_unit="mL/h", most=Decimal(50))
    usual: dict[str, Any] = {
        "dose": Decimal(20000),
        "unit": Unit.UNITS,
        "kind": OrderKind.INFUSION,
        "infusion": pump,
    }
    return detailed(generic, Code.STAT, **usual | said)


def ordered(
    detail: OrderDetail,
    at: datetime | None = None,
    *,
    stops_at: datetime | None = None,
    priority: RequestPriority = RequestPriority.ROUTINE,
    overrides: Sequence[Override] = (),
) -> Ordered:
    """An order that starts now, or at a time."""
    return Ordered(
        detail=detail,
        starts_at=at or clock.now(),
        stops_at=stops_at,
        priority=priority,
        overrides=tuple(overrides),
    )


def answered(*findings: Finding, reason: Reason = Reason.BENEFIT, say: str = "") -> list[Override]:
    """Give one reason for every finding."""
    return [Override.of(finding, reason, say) for finding in findings]


def until_the_pharmacy_is_open() -> timedelta:
    """Say how far it is to noon of a weekday, three days ahead or more, by the ward's clock."""
    now = datetime.now(ZoneInfo(ZONE))
    day = now.date() + timedelta(days=3)
    while day.weekday() > calendar.FRIDAY:
        day += timedelta(days=1)
    noon = datetime.combine(day, time(12), now.tzinfo)
    return noon.astimezone(UTC) - now.astimezone(UTC)  # as time passes, also over a change


def at_noon() -> None:
    """Go to noon of the next day by the ward's clock: hours from every dose of its times."""
    day = clock.now().astimezone(ZoneInfo(ZONE)).date() + timedelta(days=1)
    noon = datetime.combine(day, time(12), ZoneInfo(ZONE))
    clock.shift(clock.offset() + (noon - clock.now()))


async def prescribed(
    scene: Scene,
    patient_id: UUID,
    generic: str = "amoxicillin",
    frequency: Code = Code.BD,
    *,
    at: datetime | None = None,
    stops_at: datetime | None = None,
    detail: OrderDetail | None = None,
    priority: RequestPriority = RequestPriority.ROUTINE,
    overrides: Sequence[Override] = (),
    source: OrderSource = OrderSource.PRESCRIBER,
    **said: Any,
) -> MedicationRequest:
    """Sign one order: amoxicillin 500 mg twice daily unless said otherwise."""
    wanted = detail or detailed(generic, frequency, **said)
    order = ordered(wanted, at, stops_at=stops_at, priority=priority, overrides=overrides)
    async with scene.work() as work:
        return (await prescribe(work, patient_id, [order], source=source))[0]


async def request_of(scene: Scene, request_id: UUID) -> MedicationRequest:
    async with scene.work() as work:
        return await work.access(MedicationRequest, request_id, VIEW)


async def detail_of(scene: Scene, request_id: UUID) -> OrderDetail:
    async with scene.work() as work:
        row = await work.access(MedicationRequest, request_id, VIEW)
        return (await work.open([row], MedicationRequest.detail))[row.id]


async def doses_of(
    scene: Scene, request_id: UUID, *statuses: Status
) -> list[tuple[ScheduledDose, GivenAmount]]:
    """The doses of an order, oldest first: those that count unless statuses are named."""
    gone = {Status.CANCELLED, Status.ENTERED_IN_ERROR}
    wanted = set(statuses) or set(Status) - gone
    async with scene.work() as work:
        mine = select(ScheduledDose).where(ScheduledDose.request_id == request_id)
        rows = await work.every(mine.order_by(ScheduledDose.due_at, ScheduledDose.id), VIEW)
        amounts = await work.open(rows, ScheduledDose.amount)
    return [(row, amounts[row.id]) for row in rows if row.status in wanted]


async def history_of(scene: Scene, request_id: UUID) -> list[MedicationChange]:
    async with scene.work() as work:
        mine = select(MedicationChange).where(MedicationChange.request_id == request_id)
        return await work.every(mine.order_by(MedicationChange.id), VIEW)


async def touched(scene: Scene, dose_id: UUID, status: Status = Status.GIVEN) -> None:
    """Mark a dose as done, as the record of it does."""
    async with scene.work() as work:
        dose = await work.access(ScheduledDose, dose_id, Permission.GIVE_MEDICATION, lock=True)
        dose.status = status


@asynccontextmanager
async def as_person(scene: Scene, username: str) -> AsyncIterator[Work]:
    """Work as a member of the cast, with the rights and the relations of their grant."""
    mine = (
        "SELECT g.id, g.user_id, g.role, g.branch_id, g.ward_id FROM user_grant g"
        " JOIN app_user u ON u.id = g.user_id WHERE u.username = :username"
    )
    async with scene.node.aside.connect() as connection:
        row = (await connection.execute(text(mine), {"username": username})).one()
    actor = Actor(
        kind="person",
        id=row.user_id,
        role=Role(row.role),
        grant_id=row.id,
        branch_id=row.branch_id,
        ward_id=row.ward_id,
        session_id=None,
        until=clock.now() + timedelta(hours=1),
    )
    async with work_as(scene.node, actor, "test") as work:
        yield work


async def verified(scene: Scene, request_id: UUID) -> None:
    """Have the pharmacist of the cast verify an order, so that it may be given at any hour."""
    async with as_person(scene, "pharmacist") as work:
        await verify(work, request_id, seen=None)


def again(detail: OrderDetail, **said: Any) -> OrderDetail:
    """The same order, but for what is said."""
    return replace(detail, **said)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)
