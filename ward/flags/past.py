"""Past: every flag and every decision about resuscitation, newest first."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.access import D3
from domain.flags import Ending
from ward.adt.models import Encounter
from ward.duty.queries import names
from ward.flags.models import ResuscitationDecision, StandingFlag
from ward.flags.queries import DETAILS, who
from ward.flags.queries import by as by_whom
from ward.patients.queries import among
from ward.projections import projection
from ward.work import Work


@projection(D3)
class PastLine:
    """One flag or decision with its end."""

    what: str
    words: str | None
    by: str | None
    at: datetime
    ended: tuple[str, datetime] | None
    ended_by: str | None
    why: str | None


async def past_of(work: Work, patient_id: UUID) -> list[PastLine]:
    """Answer: what stood about this patient, and until when?"""
    lines = [*await _flags(work, patient_id), *await _decisions(work, patient_id)]
    return sorted(lines, key=lambda line: line.at, reverse=True)


async def _flags(work: Work, patient_id: UUID) -> list[PastLine]:
    mine = select(StandingFlag).where(StandingFlag.patient_id == patient_id)
    rows = await work.every(mine, DETAILS)
    words: dict[UUID, str | None] = await work.open(rows, StandingFlag.words)
    whys: dict[UUID, str | None] = await work.open(rows, StandingFlag.end_reason)
    stays = select(Encounter).where(
        among(Encounter.id, [row.encounter_id for row in rows if row.encounter_id])
    )
    left = {one.id: one.discharged_at for one in await work.every(stays, DETAILS)}
    people = await names(work, [one for row in rows for one in (row.set_by, row.ended_by) if one])
    found = []
    for row in rows:
        ended = _ended(row, left.get(row.encounter_id) if row.encounter_id else None)
        by, until = who(people, row.set_by), who(people, row.ended_by)
        said = (None, None) if row.kind.guarded else (words[row.id], whys[row.id])
        found.append(PastLine(row.kind.word, said[0], by, row.set_at, ended, until, said[1]))
    return found


def _ended(row: StandingFlag, left: datetime | None) -> tuple[str, datetime] | None:
    """Tell how a flag ended; one of a stay that was left ended with it."""
    if row.ended_at is not None and row.ending is not None:
        return row.ending.word, row.ended_at
    return ("With the stay", left) if left is not None else None


async def _decisions(work: Work, patient_id: UUID) -> list[PastLine]:
    mine = select(ResuscitationDecision).where(ResuscitationDecision.patient_id == patient_id)
    rows = await work.every(mine, DETAILS)
    reasons: dict[UUID, str | None] = await work.open(rows, ResuscitationDecision.reason)
    whys: dict[UUID, str | None] = await work.open(rows, ResuscitationDecision.void_reason)
    users = [one for row in rows for one in (row.decided_by, row.voided_by) if one]
    people = await names(work, users)
    found = []
    for row in rows:
        ended, until = _replaced(row), who(people, row.voided_by)
        said, at = (reasons[row.id], by_whom(row, people)), row.decided_at
        found.append(PastLine(row.status.word, *said, at, ended, until, whys[row.id]))
    return found


def _replaced(row: ResuscitationDecision) -> tuple[str, datetime] | None:
    if row.voided_at is not None:
        return Ending.ERROR.word, row.voided_at
    return ("Decided again", row.replaced_at) if row.replaced_at is not None else None
