"""Reminders: a morning's messages, judged, handed over and written down, on one node."""

import asyncio
import time
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from sqlalchemy import text

from bench.figures import Figure
from bench.hospital import Hospital
from bench.patients import BENCH, person
from domain.access import Permission
from domain.appointment_codes import AppointmentType
from domain.appointments import AppointmentStatus
from ward import clock
from ward.db import new_id
from ward.dev.capture import Capture
from ward.node import Node, open_node
from ward.patients.person import Contact
from ward.patients.register import register
from ward.reminders import sender
from ward.reminders.ways import ways
from ward.scheduling.clinics import VisitType
from ward.scheduling.details import AppointmentDetail
from ward.scheduling.models import Appointment
from ward.work import work_as

MESSAGES = 2_000  # of each channel
LONDON = ZoneInfo("Europe/London")
CONTACTS = (Contact("+44 7700 900123", use="mobile"), Contact("bench@example.org", "email"))
_MANY = """
    WITH made AS (
        INSERT INTO appointment (id, version, patient_id, ward_id, visit_type_id, status, starts_at,
            ends_at, wall, fold, detail, overbooked, booked_at, booked_as, moved_at)
        SELECT gen_random_uuid(), 1, patient_id, ward_id, visit_type_id, status, starts_at, ends_at,
            wall, fold, detail, true, booked_at, booked_as, moved_at
        FROM appointment, generate_series(1, :many) WHERE appointment.id = :one
        RETURNING id, patient_id, starts_at)
    INSERT INTO reminder (id, version, appointment_id, patient_id, starts_at, channel, occasion,
        minutes_before, due_at, status, tries)
    SELECT gen_random_uuid(), 1, made.id, patient_id, starts_at, channel, 'reminder', 2880, :now,
        'planned', 0
    FROM made, unnest(ARRAY['email', 'sms']) AS channel
"""


def measure(place: Hospital) -> list[Figure]:
    """Send a morning's messages to a capture server on this machine."""
    return asyncio.run(_measure(place))


async def _measure(place: Hospital) -> list[Figure]:
    node = await open_node(place.settings)
    now = datetime.now(LONDON)
    clock.shift(now.replace(hour=12, minute=0) + timedelta(days=1) - now)  # nobody is left in peace
    try:
        async with Capture(most=None).serving() as capture:
            node.settings = node.settings.model_copy(
                update={
                    "smtp_url": SecretStr(f"smtp://127.0.0.1:{capture.smtp_port}"),
                    "sms_url": f"http://127.0.0.1:{capture.http_port}/messages",
                    "mail_from": "bench@ward.example.org",
                    "phone": "+44 20 7946 0100",
                }
            )
            await _fill(node, place.ward_id)
            figures = [await _send(node, way.channel.value) for way in ways(node.settings)]
            assert len({one.key for one in capture.caught}) == len(capture.caught) == 2 * MESSAGES
            return figures
    finally:
        clock.shift(timedelta(0))
        await node.close()


async def _send(node: Node, channel: str) -> Figure:
    way = next(one for one in ways(node.settings) if one.channel.value == channel)
    began = time.perf_counter()
    sent = await sender.drain(node, way)
    took = time.perf_counter() - began
    assert sent == MESSAGES
    name = f"{sent} messages by {channel}, one node, {way.lanes} lanes of {way.batch}"
    return Figure(name, f"{took:.1f} s, {sent / took:.0f} a second")


async def _fill(node: Node, ward_id: UUID) -> None:
    """Have one patient with an appointment, many copies of it, and two messages due for each."""
    may, start = Permission.BOOK_APPOINTMENT, clock.now() + timedelta(days=1)
    async with work_as(node, BENCH, "bench.reminders") as work:
        patient = await register(work, replace(person(98), contacts=CONTACTS))
        visit = VisitType(
            id=new_id(), ward_id=ward_id, label="Bench", kind=AppointmentType.ROUTINE, minutes=20
        )
        work.add(visit, Permission.SET_SCHEDULE)
        await work.flush()
        row = Appointment(
            id=new_id(),
            patient_id=patient.id,
            ward_id=ward_id,
            visit_type_id=visit.id,
            status=AppointmentStatus.BOOKED,
            starts_at=start,
            ends_at=start + timedelta(minutes=20),
            wall=f"{start.astimezone(LONDON):%Y-%m-%dT%H:%M}",
            booked_at=work.now,
            booked_as=work.actor.name,
            moved_at=work.now,
        )
        await work.seal(row, detail=AppointmentDetail())
        work.add(row, may)
    async with node.engine.begin() as connection:
        many = {"one": row.id, "many": MESSAGES, "now": clock.now() - timedelta(seconds=1)}
        await connection.execute(text(_MANY), many)
