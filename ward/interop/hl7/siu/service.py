"""Commands: a person says what a sender's code means; every message that waited for it goes on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.errors import NotAllowed
from ward.db import new_id
from ward.errors import Invalid
from ward.interop.hl7 import service
from ward.interop.hl7.adt import Sender
from ward.interop.hl7.events import MessageWaits
from ward.interop.hl7.models import Hl7Message, ReviewReason, stands
from ward.interop.hl7.models import MessageState as State
from ward.interop.hl7.siu import codes
from ward.interop.hl7.siu.fact import Asked
from ward.interop.hl7.siu.models import CodeKind, Hl7Code
from ward.interop.hl7.topics import changed
from ward.places.models import Ward, WardKind
from ward.scheduling.clinics import Resource, VisitType
from ward.work import Work

MAY, SEE = Permission.REVIEW_MESSAGES, Permission.VIEW_CALENDAR


@dataclass(frozen=True, slots=True)
class Says:
    """What a code is said to mean; with none of the three it is not booked here."""

    ward_id: UUID | None = None
    resource_id: UUID | None = None
    visit_type_id: UUID | None = None


async def map_codes(
    work: Work,
    message_id: UUID,
    asked: Sequence[Asked],
    says: Mapping[Asked, Says],
    *,
    seen: int | None,
) -> int:
    """Say what codes of a message mean, once; give how many messages go on."""
    message = await work.access(Hl7Message, message_id, MAY, lock=True, seen=seen)
    if message.reason is not ReviewReason.UNKNOWN_CODE:
        raise NotAllowed("This message does not wait for a code.")
    sender = Sender(message.msh3 or "", message.msh4 or "")
    for one in asked:
        if one in says:
            await _check(work, one.kind, says[one])
            await _write(work, sender, one, says[one])
    waiting = await _waiting_for(work, message, {one.shown for one in says})
    for each in waiting:
        service.again(each, work)
        work.record(MessageWaits(each.id))
    changed(work)
    return len(waiting)


async def change_code(work: Work, code_id: UUID, says: Says, *, seen: int | None) -> Hl7Code:
    """Say anew what a code means, from the next message on; what was booked stays."""
    row = await work.access(Hl7Code, code_id, MAY, lock=True, seen=seen)
    await _check(work, row.kind, says)
    _set(row, says)
    return row


async def _check(work: Work, kind: CodeKind, says: Says) -> None:
    """See that what is chosen exists, is within reach, and can be what the code stands for."""
    if says.visit_type_id is not None:
        if kind is not CodeKind.VISIT:
            raise Invalid({"means": "Only a visit can be a visit."})
        await work.access(VisitType, says.visit_type_id, SEE)
    elif says.resource_id is not None:
        if kind is CodeKind.VISIT:
            raise Invalid({"means": "A visit cannot be who or what is booked."})
        await work.access(Resource, says.resource_id, SEE)
    elif says.ward_id is not None:
        ward = await work.access(Ward, says.ward_id, SEE)
        if kind is not CodeKind.PLACE or ward.kind is not WardKind.CLINIC:
            raise Invalid({"means": "Only a place can be a clinic."})


async def _write(work: Work, sender: Sender, one: Asked, says: Says) -> None:
    mark = codes.mark(sender, one.kind, one.key)
    known = await work.every(select(Hl7Code).where(Hl7Code.mark == mark), MAY)
    row = known[0] if known else None
    if row is None:
        row = Hl7Code(
            id=new_id(), msh3=sender.application, msh4=sender.facility, kind=one.kind, mark=mark
        )
        await work.seal(row, words=one.words)
        _set(row, says)
        work.add(row, MAY)
    else:
        _set(row, says)


def _set(row: Hl7Code, says: Says) -> None:
    row.ward_id, row.resource_id = says.ward_id, says.resource_id
    row.visit_type_id = says.visit_type_id


async def _waiting_for(work: Work, message: Hl7Message, shown: set[str]) -> list[Hl7Message]:
    """Lock every message of this sender that waits for one of these codes."""
    same = (
        select(Hl7Message)
        .where(
            stands(State.REVIEW),
            Hl7Message.reason == ReviewReason.UNKNOWN_CODE,
            Hl7Message.msh3.is_not_distinct_from(message.msh3),
            Hl7Message.msh4.is_not_distinct_from(message.msh4),
            Hl7Message.review_place.in_(shown),
        )
        .order_by(Hl7Message.received_seq)
        .with_for_update(of=Hl7Message)
    )
    return await work.every(same, MAY)
