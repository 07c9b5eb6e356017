"""Decide: what a person makes of a message that another system refused."""

from uuid import UUID

from domain.access import Permission
from domain.errors import NotAllowed
from ward.interop.hl7.outbound.events import OutboundWaits
from ward.interop.hl7.outbound.lines import new_control_id
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
    work.record(OutboundWaits(row.id))
    await changed(work, alarm=True)
    return row


async def give_up(work: Work, outbound_id: UUID, reason: str, *, seen: int | None) -> Hl7Outbound:
    """Decide that the receiver is not told; what waited behind it goes on."""
    row = await _standing(work, outbound_id, seen)
    await work.seal(row, note=reason)
    row.state, row.settled_at = OutState.GIVEN_UP, work.now
    work.record(OutboundWaits(row.id))
    await changed(work, alarm=True)
    return row


async def _standing(work: Work, outbound_id: UUID, seen: int | None) -> Hl7Outbound:
    row = await work.access(Hl7Outbound, outbound_id, MAY, lock=True, seen=seen)
    if row.state not in AHEAD:
        raise NotAllowed(f"{row.state.word}: there is nothing to decide.")
    return row
