"""Amend: correct or complete who a patient is; the chart stays."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from domain.access import D0, Permission
from ward.patients.events import PatientAmended
from ward.patients.marks import mark
from ward.patients.models import Life, Patient
from ward.patients.namesakes import namesakes
from ward.patients.person import RECORD_NUMBER, Person
from ward.patients.questions import where_shown
from ward.security.actors import System
from ward.work import Work

_MAY = Permission.AMEND_PATIENT


async def amend(work: Work, patient_id: UUID, person: Person, *, seen: int | None) -> Patient:
    """Set who a patient is, as a form saw and sent it."""
    return await revise(work, patient_id, lambda _: person, seen=seen)


async def revise(
    work: Work, patient_id: UUID, change: Callable[[Person], Person], *, seen: int | None = None
) -> Patient:
    """Make of what is known what `change` says, under the patient's lock; no change writes nothing.

    Borders keep, set or delete field by field this way (HL7 A08).
    """
    patient = await work.access(Patient, patient_id, _MAY, lock=True, seen=seen)
    known: Person = (await work.open([patient], Patient.identity))[patient.id]
    person = keeping_mrn(change(known), known)
    if person == known:
        return patient
    patient.life = Life.DEAD if person.dead else Life.ALIVE
    mark(work.node.vault, patient, person)
    await work.seal(patient, identity=person)
    await work.flush()
    affected = await namesakes(work, patient.ward_id, patient.id, (known, person))
    awaited = await _awaited(work, patient_id)
    facts = (patient.id, patient.ward_id, affected, awaited)
    work.record(PatientAmended(*facts, by=work.actor.name))
    return patient


async def _awaited(work: Work, patient_id: UUID) -> tuple[UUID, ...]:
    """Name the wards that await the person, as higher modules answer."""
    aside = work.watched(System("job:amend", frozenset()), frozenset({D0}))
    answers = (await where_shown.ask(aside, [patient_id]))[patient_id].values()
    return tuple(sorted({one for answer in answers for one in answer or ()}))


def keeping_mrn(person: Person, known: Person) -> Person:
    """Keep the hospital's own number where nothing was said of it."""
    if person.mrn:
        return person
    own = (n for n in known.numbers if n.type == RECORD_NUMBER and not n.system)
    return replace(person, numbers=(*own, *person.numbers))
