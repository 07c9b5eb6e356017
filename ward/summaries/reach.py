"""Reach: whose summary it is, and what would be signed: by who treats, or amended by its author.

Who wrote or signed a version amends it also when nothing else explains the patient to them any
more: their words anew, over what the record said when it was signed; a first version over what it
said when the patient left (`kept`). The record stays closed.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.summaries import SummaryState
from ward.adt.models import Encounter
from ward.patients.models import Patient
from ward.summaries.gathering import gather
from ward.summaries.parts import Parts, Words
from ward.summaries.queries import VIEW, WRITE, parts_of, versions
from ward.work import Work

AT_HOME = (Permission.VIEW_PATIENT, Permission.VIEW_STAYS)  # what an author needs beside the paper


@dataclass(frozen=True, slots=True)
class Reached:
    """A stay with its patient; `record`: what the record says now may be read."""

    patient: Patient
    encounter: Encounter
    record: bool


async def reach(work: Work, encounter_id: UUID, *, lock: bool = False) -> Reached:
    """Reach a stay to write its summary, or the author's own; else say why not."""
    stays = select(Encounter).where(Encounter.id == encounter_id)
    record = bool(await work.every(stays, WRITE))
    mine = record or bool(await versions(work, encounter_id, WRITE))
    whose, where = (WRITE, WRITE) if record or not mine else AT_HOME
    first = await work.access(Encounter, encounter_id, where)
    patient = await work.access(Patient, first.patient_id, whose, lock="share" if lock else False)
    encounter = await work.access(Encounter, encounter_id, where, lock=True) if lock else first
    return Reached(patient, encounter, record)


async def treats(work: Work, patient_id: UUID) -> bool:
    """Say whether anything but a paper of one's own explains the patient's record."""
    return bool(await work.every(select(Patient).where(Patient.id == patient_id), VIEW))


async def parts_now(work: Work, reached: Reached, words: Words) -> Parts:
    """Tell what would be signed now: the record as it is, else as it was kept, and the words."""
    if reached.record:
        return await gather(work, reached.encounter, words)
    rows = await versions(work, reached.encounter.id, WRITE)
    signed = next((one for one in rows if one.state is SummaryState.SIGNED), None)
    whole = signed or next(iter(rows), None)  # a first draft holds what was kept as they left
    before = await parts_of(work, whole.id) if whole else Parts()
    if before.clinical is None:
        return before
    said = replace(before.clinical, reason=words.reason, course=words.course, plan=words.plan)
    return replace(before, clinical=said)
