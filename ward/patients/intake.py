"""Intake: what other systems say of patients, taken in once however often they say it."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, select

from domain.access import Permission
from ward.patients.amend import revise
from ward.patients.marks import mrn_mark, national_mark, seen_mark, source_mark
from ward.patients.models import Patient
from ward.patients.person import Person
from ward.patients.register import register
from ward.work import Work


class Change(StrEnum):
    """What taking in did."""

    REGISTERED = "registered"
    AMENDED = "amended"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Taken:
    """A patient taken in, and whether that changed anything."""

    patient: Patient
    change: Change


async def take_in(work: Work, source: str, person: Person) -> Taken:
    """Register or amend the patient whom another system knows by `source`.

    The same content again changes nothing, even where it was corrected here since.
    """
    seen = seen_mark(work.node.vault, person)
    known = await of_source(work, source)
    if known is not None and known.source_seen == seen:
        return Taken(known, Change.UNCHANGED)
    if known is None:
        patient = await register(work, person)
        patient.source_hash = source_mark(work.node.vault, "patient", source)
    else:
        patient = await revise(work, known.id, lambda _: person)
    patient.source_seen = seen
    await work.flush()
    return Taken(patient, Change.AMENDED if known else Change.REGISTERED)


async def of_mrn(work: Work, mrn: str, *, lock: bool = False) -> Patient | None:
    """Find who has this record number, for a border that may see patients."""
    return await _one(work, Patient.mrn_hash == mrn_mark(work.node.vault, mrn), lock=lock)


async def of_national(work: Work, number: str) -> Patient | None:
    """Find who has this national number."""
    return await _one(work, Patient.national_hash == national_mark(work.node.vault, number))


async def of_source(work: Work, source: str) -> Patient | None:
    """Find whom another system knows by this key."""
    return await _one(work, Patient.source_hash == source_mark(work.node.vault, "patient", source))


async def person_of(work: Work, patient: Patient) -> Person:
    """Open who a patient is."""
    person: Person = (await work.open([patient], Patient.identity))[patient.id]
    return person


async def _one(work: Work, where: ColumnElement[bool], *, lock: bool = False) -> Patient | None:
    statement = select(Patient).where(where)
    statement = statement.with_for_update(of=Patient) if lock else statement
    found = await work.every(statement, Permission.VIEW_PATIENT)
    return found[0] if found else None
