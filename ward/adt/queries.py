"""Queries: who lies where, who waits to move, and what happened to a patient or in a bed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, bindparam, case, exists, select
from sqlalchemy.orm import aliased, with_expression

from domain.access import D0, Permission
from domain.encounters import EncounterStatus
from domain.infants import Kin
from domain.movements import MovementStatus
from ward.adt import home
from ward.adt.models import Encounter, MoveRequest, Precaution, Stay
from ward.ask import once
from ward.beds.models import Bed
from ward.beds.queries import cards_of
from ward.infants.models import InfantLink
from ward.patients.queries import among
from ward.places.models import Branch, Ward
from ward.projections import projection
from ward.work import Work

VIEW = Permission.VIEW_STAYS
STANDING = (MovementStatus.REQUESTED, MovementStatus.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Lying:
    """One patient in one bed, as rows; what leaves this module is made of it."""

    stay: Stay
    encounter: Encounter
    here_since: datetime
    asked_for: bool
    zone: str
    kin: Kin | None = None


@projection(D0)
class Place:
    """Where a patient lies, for the banner."""

    encounter_id: UUID
    ward_id: UUID
    ward: str
    bed_id: UUID
    bed: str
    admitted_at: datetime
    here_since: datetime
    home_label: str | None
    zone: str
    version: int


@projection(D0)
class MoveForm:
    """What a form carries of a request."""

    id: UUID
    from_label: str
    version: int


@projection(D0)
class Whereabouts:
    """Where a patient lies, in a list."""

    ward: str
    bed: str


async def among_encounters(
    work: Work, encounter_ids: Sequence[UUID], permission: Permission
) -> dict[UUID, Encounter]:
    """Answer: to which of these encounters may this be done?"""
    mine = select(Encounter).where(among(Encounter.id, encounter_ids))
    return {row.id: row for row in await work.every(mine, permission)}


async def patients_in(work: Work, bed_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Answer: which patient lies in each of these beds now? For answers on the bed card."""
    lying = await lying_in(work, bed_ids)
    return {bed: one.stay.patient_id for bed, one in lying.items()}


async def lying_in(work: Work, bed_ids: Sequence[UUID]) -> dict[UUID, Lying]:
    """Answer: who lies in each of these beds now? Read once for all parts of a drawing."""
    return await once(work, ("lying", *bed_ids), lambda: _lying_in(work, bed_ids))


async def _lying_in(work: Work, bed_ids: Sequence[UUID]) -> dict[UUID, Lying]:
    of: dict[Encounter, list[Stay]] = {}
    for stay, encounter in await work.every(_RUNS, VIEW, beds=list(bed_ids)):
        of.setdefault(encounter, []).append(stay)
    return {
        run[-1].bed_id: Lying(
            run[-1], one, _here_since(run), bool(one.asked_for), run[-1].zone, _kin(one)
        )
        for one, run in of.items()
        if run[-1].ended_at is None
    }


async def held_for(work: Work, bed_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Answer: for which patient is each of these beds reserved?"""
    beds = await cards_of(work, bed_ids)
    whom = {bed.id: bed.held_for for bed in beds if bed.held_for and bed.held_for != bed.id}
    encounters = await _encounters(work, set(whom.values())) if whom else {}
    return {bed: encounters[one].patient_id for bed, one in whom.items() if one in encounters}


async def waiting(work: Work, ward_id: UUID) -> list[MoveRequest]:
    """Answer: who is asked for on this ward, and who has asked to leave it?"""
    return await work.every(_WAITING, VIEW, ward=ward_id)


async def asked_for(work: Work, patient_ids: Iterable[UUID]) -> list[MoveRequest]:
    """Answer: which requests stand for these patients?"""
    return await work.every(_ASKED_FOR, VIEW, patients=list(patient_ids))


async def wards_of(work: Work, ids: Iterable[UUID | None]) -> dict[UUID, Ward]:
    """Answer: what are these wards called?"""
    wanted = [one for one in set(ids) if one]
    rows = await work.every(select(Ward).where(among(Ward.id, wanted)), Permission.VIEW_BEDS)
    return {ward.id: ward for ward in rows}


async def zones_of(work: Work, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Answer: by which clock do these branches live?"""
    rows = await work.every(select(Branch).where(among(Branch.id, set(ids))), Permission.VIEW_BEDS)
    return {branch.id: branch.zone for branch in rows}


async def places(work: Work, patient_ids: Sequence[UUID]) -> dict[UUID, Place]:
    """Answer: where does each of these patients lie?"""
    spots = {bed.id: (bed, ward) for _, bed, ward in await _spots(work, patient_ids)}
    lying = await lying_in(work, list(spots))
    return {one.stay.patient_id: _place(one, *spots[bed], work.now) for bed, one in lying.items()}


async def whereabouts(work: Work, patient_ids: Sequence[UUID]) -> dict[UUID, Whereabouts]:
    """Answer: in which bed of which ward does each lie? For lists, where no more is shown."""
    return {
        stay.patient_id: Whereabouts(ward.label, bed.label)
        for stay, bed, ward in await _spots(work, patient_ids)
    }


async def _spots(work: Work, patient_ids: Sequence[UUID]) -> list[tuple[Stay, Bed, Ward]]:
    """Find the stays, beds and wards in which patients lie; read once for all parts of a page."""
    wanted = sorted(patient_ids)
    asked = partial(work.every, _SPOTS, VIEW, patients=wanted)
    return await once(work, ("spots", *wanted), asked)


async def bed_of(work: Work, encounter_id: UUID) -> UUID | None:
    """Answer: in which bed is this encounter now?"""
    stays = await work.every(_LIES, VIEW, encounter=encounter_id)
    return stays[0].bed_id if stays else None


async def home_of(work: Work, encounter_id: UUID) -> date | None:
    """Answer: when should this patient go home?"""
    return (await work.access(Encounter, encounter_id, VIEW)).home_on


async def precaution_of(work: Work, encounter_id: UUID) -> Precaution | None:
    """Answer: how is this patient isolated?"""
    return (await work.access(Encounter, encounter_id, VIEW)).precaution


async def is_away(work: Work, encounter_id: UUID) -> bool:
    """Answer: is this patient on leave?"""
    encounter = await work.access(Encounter, encounter_id, VIEW)
    return encounter.status is EncounterStatus.ON_LEAVE


def _open_stays(which: ColumnElement[bool]) -> Select[Stay]:
    return select(Stay).where(which, Stay.ended_at.is_(None), Stay.voided_at.is_(None))


async def _encounters(work: Work, ids: Iterable[UUID]) -> dict[UUID, Encounter]:
    rows = await work.every(_ENCOUNTERS, VIEW, encounters=list(ids))
    return {row.id: row for row in rows}


def _standing(which: ColumnElement[bool]) -> Select[MoveRequest]:
    standing = select(MoveRequest).where(which, MoveRequest.status.in_(STANDING))
    return standing.order_by(MoveRequest.requested_at, MoveRequest.id)


_SPOTS = (
    _open_stays(among(Stay.patient_id, "patients"))
    .with_only_columns(Stay, Bed, Ward)
    .join(Bed, Bed.id == Stay.bed_id)
    .join(Ward, Ward.id == Stay.ward_id)
)
_LIES = _open_stays(Stay.encounter_id == bindparam("encounter"))
_ENCOUNTERS = select(Encounter).where(among(Encounter.id, "encounters"))
_WAITING = _standing(
    (MoveRequest.to_ward_id == bindparam("ward")) | (MoveRequest.from_ward_id == bindparam("ward"))
)
_ASKED_FOR = _standing(among(MoveRequest.patient_id, "patients"))
_HERE = _open_stays(among(Stay.bed_id, "beds")).with_only_columns(Stay.encounter_id)
_MOVING = exists().where(MoveRequest.encounter_id == Encounter.id, MoveRequest.status.in_(STANDING))
_THEIRS = aliased(Stay)
_LIE = (InfantLink.ended_at.is_(None), _THEIRS.ended_at.is_(None), _THEIRS.voided_at.is_(None))
_KIN = case(
    (
        exists().where(
            InfantLink.patient_id == Encounter.patient_id,
            _THEIRS.patient_id == InfantLink.mother_id,
            *_LIE,
        ),
        Kin.INFANT.value,
    ),
    (
        exists().where(
            InfantLink.mother_id == Encounter.patient_id,
            _THEIRS.patient_id == InfantLink.patient_id,
            *_LIE,
        ),
        Kin.MOTHER.value,
    ),
)
# Every stay that counts of the encounters that lie there now; as the rows are now, although
# this very work may have read the encounter before it changed it.
_RUNS = (
    select(Stay, Encounter)
    .join(Encounter, Encounter.id == Stay.encounter_id)
    .where(Stay.encounter_id.in_(_HERE), Stay.voided_at.is_(None))
    .order_by(Stay.started_at, Stay.id)
    .options(with_expression(Encounter.asked_for, _MOVING), with_expression(Encounter.kin, _KIN))
    .execution_options(populate_existing=True)
)


def _place(one: Lying, bed: Bed, ward: Ward, now: datetime) -> Place:
    today = now.astimezone(ZoneInfo(one.zone)).date()
    return Place(
        encounter_id=one.encounter.id,
        ward_id=ward.id,
        ward=ward.label,
        bed_id=bed.id,
        bed=bed.label,
        admitted_at=one.encounter.admitted_at or one.stay.started_at,
        here_since=one.here_since,
        home_label=home.label(one.encounter.home_on, today),
        zone=one.zone,
        version=one.encounter.version,
    )


def _kin(one: Encounter) -> Kin | None:
    return Kin(one.kin) if one.kin else None


def _here_since(run: Sequence[Stay]) -> datetime:
    """Tell since when the patient is on the ward, whatever beds it was."""
    since = run[-1].started_at
    for earlier in reversed(run[:-1]):
        if earlier.ward_id != run[-1].ward_id:
            break
        since = earlier.started_at
    return since
