"""What other modules and screens ask about many patients at once."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, tzinfo
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute

from domain import allergies, matching
from domain.access import D0, D1, D3, Permission
from domain.allergies import AllergyState
from ward.crypto import Unreadable
from ward.patients.models import Allergy, AllergyDetail, Patient
from ward.patients.person import Person
from ward.projections import projection
from ward.quarantine import tell
from ward.work import Work


@projection(D1)
class Named:
    """Who a patient is, as a bed card or a list shows it."""

    patient_id: UUID
    name: str
    age: str
    sex: str
    mrn: str
    born: str
    known: str


@projection(D0)
class Initials:
    """What a wallboard may show of a patient."""

    patient_id: UUID
    initials: str


@projection(D3)
class AllergyFlag:
    """The allergy chip of a bed card; `tone` is the colour's name."""

    code: str
    label: str
    tone: str


@projection(D1)
class SimilarFlag:
    """The chip that warns of a similar name on the ward."""

    code: str
    label: str
    tone: str


async def names_of(work: Work, ids: Sequence[UUID], zone: tzinfo = UTC) -> dict[UUID, Named]:
    """Answer who these patients are; `zone` is the hospital's, for ages."""
    return {
        one: named(one, person, work, zone)
        for one, person in (await people_of(work, ids, Permission.VIEW_PATIENT)).items()
    }


async def initials_of(work: Work, ids: Sequence[UUID]) -> dict[UUID, Initials]:
    """Answer these patients' initials, for whoever may see beds."""
    people = await people_of(work, ids, Permission.VIEW_BEDS)
    return {one: Initials(one, person.initials) for one, person in people.items()}


async def similar_of(work: Work, ids: Sequence[UUID]) -> dict[UUID, SimilarFlag]:
    """Answer who among these (the patients of one ward) has a name that could be confused."""
    people = await people_of(work, ids, Permission.VIEW_PATIENT)
    alike = matching.similar_names([person.name.family for person in people.values()])
    flag = SimilarFlag("similar_name", "Similar name", "plain")
    return {one: flag for one, similar in zip(people, alike, strict=True) if similar}


async def flags_of(work: Work, ids: Sequence[UUID]) -> dict[UUID, AllergyFlag]:
    """Answer the allergy chip of those who have known allergies."""
    known = await allergies_of(work, ids)
    return {
        one: AllergyFlag("allergy", _chip([item for _, item in rows]), "allergy")
        for one, rows in known.items()
        if any(item.counts for _, item in rows)
    }


def _chip(items: Iterable[allergies.Allergy]) -> str:
    substances = [item.substance for item in allergies.ordered(items)]
    return f"{'Allergies' if len(substances) > 1 else 'Allergy'} {', '.join(substances)}"


async def people_of(work: Work, ids: Iterable[UUID], permission: Permission) -> dict[UUID, Person]:
    """Open who these patients are: one statement, one for keys."""
    rows = await work.every(_PATIENTS, permission, keys=True, patients=list(ids))
    people: dict[UUID, Person] = await work.open(rows, Patient.identity)
    return people


async def people_that_open(
    work: Work, ids: Iterable[UUID], permission: Permission
) -> dict[UUID, Person]:
    """Open who these patients are; whoever was erased, or does not open, is not among them."""
    rows = await work.every(_PATIENTS, permission, keys=True, patients=list(ids))
    return await those_that_open(work, rows)


async def those_that_open(work: Work, patients: Iterable[Patient]) -> dict[UUID, Person]:
    """Open who these are, for work that goes on without the rest; the log tells what did not."""
    listed = list(patients)
    people: dict[UUID, Person] = {}
    try:
        people = await work.open(listed, Patient.identity)
    except Unreadable:
        for one in listed:
            try:
                people |= await work.open([one], Patient.identity)
            except Unreadable as error:
                tell(error)
    return people


async def allergies_of(
    work: Work, ids: Iterable[UUID]
) -> dict[UUID, list[tuple[Allergy, allergies.Allergy]]]:
    """Open all allergies of these patients, rows beside what the rules compare."""
    rows = await work.every(_ALLERGIES, Permission.VIEW_ALLERGIES, patients=list(ids))
    details: Mapping[UUID, AllergyDetail] = await work.open(rows, Allergy.detail)
    found: dict[UUID, list[tuple[Allergy, allergies.Allergy]]] = {}
    for row in rows:
        found.setdefault(row.patient_id, []).append((row, as_rule(row, details[row.id])))
    return found


def among(column: InstrumentedAttribute[UUID], ids: Iterable[UUID] | str) -> ColumnElement[bool]:
    """Compare with many ids by one parameter, so that every number of them is one statement.

    A statement that stays names the parameter, and is given the ids (as a list) when asked.
    """
    if isinstance(ids, str):
        return column == any_(bindparam(ids, type_=ARRAY(Uuid)))
    return column == any_(bindparam(None, list(ids), type_=ARRAY(Uuid), unique=True))


_PATIENTS = select(Patient).where(among(Patient.id, "patients"))
_ALLERGIES = select(Allergy).where(among(Allergy.patient_id, "patients")).order_by(Allergy.id)


def as_rule(row: Allergy, detail: AllergyDetail) -> allergies.Allergy:
    """Give an allergy in the form the rules and the banner's sentence use."""
    return allergies.Allergy(
        substance=detail.substance,
        reactions=detail.reactions,
        criticality=row.criticality,
        severity=detail.severity,
        clinical=row.clinical,
        verification=row.verification,
        kind=detail.kind,
    )


def named(one: UUID, person: Person, work: Work, zone: tzinfo = UTC) -> Named:
    """Write who a patient is in one line."""
    at = work.now.astimezone(zone)
    born = person.born.words if person.born else "Not recorded"
    sex, known = person.sex.word, person.known_by(at)
    return Named(one, person.shown, person.age(at), sex, person.mrn, born, known)


def state_of(rows: Sequence[allergies.Allergy], declared: AllergyState) -> AllergyState:
    """Tell which of the four sentences holds."""
    return allergies.state(rows, none_known=declared is AllergyState.NONE_KNOWN)
