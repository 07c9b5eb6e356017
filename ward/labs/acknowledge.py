"""Acknowledge: one person has seen a report and says what follows; or hands it to another."""

from typing import NoReturn
from uuid import UUID

from sqlalchemy import select

from domain import lab_plans
from domain.access import D0, Permission, may
from domain.errors import NotAllowed
from domain.lab_plans import Plan
from ward import changed
from ward.db import new_id
from ward.duty.queries import grants_on, names
from ward.labs.details import Acknowledged
from ward.labs.events import ResultAcknowledged, ResultHanded
from ward.labs.models import Acknowledgement, DiagnosticReport
from ward.patients.banner import zone_of
from ward.patients.models import Patient
from ward.places.models import Ward
from ward.security.actors import Actor, System
from ward.work import Work

MAY = Permission.ACKNOWLEDGE_RESULT
LONGEST = 500
_READER = System("job:laboratory", frozenset())


async def acknowledge(
    work: Work, report_id: UUID, action: Plan, note: str = "", *, seen: int | None = None
) -> DiagnosticReport:
    """Say what will be done about a report; it leaves the inbox, and the time is kept."""
    patient, report = await _hold(work, report_id)
    if report.acknowledged_at is not None:
        await _taken(work, patient, report)
    if seen is not None and seen != report.version:
        raise await changed.stale(work, report)
    said = note.strip()[:LONGEST]
    lab_plans.check(action, said, report.worst)
    report.acknowledged_at, report.acknowledged_by = work.now, work.actor.id
    row = Acknowledgement(
        id=new_id(),
        patient_id=patient.id,
        report_id=report.id,
        at=work.now,
        by=work.actor.id if isinstance(work.actor, Actor) else None,
        by_role=work.actor.name,
    )
    await work.seal(row, said=Acknowledged(action.word, said))
    work.add(row, MAY)
    work.record(ResultAcknowledged(patient.id, patient.ward_id, report.id))
    return report


async def hand(
    work: Work, report_id: UUID, to_user: UUID, *, seen: int | None = None
) -> DiagnosticReport:
    """Lay a report before somebody else, who may acknowledge it on this ward."""
    patient, report = await _hold(work, report_id, seen=seen)
    if report.acknowledged_at is not None:
        await _taken(work, patient, report)
    if to_user not in await clinicians(work, patient.ward_id):
        raise NotAllowed("This person cannot acknowledge results here.", "labs.owner")
    report.owner_id = to_user
    work.record(ResultHanded(patient.id, patient.ward_id, report.id))
    return report


async def clinicians(work: Work, ward_id: UUID | None) -> list[UUID]:
    """List who may acknowledge results of this ward."""
    if ward_id is None:
        return []
    aside = work.watched(_READER, frozenset({D0}))
    ward = await aside.access(Ward, ward_id, Permission.VIEW_DUTY)
    grants = await grants_on(aside, ward)
    return [one.user_id for one in grants if one.user_id and may(one.role, MAY)]


async def _hold(
    work: Work, report_id: UUID, *, seen: int | None = None
) -> tuple[Patient, DiagnosticReport]:
    """Lock the patient, then the report: in this order everywhere."""
    first = await work.access(DiagnosticReport, report_id, MAY)
    patient = await work.access(Patient, first.patient_id, MAY, lock="share")
    return patient, await work.access(DiagnosticReport, report_id, MAY, lock=True, seen=seen)


async def _taken(work: Work, patient: Patient, report: DiagnosticReport) -> NoReturn:
    """Say who was faster, and what they do about it."""
    mine = select(Acknowledgement).where(Acknowledgement.report_id == report.id)
    rows = await work.every(mine.order_by(Acknowledgement.at.desc()).limit(1), MAY)
    said = await work.open(rows, Acknowledgement.said)
    at = report.acknowledged_at
    assert at is not None
    who = await names(work, [report.acknowledged_by] if report.acknowledged_by else [])
    name = who[report.acknowledged_by].name if report.acknowledged_by in who else "Ward"
    zone = await zone_of(work, patient)
    what = f": {next(iter(said.values())).action}" if said else ""
    raise NotAllowed(
        f"{name} acknowledged this at {at.astimezone(zone):%H:%M}{what}.", "labs.acknowledged"
    )
