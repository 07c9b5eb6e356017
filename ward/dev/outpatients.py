"""Outpatients of the demo hospital: who comes to its clinics today and in the next days.

Invented names; record numbers 5500 2001 and up. Where each of them is follows from the time at
which the demo begins: who was seen, who sits in a room, who waits and how long, who is late.
"""

import csv
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from domain import appointments as rules
from domain import wallclock
from domain.access import Permission
from domain.appointment_codes import CancellationReason
from domain.no_shows import GRACE
from domain.queues import TicketState
from domain.sexes import Sex
from domain.spans import Span
from ward.arrivals.models import Ticket
from ward.dev import waitlist
from ward.dev.clinics import PLANS, ClinicPlan, clinic_called
from ward.dev.demo import FOUNDER
from ward.node import Node
from ward.patients.allergies import state_no_allergies
from ward.patients.intake import of_mrn
from ward.patients.models import PatientAccount
from ward.patients.person import Contact, Name, Number, Person, When
from ward.patients.register import register
from ward.scheduling import book, cancel, taken
from ward.scheduling.book import Booking
from ward.scheduling.clinics import Resource
from ward.scheduling.events import AppointmentMoved
from ward.scheduling.history import days_of, step
from ward.scheduling.models import Appointment, AppointmentStep
from ward.scheduling.offers_line import Freed
from ward.scheduling.visits import Visit, offered
from ward.security.models import User
from ward.work import Work, work_as

_FILE = Path(__file__).with_name("outpatients.csv")
SMITHSON = "55002038"  # whom the sign-in `patient` is
SPARE = timedelta(hours=1)  # after the visit at 15:20, in the later days, nobody else comes
BOOK, SEE = Permission.BOOK_APPOINTMENT, Permission.VIEW_APPOINTMENTS

#: Time, visit, columns; a row of today. The next days have every other one of them.
PAGES = {
    ("Dr Adeyemi", "Room 1"): (
        "09:00 New patient;09:40 Follow-up;10:00 Follow-up;10:40 New patient;11:20 Follow-up;"
        "11:40 Follow-up;12:00 Telephone review;13:30 Follow-up;13:50 Follow-up;14:10 New patient;"
        "15:00 Follow-up;15:20 Follow-up;15:40 Follow-up;16:20 New patient;17:00 Follow-up"
    ),
    ("Dr Müller", "Room 2"): (
        "08:40 Follow-up;09:00 Echocardiogram;09:40 Echocardiogram;10:20 Follow-up;"
        "10:40 New patient;11:30 Follow-up;11:50 Follow-up;13:30 Echocardiogram;14:10 Follow-up;"
        "14:30 New patient;15:20 Follow-up;15:45 Echocardiogram;16:30 Follow-up"
    ),
    ("Nurse clinic",): (
        "09:00 Nurse visit;09:15 Nurse visit;09:30 Dressing;10:30 Dressing;10:30 Nurse visit;"
        "11:15 Nurse visit;11:30 Nurse visit;13:15 Nurse visit;13:30 Nurse visit;14:00 Dressing;"
        "14:45 Nurse visit;15:00 Nurse visit;15:30 Dressing;16:15 Nurse visit;16:30 Nurse visit"
    ),
}
TOMORROW, LATER = range(0, 100, 2), range(1, 100, 5)
MISSED, CANCELLED = {5, 19, 31}, {11, 24, 39}  # of today, in the order above


@dataclass(frozen=True, slots=True)
class Visitor:
    """One of those who come."""

    mrn: str
    person: Person


@dataclass(frozen=True, slots=True)
class Coming:
    """What is booked for one of them."""

    start: datetime
    wall: str
    visit: Visit
    resources: tuple[UUID, ...]
    patient_id: UUID
    number: int


@cache
def visitors() -> tuple[Visitor, ...]:
    """Read who comes."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        return tuple(_visitor(row) for row in csv.DictReader(file))


def _visitor(row: dict[str, str]) -> Visitor:
    person = Person(
        name=Name(row["family"], row["given"], row["prefix"]),
        born=When(date.fromisoformat(row["born"])),
        sex=Sex(row["sex"]),
        numbers=(Number(row["mrn"]),),
        contacts=_contacts(row["mrn"][-3:]),
    )
    return Visitor(row["mrn"], person)


def _contacts(digits: str) -> tuple[Contact, ...]:
    """Give a mobile number, of the range that is kept free for fiction, and to some an address."""
    mobile = Contact(f"+44 7700 900{digits}", use="mobile")
    mail = Contact(f"patient{digits}@example.org", "email")
    return (mobile, mail) if int(digits) % 2 else (mobile,)


async def book_outpatients(node: Node) -> bool:
    """Fill the calendars of the demo's clinics, once."""
    plan = PLANS[0]
    async with work_as(node, FOUNDER, "demo.outpatients") as work:
        ward = await clinic_called(work, plan)
        here = select(Appointment).where(Appointment.ward_id == ward.id).limit(1)
        if await work.every(here, SEE):
            return False
    patients = [await enter(node, one) for one in visitors()]
    coming = await _coming(node, plan, patients)
    booked = [await _book(node, ward.id, one) for one in coming]
    today = [one for one in booked if one is not None]
    await _go_on(node, ward.zone, today)
    await _beside(node, ward.id, coming)
    await _of_the_patient(node, ward.id, coming, patients[-1])
    await _wait(node, ward.id, patients, coming)
    return True


async def enter(node: Node, one: Visitor) -> UUID:
    """Register one of them; the demo's patient is linked to the record that is theirs."""
    async with work_as(node, FOUNDER, "demo.outpatient") as work:
        known = await of_mrn(work, one.mrn)
        if known is not None:
            return known.id
        patient = await register(work, one.person)
        await state_no_allergies(work, patient.id)
        if one.mrn == SMITHSON:
            await _link(work, patient.id)
        return patient.id


async def _link(work: Work, patient_id: UUID) -> None:
    named = select(User).where(User.username == "patient")
    for user in await work.every(named, Permission.MANAGE_USERS):
        account = PatientAccount(user_id=user.id, patient_id=patient_id, since=work.now)
        work.add(account, Permission.REGISTER_PATIENT)


async def _coming(node: Node, plan: ClinicPlan, patients: list[UUID]) -> list[Coming]:
    async with work_as(node, FOUNDER, "demo.look") as work:
        ward = await clinic_called(work, plan)
        rows = await work.every(taken.RESOURCES, Permission.VIEW_CALENDAR, ward=ward.id, keys=True)
        labels = await work.open(rows, Resource.label)
        columns = {labels[row.id]: row.id for row in rows}
        visits = {one.row.label: one for one in (await offered(work, ward.id)).values()}
        zone = ZoneInfo(ward.zone)
        today = work.now.astimezone(zone).date()
    lines = _lines()
    found = []
    for ahead, wanted in ((0, range(100)), (1, TOMORROW), (2, LATER), (4, LATER)):
        for number, (at, visit, names) in enumerate(lines):
            if number in wanted:
                day = today + timedelta(days=ahead)
                wall = datetime.combine(day, time.fromisoformat(at))
                extra = ("Echo machine",) if visit == "Echocardiogram" else ()
                on_the_phone = visits[visit].row.remote
                chosen = [one for one in names if not (on_the_phone and one.startswith("Room"))]
                found.append(
                    Coming(
                        start=wallclock.first(day, wall.time(), zone).astimezone(UTC),
                        wall=f"{wall:%Y-%m-%dT%H:%M}",
                        visit=visits[visit],
                        resources=tuple(columns[one] for one in (*chosen, *extra)),
                        patient_id=patients[(number + 7 * ahead) % len(patients)],
                        number=number if ahead == 0 else -1,
                    )
                )
    return found


def _lines() -> list[tuple[str, str, tuple[str, ...]]]:
    return [
        (line[:5], line[6:], names) for names, page in PAGES.items() for line in page.split(";")
    ]


async def _book(node: Node, ward_id: UUID, one: Coming) -> tuple[UUID, int] | None:
    """Book one of them, confirmed by every second; give back those of today."""
    async with work_as(node, FOUNDER, "demo.book") as work:
        row = await book.book(
            work,
            Booking(
                patient_id=one.patient_id,
                ward_id=ward_id,
                visit_type_id=one.visit.row.id,
                resources=one.resources,
                start=one.start,
                wall=one.wall,
                past=True,
            ),
        )
        if one.number % 2:
            row.confirmed_at = work.now
        return (row.id, one.number) if one.number >= 0 else None


async def _go_on(node: Node, zone: str, today: list[tuple[UUID, int]]) -> None:
    """Have today's patients come, wait, be seen, and stay away, as the clock wants it."""
    at = dict(today)
    async with work_as(node, FOUNDER, "demo.look") as work:
        which = select(Appointment).where(Appointment.id.in_(at)).order_by(Appointment.starts_at)
        rows = await work.every(which, SEE)
    coming = [one for one in rows if one.starts_at > work.now and at[one.id] not in CANCELLED]
    waits = dict(zip((one.id for one in coming[:4]), (24, 10, 43, 3), strict=False))
    for queue, one in enumerate(rows, 1):
        async with work_as(node, FOUNDER, "demo.arrivals") as work:
            row = await work.access(Appointment, one.id, BOOK, lock=True)
            if one.id in waits and at[one.id] not in CANCELLED:
                await _arrive(work, row, zone, queue, work.now - timedelta(minutes=waits[one.id]))
            else:
                await _one(work, row, zone, at[one.id], queue)


async def _one(work: Work, row: Appointment, zone: str, number: int, queue: int) -> None:
    """Say where one of today's patients is now."""
    if number in CANCELLED and row.starts_at > work.now - timedelta(hours=1):
        await cancel.cancel(work, row.id, CancellationReason.PATIENT, "", seen=None)
    elif number in MISSED and row.starts_at < work.now - GRACE:
        await cancel.miss(work, row.id, seen=None)
    elif row.starts_at < work.now - timedelta(minutes=25) or row.ends_at <= work.now:
        came = row.starts_at - timedelta(minutes=8)
        await _arrive(work, row, zone, queue, came, seen=True)
    elif row.starts_at <= work.now and number % 3:
        came = row.starts_at - timedelta(minutes=11)
        await _arrive(work, row, zone, queue, came, room=row.starts_at)


async def _arrive(  # noqa: PLR0913 - how far somebody has come
    work: Work,
    row: Appointment,
    zone: str,
    number: int,
    at: datetime,
    *,
    seen: bool = False,
    room: datetime | None = None,
) -> None:
    """Let one arrive, and go into a room, or be seen and leave."""
    row.status, row.arrived_at = rules.arrive(row.status), at
    state = TicketState.IN_ROOM if room else TicketState.WAITING
    if seen:
        row.status, row.ended_at = rules.fulfil(row.status), row.ends_at
        state = TicketState.DONE
    called = room or (row.starts_at if seen else None)
    ticket = Ticket(
        patient_id=row.patient_id,
        ward_id=row.ward_id,
        appointment_id=row.id,
        on_day=row.starts_at.astimezone(ZoneInfo(zone)).date(),
        number=number,
        state=state,
        waits_since=at,
        called_at=called,
        in_room_at=called,
        ended_at=row.ends_at if seen else None,
    )
    work.add(ticket, Permission.CHECK_IN)
    await step(work, row, AppointmentStep.SEEN if seen else AppointmentStep.ARRIVED)
    days = days_of(row.ward_id, zone, Span(row.starts_at, row.ends_at))
    work.record(AppointmentMoved(days, row.id, row.patient_id, row.ward_id))


async def _beside(node: Node, ward_id: UUID, coming: list[Coming]) -> None:
    """Book one beside another."""
    later = [one for one in coming if one.number < 0 and len(one.resources) == 2]
    beside = next((one for one in coming if one.number == 10), later[0])
    async with work_as(node, FOUNDER, "demo.overbook") as work:
        await book.book(
            work,
            Booking(
                patient_id=later[3].patient_id,
                ward_id=ward_id,
                visit_type_id=beside.visit.row.id,
                resources=beside.resources,
                start=beside.start,
                wall=beside.wall,
                overbook="Seen between two others, as agreed with the patient.",
                past=True,
            ),
        )


async def _wait(node: Node, ward_id: UUID, patients: list[UUID], coming: list[Coming]) -> None:
    """Have some wait for a visit that they have not, and one be offered a time for it."""
    has = {
        patient: {one.visit.row.label for one in coming if one.patient_id == patient}
        for patient in patients
    }
    nurse = next(one for one in coming if one.number < 0 and one.visit.row.label == "Nurse visit")
    start = nurse.start + timedelta(hours=1)
    first = next(one for one in reversed(patients) if nurse.visit.row.label not in has[one])
    span = Span.lasting(start, nurse.visit.length)
    freed = Freed(ward_id, span, frozenset(nurse.resources))
    await waitlist.keep(node, first, nurse.visit.row.id, freed)
    await waitlist.wait(node, ward_id, [one for one in patients[:6] if one != first], has)


async def _of_the_patient(
    node: Node, ward_id: UUID, coming: list[Coming], patient_id: UUID
) -> None:
    """Book a visit that the demo's patient may move; it begins when nobody else is there."""
    last = next(one for one in reversed(coming) if one.wall.endswith("T15:20"))
    wall = datetime.fromisoformat(last.wall) + SPARE
    theirs = replace(last, start=last.start + SPARE, wall=f"{wall:%Y-%m-%dT%H:%M}")
    await _book(node, ward_id, replace(theirs, patient_id=patient_id))
