"""Own: who looked at one's record, in words that need no explaining."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Uuid, select, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY

from domain.access import D0, D9, Permission, Role
from ward.audit import looks, words
from ward.audit.looks import Reader, Told
from ward.audit.queries import plan_by_value
from ward.duty.queries import names as staff_names
from ward.errors import Missing
from ward.patients.models import Patient, PatientAccount
from ward.projections import projection
from ward.security.actors import System
from ward.security.glass import BreakGlass
from ward.trail import Action, AuditEvent, Outcome
from ward.work import Work

BACK = timedelta(days=365)
MOST = 5_000  # events that are read; the page says so when there were more
VIEW = Permission.VIEW_ACCESS
_PATIENTS = type_coerce(AuditEvent.patients, ARRAY(Uuid))
_READER = System("job:access", frozenset())
#: The same look going on, and what only opens or ends what is then looked at.
_ALONG = frozenset(
    {"live.view_end", "live.view_delta", "breakglass.open_record", "breakglass.end_own"}
)
_NONE = UUID(int=0)


@projection(D9)
class Seen:
    """One person on one day, at one part of the record."""

    on: date
    first: datetime
    who: str
    role: str
    what: str
    why: str
    times: int
    tried: bool  # was refused: nothing was shown
    changed: bool
    opened: str | None = None  # by break-glass: why, and what the hospital found of it
    own: bool = False  # it was whose record it is


@dataclass(slots=True)
class _Group:
    rows: list[AuditEvent] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Telling:
    """To whom it is told, with whose names and where the clock hangs."""

    names: dict[UUID, str]
    zone: ZoneInfo
    reader: Reader
    opened: dict[UUID, Told]


async def who_looked(
    work: Work, patient_id: UUID, zone: ZoneInfo, reader: Reader
) -> tuple[list[Seen], bool]:
    """Answer: who looked at this record in the last year? And whether there was more to tell."""
    await work.access(Patient, patient_id, VIEW)
    await plan_by_value(work)
    chosen = (
        select(AuditEvent)
        .where(_PATIENTS.contains([patient_id]), AuditEvent.at > work.now - BACK)
        .where(AuditEvent.actor_kind == "person", AuditEvent.code.not_in(_ALONG))
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        .limit(MOST + 1)
    )
    rows = await work.every(chosen, VIEW)
    aside = work.watched(_READER, frozenset({D0}))
    names = await staff_names(aside, {row.actor_id for row in rows if row.actor_id})
    called = {one: person.name for one, person in names.items()}
    telling = _Telling(called, zone, reader, await _opened(work, patient_id))
    return _grouped(rows[:MOST], telling), len(rows) > MOST


async def _opened(work: Work, patient_id: UUID) -> dict[UUID, Told]:
    """Say of each time the record was opened by break-glass why, and what was found of it."""
    cases = await work.every(select(BreakGlass).where(BreakGlass.patient_id == patient_id), VIEW)
    return {one.id: looks.opened(one.reason, one.verdict) for one in cases}


Key = tuple[date, UUID | None, Told, bool, UUID | None]


def _grouped(rows: Sequence[AuditEvent], telling: _Telling) -> list[Seen]:
    """Put looks of one person at one part on one day together; the newest first."""
    groups: dict[Key, _Group] = {}
    for row in rows:
        day, tried = row.at.astimezone(telling.zone).date(), row.outcome is Outcome.REFUSED
        part = looks.part(row.code, row.resource)
        key = (day, row.actor_id, part, tried, row.break_glass)
        groups.setdefault(key, _Group()).rows.append(row)
    return [_seen(key, group.rows, telling) for key, group in groups.items()]


def _seen(key: Key, rows: list[AuditEvent], telling: _Telling) -> Seen:
    day, person, part, tried, case = key
    role = rows[0].actor_name
    relation = next((row.relation for row in rows if row.relation), "")
    opened = telling.opened.get(case or _NONE)
    changes = (Action.CREATE, Action.UPDATE, Action.DELETE)
    return Seen(
        on=day,
        first=rows[-1].at,
        who=telling.names.get(person or _NONE) or "Somebody",
        role=words.role(role),
        what=part.to(telling.reader),
        why=looks.reason(role, relation).to(telling.reader),
        times=len(rows),
        tried=tried,
        changed=any(row.action in changes for row in rows),
        opened=opened.to(telling.reader) if opened else None,
        own=role == Role.PATIENT.value,
    )


async def mine(work: Work) -> UUID:
    """Answer: whose record is whoever asks?"""
    aside = work.watched(_READER, frozenset({D9}))
    account = select(PatientAccount).where(
        PatientAccount.user_id == work.actor.id, PatientAccount.ended_at.is_(None)
    )
    rows = await aside.every(account, VIEW)
    if not rows:
        raise Missing("There is no record of your own here.")
    return rows[0].patient_id
