"""Look: what a ward leaves off its cards; every open board of the ward follows."""

from collections.abc import Iterable
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from domain.access import D0, Permission
from domain.card_rows import CardRow
from ward.beds.events import CardSet
from ward.beds.models import WardCard
from ward.beds.queries import zone_of
from ward.changed import Change, tells
from ward.db import new_id
from ward.errors import Stale, explain
from ward.places.models import Ward
from ward.projections import projection
from ward.security.actors import Actor
from ward.work import Work

SET = Permission.SET_CARD
NEW = 0  # the version of a card that nobody has set yet

explain("uq_ward_card_ward_id", "Somebody else has just set this card. Look at it again.")


@projection(D0)
class CardLook:
    """What a ward leaves off its cards."""

    off: tuple[CardRow, ...]
    version: int


async def look_of(work: Work, ward_id: UUID) -> CardLook:
    """Answer: what does this ward leave off its cards?"""
    row = await _row(work, ward_id)
    if row is None:
        return CardLook((), NEW)
    return CardLook(tuple(one for one in CardRow if one in row.off), row.version)


async def set_card(
    work: Work, ward_id: UUID, off: Iterable[CardRow], *, seen: int | None
) -> WardCard:
    """Leave these parts off the ward's cards from now on, and no others."""
    ward = await work.access(Ward, ward_id, SET, lock="share")
    row = await _row(work, ward_id)
    if row is None and seen not in {None, NEW}:
        raise Stale
    wanted = set(off)
    listed = [one.value for one in CardRow if one in wanted]
    by = work.actor.id if isinstance(work.actor, Actor) else None
    if row is None:
        row = WardCard(id=new_id(), ward_id=ward.id, off=listed, set_at=work.now, set_by=by)
        work.add(row, SET)
    else:
        row = await work.access(WardCard, row.id, SET, lock=True, seen=seen)
        row.off, row.set_at, row.set_by = listed, work.now, by
    work.record(CardSet(ward.branch_id, ward.id))
    return row


async def _row(work: Work, ward_id: UUID) -> WardCard | None:
    mine = select(WardCard).where(WardCard.ward_id == ward_id)
    return next(iter(await work.every(mine, SET)), None)


@tells(WardCard)
async def _last_change(work: Work, row: WardCard) -> Change | None:
    ward = await work.access(Ward, row.ward_id, SET)
    zone: ZoneInfo = await zone_of(work, ward.branch_id)
    return Change("the card of the ward", "admin", row.set_at, str(zone))
