"""Offers: times from the waiting list that are kept for a patient, in the patient's words."""

from uuid import UUID

from sqlalchemy import select

from domain.access import D0, D2, Permission
from ward.patients.queries import among
from ward.places.models import Branch, Ward
from ward.portal.queries import PLACES, reader_of
from ward.projections import projection
from ward.scheduling import offers
from ward.scheduling.offers import Offered
from ward.security.actors import System
from ward.work import Work

MAY = Permission.ANSWER_OFFER
_READER = System("job:portal", frozenset())
_BRANCHES = (
    select(Ward, Branch).join(Branch, Branch.id == Ward.branch_id).where(among(Ward.id, "clinics"))
)


@projection(D2)
class OwnOffer:
    """A time that came free and is kept for the patient until they have answered."""

    id: UUID
    version: int
    when: str
    until: str
    language: str
    visit: str
    clinic: str
    place: str
    with_whom: str
    instead: bool


async def offers_to(work: Work, patient_id: UUID) -> list[OwnOffer]:
    """Answer which times are kept for a patient now."""
    aside = work.watched(_READER, frozenset({D0, D2}))
    found = await offers.offers_of(aside, patient_id)
    if not found:
        return []
    clinics = await aside.every(_BRANCHES, PLACES, clinics=[one.ward_id for one in found])
    places = {ward.id: branch.label for ward, branch in clinics}
    reader = await reader_of(work, patient_id, found[0].zone)
    return [
        OwnOffer(
            id=one.id,
            version=one.version,
            when=reader.when(one.start, one.zone),
            until=reader.when(one.until, one.zone),
            language=reader.language,
            visit=one.visit,
            clinic=one.clinic,
            place=places[one.ward_id],
            with_whom=", ".join(one.with_whom),
            instead=one.instead_of is not None,
        )
        for one in _sorted(found)
    ]


def _sorted(found: tuple[Offered, ...]) -> list[Offered]:
    return sorted(found, key=lambda one: (one.start, one.id))
