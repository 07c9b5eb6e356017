"""Decide: what a person makes of a message that another system refused."""

from uuid import UUID

from sqlalchemy import ColumnElement, update

from domain.access import Permission
from domain.errors import NotAllowed
from ward.crypto import Erased, NoKey, Unreadable
from ward.errors import Invalid, Missing
from ward.interop.hl7.outbound.events import OutboundWaits
from ward.interop.hl7.outbound.lines import alike, new_control_id
from ward.interop.hl7.outbound.models import AHEAD, Hl7Outbound, OutState
from ward.interop.hl7.outbound.segments import renumbered
from ward.interop.hl7.outbound.shown import changed
from ward.work import Work

MAY = Permission.REVIEW_MESSAGES


async def send_again(work: Work, outbound_id: UUID, *, seen: int | None) -> Hl7Outbound:
    """Send a refused message anew; it gets another number, or the old answer would come back."""
    row = await _standing(work, outbound_id, seen)
    if row.state is OutState.DEAD:
        raw: str = (await work.open([row], Hl7Outbound.raw))[row.id]
        row.control_id = new_control_id()
        await work.seal(row, raw=renumbered(raw, row.control_id), answer=None)
    row.state, row.attempts, row.error = OutState.WAITING, 0, None
    row.next_at = work.now
    await alike(work, row)
    work.record(OutboundWaits(row.id))
    await changed(work, alarm=True)
    return row


async def give_up(
    work: Work, outbound_id: UUID, reason: str | None, *, seen: int | None
) -> Hl7Outbound:
    """Decide that the receiver is not told; what waited behind it goes on.

    The reason is kept under the patient's key; where that is gone, none is asked for.
    """
    row = await _standing(work, outbound_id, seen)
    if await keeps_words(work, row):
        if not reason:
            raise Invalid({"reason": "Reason is missing."})
        await work.seal(row, note=reason)
    row.state, row.settled_at = OutState.GIVEN_UP, work.now
    await alike(work, row)
    work.record(OutboundWaits(row.id))
    await changed(work, alarm=True)
    return row


async def keeps_words(work: Work, row: Hl7Outbound) -> bool:
    """Say whether anything can be written about a message: not once its patient's key is gone."""
    try:
        await work.open([row], Hl7Outbound.raw)
    except Unreadable as error:
        return not isinstance(error, Erased | NoKey)
    return True


async def release(work: Work, receiver: str, why: str, *, of: str | None = None) -> None:
    """Give up all that waits for a receiver; with `of` only what waits of that.

    What is on its way just then is left alone with `of`. `why` is a sentence of ours: it stands
    where the codes of an answer stand.
    """
    row = Hl7Outbound
    standing: ColumnElement[bool] = row.state.in_(AHEAD)
    if of is not None:
        free = row.leased_until.is_(None) | (row.leased_until <= work.now)
        standing = (row.state == OutState.WAITING) & row.once.startswith(of) & free
    given_up = (
        update(row)
        .where(row.receiver == receiver, standing)
        .values(state=OutState.GIVEN_UP, error=why, settled_at=work.now, version=row.version + 1)
        .execution_options(synchronize_session=False)
    )
    await (await work.connection()).execute(given_up)


async def _standing(work: Work, outbound_id: UUID, seen: int | None) -> Hl7Outbound:
    row = await work.access(Hl7Outbound, outbound_id, MAY, lock=True, seen=seen)
    if row.part_of_id is not None:  # decided with what it is a part of
        raise Missing
    if row.state not in AHEAD:
        raise NotAllowed(f"{row.state.word}: there is nothing to decide.")
    return row
