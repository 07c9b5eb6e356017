"""Which band of a patient is valid, and whose band somebody scanned."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain import gs1, rights
from domain.access import D1, Permission
from domain.errors import NotAllowed
from domain.wristbands import Carries, Printed
from ward.patients.marks import mrn_mark
from ward.patients.models import Patient
from ward.patients.person import Person
from ward.patients.queries import among, people_of
from ward.projections import projection
from ward.security.actors import System
from ward.work import Work
from ward.wristbands.models import RecipientNumber, Wristband

VIEW = Permission.VIEW_PATIENT
_SCANNER = System("job:scanner", frozenset())


@projection(D1)
class Band:
    """The valid band of a patient; `outdated` when it no longer says who they are."""

    issue: int
    printed_at: datetime
    cause: str
    outdated: bool


@projection(D1)
class Bands:
    """What a chart says of wristbands; None: none was issued."""

    valid: Band | None


@dataclass(frozen=True, slots=True, repr=False)
class Whose:
    """A patient as their band must name them, and the band that does."""

    band: Wristband | None
    person: Person
    number: str | None


def printed(person: Person) -> Printed:
    """Write what stands on a band: name, birth date, and the national number or our own."""
    label, number = person.best_numbers[0].labelled if person.best_numbers else ("MRN", "")
    name = person.name
    shown = type(name)(name.family, name.given).shown if name else person.shown
    return Printed(shown, person.born.words if person.born else "Not recorded", label, number)


def plain(work: Work) -> bool:
    """Tell whether this hospital's bands carry the record number alone (no GS1 prefix is set)."""
    return work.node.settings.wristband_prefix is None


async def band_of(work: Work, patient_id: UUID, permission: Permission = VIEW) -> rights.Patient:
    """Tell what a band scanned at this patient's bedside must say (domain.rights.identify)."""
    patient = await work.access(Patient, patient_id, permission)
    whose = await whose_band(work, patient, permission)
    coded = whose.band is not None and whose.band.carries is Carries.GSRN
    return rights.Patient(
        gsrn=whose.number,
        issue=str(whose.band.issue) if whose.band and coded else None,
        mrn=whose.person.mrn or None,
    )


async def patient_of(work: Work, scanned: str) -> UUID | None:
    """Find whose band was scanned; None: nobody's. A replaced one is refused with its sentence.

    Nothing of the patient is shown by this; whoever goes on asks `work.access`, which leaves
    the trail and wants a relation.
    """
    eyes = work.watched(_SCANNER, frozenset({D1}))
    if plain(work) and (known := await _by_mrn(eyes, scanned)):
        return known  # also where the number looks like the start of another code
    read = gs1.wristband(scanned, plain=plain(work))
    if read.gsrn is None:
        return None
    hashed = work.node.vault.hash("gsrn", read.gsrn)
    theirs = select(RecipientNumber).where(RecipientNumber.number_hash == hashed)
    for row in await eyes.every(theirs, VIEW):
        band = (await _valid(eyes, [row.patient_id], VIEW)).get(row.patient_id)
        if band is not None and read.issue not in {None, str(band.issue)}:
            raise NotAllowed(
                "This wristband has been replaced. Scan the newest one.",
                rights.Stop.OLD_WRISTBAND.value,
            )
        return row.patient_id
    return None


async def _by_mrn(eyes: Work, scanned: str) -> UUID | None:
    mine = select(Patient).where(Patient.mrn_hash == mrn_mark(eyes.node.vault, scanned.strip()))
    return next((row.id for row in await eyes.every(mine, VIEW)), None)


async def whose_band(work: Work, patient: Patient, permission: Permission) -> Whose:
    """Open who a patient is, their number, and the band that is valid."""
    person: Person = (await work.open([patient], Patient.identity))[patient.id]
    band = (await _valid(work, [patient.id], permission)).get(patient.id)
    theirs = select(RecipientNumber).where(RecipientNumber.patient_id == patient.id)
    rows = await work.every(theirs, permission)
    numbers: dict[UUID, str] = await work.open(rows, RecipientNumber.number)
    return Whose(band, person, next(iter(numbers.values()), None))


async def bands_of(work: Work, patient_ids: Sequence[UUID]) -> dict[UUID, Bands]:
    """Answer which band of each patient is valid, and whether it still says who they are."""
    valid = await _valid(work, patient_ids, VIEW)
    people = await people_of(work, valid, VIEW) if valid else {}
    said: dict[UUID, Printed] = await work.open(valid.values(), Wristband.printed_as)
    shown = {
        one: Band(
            band.issue,
            band.printed_at,
            band.cause.word,
            outdated=said[band.id] != printed(people[one]),
        )
        for one, band in valid.items()
    }
    return {one: Bands(shown.get(one)) for one in patient_ids}


async def _valid(
    work: Work, patient_ids: Iterable[UUID], permission: Permission
) -> dict[UUID, Wristband]:
    mine = select(Wristband).where(
        among(Wristband.patient_id, patient_ids), Wristband.replaced_at.is_(None)
    )
    return {row.patient_id: row for row in await work.every(mine, permission)}
