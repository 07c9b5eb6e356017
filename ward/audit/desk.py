"""Desk: the signals as cases: who, whom, when, and why it is possibly fine."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Uuid, select, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY

from domain.access import D9, Permission, Role
from ward.audit import words
from ward.audit.models import AuditSignal, Honeytoken, SignalKind, SignalState, Watch
from ward.audit.queries import names_of_staff
from ward.duty.models import Duty
from ward.patients.index import index_of
from ward.patients.queries import Named, among, names_of
from ward.places.models import Ward
from ward.projections import projection
from ward.security.models import Grant
from ward.trail import AuditEvent, Outcome
from ward.work import Work

SHOWN = 50
VIEW = Permission.VERIFY_TRAIL
_PATIENTS = type_coerce(AuditEvent.patients, ARRAY(Uuid))
_HOUSE_WIDE = {
    Role.LAB.value: "The laboratory works for every ward.",
    Role.PHARMACIST.value: "The pharmacy works for every ward.",
    Role.RECEPTION.value: "Registration opens the records of all patients.",
    Role.ADMIN.value: "Administration looks after the records of all patients.",
}
BACK = timedelta(days=7)
_EXPORTERS = frozenset({Role.PRIVACY.value, Role.ADMIN.value})
COMMON = 3  # people of one name from which a name is common here


@projection(D9)
class Case:
    """One signal, as it is decided about."""

    id: UUID
    version: int
    kind: SignalKind
    who: str
    who_id: UUID
    whom: str | None
    whom_id: UUID | None
    first_at: datetime
    last_at: datetime
    events: int
    fine: tuple[str, ...]
    state: SignalState
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None
    mine: bool


async def cases(work: Work, kind: SignalKind | None, *, open_ones: bool) -> list[Case]:
    """Answer: which signals wait for a decision, or which were decided?"""
    chosen = select(AuditSignal).where(
        AuditSignal.state == SignalState.OPEN
        if open_ones
        else AuditSignal.state != SignalState.OPEN
    )
    if kind:
        chosen = chosen.where(AuditSignal.kind == kind)
    rows = await work.every(chosen.order_by(AuditSignal.last_at.desc()).limit(SHOWN), VIEW)
    people = await names_of_staff(
        work, {one for row in rows for one in (row.actor_id, row.decided_by)}
    )
    whom = sorted({row.patient_id for row in rows if row.patient_id})
    patients = await names_of(work, whom)
    reasons = await work.open(rows, AuditSignal.reason)
    return [
        Case(
            id=row.id,
            version=row.version,
            kind=row.kind,
            who=people.get(row.actor_id, "Somebody"),
            who_id=row.actor_id,
            whom=_called(patients, row.patient_id),
            whom_id=row.patient_id,
            first_at=row.first_at,
            last_at=row.last_at,
            events=row.events,
            fine=await possibly_fine(work, row, patients) if open_ones else (),
            state=row.state,
            reason=reasons[row.id],
            decided_by=people.get(row.decided_by) if row.decided_by else None,
            decided_at=row.decided_at,
            mine=row.actor_id == work.actor.id,
        )
        for row in rows
    ]


def _called(patients: dict[UUID, Named], one: UUID | None) -> str | None:
    return patients[one].name if one in patients else None


async def possibly_fine(
    work: Work, signal: AuditSignal, patients: dict[UUID, Named]
) -> tuple[str, ...]:
    """Say what speaks for an ordinary reason, so that nobody is accused by a rule."""
    looks = await _looks(work, signal)
    said = [_by_role(looks), *_by_relation(looks), await _by_duty(work, signal)]
    if signal.kind is SignalKind.FAMILY and (one := patients.get(signal.patient_id or UUID(int=0))):
        said.append(await _by_name(work, one))
    said.append(_by_kind(signal, looks))
    if signal.kind is SignalKind.DORMANT:
        said.append(await _by_grant(work, signal))
    return tuple(dict.fromkeys(filter(None, said)))


async def _looks(work: Work, signal: AuditSignal) -> list[AuditEvent]:
    chosen = select(AuditEvent).where(
        AuditEvent.actor_id == signal.actor_id,
        AuditEvent.at >= signal.first_at,
        AuditEvent.at <= signal.last_at,
    )
    if signal.patient_id:
        chosen = chosen.where(_PATIENTS.contains([signal.patient_id]))
    return await work.every(chosen.order_by(AuditEvent.at).limit(100), Permission.VIEW_TRAIL)


def _by_role(looks: Sequence[AuditEvent]) -> str:
    return next((_HOUSE_WIDE[row.actor_name] for row in looks if row.actor_name in _HOUSE_WIDE), "")


def _by_relation(looks: Sequence[AuditEvent]) -> list[str]:
    said = []
    if looks and all(row.outcome is Outcome.REFUSED for row in looks):
        said.append("Nothing was shown: each look was refused.")
    cared = {row.relation for row in looks} & {*words.CARE}
    said += [f"There was a reason at the time: {words.why(one).lower()}." for one in sorted(cared)]
    if looks and not any(words.CLINICAL.intersection(row.data_classes) for row in looks):
        said.append("Nothing clinical was shown.")
    return said


async def _by_duty(work: Work, signal: AuditSignal) -> str:
    ended = Duty.ended_at.is_(None) | (Duty.ended_at >= signal.first_at)
    stood = select(Duty).where(Duty.user_id == signal.actor_id, Duty.since <= signal.last_at, ended)
    duties = await work.every(stood.limit(3), Permission.VIEW_DUTY)
    wanted = sorted({duty.ward_id for duty in duties})
    wards = await work.every(select(Ward).where(among(Ward.id, wanted)), Permission.VIEW_PLACES)
    return f"Was on duty on {', '.join(ward.label for ward in wards)}." if wards else ""


def _by_kind(signal: AuditSignal, looks: Sequence[AuditEvent]) -> str:
    """Say what is ordinary about this kind itself."""
    match signal.kind:
        case SignalKind.AFTER:
            return "Letters, codes and late results are often finished after a patient has left."
        case SignalKind.COLLEAGUE:
            return "Two people may have one name; and who works here is cared for here too."
        case SignalKind.HOUSEHOLD:
            return "A house or a telephone is shared by more than a family."
        case SignalKind.RIGHTS:
            return "It was refused: nothing was given."
        case SignalKind.EXPORTS if {row.actor_name for row in looks} & _EXPORTERS:
            return "Taking files out is part of this role's work."
    return ""


async def _by_grant(work: Work, signal: AuditSignal) -> str:
    """Say that somebody was given a role lately: they may be back after a time away."""
    lately = select(Grant).where(
        Grant.user_id == signal.actor_id,
        Grant.since > signal.first_at - BACK,
        Grant.since <= signal.last_at,
    )
    found = await work.every(lately.limit(1), Permission.VIEW_STAFF)
    return "Was given a role in the week before: perhaps back after a time away." if found else ""


async def _by_name(work: Work, patient: Named) -> str:
    family = patient.name.partition(",")[0]
    alike = len(index_of(work.node).search(family, SHOWN))
    return (
        f"{family} is a common name here: {alike} records have one like it."
        if (alike >= COMMON)
        else ""
    )


@projection(D9)
class Token:
    """A record that nobody should open."""

    id: UUID
    version: int
    patient_id: UUID
    name: str
    set_at: datetime
    watch: Watch


async def honeytokens(work: Work) -> list[Token]:
    """Answer: which records should nobody open?"""
    chosen = select(Honeytoken).where(Honeytoken.ended_at.is_(None)).order_by(Honeytoken.set_at)
    rows = await work.every(chosen, VIEW)
    patients = await names_of(work, [row.patient_id for row in rows])
    return [
        Token(
            row.id,
            row.version,
            row.patient_id,
            _called(patients, row.patient_id) or "",
            row.set_at,
            row.watch,
        )
        for row in rows
    ]
