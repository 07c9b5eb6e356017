"""Decide: whose results are, in the words of whoever decides; the trail keeps who and why."""

from uuid import UUID

from domain.access import D0, D1, Permission
from domain.errors import NotAllowed
from ward.errors import Invalid
from ward.interop.hl7.events import MessageWaits
from ward.interop.hl7.models import Hl7Message, MessageState
from ward.interop.hl7.service import again
from ward.interop.hl7.topics import changed as intake_changed
from ward.interop.hl7.unmatched.models import Decision, UnmatchedResult
from ward.interop.hl7.unmatched.waiting import changed
from ward.patients.intake import of_mrn
from ward.patients.models import Patient
from ward.security.actors import System
from ward.work import Work

MAY = Permission.RELEASE_RESULT
LONGEST = 500
_READER = System("job:unmatched", frozenset())


async def match(
    work: Work, held_id: UUID, mrn: str, reason: str, *, seen: int | None
) -> UnmatchedResult:
    """Say whose the results are; they are released to that patient, whatever the message says."""
    patient = await patient_of(work, mrn)
    if patient is None:
        raise Invalid({"mrn": "Nobody here has this record number."})
    held = await _decided(work, held_id, Decision.MATCHED, reason, seen)
    held.patient_id = patient.id
    await _again(work, held)
    return held


async def create(work: Work, held_id: UUID, reason: str, *, seen: int | None) -> UnmatchedResult:
    """Have a record made of whom the message names, and the results released to it."""
    held = await _decided(work, held_id, Decision.CREATED, reason, seen)
    await _again(work, held)
    return held


async def reject(work: Work, held_id: UUID, reason: str, *, seen: int | None) -> UnmatchedResult:
    """Decide that the results are nobody's here; the message stays readable with the reason."""
    held = await _decided(work, held_id, Decision.REJECTED, reason, seen)
    message = await work.access(Hl7Message, held.message_id, MAY, lock=True)
    message.state, message.reason, message.done_at = MessageState.REJECTED, None, work.now
    await _told(work, held)
    return held


async def patient_of(work: Work, mrn: str) -> Patient | None:
    """Find whom a record number means; the laboratory may see who that is, and the trail says so.

    No relation explains the patient yet: the results that wait are the reason.
    """
    if not work.may(MAY):
        return None
    aside = work.watched(_READER, frozenset({D0, D1}))
    found = await of_mrn(aside, mrn.strip())
    if found is not None:
        work.shown([found.id], [D1])
    return found


async def _decided(
    work: Work, held_id: UUID, decision: Decision, reason: str, seen: int | None
) -> UnmatchedResult:
    said = reason.strip()
    if not said or len(said) > LONGEST:
        raise Invalid({"reason": f"Say why, in at most {LONGEST} characters."})
    held = await work.access(UnmatchedResult, held_id, MAY, lock=True, seen=seen)
    if held.decision is not None:
        raise NotAllowed(f"This was decided: {held.decision.word.lower()}.", "unmatched.decided")
    held.decision, held.decided_at, held.decided_by = decision, work.now, work.actor.id
    await work.seal(held, said=said)
    return held


async def _again(work: Work, held: UnmatchedResult) -> None:
    message = await work.access(Hl7Message, held.message_id, MAY, lock=True)
    if message.state is not MessageState.REVIEW:
        raise NotAllowed(f"This message is {message.state.word}.", "unmatched.decided")
    again(message, work)
    await _told(work, held)


async def _told(work: Work, held: UnmatchedResult) -> None:
    work.record(MessageWaits(held.message_id))
    eyes = work.watched(_READER, frozenset({D0}))
    intake_changed(eyes)
    await changed(eyes)
