"""Calls: a short way to sound alerts, move the clock and read what became of them."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.alerts import Cause
from tests.adt.scene import Scene
from tests.duty.conftest import Roster
from tests.settling import settled
from ward import clock, invariants
from ward.alerts.models import Alert, AlertStep, Happening, Said
from ward.alerts.sound import sound
from ward.later import Job

WHAT = "NEWS2 9: high."


class Calls:
    """Alerts of one patient, and the people who may be called."""

    def __init__(self, scene: Scene, staff: Roster, patient: UUID, encounter: UUID) -> None:
        self.scene, self.staff, self.patient, self.encounter = scene, staff, patient, encounter

    async def sound(self, cause: Cause = Cause.NEWS_HIGH, what: str = WHAT, **more) -> UUID:
        """Sound an alert for the patient."""
        async with self.scene.work() as work:
            alert = await sound(work, self.patient, cause, what, **more)
            assert alert is not None
            return alert.id

    async def row(self, alert_id: UUID) -> Alert:
        """Read an alert as it stands."""
        async with self.scene.work() as work:
            return await work.access(Alert, alert_id, Permission.VIEW_ALERTS)

    async def rows(self, *, late: bool = False) -> list[Alert]:
        """Read the alerts of the patient, oldest first: of scores, or that nobody looked."""
        async with self.scene.work() as work:
            of = select(Alert).where(Alert.patient_id == self.patient).order_by(Alert.id)
            every = await work.every(of, Permission.VIEW_ALERTS)
        return [row for row in every if (row.cause is Cause.OBS_OVERDUE) is late]

    async def steps(self, alert_id: UUID) -> list[tuple[Happening, str | None, str | None]]:
        """Read the history: what happened, in which part, and the reason."""
        async with self.scene.work() as work:
            of = select(AlertStep).where(AlertStep.alert_id == alert_id)
            rows = await work.every(of.order_by(AlertStep.at, AlertStep.id), Permission.VIEW_ALERTS)
            said: dict[UUID, Said | None] = await work.open(rows, AlertStep.said)
        return [
            (
                row.happening,
                row.called.value if row.called else None,
                said[row.id].reason if said[row.id] else None,
            )
            for row in rows
        ]

    async def called(self, alert_id: UUID) -> list[str]:
        """List the parts that were called, in order; a "-" before one that nobody heard."""
        return [
            f"-{part}" if reason == "nobody" else str(part)
            for happening, part, reason in await self.steps(alert_id)
            if happening is Happening.CALLED
        ]

    async def wait(self, minutes: float) -> None:
        """Let time go by, and every job be done that is due then."""
        clock.shift(clock.offset() + timedelta(minutes=minutes))
        await self.settled()

    async def settled(self) -> None:
        """Wait until every job that is due has been done."""
        await settled(self.scene.node)

    async def sane(self) -> None:
        """Check what must always hold."""
        async with self.scene.node.aside.connect() as connection:
            for name, sentence, check in invariants.CHECKS:
                if name.startswith("I13"):
                    assert await check(self.scene.node, connection) == [], sentence
            parked = select(Job.name, Job.error).where(
                Job.parked_at.is_not(None) | (Job.attempts > 0)
            )
            assert (await connection.execute(parked)).all() == []
