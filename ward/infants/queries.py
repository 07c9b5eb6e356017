"""Queries: who is whose infant, as far as whoever asks may see both."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Uuid, bindparam, or_, select

from domain.access import D0, D1, Permission
from domain.infants import Kin
from ward.ask import once
from ward.infants.models import InfantLink
from ward.patients.models import Patient
from ward.patients.person import Person
from ward.patients.queries import among, people_of
from ward.patients.questions import on_the_list
from ward.places import zones
from ward.projections import projection
from ward.security.actors import System
from ward.work import Work

VIEW = Permission.VIEW_STAYS


@dataclass(frozen=True, slots=True)
class Linked:
    """One link as one of the two meets it: `kin` is what the other is."""

    link_id: UUID
    patient_id: UUID
    kin: Kin
    version: int


@dataclass(frozen=True, slots=True)
class Beside:
    """Where else a patient's step shows: the charts of those linked, and their wards' boards."""

    patients: tuple[UUID, ...]
    wards: tuple[UUID, ...]


@projection(D0)
class Relative:
    """The other of a link, without a name: what they are, and where they lie."""

    link_id: UUID
    patient_id: UUID
    kin: Kin
    ward: str | None
    bed: str | None
    version: int


@projection(D1)
class Called:
    """The name of the other of a link, and what tells her from another of that name."""

    patient_id: UUID
    name: str
    known: str


async def linked(work: Work, patient_id: UUID) -> list[Linked]:
    """Answer: to whom is this patient linked? The mother first, then infants as they came."""
    asked = once(work, ("infants", patient_id), lambda: _rows(work, patient_id))
    found = [_from(row, patient_id) for row in await asked]
    return sorted(found, key=lambda one: one.kin is Kin.INFANT)


async def relatives(work: Work, patient_id: UUID) -> list[Relative]:
    """Answer: what are they, and where do they lie?"""
    others = await linked(work, patient_id)
    if not others:
        return []
    ids = [one.patient_id for one in others]
    asked = once(work, ("relatives", *ids), lambda: on_the_list.ask(work, ids))
    places = {one: parts.get("place") for one, parts in (await asked).items()}
    return [_relative(one, places.get(one.patient_id)) for one in others]


async def called(work: Work, patient_id: UUID) -> dict[UUID, Called]:
    """Answer the names of the others, of those this person may see; a shared screen has none."""
    others = [one.patient_id for one in await linked(work, patient_id)]
    if work.watching is not None or not others:
        return {}
    people = await people_of(work, others, Permission.VIEW_PATIENT)
    now = work.now.astimezone(await zones.zone_of(work, None))
    return {one: Called(one, person.shown, person.known_by(now)) for one, person in people.items()}


async def beside(work: Work, patient_id: UUID) -> Beside:
    """Answer: which charts and boards tell of this patient beside another? For events alone.

    The links are locked first: of two who are moved at once the second names the ward on which
    the other lies by then.
    """
    aside = work.watched(System("job:infants", frozenset()), frozenset({D0}))
    if not await aside.every(_LOCKED, VIEW, patient=patient_id):
        return Beside((), ())
    rows = await aside.every(_BESIDE, VIEW, patient=patient_id)
    wards = {row.ward_id for row in rows if row.ward_id}
    return Beside(tuple(sorted(row.id for row in rows)), tuple(sorted(wards)))


async def hold(work: Work, patient_ids: Iterable[UUID]) -> None:
    """Lock the links of all who move in one step, in one order, before the first of them is told.

    `beside` locks those of one patient after another: two steps would wait for each other.
    """
    aside = work.watched(System("job:infants", frozenset()), frozenset({D0}))
    await aside.every(_ALL_LOCKED, VIEW, patients=sorted(patient_ids))


async def line_of(work: Work, infant_id: UUID, mother_id: UUID) -> dict[UUID, UUID]:
    """Answer: which links stand of these two, and of the mother's own mothers before her?"""
    aside = work.watched(System("job:infants", frozenset()), frozenset({D0}))
    found: dict[UUID, UUID] = {}
    asked = [infant_id, mother_id]
    while asked:
        rows = await aside.every(_MOTHERS, VIEW, infants=asked)
        asked = [row.mother_id for row in rows if row.mother_id not in found]
        found |= {row.patient_id: row.mother_id for row in rows}
    return found


async def _rows(work: Work, patient_id: UUID) -> list[InfantLink]:
    return await work.every(_OF, VIEW, patient=patient_id)


def _from(row: InfantLink, patient_id: UUID) -> Linked:
    if row.patient_id == patient_id:
        return Linked(row.id, row.mother_id, Kin.MOTHER, row.version)
    return Linked(row.id, row.patient_id, Kin.INFANT, row.version)


def _relative(one: Linked, place: object) -> Relative:
    ward, bed = getattr(place, "ward", None), getattr(place, "bed", None)
    return Relative(one.link_id, one.patient_id, one.kin, ward, bed, one.version)


_STANDS = InfantLink.ended_at.is_(None)
_PATIENT = bindparam("patient", type_=Uuid)
_OF = (
    select(InfantLink)
    .where(_STANDS, or_(InfantLink.patient_id == _PATIENT, InfantLink.mother_id == _PATIENT))
    .order_by(InfantLink.linked_at, InfantLink.id)
)
_LOCKED = _OF.order_by(None).order_by(InfantLink.id).with_for_update(of=InfantLink)
_ALL_LOCKED = (
    select(InfantLink)
    .where(
        _STANDS,
        or_(among(InfantLink.patient_id, "patients"), among(InfantLink.mother_id, "patients")),
    )
    .order_by(InfantLink.id)
    .with_for_update(of=InfantLink)
)
_MOTHERS = select(InfantLink).where(_STANDS, among(InfantLink.patient_id, "infants"))
_BESIDE = select(Patient).where(
    Patient.id.in_(
        select(InfantLink.mother_id)
        .where(_STANDS, InfantLink.patient_id == _PATIENT)
        .union(select(InfantLink.patient_id).where(_STANDS, InfantLink.mother_id == _PATIENT))
    )
)


async def on_the_ward(work: Work, ward_id: UUID, infant_id: UUID) -> dict[UUID, Person]:
    """Answer: who lies on this ward, but for the infant itself?"""
    there = select(Patient).where(Patient.ward_id == ward_id, Patient.id != infant_id)
    rows = await work.every(there, Permission.VIEW_PATIENT)
    people: dict[UUID, Person] = await work.open(rows, Patient.identity)
    return people
