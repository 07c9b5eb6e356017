"""Banner: what stands over every page of a chart."""

from collections.abc import Collection
from datetime import UTC, datetime, tzinfo
from uuid import UUID

from domain import allergies, display, matching
from domain.access import D0, D1, D3, Permission
from domain.allergies import AllergyState
from ward.crypto import Unreadable
from ward.patients.models import Allergy, Patient
from ward.patients.namesakes import people_on
from ward.patients.person import Person
from ward.patients.queries import allergies_of, state_of
from ward.patients.questions import beside_whom
from ward.places import zones
from ward.projections import projection
from ward.security.actors import System
from ward.work import Work


@projection(D1)
class Identity:
    """Who this is: two identifiers at least, and what "More" opens."""

    patient_id: UUID
    name: str
    preferred: str | None
    born: str
    age: str
    sex: str
    identifiers: list[tuple[str, str]]
    deceased: str | None
    more: list[tuple[str, str]]


@projection(D3)
class AllergyLine:
    """One allergy that counts."""

    id: UUID
    substance: str
    reaction: str | None
    severity: str | None
    version: int


@projection(D3)
class Allergies:
    """What is known of allergies; always exactly one of four states."""

    state: AllergyState
    items: list[AllergyLine]


@projection(D1)
class Similar:
    """Who else on the ward has a name that could be confused."""

    patients: tuple[UUID, ...]
    names: list[str]


@projection(D0)
class Nowhere:
    """The place of a patient on no ward."""

    ward: str | None = None
    bed: str | None = None
    admitted_at: datetime | None = None
    here_since: datetime | None = None
    home_label: str | None = None


async def who(work: Work, patient_id: UUID) -> tuple[Patient, Person]:
    """Open one patient's identity."""
    patient = await work.access(Patient, patient_id, Permission.VIEW_PATIENT)
    person: Person = (await work.open([patient], Patient.identity))[patient.id]
    return patient, person


async def head(work: Work, patient: Patient, person: Person) -> dict[str, str]:
    """Give the head of a sheet who it is about, and what tells her from another of that name."""
    now = work.now.astimezone(await zone_of(work, patient))
    return {"who": person.shown, "known": person.known_by(now)}


def identity(patient_id: UUID, person: Person, at: datetime) -> Identity:
    """Write who this is; `at` is now in the hospital's zone."""
    return Identity(
        patient_id=patient_id,
        name=person.shown,
        preferred=person.preferred or None,
        born=person.born.words if person.born else "Not recorded",
        age=person.age(at),
        sex=person.sex.word,
        identifiers=[number.labelled for number in person.best_numbers],
        deceased=_died(person),
        more=_more(person),
    )


def _died(person: Person) -> str | None:
    if person.died is None:
        return display.NOT_RECORDED if person.dead else None
    age = person.age(datetime(*person.died.on.timetuple()[:3], tzinfo=UTC))
    return f"{person.died.words}  Age at Death {age}"


def _more(person: Person) -> list[tuple[str, str]]:
    """List what "More" opens, each with its label."""
    lines = [("Address", address.words) for address in person.addresses if address.words]
    lines += [(_CONTACTS.get(one.kind, "Contact"), one.value) for one in person.contacts]
    for kin in person.kin:
        reached = ", ".join(one.value for one in kin.contacts)
        lines.append((kin.relationship or "Next of kin", f"{kin.name} {reached}".strip()))
    lines += [number.labelled for number in person.numbers if number not in person.best_numbers]
    lines += [("Previous name", one.shown) for one in person.previous if one]
    return [*lines, ("Language", person.language)] if person.language else lines


_CONTACTS = {"phone": "Telephone", "email": "E-mail", "fax": "Fax", "sms": "Telephone"}


async def allergies_on(work: Work, patient: Patient) -> Allergies | None:
    """Say what is known; unavailable, never "none", when a record does not open."""
    if not work.may(Permission.VIEW_ALLERGIES):
        return None
    try:
        rows = (await allergies_of(work, [patient.id])).get(patient.id, [])
    except Unreadable:
        return Allergies(AllergyState.UNAVAILABLE, [])
    order = {item: at for at, item in enumerate(allergies.ordered(item for _, item in rows))}
    lines = [(order[item], _line(row, item)) for row, item in rows if item.counts]
    state = state_of([item for _, item in rows], patient.allergy_state)
    return Allergies(state, [line for _, line in sorted(lines, key=lambda pair: pair[0])])


def _line(row: Allergy, item: allergies.Allergy) -> AllergyLine:
    severity = item.severity.value if item.severity else None
    typed = [item.kind.value] if item.kind is allergies.Kind.INTOLERANCE else []
    said = [*typed, *item.reactions]
    return AllergyLine(row.id, item.substance, ", ".join(said) or None, severity, row.version)


async def linked_to(work: Work, patient_id: UUID) -> set[UUID]:
    """Tell whose mother or infant this is; nothing of it is shown by this alone."""
    aside = work.watched(System("job:namesakes", frozenset()), frozenset({D0}))
    answers = (await beside_whom.ask(aside, [patient_id]))[patient_id].values()
    return {one for answer in answers for one in answer or ()}


async def similar_to(
    work: Work, patient: Patient, person: Person, linked: Collection[UUID]
) -> Similar | None:
    """Name those on the same ward whose family name could be confused.

    Not who is linked: of mother and infant the chart tells where they lie, and names neither.
    """
    if patient.ward_id is None or not work.may(Permission.VIEW_PATIENT):
        return None
    others, told = await people_on(work, patient.ward_id), {patient.id, *linked}
    alike = {
        one: other
        for one, other in others.items()
        if one not in told and matching.similar(other.name.family, person.name.family)
    }
    if not alike:
        return None
    return Similar(tuple(alike), sorted(other.shown for other in alike.values()))


async def zone_of(work: Work, patient: Patient) -> tzinfo:
    """Tell the zone of the ward a patient lies on, or of the hospital's first branch."""
    return await zones.zone_of(work, patient.ward_id) or UTC
