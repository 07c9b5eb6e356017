"""Finding: whom the words of the filters mean; where they mean several, one is chosen."""

from dataclasses import dataclass, replace
from uuid import UUID

from domain.access import Permission, Role
from ward.audit import queries
from ward.audit.asking import Asked
from ward.audit.words import SYSTEMS
from ward.patients.search import find
from ward.work import Work

_KNOWN = {role.value for role in Role}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several whom the words could mean."""

    name: str  # of the filter
    value: UUID
    label: str


async def choices(work: Work, asked: Asked) -> tuple[Asked, list[Choice]]:
    """Put one person or patient for the words; give all where they mean several or nobody."""
    several: list[Choice] = []
    if asked.patient and not asked.patient_id:
        found = (await find(work, asked.patient)).people if _may_search(work) else []
        if len(found) == 1:
            asked = replace(asked, patient=str(found[0].id))
        else:
            several += [Choice("patient", one.id, f"{one.name}, {one.born}") for one in found]
            asked = asked if found else replace(asked, patient=str(UUID(int=0)))
    if asked.who and not asked.who_id and not is_system(asked.who):
        people = await queries.staff_called(work, asked.who) if queries.everything(work) else []
        if len(people) == 1:
            asked = replace(asked, who=str(people[0][0]))
        elif people:
            several += [Choice("who", one, label) for one, label in people]
        else:
            asked = replace(asked, who=str(UUID(int=0)))
    return asked, several


def _may_search(work: Work) -> bool:
    return work.may(Permission.SEARCH_PATIENTS)


def is_system(said: str) -> bool:
    """Say whether a role or a system is meant; these stand in the trail as they are."""
    return said.lower() in {*_KNOWN, queries.PEOPLE} or said.lower().partition(":")[0] in SYSTEMS
