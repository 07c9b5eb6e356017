"""An office that writes to patients: a clinic, somebody who can be reached, and what arrives."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import select

from domain.access import Permission
from domain.appointment_codes import CancellationReason
from tests.adt.scene import person
from tests.scheduling.clinic import LONDON, Clinic
from tests.settling import settled
from ward import clock
from ward.dev.capture import Capture
from ward.node import Node
from ward.patients.person import Address, Contact, Person
from ward.patients.register import register
from ward.reminders import sender
from ward.reminders.models import Reminder
from ward.reminders.ways import Way, ways
from ward.scheduling import cancel
from ward.scheduling.models import Appointment
from ward.scheduling.reschedule import NewTime, reschedule

MOBILE, MAIL = "+44 7700 900123", "ida@example.org"
PHONE = "+44 20 7946 0100"
BOTH = (Contact(MOBILE, "phone", "mobile"), Contact(MAIL, "email"))


def reachable(node: Node, capture: Capture, *, mail: bool = True, text: bool = True) -> None:
    """Have a node write to patients by a capture server."""
    more = {"phone": PHONE, "mail_from": "appointments@ward.example.org"}
    if mail:
        more["smtp_url"] = SecretStr(f"smtp://127.0.0.1:{capture.smtp_port}")
    if text:
        more["sms_url"] = f"http://127.0.0.1:{capture.http_port}/messages"
    node.settings = node.settings.model_copy(update=more)


@dataclass
class Office:
    """Short ways to book, to move the clock, and to see what was sent."""

    clinic: Clinic
    capture: Capture
    _read: int = field(default=0)

    @property
    def node(self) -> Node:
        return self.clinic.scene.node

    @property
    def ways(self) -> list[Way]:
        return ways(self.node.settings)

    async def patient(
        self, *contacts: Contact, language: str = "", country: str = "", family: str = "Quill"
    ) -> UUID:
        """Register somebody."""
        known = person(family, "Ida")
        said = Person(
            name=known.name,
            born=known.born,
            sex=known.sex,
            numbers=known.numbers,
            contacts=contacts,
            language=language,
            addresses=(Address(country=country),) if country else (),
        )
        async with self.clinic.work() as work:
            return (await register(work, said)).id

    async def book(self, patient: UUID, start: datetime, *who: str, **more) -> Appointment:
        """Book, and have what follows from it done."""
        row = await self.clinic.book(patient, start, *who, **more)
        await settled(self.node)
        return row

    async def move(self, row: Appointment, start: datetime, *who: str) -> None:
        named = [self.clinic.resources[one] for one in who or ("Dr Adeyemi",)]
        wall = start.astimezone(LONDON).strftime("%Y-%m-%dT%H:%M")
        async with self.clinic.work() as work:
            to = NewTime(start=start, wall=wall, resources=named)
            await reschedule(work, row.id, to, seen=None)
        await settled(self.node)

    async def cancel(self, row: Appointment) -> None:
        async with self.clinic.work() as work:
            await cancel.cancel(work, row.id, CancellationReason.PROVIDER, "", seen=None)
        await settled(self.node)

    async def undo(self, row: Appointment) -> None:
        async with self.clinic.work() as work:
            await cancel.undo(work, row.id, seen=None)
        await settled(self.node)

    def at(self, instant: datetime) -> None:
        """Move the clock to an instant."""
        clock.shift(instant - datetime.now(UTC))

    def later(self, by: timedelta) -> None:
        clock.shift(clock.offset() + by)

    async def send(self) -> int:
        """Send what is due by every way."""
        return sum([await sender.drain(self.node, way) for way in self.ways])

    def arrived(self) -> list[str]:
        """Give what arrived since this was last asked: channel and text."""
        new = [
            f"{one.channel.value}: {one.text}" for one in list(self.capture.caught)[self._read :]
        ]
        self._read = len(self.capture.caught)
        return sorted(new)

    async def rows(self) -> list[Reminder]:
        async with self.clinic.work() as work:
            listed = select(Reminder).order_by(Reminder.due_at, Reminder.channel)
            return await work.every(listed, Permission.WATCH_REMINDERS)

    async def states(self) -> dict[str, int]:
        """Count the messages by where they stand."""
        found: dict[str, int] = {}
        for row in await self.rows():
            found[row.status.value] = found.get(row.status.value, 0) + 1
        return found

    async def problem(self) -> list[str]:
        rows = await self.rows()
        async with self.clinic.work() as work:
            said = await work.open(rows, Reminder.problem)
        return sorted({one for one in said.values() if one})
