"""Own: who looked at one's record, in words that need no explaining."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Uuid, select, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY

from domain.access import D0, D9, Permission, Relation, Role
from domain.breakglass import Verdict
from ward.audit import words
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

PARTS = {
    "adt": "where you stayed",
    "alerts": "warnings about you",
    "audit": "the list of who looked at your record",
    "beds": "the list of beds, with you on it",
    "breakglass": "the list of who opened your record without being on your team",
    "care": "medicines that were due",
    "duty": "who looks after you",
    "labs": "your test results",
    "medications": "your medicines",
    "patients": "your personal record",
    "portal": "your own pages",
    "prescriptions": "your prescriptions",
    "reconciliation": "the medicines you take at home",
    "scheduling": "your appointments",
    "tasks": "what was to be done for you",
    "vitals": "your measurements",
    "wristbands": "your wristband",
}
_HOUSE = {
    Role.PRIVACY.value: "checks that records are used rightly",
    Role.ADMIN.value: "looks after the hospital's records",
}
REASONS = {
    Relation.WARD: "works where you were a patient",
    Relation.RECENT: "looked after you shortly before",
    Relation.COMING: "was asked to take you over",
    Relation.ADMISSION: "was admitting patients",
    Relation.CLERK: "works at registration",
    Relation.OVERSIGHT: "checks that records are used rightly",
    Relation.AUTHOR: "wrote the letter of your stay",
    Relation.LAB: "was asked for your tests",
    Relation.APPOINTMENT: "expected you for an appointment",
    Relation.PLACE: "works where you were a patient",
    Relation.OWN: "this is your own record",
    Relation.BREAK_GLASS: "opened your record without being on your team",
}


_NONE = UUID(int=0)
_FOUND = {
    None: "Opened without being on your team: {why}. The hospital checks whether that was right.",
    Verdict.JUSTIFIED: "Opened without being on your team: {why}. The hospital checked it: it was"
    " right.",
    Verdict.NOT_JUSTIFIED: "Opened without being on your team: {why}. The hospital checked it: it"
    " was not right.",
}


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


async def who_looked(work: Work, patient_id: UUID, zone: ZoneInfo) -> tuple[list[Seen], bool]:
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
    told = await _opened(work, patient_id)
    return _grouped(rows[:MOST], called, zone, told), len(rows) > MOST


def told_to_another(seen: Sequence[Seen]) -> list[Seen]:
    """Tell the looks as of somebody else's record."""
    return [replace(one, what=of_another(one.what), why=of_another(one.why)) for one in seen]


async def _opened(work: Work, patient_id: UUID) -> dict[UUID, str]:
    """Say of each time the record was opened by break-glass why, and what was found of it."""
    cases = await work.every(select(BreakGlass).where(BreakGlass.patient_id == patient_id), VIEW)
    return {one.id: _FOUND[one.verdict].format(why=one.reason.plain) for one in cases}


Key = tuple[date, UUID | None, str, bool, UUID | None]


def _grouped(
    rows: Sequence[AuditEvent], names: dict[UUID, str], zone: ZoneInfo, told: dict[UUID, str]
) -> list[Seen]:
    """Put looks of one person at one part on one day together; the newest first."""
    groups: dict[Key, _Group] = {}
    for row in rows:
        day, tried = row.at.astimezone(zone).date(), row.outcome is Outcome.REFUSED
        key = (day, row.actor_id, part(row.code, row.resource), tried, row.break_glass)
        groups.setdefault(key, _Group()).rows.append(row)
    return [
        _seen(key, group.rows, names.get(key[1], "") if key[1] else "", told.get(key[4] or _NONE))
        for key, group in groups.items()
    ]


def _seen(key: Key, rows: list[AuditEvent], name: str, opened: str | None) -> Seen:
    relation = next((row.relation for row in rows if row.relation), "")
    changes = (Action.CREATE, Action.UPDATE, Action.DELETE)
    return Seen(
        on=key[0],
        first=rows[-1].at,
        who=name or "Somebody",
        role=words.role(rows[0].actor_name),
        what=key[2],
        why=_reason(rows[0].actor_name, relation),
        times=len(rows),
        tried=key[3],
        changed=any(row.action in changes for row in rows),
        opened=opened,
        own=rows[0].actor_name == Role.PATIENT.value,
    )


def _reason(role: str, relation: str) -> str:
    """Say what explained it; those who look after the whole house have their own reason."""
    if role in _HOUSE:
        return _HOUSE[role]
    return REASONS.get(Relation(relation), "") if relation in set(Relation) else ""


def part(code: str, resource: str = "") -> str:
    """Say which part of the record it was, to whom it belongs."""
    module = code.partition(".")[0]
    if module == "live":
        return PARTS["patients"] if resource == "patient" else PARTS["beds"]
    if code in {"patients.find", "patients.palette"}:
        return "your name, in a search"
    return PARTS.get(module, "your record")


_OF_ANOTHER = (
    ("you take", "the patient takes"),
    ("you were a patient", "the patient was"),
    ("your", "the patient's"),
    ("you", "the patient"),
)


def of_another(text: str) -> str:
    """Say the same to somebody who reads of another's record: whose it is, and not "your"."""
    for own, theirs in _OF_ANOTHER:
        text = re.sub(rf"\b{own}\b", theirs, text)
    return text


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
