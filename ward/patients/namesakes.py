"""Namesakes: whose names on a ward could be confused."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import bindparam, select

from domain import matching
from domain.access import D1, Permission
from ward.patients.models import Patient
from ward.patients.person import Person
from ward.patients.queries import those_that_open
from ward.security.actors import System
from ward.work import Work

MOST = 4  # charts that are told; each is one more topic of the commit


async def namesakes(
    work: Work, ward_id: UUID | None, patient_id: UUID, persons: Iterable[Person]
) -> tuple[UUID, ...]:
    """List patients of a ward whose banner warns of one of these names, or must cease to.

    For events that bring a name to a ward or take it away: their topics include these charts.
    """
    if ward_id is None:
        return ()
    others = await people_near(work, ward_id)
    families = {person.name.family for person in persons}
    found = (
        other
        for other, person in others.items()
        if other != patient_id
        and any(matching.similar(person.name.family, family) for family in families)
    )
    return tuple(sorted(found)[:MOST])


async def people_on(work: Work, ward_id: UUID) -> dict[UUID, Person]:
    """Open who lies on a ward, for comparing names; nothing of it is shown by this alone."""
    aside, patients = await _on(work, ward_id)
    return await aside.open(patients, Patient.identity)


async def people_near(work: Work, ward_id: UUID) -> dict[UUID, Person]:
    """Open the same, as far as they open: for work that goes on without the rest."""
    return await those_that_open(*await _on(work, ward_id))


async def _on(work: Work, ward_id: UUID) -> tuple[Work, Sequence[Patient]]:
    aside = work.watched(System("job:namesakes", frozenset()), frozenset({D1}))
    return aside, await aside.every(_ON_WARD, Permission.VIEW_PATIENT, keys=True, ward=ward_id)


_ON_WARD = select(Patient).where(Patient.ward_id == bindparam("ward"))
