"""People: whom an alert calls, and who may be asked to take it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.alerts import AlertState
from domain.duty import DutyRole
from ward.alerts.models import Alert
from ward.duty.queries import duties_on, nurse_of_patients
from ward.work import Work

OnDuty = Mapping[DutyRole, Sequence[UUID]]


@dataclass(frozen=True, slots=True)
class Around:
    """Who is on duty on some wards, and who nurses some patients."""

    wards: Mapping[UUID, OnDuty]
    nurses: Mapping[UUID, UUID]

    def called(self, alert: Alert) -> tuple[UUID, ...]:
        """List whom an alert calls or who has it; nobody: all of the ward hears it."""
        if alert.state is not AlertState.OPEN:
            return (alert.owner_id,) if alert.owner_id else ()
        there = self.wards.get(alert.ward_id, {}).get(alert.called, ())
        nurse = self.nurses.get(alert.patient_id)
        if alert.called is DutyRole.NURSE and nurse is not None:
            return (nurse,)
        return tuple(sorted(there))


async def on_ward(work: Work, ward_id: UUID) -> OnDuty:
    """Answer: who is on duty on this ward, part by part?"""
    there: dict[DutyRole, list[UUID]] = {part: [] for part in DutyRole}
    for duty in await duties_on(work, ward_id):
        there[duty.part].append(duty.user_id)
    return there


async def around(work: Work, alerts: Iterable[Alert]) -> Around:
    """Read once whom all of these alerts could call."""
    rows = list(alerts)
    wards = {one: await on_ward(work, one) for one in sorted({row.ward_id for row in rows})}
    bedside = {
        row.patient_id
        for row in rows
        if row.state is AlertState.OPEN and row.called is DutyRole.NURSE
    }
    nurses = await nurse_of_patients(work, sorted(bedside)) if bedside else {}
    return Around(wards, nurses)


async def staffed(work: Work, ward_id: UUID) -> list[DutyRole]:
    """Answer: in which parts is anybody on duty here?"""
    return [part for part, users in (await on_ward(work, ward_id)).items() if users]


async def everybody(work: Work, ward_id: UUID) -> dict[UUID, DutyRole]:
    """Answer: who is on duty here at all, and in which part?"""
    there = await on_ward(work, ward_id)
    return {user: part for part, users in there.items() for user in users}
