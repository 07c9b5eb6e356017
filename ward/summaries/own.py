"""Own: what patients read of the summaries of their stays: what was signed, once they left."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from itertools import groupby
from uuid import UUID

from sqlalchemy import bindparam, select

from domain import display
from domain.access import D0, D1, Permission
from domain.encounters import EncounterStatus
from domain.summaries import SummaryState, released
from ward.adt.models import Encounter
from ward.duty.queries import Person, names
from ward.errors import Missing
from ward.projections import projection
from ward.security.actors import System
from ward.summaries.gathering import zone_of
from ward.summaries.models import DischargeSummary
from ward.summaries.parts import READ_BY, About, Parts
from ward.work import Work

_READER = System("job:letters", frozenset())
MAY = Permission.VIEW_OWN_SUMMARY
NOT_YET = "There is no such letter, or it is not signed yet."
_MINE = (
    select(DischargeSummary, Encounter)
    .join(Encounter, Encounter.id == DischargeSummary.encounter_id)
    .where(DischargeSummary.patient_id == bindparam("patient"))
    .where(Encounter.status == EncounterStatus.FINISHED)
    .where(DischargeSummary.signed_at.is_not(None))
    .order_by(Encounter.discharged_at.desc(), Encounter.id, DischargeSummary.number.desc())
)


@projection(D1)
class OwnVersion:
    """One signed version; `replaced_at`: a newer one counts since then."""

    id: UUID
    number: int
    signed: str  # when, as the hospital's clock said
    by: str
    replaced_at: datetime | None


@projection(D1)
class OwnStay:
    """A stay that is over: where, from when until when, and its versions, the newest first."""

    where: str
    came: str
    left: str
    versions: tuple[OwnVersion, ...]


async def stays_of(work: Work, patient_id: UUID) -> list[OwnStay]:
    """Answer of which stays a patient has signed summaries; the latest stay first."""
    pairs = await work.every(_MINE, MAY, patient=patient_id)
    aside = work.watched(_READER, frozenset({D0}))  # what doctors are called, and no more of them
    people = await names(aside, {row.signed_by for row, _ in pairs if row.signed_by})
    told: dict[UUID, About] = await work.open([row for row, _ in pairs], DischargeSummary.about)
    found = []
    for _, group in groupby(pairs, key=lambda pair: pair[1].id):
        mine = list(group)
        zone = await zone_of(work, mine[0][1])
        about, rows = told[mine[0][0].id], [row for row, _ in mine]
        where = ", ".join(filter(None, (about.ward, about.house)))
        found.append(OwnStay(where, about.came, about.left, _versions(rows, people, zone)))
    return found


def _versions(
    rows: Sequence[DischargeSummary], people: Mapping[UUID, Person], zone: tzinfo
) -> tuple[OwnVersion, ...]:
    return tuple(
        OwnVersion(
            id=row.id,
            number=row.number,
            signed=display.instant(row.signed_at, zone),
            by=people[row.signed_by].name,
            replaced_at=row.replaced_at,
        )
        for row in rows
        if row.signed_at and row.signed_by
    )


async def released_one(work: Work, summary_id: UUID) -> tuple[DischargeSummary, str]:
    """Reach one version that its patient may read, and the clock it is told by."""
    row = await work.access(DischargeSummary, summary_id, MAY)
    stay = await work.access(Encounter, row.encounter_id, MAY)
    if not released(row.state, stay.status):
        raise Missing(NOT_YET)
    work.shown([row.patient_id], [data for data, _ in READ_BY.values()])
    return row, str(await zone_of(work, stay))


async def whole_of(work: Work, row: DischargeSummary) -> Parts:
    """Open every part of a version; it is about whoever reads it."""
    columns = {name: getattr(DischargeSummary, name) for name in READ_BY}
    return Parts(**{name: (await work.open([row], one))[row.id] for name, one in columns.items()})


async def newest_of(work: Work, row: DischargeSummary) -> UUID | None:
    """Find the version of the same stay that counts now."""
    standing = select(DischargeSummary).where(
        DischargeSummary.encounter_id == row.encounter_id,
        DischargeSummary.state == SummaryState.SIGNED,
    )
    return next((one.id for one in await work.every(standing, MAY)), None)
