"""Asking: a pharmacist asks the prescriber about an order; the order waits, and a task calls."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.access import D4, Permission
from domain.errors import NotAllowed
from ward.db import new_id
from ward.duty.queries import names
from ward.medications.doubts import PharmacyQuestion
from ward.medications.events import PrescriberAnswered, PrescriberAsked
from ward.medications.held import actor_id
from ward.medications.models import MedicationRequest
from ward.patients.models import Patient
from ward.patients.queries import among
from ward.projections import projection
from ward.work import Work

ASK, ANSWER, VIEW = (
    Permission.VERIFY_MEDICATION,
    Permission.PRESCRIBE,
    Permission.VIEW_MEDICATIONS,
)
LONGEST = 500


@projection(D4)
class Doubt:
    """A question about an order, and its answer if there is one."""

    id: UUID
    request_id: UUID
    patient_id: UUID
    question: str
    asked_at: datetime
    asked_by: str
    answer: str | None
    answered_at: datetime | None
    answered_by: str
    version: int


async def ask(work: Work, request_id: UUID, question: str) -> PharmacyQuestion:
    """Ask the prescriber about an order; it stays on the list, with the question."""
    first = await work.access(MedicationRequest, request_id, ASK)
    patient = await work.access(Patient, first.patient_id, ASK, lock="share")
    request = await work.access(MedicationRequest, request_id, ASK, lock="share")
    if not request.status.stands:
        raise NotAllowed("This order has ended. Nothing is asked about it.", "medications.status")
    row = PharmacyQuestion(
        id=new_id(),
        patient_id=patient.id,
        request_id=request.id,
        asked_at=work.now,
        asked_by=actor_id(work),
    )
    await work.seal(row, question=question.strip()[:LONGEST])
    work.add(row, ASK)
    await work.flush()
    work.record(PrescriberAsked(patient.id, patient.ward_id, request.id, row.id))
    return row


async def answer(work: Work, question_id: UUID, text: str, *, seen: int | None) -> PharmacyQuestion:
    """Answer what a pharmacist asked; the order itself is changed on the chart."""
    first = await work.access(PharmacyQuestion, question_id, ANSWER)
    patient = await work.access(Patient, first.patient_id, ANSWER, lock="share")
    row = await work.access(PharmacyQuestion, question_id, ANSWER, lock=True, seen=seen)
    if row.answered_at is not None:
        raise NotAllowed("This was answered already.", "medications.answered")
    row.answered_at, row.answered_by = work.now, actor_id(work)
    await work.seal(row, answer=text.strip()[:LONGEST])
    await work.flush()
    work.record(PrescriberAnswered(patient.id, patient.ward_id, row.request_id, row.id))
    return row


async def of_requests(work: Work, request_ids: Iterable[UUID]) -> dict[UUID, Doubt]:
    """Answer: what was asked last about each of these orders?"""
    mine = select(PharmacyQuestion).where(among(PharmacyQuestion.request_id, request_ids))
    rows = await work.every(mine.order_by(PharmacyQuestion.id), VIEW)
    return {one.request_id: one for one in await _opened(work, rows)}


async def one(work: Work, question_id: UUID) -> Doubt:
    """Give one question."""
    row = await work.access(PharmacyQuestion, question_id, VIEW)
    return (await _opened(work, [row]))[0]


async def _opened(work: Work, rows: list[PharmacyQuestion]) -> list[Doubt]:
    asked: dict[UUID, str] = await work.open(rows, PharmacyQuestion.question)
    said: dict[UUID, str | None] = await work.open(rows, PharmacyQuestion.answer)
    users = {row.asked_by for row in rows} | {row.answered_by for row in rows}
    called = {
        user: person.name for user, person in (await names(work, filter(None, users))).items()
    }
    return [
        Doubt(
            id=row.id,
            request_id=row.request_id,
            patient_id=row.patient_id,
            question=asked[row.id],
            asked_at=row.asked_at,
            asked_by=called.get(row.asked_by, "") if row.asked_by else "",
            answer=said[row.id],
            answered_at=row.answered_at,
            answered_by=called.get(row.answered_by, "") if row.answered_by else "",
            version=row.version,
        )
        for row in rows
    ]
