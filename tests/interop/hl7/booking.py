"""Booking: messages of a scheduling system, and what of them stands in the calendar."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from domain.access import Permission
from tests.interop.hl7.border import rows
from tests.interop.hl7.monitoring import stamp
from tests.scheduling.clinic import Clinic
from tests.settling import worked_off
from ward import clock
from ward.interop.hl7.models import Hl7Body
from ward.interop.hl7.service import replay
from ward.scheduling.models import Appointment

MRN = "700123"
DONE = ("done", None)
FOLLOW_UP = "FU^Follow-up^L"
CLINIC = "Outpatients^^"
ADEYEMI = "D1^Dr Adeyemi^GRACE"
MUELLER = "D2^Dr Müller^KLAUS"
SCHED = "SCHED|NORTHSITE"
_WHICH = {"S15": "Cancelled", "S26": "Noshow"}


def siu(
    event: str,
    control_id: str,
    at: datetime | str | None = None,
    *,
    number: str = "AP-1^SCHED",
    mrn: str = MRN,
    name: str = "TESTPATIENT^ADA",
    visit: str = FOLLOW_UP,
    place: str = CLINIC,
    person: str = ADEYEMI,
    minutes: int | None = 20,
    status: str | None = None,
    sent: datetime | str | None = None,
    why: str = "BOOK^Booked by their desk^L",
    reason: str = "FOLLOWUP^Follow-up^HL70276",
    sender: str = SCHED,
    more: tuple[str, ...] = (),
    pid: bool = True,
) -> bytes:
    """Write a message of our own; what is empty is left out."""
    begins = at if isinstance(at, str) else stamp(at) if at else ""
    sent = sent if isinstance(sent, str) else stamp(sent or clock.now())
    fields = {1: number, 2: number, 6: why, 7: reason, 16: "U3^DESK^TEST", 20: "U3^DESK^TEST"}
    fields |= {25: _WHICH.get(event, "Booked") if status is None else status}
    length = f"{minutes}|min^minutes^UCUM" if minutes else "|"
    kind = f"SIU^{event}^SIU_S12|{control_id}|P|2.5.1||||||UNICODE UTF-8"
    segments = [
        f"MSH|^~\\&|{sender}|WARD|NORTHSITE|{sent}||{kind}",
        "|".join(["SCH", *(fields.get(place_, "") for place_ in range(1, 26))]),
        f"PID|1||{mrn}^^^NORTHSITE^MR||{name}||19500304|F" if pid else "",
        "RGS|1|A",
        f"AIS|1|A|{visit}|{begins}|||{length}" if visit else "",
        f"AIL|1|A|{place}|||{begins}|||{length}" if place else "",
        f"AIP|1|A|{person}|||{begins}|||{length}" if person else "",
        *more,
    ]
    return "".join(f"{one}\r" for one in segments if one).encode()


async def booked(clinic: Clinic) -> list[Appointment]:
    """Read every appointment, by its start."""
    async with clinic.work() as work:
        every = select(Appointment).order_by(Appointment.starts_at, Appointment.id)
        return await work.every(every, Permission.VIEW_APPOINTMENTS)


async def taken(clinic: Clinic) -> set[str]:
    """Name who and what is taken now."""
    names = {key: label for label, key in clinic.resources.items()}
    sql = "SELECT resource_id FROM reservation WHERE ended_at IS NULL"
    return {names[row[0]] for row in await rows(clinic.scene.node, sql)}


async def told(clinic: Clinic, control_id: str) -> tuple[str, ...]:
    """Read what was remarked of a message."""
    sql = "SELECT remarks FROM hl7_message WHERE msh10 = :number"
    ((remarks,),) = await rows(clinic.scene.node, sql, number=control_id)
    return tuple(remarks)


async def note(clinic: Clinic, control_id: str) -> str:
    """Read why a message waits."""
    sql = "SELECT id FROM hl7_message WHERE msh10 = :number"
    ((key,),) = await rows(clinic.scene.node, sql, number=control_id)
    async with clinic.work() as work:
        of = select(Hl7Body).where(Hl7Body.message_id == key)
        bodies = await work.every(of, Permission.REVIEW_MESSAGES)
        return (await work.open(bodies, Hl7Body.note))[bodies[0].id] or ""


async def steps(clinic: Clinic) -> list[tuple[Any, ...]]:
    """Read the history of all appointments: what, and who."""
    sql = "SELECT step, actor_name FROM appointment_history ORDER BY at, id"
    return [tuple(row) for row in await rows(clinic.scene.node, sql)]


async def again(clinic: Clinic, control_id: str) -> None:
    """Have a message that waits processed again, as the button does."""
    node = clinic.scene.node
    sql = "SELECT id FROM hl7_message WHERE msh10 = :number"
    ((key,),) = await rows(node, sql, number=control_id)
    async with clinic.work() as work:
        await replay(work, key, seen=None)
    await worked_off(node)


def local(day: date, hour: int, minute: int = 0, zone: str = "Europe/London") -> datetime:
    """Name an instant by the clock of a place."""
    at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone))
    return at.astimezone(UTC)


def minutes(count: int) -> timedelta:
    """Write minutes shortly."""
    return timedelta(minutes=count)
