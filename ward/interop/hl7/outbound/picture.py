"""Picture: everybody who is here is told to a receiver that is new, one stay after another.

Each stay is told as it is now, by an A08: HL7 2.5.1 chapter 3 has A01 for the beginning of a stay,
and a receiver that knows the visit already must refuse a second one, whereas an A08 makes the
patient and the visit known where they are not. Whatever waits of a patient goes before, and what
happens later comes after, in the one line of that patient.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select

from domain.access import Permission
from domain.encounters import OPEN, EncounterStatus
from domain.errors import NotAllowed
from ward import jobs
from ward.adt.models import Encounter, Movement, Step
from ward.crypto import Unreadable
from ward.db import new_id
from ward.errors import Missing
from ward.interop.hl7.outbound import decide, told_moves
from ward.interop.hl7.outbound.known import named
from ward.interop.hl7.outbound.receiver_models import Hl7Picture, PictureState
from ward.interop.hl7.outbound.receivers import Kind, Receiver
from ward.interop.hl7.outbound.shown import changed, decided
from ward.later import Errand
from ward.work import Work

P = Permission
CALLED_OFF = "the picture was called off"


@dataclass(frozen=True, slots=True)
class TellNext(Errand):
    """The next stay of a picture is to be told."""

    picture_id: UUID
    after: UUID | None


async def begin(work: Work, name: str) -> Hl7Picture:
    """Have everybody who is here told to a receiver; refused while that is under way already."""
    receiver = await named(work, name)
    if receiver is None:
        raise Missing
    if Kind.UPDATES not in receiver.kinds:
        raise NotAllowed("A picture is told by A08. Have this receiver told of changes first.")
    total, until = await count(work)
    row = Hl7Picture(
        id=new_id(), receiver=name, total=total, told=0, unread=0, until=until, begun_at=work.now
    )
    row.state = PictureState.RUNNING if total else PictureState.DONE
    row.ended_at = None if total else work.now
    work.add(row, P.MANAGE_RECEIVERS)
    await work.flush()
    if total:
        work.later(TellNext(row.id, None), work.now)
    await decided(work, row.receiver)
    return row


async def cancel(work: Work, picture_id: UUID, *, seen: int | None) -> Hl7Picture:
    """Call a picture off; what of it waits in line is given up."""
    row = await work.access(Hl7Picture, picture_id, P.MANAGE_RECEIVERS, lock=True, seen=seen)
    if row.state is not PictureState.RUNNING:
        raise NotAllowed("This picture is not under way any more.")
    await _end(work, row)
    return row


async def stop(work: Work, name: str, permission: Permission) -> None:
    """End the picture that is under way to a receiver, if there is one."""
    running = select(Hl7Picture).where(
        Hl7Picture.receiver == name, Hl7Picture.state == PictureState.RUNNING
    )
    for row in await work.every(running.with_for_update(), permission):
        await _end(work, row)


async def count(work: Work) -> tuple[int, UUID | None]:
    """Answer: how many are here, and which visit is the newest?"""
    here = Encounter.status.in_(OPEN)
    newest = select(Encounter.id).where(here).order_by(Encounter.id.desc()).limit(1)
    both = select(select(func.count()).where(here).scalar_subquery(), newest.scalar_subquery())
    total, until = (await (await work.connection()).execute(both)).one()
    return total or 0, until


@jobs.at(TellNext, may=told_moves.MAY)
async def tell_next(work: Work, errand: TellNext) -> None:
    """Tell one stay, and have the next one told; nothing once the picture is called off."""
    row = await work.access(Hl7Picture, errand.picture_id, P.REVIEW_MESSAGES, lock=True)
    if row.state is not PictureState.RUNNING or row.reached != errand.after:
        return
    receiver = await named(work, row.receiver)
    found = await work.every(_next(row), P.VIEW_STAYS) if receiver else []
    if receiver is None or not found:
        row.state = PictureState.DONE if receiver else PictureState.CANCELLED
        row.ended_at = work.now
    else:
        await _one(work, row, receiver, found[0])
        row.reached = found[0].id
        work.later(TellNext(row.id, row.reached), work.now)
    await changed(work)


async def _one(work: Work, row: Hl7Picture, receiver: Receiver, listed: Encounter) -> None:
    """Tell one stay, read anew once nobody else writes to the patient's line."""
    try:
        await told_moves.steps_first(work, listed.patient_id)
        encounter = await work.access(Encounter, listed.id, P.VIEW_STAYS)
        if encounter.status not in OPEN:  # left meanwhile; that was told
            return
        await told_moves.as_it_is(work, receiver, f"{row.id}/{encounter.id}", encounter)
        if encounter.status is EncounterStatus.ON_LEAVE:
            for one in await _left(work, encounter):
                await told_moves.step(work, receiver, [one])
    except Unreadable:
        row.unread += 1
        return
    row.told += 1


async def _left(work: Work, encounter: Encounter) -> list[Movement]:
    """Find the step by which somebody who is on leave went."""
    went = select(Movement).where(Movement.encounter_id == encounter.id, Movement.step == Step.LEFT)
    return await work.every(went.order_by(Movement.seq.desc()).limit(1), P.VIEW_STAYS)


def _next(row: Hl7Picture) -> Select[Encounter]:
    here = select(Encounter).where(Encounter.status.in_(OPEN), Encounter.id <= row.until)
    if row.reached is not None:
        here = here.where(Encounter.id > row.reached)
    return here.order_by(Encounter.id).limit(1)


async def _end(work: Work, row: Hl7Picture) -> None:
    row.state, row.ended_at = PictureState.CANCELLED, work.now
    await decide.release(work, row.receiver, CALLED_OFF, of=f"{row.id}/")
    await decided(work, row.receiver)
