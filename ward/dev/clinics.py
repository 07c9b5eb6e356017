"""Clinics of the demo hospital: who sees patients there, in which rooms, when, and for what.

How long a visit takes, the hours and the breaks are engineering defaults: no guideline stands
behind them. The clinics open every day of the week, so that the demo has a day whenever it begins.
"""

from dataclasses import dataclass
from datetime import time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from domain.access import Permission
from domain.appointment_codes import AppointmentType
from ward.db import new_id
from ward.dev.demo import FOUNDER, ward_called
from ward.node import Node
from ward.places.models import Ward
from ward.scheduling.clinics import Hours, HoursKind, Resource, ResourceKind, VisitNeed, VisitType
from ward.security.models import User
from ward.work import Work, work_as

SET, SEE = Permission.SET_SCHEDULE, Permission.VIEW_CALENDAR
CLINICIAN, ROOM, DEVICE, CLINIC = ResourceKind
Stretch = tuple[str, str]
DAY: Stretch = ("08:30", "17:30")
LUNCH = ("12:30", "13:30", "Lunch")


@dataclass(frozen=True, slots=True)
class Column:
    """Somebody or something with a column of its own."""

    label: str
    kind: ResourceKind
    hours: Stretch = DAY
    breaks: tuple[tuple[str, str, str], ...] = ()
    username: str = ""
    capacity: int = 1


@dataclass(frozen=True, slots=True)
class Offer:
    """A visit that a clinic offers; needs name a kind, or a column."""

    label: str
    kind: AppointmentType
    minutes: int
    needs: tuple[ResourceKind | str, ...]
    after: int = 0
    remote: bool = False
    online: bool = False


@dataclass(frozen=True, slots=True)
class ClinicPlan:
    """A clinic of the demo hospital."""

    branch: str
    label: str
    columns: tuple[Column, ...]
    offers: tuple[Offer, ...]


ROUTINE, FOLLOWUP, CHECKUP = (
    AppointmentType.ROUTINE,
    AppointmentType.FOLLOWUP,
    AppointmentType.CHECKUP,
)
PLANS = (
    ClinicPlan(
        "Northsite",
        "Outpatients",
        (
            Column("Dr Adeyemi", CLINICIAN, breaks=(LUNCH,), username="doctor2"),
            Column("Dr Müller", CLINICIAN, ("08:30", "17:00"), (LUNCH,)),
            Column("Nurse clinic", CLINIC, breaks=(("12:15", "13:15", "Lunch"),), capacity=2),
            Column("Room 1", ROOM, ("08:00", "18:00"), (("12:30", "13:00", "Cleaning"),)),
            Column("Room 2", ROOM, ("08:00", "18:00")),
            Column("Echo machine", DEVICE, ("08:00", "18:00")),
        ),
        (
            Offer("New patient", ROUTINE, 40, (CLINICIAN, ROOM), online=True),
            Offer("Follow-up", FOLLOWUP, 20, (CLINICIAN, ROOM), online=True),
            Offer("Echocardiogram", CHECKUP, 30, (CLINICIAN, ROOM, "Echo machine"), after=10),
            Offer("Telephone review", FOLLOWUP, 10, (CLINICIAN,), remote=True, online=True),
            Offer("Nurse visit", ROUTINE, 15, ("Nurse clinic",), online=True),
            Offer("Dressing", FOLLOWUP, 30, ("Nurse clinic",), after=5),
        ),
    ),
    ClinicPlan(
        "Riverside",
        "Day clinic",
        (
            Column("Dr Laurent", CLINICIAN, ("09:00", "16:00"), (("12:00", "13:00", "Lunch"),)),
            Column("Treatment room", ROOM, ("09:00", "16:00")),
        ),
        (
            Offer("New patient", ROUTINE, 40, (CLINICIAN, ROOM), online=True),
            Offer("Follow-up", FOLLOWUP, 20, (CLINICIAN, ROOM), online=True),
        ),
    ),
)


async def found_clinics(node: Node) -> bool:
    """Give the clinics of the demo hospital their calendars, once."""
    made = []
    for plan in PLANS:
        async with work_as(node, FOUNDER, "demo.clinics") as work:
            made.append(await _clinic(work, plan))
    return any(made)


async def clinic_called(work: Work, plan: ClinicPlan) -> Ward:
    """Find the clinic of a plan."""
    return (await ward_called(work, plan.label, plan.branch))[0]


async def _clinic(work: Work, plan: ClinicPlan) -> bool:
    ward = await clinic_called(work, plan)
    if await work.every(select(Resource).where(Resource.ward_id == ward.id), SEE):
        return False
    today = work.now.astimezone(ZoneInfo(ward.zone)).date()
    columns: dict[str, UUID] = {}
    for position, column in enumerate(plan.columns):
        row = Resource(
            id=new_id(),
            ward_id=ward.id,
            kind=column.kind,
            user_id=await _user(work, column.username),
            capacity=column.capacity,
            position=position,
        )
        await work.seal(row, label=column.label)
        work.add(row, SET)
        columns[column.label] = row.id
        lines = [(HoursKind.OPEN, *column.hours, "")]
        lines += [(HoursKind.BREAK, *each) for each in column.breaks]
        await work.flush()
        for kind, opens, closes, label in lines:
            for weekday in range(7):
                work.add(
                    Hours(
                        resource_id=row.id,
                        ward_id=ward.id,
                        kind=kind,
                        weekday=weekday,
                        opens=time.fromisoformat(opens),
                        closes=time.fromisoformat(closes),
                        since=today.replace(month=1, day=1),
                        label=label,
                    ),
                    SET,
                )
    for offer in plan.offers:
        await _offer(work, ward, offer, columns)
    return True


async def _offer(work: Work, ward: Ward, offer: Offer, columns: dict[str, UUID]) -> None:
    row = VisitType(
        id=new_id(),
        ward_id=ward.id,
        label=offer.label,
        kind=offer.kind,
        minutes=offer.minutes,
        after_minutes=offer.after,
        remote=offer.remote,
        online=offer.online,
    )
    work.add(row, SET)
    await work.flush()
    kinds = {one.label: one.kind for plan in PLANS for one in plan.columns}
    for need in offer.needs:
        named = not isinstance(need, ResourceKind)
        work.add(
            VisitNeed(
                visit_type_id=row.id,
                ward_id=ward.id,
                kind=kinds[need] if named else need,
                resource_id=columns[need] if named else None,
            ),
            SET,
        )


async def _user(work: Work, username: str) -> UUID | None:
    if not username:
        return None
    known = select(User).where(User.username == username)
    found = await work.every(known, Permission.MANAGE_USERS)
    return found[0].id if found else None
