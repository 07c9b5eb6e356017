"""Queries: the papers of a patient, and what one is worth."""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.access import D4, Permission
from domain.dispensing import Worth, worth
from ward.duty.queries import names
from ward.medications.words import line_words
from ward.prescriptions.models import Prescription, Supply
from ward.projections import projection
from ward.work import Work

VIEW = Permission.VIEW_MEDICATIONS
CHECK = Permission.CHECK_PRESCRIPTION


@projection(D4)
class PaperView:
    """One paper, as the chart lists it."""

    id: UUID
    encounter_id: UUID
    worth: Worth
    medicines: tuple[str, ...]
    issued_at: datetime
    issued_by: str
    valid_until: datetime
    ended_at: datetime | None
    where: str | None
    reason: str | None
    version: int


@projection(D4)
class Papers:
    """All papers of a patient, newest first."""

    items: tuple[PaperView, ...]


async def of_patients(work: Work, patient_ids: Sequence[UUID]) -> Mapping[UUID, Papers]:
    """Answer: which papers were signed for these patients?"""
    theirs = select(Prescription).where(Prescription.patient_id.in_(patient_ids))
    rows = await work.every(theirs.order_by(Prescription.issued_at.desc()), VIEW)
    supplies: dict[UUID, tuple[Supply, ...]] = await work.open(rows, Prescription.supplies)
    where = await work.open(rows, Prescription.dispensed_where)
    reasons = await work.open(rows, Prescription.cancel_reason)
    people = await names(work, {row.issued_by for row in rows})
    found: dict[UUID, list[PaperView]] = {one: [] for one in patient_ids}
    for row in rows:
        found[row.patient_id].append(
            PaperView(
                id=row.id,
                encounter_id=row.encounter_id,
                worth=worth_of(row, work.now),
                medicines=tuple(line_words(one.detail).whole for one in supplies[row.id]),
                issued_at=row.issued_at,
                issued_by=people[row.issued_by].name,
                valid_until=row.valid_until,
                ended_at=row.dispensed_at or row.cancelled_at,
                where=where[row.id],
                reason=reasons[row.id],
                version=row.version,
            )
        )
    return {one: Papers(tuple(papers)) for one, papers in found.items()}


def worth_of(row: Prescription, now: datetime) -> Worth:
    """Tell what a paper is worth now."""
    return worth(row.valid_until, row.dispensed_at, row.cancelled_at, now)


async def by_token(work: Work, token: str, *, lock: bool = False) -> Prescription | None:
    """Answer: which paper carries this token? None for any other text."""
    marked = select(Prescription).where(
        Prescription.token_hash == work.node.vault.hash("prescription", token)
    )
    marked = marked.with_for_update(of=Prescription) if lock else marked
    return next(iter(await work.every(marked, CHECK)), None)


async def pdf_of(work: Work, prescription_id: UUID) -> bytes:
    """Answer: the paper as it left, byte for byte."""
    row = await work.access(Prescription, prescription_id, VIEW)
    return b64decode((await work.open([row], Prescription.paper))[row.id].pdf)
