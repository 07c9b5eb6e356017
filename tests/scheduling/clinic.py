"""A clinic with two surgeons, two rooms and an echo machine, open from eight to six."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text

from domain.access import Permission
from domain.appointment_codes import AppointmentType
from tests.adt.scene import Scene, six_east
from tests.stations import ids
from ward.db import new_id
from ward.dev.cast import ZONE
from ward.node import Node
from ward.scheduling.book import Booking, book
from ward.scheduling.clinics import Hours, HoursKind, Resource, ResourceKind, VisitNeed, VisitType
from ward.scheduling.models import Appointment
from ward.security.actors import System
from ward.work import Work, work_as

LONDON = ZoneInfo(ZONE)
ANYBODY = System("job:test", frozenset(Permission))
SET = Permission.SET_SCHEDULE
KINDS = {
    "Dr Adeyemi": ResourceKind.CLINICIAN,
    "Dr Müller": ResourceKind.CLINICIAN,
    "Room 1": ResourceKind.ROOM,
    "Room 2": ResourceKind.ROOM,
    "Echo": ResourceKind.DEVICE,
}
NEEDS = {
    "Follow-up": (20, 0, (ResourceKind.CLINICIAN,)),
    "New patient": (40, 10, (ResourceKind.CLINICIAN, ResourceKind.ROOM)),
    "Echocardiogram": (
        30, 10, (ResourceKind.CLINICIAN, ResourceKind.ROOM, ResourceKind.DEVICE),
    ),
}  # fmt: skip


@dataclass
class Clinic:
    """Its ids by label, and short ways to book."""

    scene: Scene
    ward: UUID
    resources: dict[str, UUID] = field(default_factory=dict)
    visits: dict[str, UUID] = field(default_factory=dict)
    opened: date = field(default_factory=lambda: datetime.now(LONDON).date())
    """The day on which this test began, also when its midnight passes."""

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        async with work_as(self.scene.node, ANYBODY, "test.clinic") as work:
            yield work

    def at(self, hour: int, minute: int = 0, *, days: int = 1) -> datetime:
        """Name an instant by the clock of the clinic; on a weekday, `days` of them from now."""
        return datetime.combine(self.day(days), time(hour, minute), LONDON).astimezone(UTC)

    def later(self, start: datetime, *, weeks: int) -> datetime:
        """Name the same time by the clock of the clinic some weeks after an instant."""
        return (start.astimezone(LONDON) + timedelta(weeks=weeks)).astimezone(UTC)

    def day(self, days: int = 1) -> date:
        """Name a coming weekday."""
        day = self.opened
        while days:
            day += timedelta(days=1)
            days -= day.weekday() < 5
        return day

    def said(self, patient: UUID, start: datetime, *who: str, visit: str = "", **more) -> Booking:
        """Write down what is booked."""
        named = [self.resources[one] for one in who or ("Dr Adeyemi",)]
        return Booking(
            patient_id=patient,
            ward_id=self.ward,
            visit_type_id=self.visits[visit or "Follow-up"],
            resources=tuple(named),
            start=start,
            wall=start.astimezone(LONDON).strftime("%Y-%m-%dT%H:%M"),
            **more,
        )

    async def book(self, patient: UUID, start: datetime, *who: str, **more) -> Appointment:
        """Book an appointment by a system that may do everything."""
        async with self.work() as work:
            return await book(work, self.said(patient, start, *who, **more))

    async def of(self, appointment: Appointment) -> Appointment:
        """Read an appointment as it stands now."""
        async with self.work() as work:
            return await work.access(Appointment, appointment.id, Permission.VIEW_APPOINTMENTS)


async def open_clinic(scene: Scene, ward_id: UUID) -> Clinic:
    """Set the clinic up."""
    clinic = Clinic(scene, ward_id)
    async with clinic.work() as work:
        for place, (label, kind) in enumerate(KINDS.items()):
            row = Resource(id=new_id(), ward_id=ward_id, kind=kind, position=place)
            await work.seal(row, label=label)
            work.add(row, SET)
            clinic.resources[label] = row.id
        await work.flush()
        for resource in clinic.resources.values():
            for weekday in range(5):
                work.add(_open(ward_id, resource, weekday), SET)
        for label, (minutes, after, kinds) in NEEDS.items():
            visit = VisitType(
                id=new_id(), ward_id=ward_id, label=label, kind=AppointmentType.ROUTINE,
                minutes=minutes, after_minutes=after,
            )  # fmt: skip
            work.add(visit, SET)
            await work.flush()
            clinic.visits[label] = visit.id
            for kind in kinds:
                work.add(VisitNeed(visit_type_id=visit.id, ward_id=ward_id, kind=kind), SET)
    return clinic


async def outpatients(node: Node) -> None:
    """The clinic stands in Outpatients."""
    await open_clinic(await six_east(node), (await ids(node, "ward"))["Outpatients"])


async def standing(scene: Scene) -> Clinic:
    """Find the one clinic that stood before the test began."""
    async with scene.node.aside.connect() as connection:
        placed = await connection.execute(text("SELECT id FROM resource ORDER BY position"))
        resources = dict(zip(KINDS, placed.scalars(), strict=True))
        visits = (await connection.execute(text("SELECT label, id, ward_id FROM visit_type"))).all()
    (ward,) = {row.ward_id for row in visits}
    return Clinic(scene, ward, resources, {row.label: row.id for row in visits})


def _open(ward_id: UUID, resource: UUID, weekday: int) -> Hours:
    return Hours(
        id=new_id(), resource_id=resource, ward_id=ward_id, kind=HoursKind.OPEN, weekday=weekday,
        opens=time(8), closes=time(18), since=date(2020, 1, 1),
    )  # fmt: skip
