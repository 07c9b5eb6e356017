"""A queue: people who wait for a visit of the test clinic, and what they are offered."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.appointment_codes import CancellationReason
from domain.notices import SETTLED
from tests.scheduling.clinic import Clinic
from tests.settling import settled
from ward import clock
from ward.scheduling import cancel, offers, waitlist
from ward.scheduling.models import Appointment
from ward.scheduling.offers import Offered
from ward.scheduling.waiting import WaitlistEntry, WaitlistOffer
from ward.scheduling.waitlist import Wished

MAY = Permission.BOOK_APPOINTMENT
SECOND = timedelta(seconds=1)


class Queue:
    """Short ways to the waiting list of a clinic."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic

    async def wait(self, patient: UUID, visit: str = "Follow-up", **more) -> WaitlistEntry:
        """Put somebody on the list."""
        said = Wished(visit_type_id=self.clinic.visits[visit], **more)
        async with self.clinic.work() as work:
            return await waitlist.put(work, self.clinic.ward, patient, said)

    async def waiting(self, *names: str, **more) -> list[UUID]:
        """Register people who wait, the longest first; give who they are."""
        people = [await self.clinic.scene.patient(name) for name in names]
        for one in people:
            await self.wait(one, **more)
        return people

    async def call_off(self, row: Appointment) -> None:
        """Cancel an appointment, and wait until that can no longer be taken back."""
        async with self.clinic.work() as work:
            await cancel.cancel(work, row.id, CancellationReason.PATIENT, "", seen=None)
        await self.settle(SETTLED)

    async def settle(self, after: timedelta = timedelta(0)) -> None:
        """Let time pass, and do what is due then."""
        await settled(self.clinic.scene.node)
        clock.shift(clock.offset() + after)
        await settled(self.clinic.scene.node)

    async def offers(self, patient: UUID) -> tuple[Offered, ...]:
        """Give what a patient is offered now."""
        async with self.clinic.work() as work:
            return await offers.offers_of(work, patient)

    async def who(self, people: list[UUID]) -> list[bool]:
        """Say of each whether they are offered something now."""
        return [bool(await self.offers(one)) for one in people]

    async def entry(self, patient: UUID) -> WaitlistEntry:
        """Read the newest place of a patient on the list."""
        mine = select(WaitlistEntry).where(WaitlistEntry.patient_id == patient)
        async with self.clinic.work() as work:
            return (await work.every(mine.order_by(WaitlistEntry.id.desc()), MAY))[0]

    async def made(self) -> list[WaitlistOffer]:
        """Read every offer, in order."""
        async with self.clinic.work() as work:
            return await work.every(select(WaitlistOffer).order_by(WaitlistOffer.id), MAY)

    async def of(self, patient: UUID) -> list[Appointment]:
        """Read the appointments of a patient."""
        mine = select(Appointment).where(Appointment.patient_id == patient)
        async with self.clinic.work() as work:
            return await work.every(mine.order_by(Appointment.starts_at), MAY)

    async def accept(self, offered: Offered) -> Appointment:
        """Take an offer, for the patient."""
        async with self.clinic.work() as work:
            return await offers.accept(work, offered.id, seen=offered.version)

    async def decline(self, offered: Offered) -> None:
        """Say no to an offer, and let it pass on."""
        async with self.clinic.work() as work:
            await offers.decline(work, offered.id, seen=offered.version)
        await self.settle()

    async def until(self, offered: Offered, at: datetime | None = None) -> None:
        """Wait until an offer has run out."""
        await self.settle((at or offered.until) - clock.now() + SECOND)
