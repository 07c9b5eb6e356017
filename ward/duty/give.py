"""Giving: beds go to a nurse, and whoever lies in them goes along."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from sqlalchemy import select

from domain import duty as rules
from domain.access import Permission
from domain.errors import NotAllowed
from ward.beds.models import Bed
from ward.db import new_id
from ward.duty import queries
from ward.duty.events import BedsGiven
from ward.duty.models import BedNurse, Duty
from ward.errors import Missing, Stale
from ward.patients.queries import among
from ward.work import Work

MAY = Permission.GIVE_BEDS


async def give_beds(
    work: Work,
    ward_id: UUID,
    bed_ids: Collection[UUID],
    user_id: UUID | None,
    *,
    had: Mapping[UUID, UUID | None] | None = None,
) -> list[UUID]:
    """Give beds of a ward to a nurse on duty there, or to nobody; tell which beds changed.

    `had` is what the form showed: whose each bed was. A bed that is another's by now is refused,
    and the refusal says whose.
    """
    if user_id is not None:
        duty = await queries.nurse_on(work, ward_id, user_id)
        await work.access(Duty, duty.id, MAY, lock="share")
        if duty.ended_at is not None:
            raise NotAllowed("This nurse has just gone off duty. Choose another.", "duty.gone")
    beds = await _locked(work, ward_id, bed_ids)
    held = await _held(work, beds)
    await _compare(work, beds, held, had or {})
    return await _move(work, ward_id, held, list(beds), user_id)


async def hand_on(work: Work, ward_id: UUID, user_id: UUID, to: UUID | None) -> None:
    """Take all beds of somebody who is no longer a nurse here, and give them to another or none."""
    theirs = [part for ward, part in await queries.duties_of(work, user_id) if ward == ward_id]
    if any(rules.has_beds(part) for part in theirs):
        return
    rows = select(BedNurse).where(
        BedNurse.ward_id == ward_id, BedNurse.user_id == user_id, BedNurse.ended_at.is_(None)
    )
    wanted = [row.bed_id for row in await work.every(rows, MAY)]
    held = await _held(work, await _locked(work, ward_id, wanted))
    mine = [bed for bed in wanted if bed in held and held[bed].user_id == user_id]
    await _move(work, ward_id, held, mine, to)


async def _locked(work: Work, ward_id: UUID, bed_ids: Iterable[UUID]) -> dict[UUID, Bed]:
    """Lock beds in the order of their ids, as every command of stays does."""
    wanted = set(bed_ids)
    rows = select(Bed).where(among(Bed.id, wanted), Bed.ward_id == ward_id)
    beds = await work.every(rows.order_by(Bed.id).with_for_update(of=Bed), MAY)
    if len(beds) < len(wanted):
        raise Missing("One of these beds is not on this ward.")
    return {bed.id: bed for bed in beds}


async def _held(work: Work, bed_ids: Iterable[UUID]) -> dict[UUID, BedNurse]:
    rows = select(BedNurse).where(among(BedNurse.bed_id, bed_ids), BedNurse.ended_at.is_(None))
    return {row.bed_id: row for row in await work.every(rows, MAY)}


async def _compare(
    work: Work,
    beds: Mapping[UUID, Bed],
    held: Mapping[UUID, BedNurse],
    had: Mapping[UUID, UUID | None],
) -> None:
    """Refuse what somebody else has just given, and say to whom."""
    now = {bed: held[bed].user_id if bed in held else None for bed in beds}
    other = [bed for bed in beds if bed in had and had[bed] != now[bed]]
    if not other:
        return
    people = await queries.names(work, [who for bed in other if (who := now[bed])])
    said = [
        f"Bed {beds[bed].label}: {people[who].name if (who := now[bed]) else 'no nurse'}."
        for bed in sorted(other, key=lambda one: beds[one].position)
    ]
    raise Stale(f"Not saved. Somebody else has just given these beds. {' '.join(said)}")


async def _move(
    work: Work,
    ward_id: UUID,
    held: Mapping[UUID, BedNurse],
    bed_ids: Iterable[UUID],
    user_id: UUID | None,
) -> list[UUID]:
    """End what held until now, begin anew, and say which beds went."""
    changed = [bed for bed in bed_ids if (held[bed].user_id if bed in held else None) != user_id]
    for bed in changed:
        if bed in held:
            held[bed].ended_at = max(work.now, held[bed].since)
    await work.flush()
    for bed in changed if user_id else []:
        row = BedNurse(id=new_id(), ward_id=ward_id, bed_id=bed, user_id=user_id, since=work.now)
        work.add(row, MAY)
    await work.flush()
    if changed:
        work.record(BedsGiven(ward_id=ward_id, bed_ids=tuple(changed), user_id=user_id))
    return changed
