"""Report: how often rules speak and are overridden, how much is scanned, what came late or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select

from domain.access import D0, Permission
from domain.decisions import Reason, Step
from domain.doses import Status
from domain.interaction_rows import ROWS
from domain.orders import STANDING
from domain.prescribing import Tier
from domain.rule_switches import Mode, may_be_switched, proposed
from domain.windows import Timing
from ward.errors import Forbidden
from ward.medications import switches
from ward.medications.house import FiringOutcome, RuleFiring
from ward.medications.models import (
    Identified,
    MedicationAdministration,
    MedicationRequest,
    RuleOverride,
    ScheduledDose,
)
from ward.patients.models import Patient
from ward.places.models import Ward
from ward.projections import projection
from ward.work import Work

MAY = Permission.REPORT_MEDICATIONS
DAYS = (30, 7, 90)
LOOKED_AT = DAYS[0]  # days over which a rule is judged
TARGET = 95  # per cent of doses scanned; general knowledge
MOST_ROWS = 200


@projection(D0)
class RuleLine:
    """How often a rule spoke, and what became of it; of nobody."""

    rule: str
    words: str
    tier: Tier
    shown: int  # in all, without what was counted only
    overridden: int
    heeded: int
    silent: int = 0
    mode: Mode = Mode.ON
    until: datetime | None = None

    @property
    def rate(self) -> int | None:
        """Give how often it was overridden where it asked, in per cent; None: it never asked."""
        asked = self.overridden + self.heeded
        return round(100 * self.overridden / asked) if asked else None

    @property
    def flagged(self) -> bool:
        """Tell whether it is overridden so often that it should be looked at."""
        return proposed(self.overridden, self.heeded)

    @property
    def may_be_switched(self) -> bool:
        """Tell whether it may say less: never what forbids."""
        return may_be_switched(self.rule)


@projection(D0)
class ScanLine:
    """How much of what was given on a ward was scanned, and how punctual it was."""

    ward_id: UUID
    ward: str
    given: int
    band: int
    pack: int
    late: int
    missed: int
    not_given: int

    def share(self, count: int) -> int | None:
        """Give a count in per cent of what was given; None where nothing was."""
        return round(100 * count / self.given) if self.given else None


@projection(D0)
class ReasonLine:
    """Why a code was not scanned."""

    ward: str
    what: str
    reason: str
    count: int


@projection(D0)
class FiringLine:
    """One time a rule spoke; to whom is not told."""

    at: datetime
    step: Step
    outcome: FiringOutcome
    version: str


@projection(D0)
class DoseLine:
    """One dose that came late, or that nobody recorded; whose it is stands in the chart alone."""

    patient_id: UUID
    due_at: datetime
    given_at: datetime | None
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Whole:
    """The whole report."""

    rules: tuple[RuleLine, ...]
    scans: tuple[ScanLine, ...]
    reasons: tuple[ReasonLine, ...]


async def whole(work: Work, ward_ids: Sequence[UUID], days: int) -> Whole:
    """Answer: how did rules, scanning and times go in these days? Sums alone leave."""
    since = _since(work, days)
    wards = await _labels(work, ward_ids)
    scans = await _scans(work, wards, since)
    return Whole(await rules(work, days), scans, await _reasons(work, wards, since))


async def rules(work: Work, days: int) -> tuple[RuleLine, ...]:
    """Answer: which rules spoke, and how often were they overridden? The most overridden first."""
    counted = {
        outcome: func.count().filter(RuleFiring.outcome == outcome) for outcome in FiringOutcome
    }
    of = (
        select(
            RuleFiring.rule,
            func.array_agg(RuleFiring.tier.distinct()),
            func.count(),
            *counted.values(),
        )
        .where(RuleFiring.at > _since(work, days))
        .group_by(RuleFiring.rule)
    )
    order = list(counted)
    found, switched = [], await switches.standing(work)
    for rule, had, total, *counts in (await (await work.connection()).execute(of)).all():
        by = dict(zip(order, counts, strict=True))
        found.append(
            RuleLine(
                rule,
                rule_words(rule),
                max(map(Tier, had), key=lambda tier: tier.rank),
                total - by[FiringOutcome.SILENT],
                by[FiringOutcome.OVERRIDDEN],
                by[FiringOutcome.HEEDED],
                by[FiringOutcome.SILENT],
                *_switched(switched.pop(rule, None)),
            )
        )
    found += [
        RuleLine(rule, rule_words(rule), tier_of(rule), 0, 0, 0, 0, one.mode, one.until)
        for rule, one in switched.items()
    ]
    return tuple(sorted(found, key=lambda one: (not one.flagged, -one.overridden, one.rule)))


def _switched(view: switches.SwitchView | None) -> tuple[Mode, datetime | None]:
    return (Mode.ON, None) if view is None else (view.mode, view.until)


def tier_of(rule: str) -> Tier:
    """Say how far a rule goes by itself; what is not in a table asks."""
    row = ROWS.get(rule)
    return row.tier if row else Tier.REASON


def rule_words(rule: str) -> str:
    """Say what a rule is about."""
    row = ROWS.get(rule)
    if row is None:
        return rule.replace("-", " ").capitalize()
    return f"{row.a_class} with {row.b_class}: {row.effect}" if row.b_class else row.effect


async def firings_of(work: Work, rule: str, days: int) -> list[FiringLine]:
    """Answer: when did this rule speak, and what became of it? Newest first."""
    of = select(RuleFiring).where(RuleFiring.rule == rule, RuleFiring.at > _since(work, days))
    rows = await work.every(of.order_by(RuleFiring.at.desc()).limit(MOST_ROWS), MAY)
    return [FiringLine(row.at, row.step, row.outcome, row.rule_version) for row in rows]


async def reasons_of(work: Work, rule: str, days: int) -> list[tuple[str, int]]:
    """Answer: for which reasons was this rule overridden? Sums alone leave."""
    counted = (
        select(RuleOverride.reason, func.count())
        .where(RuleOverride.rule == rule, RuleOverride.at > _since(work, days))
        .group_by(RuleOverride.reason)
        .order_by(func.count().desc())
    )
    rows = (await (await work.connection()).execute(counted)).all()
    return [(Reason(one).value.replace("-", " ").capitalize(), count) for one, count in rows]


async def late_on(work: Work, ward_id: UUID, days: int) -> list[DoseLine]:
    """Answer: which doses were given late on this ward? Newest first."""
    await _labels(work, [ward_id])
    given = MedicationAdministration
    of = (
        select(given, ScheduledDose)
        .join(ScheduledDose, ScheduledDose.id == given.dose_id)
        .where(*_given_on(ward_id, _since(work, days)), given.timing == Timing.LATE)
        .order_by(given.occurred_at.desc())
        .limit(MOST_ROWS)
    )
    return [_late(row, dose) for row, dose in await work.every(of, MAY)]


def _late(row: MedicationAdministration, dose: ScheduledDose) -> DoseLine:
    minutes = int((row.occurred_at - dose.due_at) / timedelta(minutes=1))
    return DoseLine(row.patient_id, dose.due_at, row.occurred_at, minutes)


async def missed_on(work: Work, ward_id: UUID, days: int) -> list[DoseLine]:
    """Answer: of which doses on this ward did nobody say anything until the next was due?"""
    await _labels(work, [ward_id])
    of = (
        _missed(select(ScheduledDose), _since(work, days), work)
        .where(Patient.ward_id == ward_id)
        .order_by(ScheduledDose.due_at.desc())
        .limit(MOST_ROWS)
    )
    rows: list[ScheduledDose] = await work.every(of, MAY)
    return [DoseLine(row.patient_id, row.due_at, None, None) for row in rows]


def _since(work: Work, days: int) -> datetime:
    if not work.may(MAY):
        raise Forbidden
    return work.now - timedelta(days=days)


async def _labels(work: Work, ward_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Reach the wards of the grant: others are not told of."""
    return {one: (await work.access(Ward, one, MAY)).label for one in ward_ids}


def _given_on(ward_id: UUID, since: datetime) -> tuple[ColumnElement[bool], ...]:
    given = MedicationAdministration
    return (given.ward_id == ward_id, given.occurred_at > since, *_went_in())


def _went_in() -> tuple[ColumnElement[bool], ...]:
    given = MedicationAdministration
    went = [one for one in Status if one.went_in]
    return (given.voided_at.is_(None), given.status.in_(went))


async def _scans(work: Work, wards: dict[UUID, str], since: datetime) -> tuple[ScanLine, ...]:
    given = MedicationAdministration
    went = and_(*_went_in())
    of = (
        select(
            given.ward_id,
            func.count().filter(went),
            func.count().filter(went, given.band == Identified.SCANNED),
            func.count().filter(went, given.pack == Identified.SCANNED),
            func.count().filter(went, given.timing == Timing.LATE),
            func.count().filter(given.status == Status.NOT_GIVEN, given.voided_at.is_(None)),
        )
        .where(given.ward_id.in_(wards), given.occurred_at > since)
        .group_by(given.ward_id)
    )
    connection = await work.connection()
    found = {row[0]: row[1:] for row in (await connection.execute(of)).all()}
    counted = _missed(select(Patient.ward_id, func.count()), since, work)
    gone = counted.where(Patient.ward_id.in_(wards)).group_by(Patient.ward_id)
    missed = {row[0]: row[1] for row in (await connection.execute(gone)).all()}
    return tuple(
        ScanLine(one, label, *found.get(one, (0,) * 5)[:4], missed.get(one, 0),
                 found.get(one, (0,) * 5)[4])
        for one, label in sorted(wards.items(), key=lambda pair: pair[1])
        if one in found or one in missed
    )  # fmt: skip


def _missed(of: Any, since: datetime, work: Work) -> Any:
    return (
        of.select_from(ScheduledDose)
        .join(Patient, Patient.id == ScheduledDose.patient_id)
        .join(MedicationRequest, MedicationRequest.id == ScheduledDose.request_id)
        .where(
            ScheduledDose.status == Status.PLANNED,
            ScheduledDose.next_at <= work.now,
            ScheduledDose.due_at > since,
            MedicationRequest.status.in_(STANDING),
        )
    )


async def _reasons(work: Work, wards: dict[UUID, str], since: datetime) -> tuple[ReasonLine, ...]:
    given, found = MedicationAdministration, []
    for what, column in (("Wristband", given.band), ("Pack", given.pack)):
        of = (
            select(given.ward_id, column, func.count())
            .where(given.ward_id.in_(wards), given.occurred_at > since, *_went_in())
            .where(column.is_not(None), column != Identified.SCANNED)
            .group_by(given.ward_id, column)
        )
        rows = (await (await work.connection()).execute(of)).all()
        found += [
            ReasonLine(wards[ward], what, Identified(why).value.replace("-", " "), count)
            for ward, why, count in rows
            if ward is not None and why is not None
        ]
    return tuple(sorted(found, key=lambda one: (one.ward, -one.count, one.what, one.reason)))
