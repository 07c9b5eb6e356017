"""Intake: what other systems say of patients, taken in once however often they say it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from domain.access import Permission
from domain.errors import NotAllowed
from ward.patients.amend import revise
from ward.patients.marks import mrn_mark, national_mark
from ward.patients.models import Patient, PatientSource
from ward.patients.person import Person
from ward.patients.register import register
from ward.sources import Change, known_by, learn, seen_mark, source_marks
from ward.work import Work

_MAY = Permission.REGISTER_PATIENT


@dataclass(frozen=True, slots=True)
class Taken:
    """A patient taken in, and whether that changed anything."""

    patient: Patient
    change: Change


async def take_in(
    work: Work,
    source: str,
    person: Person,
    *,
    also: Sequence[str] = (),
    check: Callable[[Person], None] | None = None,
) -> Taken:
    """Register or amend the patient whom another system knows by `source` (or a key of `also`).

    The same content again changes nothing, even where it was corrected here since. `check` is
    asked before new content is written over a known person, and refuses a mix-up.
    """
    seen = seen_mark(work.node.vault, person)
    known = await of_source(work, source, *also)
    if known is None:
        patient = await register(work, person)
    elif known.source_seen == seen:
        patient = known
    else:
        if check is not None:
            check(await person_of(work, known))
        patient = await revise(work, known.id, lambda _: person)
    change = Change.NEW if known is None else Change.AMENDED
    change = Change.UNCHANGED if patient.source_seen == seen else change
    patient.source_seen = seen
    marks = source_marks(work.node.vault, "patient", (source, *also))
    await learn(work, patient, PatientSource, marks, _MAY)
    await work.flush()
    return Taken(patient, change)


async def of_mrn(work: Work, mrn: str, *, lock: bool = False) -> Patient | None:
    """Find who has this record number, for a border that may see patients."""
    return await _one(work, Patient.mrn_hash == mrn_mark(work.node.vault, mrn), lock=lock)


async def of_national(work: Work, number: str) -> Patient | None:
    """Find who has this national number."""
    return await _one(work, Patient.national_hash == national_mark(work.node.vault, number))


async def of_source(work: Work, *sources: str) -> Patient | None:
    """Find whom another system knows by these keys; keys of two people are refused."""
    marks = source_marks(work.node.vault, "patient", sources)
    found = await known_by(work, Patient, PatientSource, marks, Permission.VIEW_PATIENT)
    if len(found) > 1:
        raise NotAllowed("These identifiers belong to different patients here.")
    return found[0] if found else None


async def person_of(work: Work, patient: Patient) -> Person:
    """Open who a patient is."""
    person: Person = (await work.open([patient], Patient.identity))[patient.id]
    return person


async def _one(work: Work, where: ColumnElement[bool], *, lock: bool = False) -> Patient | None:
    statement = select(Patient).where(where)
    statement = statement.with_for_update(of=Patient) if lock else statement
    found = await work.every(statement, Permission.VIEW_PATIENT)
    return found[0] if found else None
