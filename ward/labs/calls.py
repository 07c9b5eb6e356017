"""Calls: a critical result is told by telephone, read back, and that is written down."""

from dataclasses import dataclass
from uuid import UUID

from domain.access import Permission
from domain.errors import NotAllowed
from domain.labs import CRITICAL
from ward.db import new_id
from ward.labs.details import ReadBack, ResultDetail
from ward.labs.events import CriticalCalled
from ward.labs.models import CriticalCall, LabResult
from ward.patients.models import Patient
from ward.security.actors import Actor
from ward.work import Work

MAY = Permission.CALL_CRITICAL
LONGEST = 200


@dataclass(frozen=True, slots=True, repr=False)
class CallSaid:
    """What somebody says of a call; nobody answered when `receiver` is empty."""

    receiver: str = ""
    caller: str = ""  # empty: whoever writes it down
    correct: bool = False
    note: str = ""


async def call(work: Work, result_id: UUID, said: CallSaid) -> CriticalCall:
    """Write down a call about a critical result: an attempt, or who heard it and read it back."""
    first = await work.access(LabResult, result_id, MAY)
    patient = await work.access(Patient, first.patient_id, MAY, lock="share")
    result = await work.access(LabResult, result_id, MAY, lock="share")
    if result.replaced_at is not None or result.rank < CRITICAL:
        raise NotAllowed("This result is not critical, or was replaced. Look again.", "labs.call")
    _check(said)
    detail: ResultDetail = (await work.open([result], LabResult.detail))[result.id]
    row = CriticalCall(
        id=new_id(),
        patient_id=patient.id,
        result_id=result.id,
        at=work.now,
        by=work.actor.id if isinstance(work.actor, Actor) else None,
        reached=bool(said.receiver.strip()),
    )
    caller = said.caller.strip() or _whoever(work)
    value = " ".join(filter(None, (detail.name, f"{detail.comparator}{detail.value}", detail.unit)))
    told = ReadBack(caller, said.receiver.strip(), said.correct, said.note.strip(), value)
    await work.seal(row, said=told)
    work.add(row, MAY)
    work.record(CriticalCalled(patient.id, patient.ward_id, result.report_id, result.id))
    return row


def _check(said: CallSaid) -> None:
    if max(map(len, (said.receiver, said.caller, said.note))) > LONGEST:
        raise NotAllowed(f"A text is longer than {LONGEST} letters. Shorten it.", "labs.text")
    if said.receiver.strip() and not said.correct:
        raise NotAllowed(
            "Have the value read back until it is right, then write it down.", "labs.read-back"
        )


def _whoever(work: Work) -> str:
    return work.actor.display if isinstance(work.actor, Actor) else work.actor.name
