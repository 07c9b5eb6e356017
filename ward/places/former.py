"""Former names: what a place was called before, for senders that have not heard."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, func, select

from domain.access import Permission
from ward.places.models import PlaceChange, PlaceDeed, PlaceKind
from ward.work import Work

_NAMES = (PlaceDeed.RENAMED, PlaceDeed.AMENDED)  # of a ward: its name, its short form
_CALLED = (
    select(PlaceChange)
    .where(PlaceChange.kind == bindparam("kind"), PlaceChange.deed.in_(_NAMES))
    .where(func.lower(PlaceChange.was) == bindparam("words"))
    .order_by(PlaceChange.at.desc(), PlaceChange.id.desc())
)


async def called_before(work: Work, kind: PlaceKind, words: str) -> Sequence[UUID]:
    """List the places that were called so, the last one first; whoever asks sees what stands."""
    said = words.strip().lower()
    rows = await work.every(_CALLED, Permission.VIEW_PLACES, kind=kind, words=said)
    return list(dict.fromkeys(row.place_id for row in rows))
