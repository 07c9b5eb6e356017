"""Queries: who is on duty where, in which part, and which nurse has which bed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, select

from domain import duty as rules
from domain.access import D0, Permission, Role
from domain.duty import DutyRole
from domain.errors import NotAllowed
from ward.adt.models import Stay
from ward.ask import once
from ward.duty.models import BedNurse, Duty
from ward.errors import Forbidden
from ward.patients.queries import among
from ward.places.models import Ward
from ward.projections import projection
from ward.security.actors import System
from ward.security.models import Grant, User
from ward.shell import initials
from ward.work import Work

VIEW = Permission.VIEW_DUTY
_ROSTER = System("job:roster", frozenset())


@projection(D0)
class Person:
    """A member of staff, as lists and cards name them."""

    user_id: UUID
    name: str
    initials: str


async def nurses_of(work: Work, bed_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Answer: which nurse has each of these beds now? A bed that no nurse has is left out."""
    return await once(work, ("nurses", *bed_ids), lambda: _nurses_of(work, bed_ids))


async def nurse_of_patients(work: Work, patient_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Answer: which nurse has the bed that each of these patients lies in?"""
    lying = select(Stay).where(
        among(Stay.patient_id, patient_ids), Stay.ended_at.is_(None), Stay.voided_at.is_(None)
    )
    beds = {stay.patient_id: stay.bed_id for stay in await work.every(lying, VIEW)}
    nurses = await _nurses_of(work, list(beds.values())) if beds else {}
    return {one: nurses[bed] for one, bed in beds.items() if bed in nurses}


async def on_duty(work: Work, ward_id: UUID, part: DutyRole) -> list[UUID]:
    """Answer: who is on duty on this ward in this part? Longest first."""
    duties = await _duties(work, Duty.ward_id == ward_id, Duty.part == part)
    return [duty.user_id for duty in duties]


async def duties_of(work: Work, user_id: UUID) -> list[tuple[UUID, DutyRole]]:
    """Answer: where and as what is this person on duty?"""
    return [(duty.ward_id, duty.part) for duty in await _duties(work, Duty.user_id == user_id)]


async def duties_on(work: Work, ward_id: UUID) -> list[Duty]:
    """Answer: who is on duty on this ward, in all parts? Longest first; read once a drawing."""
    return await once(work, ("duty", ward_id), lambda: work.every(_ON_WARD, VIEW, ward=ward_id))


async def nursing_on(work: Work, ward_id: UUID) -> list[UUID]:
    """Answer: who of those on duty on this ward may have beds?"""
    duties = await duties_on(work, ward_id)
    return sorted({duty.user_id for duty in duties if rules.has_beds(duty.part)})


async def names(work: Work, user_ids: Iterable[UUID]) -> dict[UUID, Person]:
    """Answer: what are these members of staff called?"""
    wanted = sorted(set(user_ids))
    if not wanted:
        return {}
    if not work.may(VIEW):
        raise Forbidden
    return await once(work, ("staff", *wanted), lambda: _names(work, wanted))


async def _names(work: Work, user_ids: Sequence[UUID]) -> dict[UUID, Person]:
    """Open names for the ward: a user's row is explained to that user alone."""
    aside = work.watched(_ROSTER, frozenset({D0}))
    rows = await aside.every(_STAFF, VIEW, keys=True, users=list(user_ids))
    said: dict[UUID, str] = await aside.open(rows, User.name)
    return {one: Person(one, name, initials(name)) for one, name in said.items()}


async def _nurses_of(work: Work, bed_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    held = await work.every(_HELD, VIEW, beds=list(bed_ids))
    return {row.bed_id: row.user_id for row in held}


async def _duties(work: Work, *which: ColumnElement[bool]) -> list[Duty]:
    return await work.every(standing(*which), VIEW)


def standing(*which: ColumnElement[bool]) -> Select[Duty]:
    """Select who is on duty: who has not gone; an errand ends what is over."""
    return select(Duty).where(*which, Duty.ended_at.is_(None)).order_by(Duty.since, Duty.id)


_ON_WARD = standing(Duty.ward_id == bindparam("ward"))
_HELD = select(BedNurse).where(among(BedNurse.bed_id, "beds"), BedNurse.ended_at.is_(None))
_STAFF = select(User).where(among(User.id, "users"))


async def nurse_on(work: Work, ward_id: UUID, user_id: UUID) -> Duty:
    """Find the duty by which somebody may have beds here, or say that there is none."""
    duties = await _duties(work, Duty.ward_id == ward_id, Duty.user_id == user_id)
    for duty in duties:
        if rules.has_beds(duty.part):
            return duty
    raise NotAllowed("This person is not on duty as a nurse on this ward.", "duty.none")


async def roles_of(work: Work, user_id: UUID, ward: Ward) -> set[Role]:
    """Answer: which roles does this person hold on this ward?"""
    return {grant.role for grant in await grants_on(work, ward) if grant.user_id == user_id}


async def grants_on(work: Work, ward: Ward) -> list[Grant]:
    """Answer: who holds a role that covers this ward? A grant is explained to its holder alone."""
    if not work.may(VIEW):
        raise Forbidden
    aside = work.watched(_ROSTER, frozenset({D0}))
    covers = (Grant.ward_id.is_(None)) | (Grant.ward_id == ward.id)
    stands = (Grant.until.is_(None)) | (Grant.until > work.now)
    here = select(Grant).where(Grant.branch_id == ward.branch_id, covers, stands)
    active = select(User.id).where(User.disabled_at.is_(None))
    people = here.where(Grant.revoked_at.is_(None), Grant.user_id.in_(active))
    return await aside.every(people.order_by(Grant.id), VIEW)


async def until_of(work: Work, user_id: UUID) -> datetime | None:
    """Answer: until when is this person on duty, wherever that ends first?"""
    ends = [duty.until for duty in await _duties(work, Duty.user_id == user_id)]
    return min((one for one in ends if one > work.now), default=None)
