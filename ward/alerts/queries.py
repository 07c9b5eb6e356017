"""Queries: what consoles, bells, charts and forms read of alerts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from domain.access import D3, Permission
from domain.alerts import STANDING, AlertState, Cause, Outcome, Tier
from domain.duty import DutyRole
from ward.adt.queries import whereabouts
from ward.alerts import people
from ward.alerts.history import NOBODY
from ward.alerts.models import Alert, AlertPolicy, AlertStep, Happening, Said
from ward.changed import Change, tells
from ward.duty.queries import names
from ward.patients.queries import Named, among, names_of
from ward.places.models import Branch, Ward
from ward.projections import projection
from ward.work import Work

VIEW = Permission.VIEW_ALERTS
RECENT = 20  # alerts of a patient on the chart
NOWHERE = "–"


@projection(D3)
class AlertCard:
    """One alert as a console shows it; the patient's name is another projection."""

    id: UUID
    patient_id: UUID
    ward_id: UUID
    bed: str
    cause: Cause
    tier: Tier
    state: AlertState
    what: str
    raised_at: datetime
    again_at: datetime
    times: int
    called: DutyRole
    called_at: datetime
    next_part: DutyRole
    heard: bool
    escalates_at: datetime | None
    snoozed_until: datetime | None
    owner: str | None
    accepted_at: datetime | None
    closed_at: datetime | None
    outcome: Outcome | None
    for_users: tuple[UUID, ...]
    version: int

    @property
    def tone(self) -> str:
        """Name the colour of the design system."""
        if self.tier is Tier.NOW:
            return "critical"
        return "caution" if self.cause is Cause.NEWS_SINGLE else "warning"


@projection(D3)
class StepLine:
    """One line of an alert's history."""

    at: datetime
    happening: Happening
    called: DutyRole | None
    nobody: bool
    who: str | None
    text: str | None
    reason: str | None


@projection(D3)
class AlertStory:
    """An alert with everything that happened to it, oldest first."""

    alert: AlertCard
    steps: tuple[StepLine, ...]
    seen_by: tuple[str, ...]


@projection(D3)
class Stories:
    """The alerts of a patient: those that stand, then the newest of the others."""

    items: tuple[AlertStory, ...]


async def zone_of(work: Work, ward_id: UUID) -> tuple[Ward, ZoneInfo]:
    """Answer: what ward is this, and by which clock does it live?"""
    ward = await work.access(Ward, ward_id, Permission.VIEW_BEDS)
    branch = await work.access(Branch, ward.branch_id, Permission.VIEW_BEDS)
    return ward, ZoneInfo(branch.zone)


async def standing_on(work: Work, ward_id: UUID) -> list[Alert]:
    """Answer: which alerts of this ward has nobody closed? The loudest first, then the oldest."""
    return await work.every(_STANDING_ON, VIEW, ward=ward_id)


async def ended_since(work: Work, ward_id: UUID, since: datetime) -> list[Alert]:
    """Answer: which alerts of this ward ended today? The last one first."""
    rows = select(Alert).where(Alert.ward_id == ward_id, Alert.closed_at >= since)
    return await work.every(rows.order_by(Alert.closed_at.desc(), Alert.id), VIEW)


async def standing_of(work: Work, patient_ids: Iterable[UUID]) -> list[Alert]:
    """Answer: which alerts of these patients stand?"""
    return await work.every(_STANDING_OF, VIEW, patients=list(patient_ids))


_STANDING = select(Alert).where(Alert.state.in_(STANDING))
_LOUDEST_FIRST = _STANDING.order_by(Alert.tier, Alert.raised_at, Alert.id)
_STANDING_OF = _LOUDEST_FIRST.where(among(Alert.patient_id, "patients"))
_STANDING_ON = _LOUDEST_FIRST.where(Alert.ward_id == bindparam("ward"))


async def cards(work: Work, rows: Sequence[Alert]) -> dict[UUID, AlertCard]:
    """Answer: what does each of these alerts say, where, and whom does it call?"""
    said: dict[UUID, str] = await work.open(rows, Alert.what)
    around = await people.around(work, rows)
    owners = await names(work, [row.owner_id for row in rows if row.owner_id])
    lying = await whereabouts(work, sorted({row.patient_id for row in rows})) if rows else {}
    policies = await _policies(work, rows)
    found = {}
    for row in rows:
        place, owner = lying.get(row.patient_id), owners.get(row.owner_id) if row.owner_id else None
        called = around.called(row)
        found[row.id] = AlertCard(
            id=row.id,
            patient_id=row.patient_id,
            ward_id=row.ward_id,
            bed=place.bed if place else NOWHERE,
            cause=row.cause,
            tier=Tier(row.tier),
            state=row.state,
            what=said[row.id],
            raised_at=row.raised_at,
            again_at=row.again_at,
            times=row.times,
            called=row.called,
            called_at=row.called_at,
            next_part=next_part(row, policies.get(row.policy_id) if row.policy_id else None),
            heard=bool(called),
            escalates_at=row.escalates_at,
            snoozed_until=row.snoozed_until,
            owner=owner.name if owner else None,
            accepted_at=row.accepted_at,
            closed_at=row.closed_at,
            outcome=row.outcome,
            for_users=called,
            version=row.version,
        )
    return found


async def _policies(work: Work, rows: Iterable[Alert]) -> dict[UUID, AlertPolicy]:
    wanted = {row.policy_id for row in rows if row.policy_id and row.state is AlertState.OPEN}
    if not wanted or not work.may(Permission.VIEW_ALERT_POLICY):
        return {}
    of = select(AlertPolicy).where(among(AlertPolicy.id, wanted))
    return {row.id: row for row in await work.every(of, Permission.VIEW_ALERT_POLICY)}


def next_part(alert: Alert, policy: AlertPolicy | None) -> DutyRole:
    """Say whom an alert calls when nobody takes it in time."""
    if policy is None:
        return DutyRole.IN_CHARGE
    return DutyRole(policy.steps[min(alert.place + 1, len(policy.steps) - 1)][0])


async def named(work: Work, rows: Iterable[Alert], zone: ZoneInfo) -> Mapping[UUID, Named]:
    """Answer: whom are these alerts about?"""
    return await names_of(work, sorted({row.patient_id for row in rows}), zone)


async def stories_of(work: Work, patient_id: UUID) -> Stories:
    """Answer: what called for this patient, and what became of it?"""
    mine = select(Alert).where(Alert.patient_id == patient_id)
    rows = await work.every(mine.order_by(Alert.raised_at.desc(), Alert.id).limit(200), VIEW)
    stand = sorted((row for row in rows if row.state in STANDING), key=_urgency)
    ended = [row for row in rows if row.state not in STANDING][:RECENT]
    shown = [*stand, *ended]
    if not shown:
        return Stories(())
    drawn = await cards(work, shown)
    steps = await _steps(work, [row.id for row in shown])
    return Stories(tuple(_story(drawn[row.id], steps.get(row.id, [])) for row in shown))


def _urgency(row: Alert) -> tuple[int, datetime]:
    return row.tier, row.raised_at


@tells(Alert)
async def _last_change(work: Work, alert: Alert) -> Change | None:
    of = select(AlertStep).where(
        AlertStep.alert_id == alert.id, AlertStep.happening != Happening.SEEN
    )
    newest = of.order_by(AlertStep.at.desc(), AlertStep.id.desc()).limit(1)
    _, zone = await zone_of(work, alert.ward_id)
    for row in await work.every(newest, VIEW):
        what = f"the alert was {row.happening.value.replace('-', ' ')}"
        return Change(what, row.actor_name, row.at, str(zone))
    return None


async def _steps(work: Work, alert_ids: Sequence[UUID]) -> dict[UUID, list[StepLine]]:
    of = select(AlertStep).where(among(AlertStep.alert_id, alert_ids))
    rows = await work.every(of.order_by(AlertStep.at, AlertStep.id), VIEW) if alert_ids else []
    said: dict[UUID, Said | None] = await work.open(rows, AlertStep.said)
    people_ = await names(work, [row.user_id for row in rows if row.user_id])
    found: dict[UUID, list[StepLine]] = {}
    for row in rows:
        what, person = said[row.id], people_.get(row.user_id) if row.user_id else None
        reason = what.reason if what else None
        line = StepLine(
            at=row.at,
            happening=row.happening,
            called=row.called,
            nobody=reason == NOBODY,
            who=person.name if person else None,
            text=what.text if what else None,
            reason=None if reason == NOBODY else reason,
        )
        found.setdefault(row.alert_id, []).append(line)
    return found


def _story(card: AlertCard, steps: Sequence[StepLine]) -> AlertStory:
    seen = tuple(line.who for line in steps if line.happening is Happening.SEEN and line.who)
    return AlertStory(card, tuple(steps), seen)


def midnight(at: datetime, zone: ZoneInfo) -> datetime:
    """Give the instant at which the local day began."""
    local = at.astimezone(zone)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def next_midnight(at: datetime, zone: ZoneInfo) -> datetime:
    """Give the instant at which the local day ends."""
    day = (at.astimezone(zone) + timedelta(days=1)).date()
    return datetime(day.year, day.month, day.day, tzinfo=zone)
