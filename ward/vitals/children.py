"""Children: whom NEWS2 is not made for, so that none of its clocks runs for them.

RCP, "National Early Warning Score (NEWS) 2", London 2017: not for patients under 16. We have no
source for how often a child is observed, so nothing is due until somebody says how often.
"""

from collections.abc import Mapping
from uuid import UUID
from zoneinfo import ZoneInfo

from domain import news2
from ward.adt.people import lie_there
from ward.adt.queries import Lying
from ward.ask import once
from ward.patients.banner import who, zone_of
from ward.work import Work


async def is_child(work: Work, patient_id: UUID) -> bool:
    """Answer: is this patient known to be too young for NEWS2?"""
    patient, person = await once(work, ("who", patient_id), lambda: who(work, patient_id))
    return news2.too_young(person.years(work.now.astimezone(await zone_of(work, patient))))


async def children_in(work: Work, lying: Mapping[UUID, Lying]) -> set[UUID]:
    """Answer: which of those who lie in these beds are too young for NEWS2?"""
    if not lying:
        return set()
    people = await lie_there(work, lying)
    zones = {one.stay.patient_id: ZoneInfo(one.zone) for one in lying.values()}
    return {
        one
        for one, zone in zones.items()
        if one in people and news2.too_young(people[one].years(work.now.astimezone(zone)))
    }
