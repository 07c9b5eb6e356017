"""Told persons: who is known to the house without being in it: A28, and A31 when that changes.

Whoever has a visit is told of by it; a merge (A40) is never told, for the house makes none.
"""

from collections.abc import Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from domain.access import Permission
from ward import jobs
from ward.adt.visits import open_encounter
from ward.config import Env
from ward.interop.hl7.outbound import adt, demographics, lines
from ward.interop.hl7.outbound.adt import Frame, Happened
from ward.interop.hl7.outbound.known import anybody, told
from ward.interop.hl7.outbound.lines import Telling
from ward.interop.hl7.outbound.receivers import Kind, Receiver
from ward.later import Job
from ward.patients.events import PatientRegistered
from ward.patients.models import Patient
from ward.places.models import Branch
from ward.work import Work

P = Permission
MAY = {P.VIEW_PATIENT, P.VIEW_STAYS, P.VIEW_PLACES, P.REVIEW_MESSAGES}
_NAME = "interop.hl7.outbound.told_persons.registered"


@jobs.when(PatientRegistered, may=MAY, where=anybody(Kind.PERSONS))
async def registered(work: Work, event: PatientRegistered) -> None:
    """Tell that a person is known, unless a visit has begun: that tells who it is."""
    to = await _wanting(work, event.by)
    if not to:
        return
    await lines.in_turn(work, event.patient_id)
    if await open_encounter(work, event.patient_id) is None:
        for receiver in to:
            await _tell(work, receiver, event.patient_id, adt.PERSON)


async def changed(work: Work, patient_id: UUID, to: Sequence[Receiver]) -> None:
    """Tell who a person is now; of one whose A28 is still to be written, by that."""
    new = await _is_new(work, patient_id)
    for receiver in to:
        if Kind.PERSONS in receiver.kinds:
            first = new and not await lines.is_told(work, receiver, _once(patient_id, adt.PERSON))
            event = adt.PERSON if first else adt.PERSON_CHANGED
            await _tell(work, receiver, patient_id, event)


async def _wanting(work: Work, by: str) -> list[Receiver]:
    return [one for one in await told(work, Kind.PERSONS) if not one.sent(by)]


async def _is_new(work: Work, patient_id: UUID) -> bool:
    """Say whether the job that tells of the registration waits beside this one."""
    waiting = select(Job.id).where(
        Job.name == _NAME, Job.body["patient_id"].astext == str(patient_id)
    )
    return (await (await work.connection()).execute(waiting.limit(1))).first() is not None


async def _tell(work: Work, receiver: Receiver, patient_id: UUID, event: str) -> None:
    patient = await work.access(Patient, patient_id, P.VIEW_PATIENT)
    whole = event == adt.PERSON_CHANGED
    once = _once(patient_id, event, patient.version if whole else None)
    if await lines.is_told(work, receiver, once):
        return
    frame = await _frame(work, receiver)
    happened = Happened(event=event, recorded_at=work.now)
    pid = await demographics.pid(work, patient_id, frame.facility, frame.zone, whole=whole)
    await lines.put(
        work,
        patient_id,
        receiver,
        Telling(kind="ADT", event=event, once=once),
        lambda control_id: adt.person(frame, happened, pid, control_id),
    )


def _once(patient_id: UUID, event: str, version: int | None = None) -> str:
    return f"{patient_id}/{event}" + (f"/{version}" if version is not None else "")


async def _frame(work: Work, receiver: Receiver) -> Frame:
    """Write as the first site does: who is in no hospital is at none of them."""
    branches = await work.every(select(Branch).order_by(Branch.id).limit(1), P.VIEW_PLACES)
    first = branches[0]
    return Frame(
        to=receiver.application,
        facility=first.label,
        site=receiver.site,
        processing_id="P" if work.node.settings.env is Env.PRODUCTION else "T",
        zone=ZoneInfo(first.zone),
        now=work.now,
    )
