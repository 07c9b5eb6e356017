"""Commands: ask that a record be erased, agree to it, or let it be."""

from contextlib import suppress
from dataclasses import replace
from uuid import UUID

from sqlalchemy import LargeBinary, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.access import D1, D10, Permission
from domain.errors import NotAllowed
from realtime import outbox
from ward.crypto import Unreadable
from ward.db import new_id
from ward.erasure.events import RecordErased
from ward.erasure.models import Erasure, ErasureState, Ground
from ward.erasure.queries import HOLDS
from ward.errors import Invalid
from ward.keys import erased
from ward.node import Node
from ward.patients.marks import mrn_mark
from ward.patients.models import Patient
from ward.security.actors import System
from ward.trail import Action
from ward.work import Work

ASK, APPROVE = Permission.ASK_ERASURE, Permission.APPROVE_ERASURE
LONGEST = 2_000
_DESK = System("erasure", frozenset())

# What stands against it: a record that is needed for somebody's care today.
_BED = text("""
    SELECT 1 FROM stay WHERE patient_id = :patient AND ended_at IS NULL AND voided_at IS NULL
""")
_VISIT = text("""
    SELECT 1 FROM encounter WHERE patient_id = :patient
        AND status IN ('planned', 'in-progress', 'onleave')
""")
_COMES = text("""
    SELECT 1 FROM appointment WHERE patient_id = :patient AND ends_at > now()
        AND status IN ('pending', 'booked', 'arrived', 'checked-in')
""")
_AGAINST = (
    (_BED, "This patient lies in a bed here. A record is erased after somebody has gone home."),
    (_VISIT, "This patient has a visit here that is not over."),
    (_COMES, "This patient has appointments. Cancel them first."),
)
# Messages about the patient have keys of their own; whom they are about is a keyed hash.
_MESSAGES = text("SELECT message_id FROM hl7_subject WHERE hash = ANY(:marks)").bindparams(
    bindparam("marks", type_=ARRAY(LargeBinary))
)


async def ask(work: Work, number: str, ground: Ground, reason: str) -> Erasure:
    """Ask that a record be erased; nothing happens to it until somebody else agrees."""
    patient = await _numbered(work, number)
    await _refuse_needed(work, patient.id)
    assert work.actor.id is not None
    row = Erasure(
        id=new_id(),
        patient_id=patient.id,
        ground=ground,
        asked_by=work.actor.id,
        asked_at=work.now,
    )
    work.add(row, ASK)
    await work.seal(row, reason=reason[:LONGEST])
    _about(work, patient.id)
    await work.flush()
    return row


async def approve(work: Work, erasure_id: UUID, number: str, *, seen: int | None) -> Erasure:
    """Agree, and erase: the keys are destroyed in this very transaction."""
    row = await _waiting(work, erasure_id, APPROVE, seen)
    _about(work, row.patient_id)
    if row.asked_by == work.actor.id:
        raise NotAllowed("You asked for this. Somebody else decides it.")
    if row.asked_at + HOLDS <= work.now:
        raise NotAllowed("This was asked for too long ago. Let it be, and ask anew.")
    patient = await _numbered(work, number)
    if patient.id != row.patient_id:
        raise Invalid({"number": "This is the number of another record."})
    await _refuse_needed(work, patient.id)
    await _destroy(work, patient)
    row.state, row.decided_by, row.decided_at = ErasureState.DONE, work.actor.id, work.now
    work.record(RecordErased(row.patient_id))
    return row


async def cancel(work: Work, erasure_id: UUID, *, seen: int | None) -> Erasure:
    """Let the record be."""
    row = await _waiting(work, erasure_id, APPROVE if work.may(APPROVE) else ASK, seen)
    row.state, row.decided_by, row.decided_at = ErasureState.CANCELLED, work.actor.id, work.now
    _about(work, row.patient_id)
    return row


async def _waiting(
    work: Work, erasure_id: UUID, permission: Permission, seen: int | None
) -> Erasure:
    row = await work.access(Erasure, erasure_id, permission, lock=True, seen=seen)
    if row.state is not ErasureState.WAITING:
        raise NotAllowed("This was decided already.")
    return row


async def _numbered(work: Work, number: str) -> Patient:
    """Find the record of this number; whoever asks need not care for the patient."""
    mark = mrn_mark(work.node.vault, number)
    aside = work.watched(_DESK, frozenset({D1}))
    asked = select(Patient).where(Patient.mrn_hash == mark).with_for_update()
    found = await aside.every(asked, Permission.VIEW_PATIENT)
    if not found:
        raise Invalid({"number": "No record has this number."})
    return found[0]


async def _refuse_needed(work: Work, patient_id: UUID) -> None:
    connection = await work.connection()
    for found, sentence in _AGAINST:
        if (await connection.execute(found, {"patient": patient_id})).first():
            raise NotAllowed(sentence)


async def _destroy(work: Work, patient: Patient) -> None:
    """Destroy the keys of the record and of the messages about it, and what it is found by."""
    connection = await work.connection()
    marks = await _marks(work, patient)
    messages = (await connection.execute(_MESSAGES, {"marks": sorted(marks)})).scalars().all()
    await erased.destroy(connection, [patient.id, *messages])
    await outbox.renew_epoch(connection)  # every screen asks for the whole again
    work.intent = replace(work.intent, action=Action.DELETE)


async def _marks(work: Work, patient: Patient) -> set[bytes]:
    """Hash every number the patient was known by; of a damaged record the first one alone."""
    aside = work.watched(_DESK, frozenset({D1}))
    marks = {patient.mrn_hash}
    with suppress(Unreadable):
        person = (await aside.open([patient], Patient.identity))[patient.id]
        marks |= {mrn_mark(work.node.vault, one.value) for one in person.numbers}
    return marks


def _about(work: Work, patient_id: UUID) -> None:
    work.shown([patient_id], {D10})


async def sweep(node: Node) -> None:
    """Have PostgreSQL drop the former versions of keys from the table's pages, if it can now."""
    async with node.asking.connect() as connection:
        await _vacuum(connection)


async def _vacuum(connection: AsyncConnection) -> None:
    with suppress(SQLAlchemyError):
        await connection.execute(text("VACUUM subject_key"))
