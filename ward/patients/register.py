"""Register: make a person known to the hospital, named or not."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Sequence as Numbers
from sqlalchemy import select

from domain.access import D1, Permission
from ward.db import Model, new_id
from ward.patients.events import DuplicateOverlooked, PatientRegistered
from ward.patients.marks import mark, mrn_mark
from ward.patients.models import Life, Patient
from ward.patients.person import Number, Person
from ward.security.actors import System
from ward.work import Work

_MAY = Permission.REGISTER_PATIENT
MRNS = Numbers("patient_mrn", metadata=Model.metadata, start=100_001)


async def register(work: Work, person: Person, *, overlooked: Sequence[UUID] = ()) -> Patient:
    """Give a person a record; found by every search within a second.

    Without a record number of their own they get the next one. `overlooked` are the similar
    patients that were shown and judged to be others; the trail keeps them.
    """
    if not person.mrn:
        person = replace(person, numbers=(Number(await _next_mrn(work)), *person.numbers))
    patient = Patient(id=new_id(), registered_at=work.now)
    patient.life = Life.DEAD if person.dead else Life.ALIVE
    mark(work.node.vault, patient, person)
    await work.seal(patient, identity=person)
    work.add(patient, _MAY)
    await work.flush()
    work.record(PatientRegistered(patient.id, None, work.actor.name))
    if overlooked:
        work.record(DuplicateOverlooked(patient.id, None, tuple(overlooked)))
    return patient


async def _next_mrn(work: Work) -> str:
    """Draw the next record number that no border has brought already."""
    aside = work.watched(System("job:numbers", frozenset()), frozenset({D1}))
    while True:
        drawn = await (await work.connection()).execute(select(MRNS.next_value()))
        mrn = f"{drawn.scalar_one():07}"
        taken = select(Patient).where(Patient.mrn_hash == mrn_mark(work.node.vault, mrn))
        if not await aside.every(taken, Permission.VIEW_PATIENT):
            return mrn
