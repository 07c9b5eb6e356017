"""Queries: what boards, pickers and the capacity view show of beds."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, Uuid, any_, bindparam, func, select

from domain.access import D0, Permission
from domain.beds import TAKEN, BedState, BedStatus, Overlay
from ward.ask import known, once
from ward.beds.models import Bed, BedChange
from ward.beds.questions import on_the_board, on_the_card
from ward.changed import Change, tells
from ward.places.history import last as last_deed
from ward.places.models import Branch, Ward, WardKind
from ward.projections import projection
from ward.work import Work


@projection(D0)
class BedCard:
    """What a board shows of one bed; who lies in it is told by higher modules."""

    id: UUID
    ward_id: UUID
    label: str
    status: BedStatus
    overlay: Overlay | None
    since: datetime
    until: datetime | None
    reason_label: str | None
    held_for: UUID | None
    attributes: tuple[str, ...]
    room: str | None
    zone: str
    version: int
    off: tuple[str, ...] = ()  # what the ward leaves off its cards

    @property
    def free(self) -> bool:
        """Say whether a patient could come into it now."""
        return self.status is BedStatus.UNOCCUPIED and self.overlay is None

    @property
    def taken(self) -> bool:
        """Say whether somebody lies in it."""
        return self.status in TAKEN


@projection(D0)
class WardBoard:
    """A ward with all its beds."""

    id: UUID
    label: str
    code: str
    branch_id: UUID
    zone: str
    staffed: int | None
    version: int
    beds: tuple[BedCard, ...]
    ended_at: datetime | None = None


@projection(D0)
class WardCount:
    """What the capacity view shows of one ward."""

    id: UUID
    label: str
    code: str
    kind: WardKind
    total: int
    staffed: int | None
    occupied: int
    free: int
    reserved: int
    unready: int
    out: int
    isolated: int

    @property
    def unstaffed(self) -> int:
        """Count the beds that cannot be nursed; the counter over the board says the same."""
        return 0 if self.staffed is None else max(0, self.total - self.staffed)


@projection(D0)
class BedHistoryLine:
    """One change in the life of a bed."""

    at: datetime
    was: BedStatus
    now: BedStatus
    overlay: Overlay | None
    reason_label: str | None
    actor: str


async def board(work: Work, ward_id: UUID) -> WardBoard:
    """Answer: which beds has this ward, and in what state is each?"""
    head = await board_head(work, ward_id)
    beds = await work.every(_ON_WARD, Permission.VIEW_BEDS, ward=ward_id)
    return replace(head, beds=tuple(_card(bed, work.now) for bed in beds))


async def board_head(work: Work, ward_id: UUID) -> WardBoard:
    """Answer: what is this ward called, and by which clock does it live? Without its beds."""
    ward = await work.access(Ward, ward_id, Permission.VIEW_BEDS)
    return WardBoard(
        id=ward.id,
        label=ward.label,
        code=ward.code,
        branch_id=ward.branch_id,
        zone=ward.zone,
        staffed=ward.staffed,
        version=ward.version,
        beds=(),
        ended_at=ward.ended_at,
    )


async def card(work: Work, bed_id: UUID) -> BedCard:
    """Answer: what does the board show of this bed?"""
    return _card(await work.access(Bed, bed_id, Permission.VIEW_BEDS), work.now)


async def changed(work: Work, beds: Iterable[Bed]) -> list[BedCard]:
    """Answer: what does the board show of these beds, now that this work has changed them?"""
    await work.flush()
    return [_card(bed, work.now) for bed in beds]


async def parts_of(work: Work, cards: Sequence[BedCard]) -> dict[UUID, dict[str, Any]]:
    """Answer: what do the other modules know of these beds?"""
    ids = [bed.id for bed in cards]
    known(work, ("cards", *ids), cards)
    return await on_the_card.ask(work, ids)


def shown_on(parts: dict[str, Any]) -> tuple[UUID, ...]:
    """Name the patients whom this card shows, for the trail of everybody who watches."""
    shown = (parts.get("stay"), parts.get("expected"))
    return tuple(one.patient_id for one in shown if one is not None)


async def moves_of(work: Work, ward_id: UUID) -> dict[str, Any]:
    """Answer: what do the other modules know of this ward?"""
    return (await on_the_board.ask(work, [ward_id]))[ward_id]


async def beds_of(work: Work, bed_ids: Iterable[UUID]) -> list[BedCard]:
    """Answer: what does the board show of these beds?"""
    rows = await work.every(_NAMED, Permission.VIEW_BEDS, beds=list(bed_ids))
    return [_card(bed, work.now) for bed in rows]


async def cards_of(work: Work, bed_ids: Sequence[UUID]) -> Sequence[BedCard]:
    """Answer the same to a higher module's answer, which need not read what is drawn anyway."""
    return await once(work, ("cards", *bed_ids), lambda: beds_of(work, bed_ids))


async def zone_of(work: Work, branch_id: UUID) -> ZoneInfo:
    """Answer: whose midnight counts here?"""
    return ZoneInfo((await work.access(Branch, branch_id, Permission.VIEW_BEDS)).zone)


@tells(Bed)
async def _last_change(work: Work, bed: Bed) -> Change | None:
    mine = select(BedChange).where(BedChange.bed_id == bed.id)
    newest = mine.order_by(BedChange.at.desc(), BedChange.id.desc()).limit(1)
    zone = str(await zone_of(work, bed.branch_id))
    may = work.may(Permission.VIEW_PLACES)
    found = [await last_deed(work, bed.id, f"Bed {bed.label}", zone)] if may else []
    for row in await work.every(newest, Permission.VIEW_BEDS):
        what = row.overlay.word if row.overlay else row.now.word
        found.append(Change(f"Bed {bed.label}: {what}", row.actor_name, row.at, zone))
    return max(filter(None, found), key=lambda change: change.at, default=None)


async def note_of(work: Work, bed_id: UUID) -> str | None:
    """Answer: what was written when the bed was blocked, closed or reserved?"""
    bed = await work.access(Bed, bed_id, Permission.CHANGE_BED_STATUS)
    note: str | None = (await work.open([bed], Bed.note))[bed.id]
    return note


async def ready(work: Work, ward_id: UUID) -> list[BedCard]:
    """Answer: into which beds of this ward could a patient come now?"""
    of_ward = select(Bed).where(Bed.ward_id == ward_id, Bed.status == BedStatus.UNOCCUPIED)
    beds = await work.every(of_ward.order_by(Bed.position, Bed.label), Permission.VIEW_BEDS)
    return [bed for bed in (_card(row, work.now) for row in beds) if bed.free]


async def find_bed(work: Work, ward_id: UUID, label: str) -> Bed | None:
    """Answer: which bed of the ward carries this number? For borders that know it by label."""
    named = select(Bed).where(
        Bed.ward_id == ward_id,
        Bed.ended_at.is_(None),
        func.lower(Bed.label) == label.strip().lower(),
    )
    return next(iter(await work.every(named, Permission.VIEW_BEDS)), None)


async def wards(work: Work, branch_id: UUID) -> list[Ward]:
    """Answer: which wards of this branch are open?"""
    of_branch = (
        select(Ward)
        .where(Ward.branch_id == branch_id, Ward.ended_at.is_(None))
        .order_by(Ward.kind.desc(), Ward.label)
    )
    return await work.every(of_branch, Permission.VIEW_BEDS)


async def capacity(work: Work, branch_id: UUID) -> list[WardCount]:
    """Answer: how full is each ward of this branch? The totals are those of the boards."""
    listed = await wards(work, branch_id)
    here = select(Bed).where(Bed.branch_id == branch_id, Bed.ended_at.is_(None))
    rows = await work.every(here, Permission.VIEW_BEDS)
    cards: dict[UUID, list[BedCard]] = {ward.id: [] for ward in listed}
    for row in rows:
        if row.ward_id in cards:
            cards[row.ward_id].append(_card(row, work.now))
    return [count(ward, cards[ward.id]) for ward in listed]


async def history(work: Work, bed_id: UUID, limit: int = 200) -> list[BedHistoryLine]:
    """Answer: what became of this bed, newest first?"""
    changes = select(BedChange).where(BedChange.bed_id == bed_id)
    newest = changes.order_by(BedChange.at.desc(), BedChange.id.desc()).limit(limit)
    rows = await work.every(newest, Permission.VIEW_BEDS)
    return [
        BedHistoryLine(
            row.at,
            row.was,
            row.now,
            row.overlay,
            row.reason.word if row.reason else None,
            row.actor_name,
        )
        for row in rows
    ]


def count(ward: Ward, cards: Sequence[BedCard]) -> WardCount:
    """Count a ward's beds in the words of the capacity view."""
    total = len(cards)
    return WardCount(
        id=ward.id,
        label=ward.label,
        code=ward.code,
        kind=ward.kind,
        total=total,
        staffed=ward.staffed,
        occupied=sum(bed.taken for bed in cards),
        free=sum(bed.free for bed in cards),
        reserved=sum(bed.overlay is Overlay.RESERVED and not bed.taken for bed in cards),
        unready=sum(unready(bed) for bed in cards),
        out=sum(bed.overlay is Overlay.BLOCKED or bed.status is BedStatus.CLOSED for bed in cards),
        isolated=sum(bed.status is BedStatus.ISOLATED for bed in cards),
    )


def unready(bed: BedCard) -> bool:
    """Say whether the bed waits for a clean."""
    return bed.status in {BedStatus.HOUSEKEEPING, BedStatus.CONTAMINATED}


_ORDER = (Bed.position, Bed.label)
_STANDING = select(Bed).where(Bed.ward_id == bindparam("ward"), Bed.ended_at.is_(None))
_ON_WARD = _STANDING.order_by(*_ORDER)
_NAMED = select(Bed).where(Bed.id == any_(bindparam("beds", type_=ARRAY(Uuid)))).order_by(*_ORDER)


def _card(bed: Bed, now: datetime) -> BedCard:
    state = bed.state_at(now)
    return BedCard(
        id=bed.id,
        ward_id=bed.ward_id,
        label=bed.label,
        status=bed.status,
        overlay=state.overlay,
        since=bed.since,
        until=_until(state),
        reason_label=state.closed or state.blocked,
        held_for=state.hold.encounter if state.hold else None,
        attributes=tuple(bed.attributes),
        room=bed.room,
        zone=bed.zone,
        version=bed.version,
        off=tuple(bed.card_off or ()),
    )


def _until(state: BedState) -> datetime | None:
    if state.overlay is Overlay.RESERVED and state.hold:
        return state.hold.until
    return state.reopens_at
