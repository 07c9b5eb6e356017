"""Queries: which records are to be erased, and which were."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from domain.access import D0, D1, D10, Permission
from ward.crypto import Erased, Unreadable
from ward.duty.queries import names
from ward.erasure.models import Erasure, ErasureState, Ground
from ward.patients.models import Patient
from ward.patients.queries import Named, named
from ward.projections import projection
from ward.security.actors import System
from ward.work import Work

VIEW = Permission.VIEW_ERASURES
MOST = 100
HOLDS = timedelta(days=14)  # then it has to be asked for anew; engineering default
_DESK = System("erasure", frozenset())


@projection(D10)
class Case:
    """One record that somebody wants erased, or that was."""

    id: UUID
    patient_id: UUID
    state: ErasureState
    ground: Ground
    reason: str
    asked_by: str
    asked_at: datetime
    until: datetime
    late: bool
    mine: bool  # whoever looks has asked for it, so somebody else decides
    decided_by: str | None
    decided_at: datetime | None
    version: int


async def cases(work: Work) -> list[Case]:
    """Answer: what is to be decided, and what was decided lately?"""
    rows = await work.every(select(Erasure).order_by(Erasure.asked_at.desc()).limit(MOST), VIEW)
    reasons = await work.open(rows, Erasure.reason)
    called = await _called(work, rows)
    return [
        Case(
            id=row.id,
            patient_id=row.patient_id,
            state=row.state,
            ground=row.ground,
            reason=reasons[row.id],
            asked_by=called.get(row.asked_by, "Somebody"),
            asked_at=row.asked_at,
            until=row.asked_at + HOLDS,
            late=row.asked_at + HOLDS <= work.now,
            mine=row.asked_by == work.actor.id,
            decided_by=called.get(row.decided_by, "Somebody") if row.decided_by else None,
            decided_at=row.decided_at,
            version=row.version,
        )
        for row in rows
    ]


async def people(work: Work, listed: Iterable[Case]) -> dict[UUID, Named]:
    """Answer: who are those whose records wait? Of an erased one nothing can be said."""
    ids = [one.patient_id for one in listed if one.state is not ErasureState.DONE]
    aside = work.watched(_DESK, frozenset({D1}))
    found: dict[UUID, Named] = {}
    for patient in await aside.every(select(Patient).where(Patient.id.in_(ids)), _WHO):
        try:
            person = (await aside.open([patient], Patient.identity))[patient.id]
        except (Erased, Unreadable):
            continue
        found[patient.id] = named(patient.id, person, work)
    work.shown(found, {D1})
    return found


async def _called(work: Work, rows: Iterable[Erasure]) -> dict[UUID, str]:
    wanted = {one for row in rows for one in (row.asked_by, row.decided_by) if one is not None}
    aside = work.watched(_DESK, frozenset({D0}))
    return {one: person.name for one, person in (await names(aside, wanted)).items()}


_WHO = Permission.VIEW_PATIENT
