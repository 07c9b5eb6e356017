"""People: who lies in some beds, opened once for all parts of a drawing."""

from collections.abc import Mapping
from uuid import UUID

from domain.access import Permission
from ward.adt.queries import Lying
from ward.ask import once
from ward.patients.namesakes import people_near
from ward.patients.person import Person
from ward.patients.queries import people_of
from ward.work import Work


async def lie_there(work: Work, lying: Mapping[UUID, Lying]) -> dict[UUID, Person]:
    """Open who lies there; for eyes on a screen the whole ward, which names are compared on.

    Whoever does not open fails what is drawn of them; not what is drawn of others on the ward.
    """
    ids = [one.stay.patient_id for one in lying.values()]
    if work.watching is None:
        return await people_of(work, ids, Permission.VIEW_STAYS) if ids else {}
    people: dict[UUID, Person] = {}
    for ward_id in {one.stay.ward_id for one in lying.values()}:
        people |= await on_ward(work, ward_id)
    missing = [one for one in ids if one not in people]
    return people | await people_of(work, missing, Permission.VIEW_PATIENT) if missing else people


async def on_ward(work: Work, ward_id: UUID) -> dict[UUID, Person]:
    """Open who lies on a ward, as far as they open."""
    return await once(work, ("people", ward_id), lambda: people_near(work, ward_id))
