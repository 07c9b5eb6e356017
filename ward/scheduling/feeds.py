"""Feeds: calendars that another program reads by a secret address: of a resource, or of a patient.

A feed names no patient and no reason: who takes a telephone with it into the hand learns when
somebody is busy, and nothing else. The address is shown once, and can be revoked.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from icalendar import Calendar, Event
from sqlalchemy import bindparam, or_, select

from domain.access import Permission
from domain.appointments import AppointmentStatus
from domain.errors import NotAllowed
from domain.spans import Span
from ward.db import new_id
from ward.errors import Missing
from ward.patients.models import Patient
from ward.scheduling.clinics import Resource
from ward.scheduling.models import Appointment, Reservation
from ward.scheduling.waiting import CalendarFeed
from ward.security.models import Grant, User
from ward.security.sessions import digest, new_token
from ward.work import Work

MAY, VIEW = Permission.SHARE_CALENDAR, Permission.VIEW_APPOINTMENTS
BACK, AHEAD = timedelta(days=30), timedelta(days=180)
MOST = 20  # feeds of one person that stand at once
_STANDING = (
    select(Grant.user_id)
    .join(User, User.id == Grant.user_id)
    .where(Grant.user_id == CalendarFeed.user_id, User.disabled_at.is_(None))
    .where(Grant.revoked_at.is_(None), Grant.since <= bindparam("now"))
    .where(or_(Grant.until.is_(None), Grant.until > bindparam("now")))
)
_BY_TOKEN = select(CalendarFeed).where(
    CalendarFeed.token_hash == bindparam("token"),
    CalendarFeed.revoked_at.is_(None),
    _STANDING.exists(),  # who no longer works here no longer reads along
)
_OF_RESOURCE = (
    select(Appointment)
    .join(Reservation, Reservation.appointment_id == Appointment.id)
    .where(Reservation.resource_id == bindparam("resource"))
    .where(or_(Reservation.ended_at.is_(None), Reservation.ended_at == Appointment.ended_at))
    .where(Appointment.ends_at > bindparam("since"), Appointment.starts_at < bindparam("until"))
    .order_by(Appointment.starts_at)
)
_OF_PATIENT = (
    select(Appointment)
    .where(Appointment.patient_id == bindparam("patient"))
    .where(Appointment.ends_at > bindparam("since"), Appointment.starts_at < bindparam("until"))
    .order_by(Appointment.starts_at)
)
SHOWN = frozenset(AppointmentStatus) - {
    AppointmentStatus.ENTERED_IN_ERROR,
    AppointmentStatus.WAITLIST,
    AppointmentStatus.PROPOSED,
}


async def share(
    work: Work,
    *,
    resource_id: UUID | None = None,
    patient_id: UUID | None = None,
    label: str = "",
    may: Permission = MAY,
) -> tuple[CalendarFeed, str]:
    """Make an address by which another program reads a calendar; the token is shown only now.

    Patients, who share their own appointments, `may` by a permission of their own.
    """
    if resource_id is not None:
        await work.access(Resource, resource_id, Permission.VIEW_CALENDAR)
    if patient_id is not None:
        await work.access(Patient, patient_id, may)
    if work.actor.id is None:
        raise NotAllowed("Only a person can share a calendar.", "feed.person")
    if len(await mine(work, may)) >= MOST:
        raise NotAllowed(f"There are {MOST} addresses already. Revoke one first.", "feed.most")
    token = new_token()
    row = CalendarFeed(
        id=new_id(),
        user_id=work.actor.id,
        resource_id=resource_id,
        patient_id=patient_id,
        label=label[:60],
        token_hash=digest(token),
        made_at=work.now,
    )
    work.add(row, may)
    return row, token


async def revoke(work: Work, feed_id: UUID, may: Permission = MAY) -> None:
    """Have an address lead nowhere from now on."""
    row = await work.access(CalendarFeed, feed_id, may, lock=True)
    row.revoked_at = row.revoked_at or work.now


async def mine(work: Work, may: Permission = MAY) -> list[CalendarFeed]:
    """List the addresses that this person made and that still lead somewhere."""
    standing = select(CalendarFeed).where(
        CalendarFeed.user_id == work.actor.id, CalendarFeed.revoked_at.is_(None)
    )
    return await work.every(standing.order_by(CalendarFeed.made_at), may)


async def read(work: Work, token: str) -> bytes:
    """Write the calendar of an address; an unknown or revoked one is as if it never was."""
    found = await work.every(_BY_TOKEN, MAY, token=digest(token), now=work.now)
    if not found:
        raise Missing
    feed = found[0]
    feed.read_at = work.now
    within = Span(work.now - BACK, work.now + AHEAD)
    whose = {"resource": feed.resource_id} if feed.resource_id else {"patient": feed.patient_id}
    statement = _OF_RESOURCE if feed.resource_id else _OF_PATIENT
    asked: dict[str, Any] = {"since": within.start, "until": within.end, **whose}
    rows: list[Appointment] = await work.every(statement, VIEW, **asked)
    return written(rows, work.now, of_patient=feed.patient_id is not None)


def written(rows: list[Appointment], now: datetime, *, of_patient: bool) -> bytes:
    """Write appointments as RFC 5545; times in UTC, so that no zone has to be understood."""
    calendar = Calendar()
    calendar.add("prodid", "-//Ward//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "My appointments" if of_patient else "Ward")
    for row in rows:
        if row.status in SHOWN:
            calendar.add_component(_event(row, now, of_patient=of_patient))
    return bytes(calendar.to_ical())


def _event(row: Appointment, now: datetime, *, of_patient: bool) -> Event:
    event = Event()
    gone = row.status in {AppointmentStatus.CANCELLED, AppointmentStatus.NO_SHOW}
    event.add("uid", f"{row.id}@ward")
    event.add("dtstamp", now)
    event.add("dtstart", row.starts_at)
    event.add("dtend", row.ends_at)
    event.add("last-modified", row.moved_at)
    event.add("sequence", row.version)
    event.add("summary", "Appointment at the hospital" if of_patient else "Appointment")
    event.add("status", "CANCELLED" if gone else "CONFIRMED")
    event.add("class", "PRIVATE")
    return event
