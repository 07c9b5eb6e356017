"""Monitors: values that a device sends count for nothing until a nurse confirms them."""

from dataclasses import replace
from uuid import UUID

from domain.errors import NotAllowed
from ward.vitals import bedside
from ward.vitals.bedside import MAY
from ward.vitals.events import MonitorReported, VitalsRecorded
from ward.vitals.models import ObservationSet, Readings, SetSource, SetState
from ward.vitals.observe import put
from ward.vitals.queries import said_again
from ward.vitals.said import Said
from ward.work import Work


async def report(work: Work, patient_id: UUID, said: Said, monitor: str) -> ObservationSet:
    """Show what a monitor measured, marked as not confirmed; the score stays what it was."""
    held = await bedside.hold(work, patient_id, seen=None)
    said = replace(said, source=SetSource.MONITOR)
    made = await put(work, held, said, monitor=monitor, state=SetState.UNVALIDATED)
    work.record(MonitorReported(patient_id, held.patient.ward_id, made.id))
    return made


async def confirm(
    work: Work, set_id: UUID, said: Said | None, *, seen: int | None
) -> ObservationSet:
    """Have a monitor's values count, as they are or with what a nurse adds (consciousness)."""
    sent = await work.access(ObservationSet, set_id, MAY)
    held = await bedside.hold(work, sent.patient_id, seen=None)
    sent = await work.access(ObservationSet, set_id, MAY, lock=True, seen=seen)
    if sent.state is not SetState.UNVALIDATED:
        raise NotAllowed("These values were confirmed or rejected already. Look at the chart.")
    stored: dict[UUID, Readings] = await work.open([sent], ObservationSet.readings)
    told = said or said_again(stored[sent.id], sent.taken_at)
    sent.state = SetState.REPLACED
    await work.flush()
    told = replace(told, source=SetSource.BEDSIDE)
    made = await put(work, held, told, replaces=sent, monitor=sent.monitor)
    made.source = SetSource.MONITOR
    await bedside.settle(work, held)
    work.record(VitalsRecorded(sent.patient_id, held.patient.ward_id, made.id, made.urgency))
    return made


async def reject(work: Work, set_id: UUID, reason: str, *, seen: int | None) -> ObservationSet:
    """Say that a monitor's values are not the patient's: an artefact, a wrong lead."""
    if not reason.strip():
        raise NotAllowed("Say why the values are wrong.", "vitals.reason")
    sent = await work.access(ObservationSet, set_id, MAY)
    held = await bedside.hold(work, sent.patient_id, seen=None)
    sent = await work.access(ObservationSet, set_id, MAY, lock=True, seen=seen)
    if sent.state is not SetState.UNVALIDATED:
        raise NotAllowed("These values were confirmed or rejected already. Look at the chart.")
    sent.state = SetState.WRONG
    await work.seal(sent, reason=reason.strip())
    work.record(MonitorReported(sent.patient_id, held.patient.ward_id, sent.id))
    return sent
