"""Visits: what a clinic offers, how long it takes, and what each needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, select

from domain.access import Permission
from domain.errors import NotAllowed
from domain.spans import Buffer
from ward.scheduling.clinics import Resource, ResourceKind, VisitNeed, VisitType
from ward.scheduling.remembered import once
from ward.work import Work

VIEW = Permission.VIEW_CALENDAR
_WARD: BindParameter[UUID] = bindparam("ward")
_TYPES = (
    select(VisitType)
    .where(VisitType.ward_id == _WARD, VisitType.ended_at.is_(None))
    .order_by(VisitType.label)
)
_EVERY = select(VisitType).where(VisitType.ward_id == _WARD).order_by(VisitType.label)
_NEEDS = (
    select(VisitNeed)
    .where(VisitNeed.ward_id == _WARD, VisitNeed.ended_at.is_(None))
    .order_by(VisitNeed.id)
)


@dataclass(frozen=True, slots=True)
class Visit:
    """A kind of visit with what it needs."""

    row: VisitType
    needs: tuple[VisitNeed, ...]

    @property
    def length(self) -> timedelta:
        """Tell how long the patient is seen."""
        return timedelta(minutes=self.row.minutes)

    @property
    def buffer(self) -> Buffer:
        """Tell what is kept free around it."""
        return Buffer(
            timedelta(minutes=self.row.before_minutes), timedelta(minutes=self.row.after_minutes)
        )

    def fits(self, need: VisitNeed, resource: Resource) -> bool:
        """Tell whether a resource is what this need asks for."""
        if need.resource_id is not None:
            return need.resource_id == resource.id
        return need.kind is resource.kind

    def asks_for(self, resource: Resource) -> bool:
        """Tell whether a resource is what any need asks for."""
        return any(self.fits(need, resource) for need in self.needs)

    def check(self, chosen: Sequence[Resource]) -> None:
        """Refuse a choice that leaves a need open; more than is needed is nobody's mistake."""
        left = list(chosen)
        for need in sorted(self.needs, key=lambda one: one.resource_id is None):
            found = next((one for one in left if self.fits(need, one)), None)
            if found is None:
                raise NotAllowed(
                    f"{self.row.label} needs {WORDS[need.kind]}. Choose one.", "appointment.needs"
                )
            left.remove(found)


WORDS = {
    ResourceKind.CLINICIAN: "a clinician",
    ResourceKind.ROOM: "a room",
    ResourceKind.DEVICE: "its equipment",
    ResourceKind.CLINIC: "its clinic",
}


async def offered(work: Work, ward_id: UUID) -> dict[UUID, Visit]:
    """Read what a clinic offers, once for each piece of work."""
    return await once(work, "visits", ward_id, lambda: _offered(work, ward_id))


async def _offered(work: Work, ward_id: UUID) -> dict[UUID, Visit]:
    needs = await work.every(_NEEDS, VIEW, ward=ward_id)
    types = await work.every(_TYPES, VIEW, ward=ward_id)
    return {
        row.id: Visit(row, tuple(need for need in needs if need.visit_type_id == row.id))
        for row in types
    }


async def every_kind(work: Work, ward_id: UUID) -> dict[UUID, VisitType]:
    """Read all that a clinic offers or ever offered, for what was booked then."""
    return {row.id: row for row in await work.every(_EVERY, VIEW, ward=ward_id)}


async def needs_of(work: Work, ward_id: UUID) -> dict[UUID, list[VisitNeed]]:
    """Read what each kind of visit of a clinic needs."""
    found: dict[UUID, list[VisitNeed]] = {}
    for one in await work.every(_NEEDS, VIEW, ward=ward_id):
        found.setdefault(one.visit_type_id, []).append(one)
    return found


async def visit(work: Work, ward_id: UUID, visit_type_id: UUID) -> Visit:
    """Read one kind of visit of a clinic; what it no longer offers cannot be booked."""
    found = (await offered(work, ward_id)).get(visit_type_id)
    if found is None:
        raise NotAllowed("This clinic does not offer this visit. Choose another.", "visit.unknown")
    return found
