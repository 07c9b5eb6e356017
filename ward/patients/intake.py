"""Intake: what other systems say of patients, taken in once however often they say it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ARRAY, LargeBinary, Select, bindparam, select, text

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
    return await _one(work, _OF_MRN_LOCKED if lock else _OF_MRN, mrn_mark(work.node.vault, mrn))


async def hold_still(work: Work, marks: Sequence[bytes]) -> None:
    """Keep the patients of these record numbers where they are until this work ends.

    Whoever keeps several locks them in this order: the order of their ids.
    """
    await (await work.connection()).execute(_HOLD, {"marks": list(marks)})


_HOLD = text("SELECT FROM patient WHERE mrn_hash = ANY(:marks) ORDER BY id FOR SHARE").bindparams(
    bindparam("marks", type_=ARRAY(LargeBinary))
)


async def of_national(work: Work, number: str) -> Patient | None:
    """Find who has this national number."""
    return await _one(work, _OF_NATIONAL, national_mark(work.node.vault, number))


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


async def _one(work: Work, statement: Select[Patient], mark: bytes) -> Patient | None:
    """Find by a mark, with the key for what is sealed of the patient."""
    found = await work.every(statement, Permission.VIEW_PATIENT, keys=True, mark=mark)
    return found[0] if found else None


_OF_MRN = select(Patient).where(Patient.mrn_hash == bindparam("mark"))
_OF_MRN_LOCKED = _OF_MRN.with_for_update(of=Patient)
_OF_NATIONAL = select(Patient).where(Patient.national_hash == bindparam("mark"))
