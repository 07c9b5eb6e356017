"""Specimens: collected on the ward, received or rejected at the laboratory."""

from uuid import UUID

from sqlalchemy import select

from domain import lab_orders
from domain.access import Permission
from domain.lab_orders import Act, Reject
from ward.errors import Missing
from ward.labs.events import SpecimenMoved
from ward.labs.models import ServiceRequest, Specimen
from ward.labs.order import wanted
from ward.patients.models import Patient
from ward.work import Work

COLLECT, RECEIVE = Permission.COLLECT_SPECIMEN, Permission.RECEIVE_SPECIMEN


async def collect(work: Work, specimen_id: UUID, *, seen: int | None = None) -> Specimen:
    """Say that a specimen was taken; its label carries its number."""
    specimen = await _move(work, specimen_id, Act.COLLECT, COLLECT, seen)
    specimen.collected_at, specimen.collected_by = work.now, work.actor.id
    return specimen


async def undo(work: Work, specimen_id: UUID, *, seen: int | None = None) -> Specimen:
    """Say that it was not taken after all; possible until the laboratory has it."""
    specimen = await _move(work, specimen_id, Act.UNDO, COLLECT, seen)
    specimen.collected_at = specimen.collected_by = None
    return specimen


async def receive(work: Work, specimen_id: UUID, *, seen: int | None = None) -> Specimen:
    """Say that the laboratory has it."""
    specimen = await _move(work, specimen_id, Act.RECEIVE, RECEIVE, seen)
    specimen.received_at, specimen.received_by = work.now, work.actor.id
    return specimen


async def receive_number(work: Work, number: str) -> Specimen:
    """Receive what was scanned; refused when nobody knows the number."""
    marked = select(Specimen).where(Specimen.number == number.strip().upper())
    found = next(iter(await work.every(marked, RECEIVE)), None)
    if found is None:
        raise Missing("No specimen has this number.")
    return await receive(work, found.id)


async def reject(
    work: Work, specimen_id: UUID, why: Reject, *, seen: int | None = None
) -> Specimen:
    """Refuse a specimen; another is wanted in its place, and the ward sees why.

    Returns the one that is wanted.
    """
    specimen = await _move(work, specimen_id, Act.REJECT, RECEIVE, seen, why=why)
    request = await work.access(ServiceRequest, specimen.request_id, RECEIVE)
    again = await wanted(work, request, specimen.ward_id, specimen.kind, work.now)
    again.replaces_id = specimen.id
    await work.flush()
    work.add(again, RECEIVE)
    work.record(SpecimenMoved(again.patient_id, again.ward_id, again.request_id, again.id))
    return again


async def _move(  # noqa: PLR0913 - a specimen, what is done with it, by which right
    work: Work,
    specimen_id: UUID,
    act: Act,
    permission: Permission,
    seen: int | None,
    *,
    why: Reject | None = None,
) -> Specimen:
    first = await work.access(Specimen, specimen_id, permission)
    patient = await work.access(Patient, first.patient_id, permission, lock="share")
    specimen = await work.access(Specimen, specimen_id, permission, lock=True, seen=seen)
    specimen.state, specimen.rejected_why = lab_orders.move(specimen.state, act), why
    specimen.ward_id = patient.ward_id or specimen.ward_id
    work.record(SpecimenMoved(patient.id, specimen.ward_id, specimen.request_id, specimen.id))
    return specimen
