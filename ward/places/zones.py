"""Zones: the time zone of a ward, or of the hospital; read once, for no place changes it."""

from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from domain.access import D0, Permission
from ward.places.models import Branch, Ward
from ward.security.actors import System
from ward.work import Work

_READER = System("job:zones", frozenset())
_FIRST = select(Branch).order_by(Branch.id).limit(1)
_OF_WARD = _FIRST.join(Ward, Ward.branch_id == Branch.id).where(Ward.id == bindparam("ward"))


async def zone_of(work: Work, ward_id: UUID | None) -> ZoneInfo | None:
    """Tell the zone of a ward; of the hospital's first branch for None; None without a branch."""
    known = work.node.zones
    if ward_id not in known:
        aside, may = work.watched(_READER, frozenset({D0})), Permission.VIEW_PLACES
        asked = aside.every(_OF_WARD, may, ward=ward_id) if ward_id else aside.every(_FIRST, may)
        for branch in await asked:
            known[ward_id] = ZoneInfo(branch.zone)
    return known.get(ward_id)
