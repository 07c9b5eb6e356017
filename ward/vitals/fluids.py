"""Fluids: what went in and what came out, as charted; a wrong entry is taken back, not erased."""

from datetime import datetime
from uuid import UUID

from domain.errors import NotAllowed
from domain.fluids import Fluid
from ward.db import new_id
from ward.errors import Invalid
from ward.security.actors import Actor
from ward.vitals import bedside
from ward.vitals.bedside import MAY
from ward.vitals.events import FluidRecorded
from ward.vitals.models import FluidEntry
from ward.vitals.said import AHEAD
from ward.work import Work

MOST = 10_000  # mL at one time: the hard limit of urine output in vitals.csv


async def record_fluid(  # noqa: PLR0913 - what a line of the fluid chart holds
    work: Work, patient_id: UUID, kind: Fluid, ml: int, *, at: datetime, note: str | None = None
) -> FluidEntry:
    """Chart an amount; the balance of its shift follows on every open chart."""
    held = await bedside.hold(work, patient_id, seen=None)
    wrong = {}
    if not 0 < ml <= MOST:
        wrong["ml"] = f"Give an amount between 1 and {MOST:,} mL."
    if at > work.now + AHEAD:
        wrong["at"] = "This time is in the future. Give the time it was measured."
    if at < held.since.replace(second=0, microsecond=0):
        wrong["at"] = "This time is before the patient was admitted. Check date and time."
    if wrong:
        raise Invalid(wrong)
    entry = FluidEntry(
        id=new_id(),
        patient_id=patient_id,
        encounter_id=held.encounter.id,
        at=at,
        recorded_at=work.now,
        recorded_by=work.actor.id if isinstance(work.actor, Actor) else None,
        recorded_as=work.actor.name,
        kind=kind,
    )
    await work.seal(entry, amount=ml, note=(note or "").strip() or None)
    work.add(entry, MAY)
    work.record(FluidRecorded(patient_id, held.patient.ward_id, entry.id))
    return entry


async def take_back_fluid(
    work: Work, entry_id: UUID, reason: str, *, seen: int | None = None
) -> FluidEntry:
    """Take an entry back: it stays readable, struck, and counts for nothing."""
    if not reason.strip():
        raise NotAllowed("Say why it was wrong.", "vitals.reason")
    entry = await work.access(FluidEntry, entry_id, MAY)
    held = await bedside.hold(work, entry.patient_id, seen=None)
    entry = await work.access(FluidEntry, entry_id, MAY, lock=True, seen=seen)
    if entry.voided_at is not None:
        raise NotAllowed("This entry was taken back already.", "vitals.voided")
    entry.voided_at = work.now
    await work.seal(entry, void_reason=reason.strip())
    work.record(FluidRecorded(entry.patient_id, held.patient.ward_id, entry.id))
    return entry
