"""Commands: what a person makes of a message that waits: map, correct, replay or reject."""

from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.errors import NotAllowed
from ward.beds.models import Bed
from ward.errors import Invalid, Missing
from ward.interop.hl7 import places, store, withheld
from ward.interop.hl7.adt import Sender
from ward.interop.hl7.codes import Outcome
from ward.interop.hl7.events import MessageWaits
from ward.interop.hl7.intake import read, rules_of
from ward.interop.hl7.models import (
    Hl7Body,
    Hl7Message,
    Hl7Place,
    Hl7Subject,
    MessageState,
    ReviewReason,
    stands,
)
from ward.interop.hl7.topics import changed
from ward.interop.hl7.unmatched.waiting import settle
from ward.places.models import Ward
from ward.work import Work

MAY = Permission.REVIEW_MESSAGES
STANDING = frozenset({MessageState.REVIEW, MessageState.DEAD})


async def map_place(
    work: Work,
    message_id: UUID,
    *,
    bed_id: UUID | None = None,
    ward_id: UUID | None = None,
    seen: int | None,
) -> int:
    """Say what a sender's place means, once; every message that waited for it goes on."""
    message = await work.access(Hl7Message, message_id, MAY, lock=True, seen=seen)
    if message.reason is not ReviewReason.UNKNOWN_PLACE or message.review_place is None:
        raise NotAllowed("This message does not wait for a place.")
    await _set_meaning(work, message, *await _meaning(work, bed_id, ward_id))
    waiting = await _waiting_for(work, message)
    for one in waiting:
        again(one, work)
    work.record(MessageWaits(message.id))
    changed(work)
    return len(waiting)


async def change_place(
    work: Work,
    place_id: UUID,
    *,
    bed_id: UUID | None = None,
    ward_id: UUID | None = None,
    seen: int | None,
) -> Hl7Place:
    """Say anew what a place means, from the next message on; what was done stays."""
    place = await work.access(Hl7Place, place_id, MAY, lock=True, seen=seen)
    place.bed_id, place.ward_id = await _meaning(work, bed_id, ward_id)
    return place


async def replay(work: Work, message_id: UUID, *, seen: int | None) -> Hl7Message:
    """Have a message processed again; its effect is applied once, however often this is asked."""
    message = await _standing(work, message_id, seen)
    body = await _body(work, message)
    raw = await text_of(work, body)
    reading = await read(raw, await rules_of(work))
    if reading.outcome is not Outcome.ACCEPTED:
        raise NotAllowed("This message cannot be read as it is. Correct it first.")
    again(message, work)
    work.record(MessageWaits(message.id))
    changed(work)
    return message


async def correct(work: Work, message_id: UUID, written: str, *, seen: int | None) -> Hl7Message:
    """Put a corrected text beside the one that was sent, and process that."""
    message = await _standing(work, message_id, seen)
    body = await _body(work, message)
    raw = withheld.corrected(await text_of(work, body), written)
    reading = await read(raw, await rules_of(work))
    if reading.outcome is not Outcome.ACCEPTED:
        raise Invalid({"text": f"It still cannot be read. {store.told(reading.faults)}."})
    await work.seal(body, corrected=raw.decode("latin-1"), note=None)
    known = await work.every(select(Hl7Subject).where(Hl7Subject.message_id == message.id), MAY)
    store.name_subjects(work, message.id, reading, {one.hash for one in known})
    state, message.kept = store.state_of(reading)
    message.message_type, message.event = reading.envelope.type, reading.envelope.event
    message.recorded_at = store.recorded_at(reading)
    again(message, work)
    message.state = state
    message.done_at = work.now if state is MessageState.DONE else None
    work.record(MessageWaits(message.id))
    changed(work)
    return message


async def reject(work: Work, message_id: UUID, reason: str, *, seen: int | None) -> Hl7Message:
    """Decide that a message has no effect, and say why; it stays readable."""
    message = await _standing(work, message_id, seen)
    body = await _body(work, message)
    await work.seal(body, note=reason)
    message.state, message.reason, message.done_at = MessageState.REJECTED, None, work.now
    await settle(work, message.id)
    work.record(MessageWaits(message.id))  # what waited behind it goes on
    changed(work)
    return message


async def text_of(work: Work, body: Hl7Body) -> bytes:
    """Open what a message says now: as corrected, else as sent."""
    raw: str | None = (await work.open([body], Hl7Body.corrected))[body.id]
    raw = raw or (await work.open([body], Hl7Body.raw))[body.id]
    assert raw is not None
    return raw.encode("latin-1")


async def _standing(work: Work, message_id: UUID, seen: int | None) -> Hl7Message:
    message = await work.access(Hl7Message, message_id, MAY, lock=True, seen=seen)
    if message.state not in STANDING:
        raise NotAllowed(f"This message is {message.state.word}. There is nothing to decide.")
    return message


async def _body(work: Work, message: Hl7Message) -> Hl7Body:
    bodies = await work.every(select(Hl7Body).where(Hl7Body.message_id == message.id), MAY)
    if not bodies:
        raise Missing
    return bodies[0]


def again(message: Hl7Message, work: Work) -> None:
    """Have a message processed as if it had just come in."""
    message.state, message.reason, message.review_place = MessageState.RECEIVED, None, None
    message.error, message.attempts, message.next_at = None, 0, work.now


async def _meaning(
    work: Work, bed_id: UUID | None, ward_id: UUID | None
) -> tuple[UUID | None, UUID | None]:
    """Take the bed when one is chosen, else the ward; both must be within reach."""
    if bed_id is not None:
        await work.access(Bed, bed_id, Permission.VIEW_BEDS)
        return bed_id, None
    if ward_id is None:
        raise Invalid({"bed_id": "Choose the bed, or the ward when no bed is meant."})
    await work.access(Ward, ward_id, Permission.VIEW_BEDS)
    return None, ward_id


async def _set_meaning(
    work: Work, message: Hl7Message, bed_id: UUID | None, ward_id: UUID | None
) -> None:
    assert message.review_place is not None
    sender = Sender(message.msh3 or "", message.msh4 or "")
    mark = places.mark(sender, message.review_place)
    known = await work.every(select(Hl7Place).where(Hl7Place.mark == mark), MAY)
    if known:
        known[0].bed_id, known[0].ward_id = bed_id, ward_id
        return
    words = {"msh3": sender.application, "msh4": sender.facility, "place": message.review_place}
    work.add(Hl7Place(**words, mark=mark, bed_id=bed_id, ward_id=ward_id), MAY)


async def _waiting_for(work: Work, message: Hl7Message) -> list[Hl7Message]:
    """Lock every message of this sender that waits for this place."""
    same = (
        select(Hl7Message)
        .where(
            stands(MessageState.REVIEW),
            Hl7Message.reason == ReviewReason.UNKNOWN_PLACE,
            Hl7Message.msh3.is_not_distinct_from(message.msh3),
            Hl7Message.msh4.is_not_distinct_from(message.msh4),
            Hl7Message.review_place == message.review_place,
        )
        .order_by(Hl7Message.received_seq)
        .with_for_update(of=Hl7Message)
    )
    return await work.every(same, MAY)
