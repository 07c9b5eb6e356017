"""Overrides: findings that somebody answered for, kept with the order and shown ever after."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain import decisions
from domain.access import D4, Permission
from domain.decisions import Finding, Reason, Step
from domain.orders import STANDING
from domain.prescribing import Tier
from ward.db import new_id
from ward.medications.details import Overridden
from ward.medications.held import actor_id
from ward.medications.models import MedicationRequest, RuleOverride
from ward.patients.queries import among
from ward.projections import projection
from ward.work import Work


@projection(D4)
class OverrideView:
    """One finding that was set aside: what it said, why it was, by whom."""

    id: UUID
    request_id: UUID
    revision: int
    rule: str
    version: str
    tier: Tier
    step: Step
    reason: Reason
    sentence: str
    about: tuple[str, ...]
    text: str
    at: datetime
    by: UUID | None
    role: str

    @property
    def given(self) -> decisions.Override:
        """Give it as the rules read it, so that it answers the same finding again."""
        return decisions.Override(self.rule, self.reason, self.text, self.about, self.version)


async def keep(  # noqa: PLR0913 - what was found, and what was answered
    work: Work,
    request: MedicationRequest,
    findings: Iterable[Finding],
    given: Sequence[decisions.Override],
    *,
    step: Step,
    permission: Permission,
) -> None:
    """Keep the reason for each finding that asked for one; what answers nothing is not kept."""
    for finding in findings:
        answer = next((one for one in given if one.answers(finding)), None)
        if finding.tier is not Tier.REASON or answer is None:
            continue
        row = RuleOverride(
            id=new_id(),
            patient_id=request.patient_id,
            request_id=request.id,
            revision=request.revision,
            rule=finding.rule,
            rule_version=finding.version,
            tier=finding.tier,
            step=step,
            reason=answer.reason,
            at=work.now,
            by=actor_id(work),
            by_role=work.actor.name,
        )
        said = Overridden(finding.sentence, finding.about, answer.text.strip())
        await work.seal(row, said=said)
        work.add(row, permission)


async def of_requests(
    work: Work, request_ids: Iterable[UUID], permission: Permission = Permission.VIEW_MEDICATIONS
) -> dict[UUID, list[OverrideView]]:
    """Answer: what was set aside with each of these orders, oldest first?"""
    mine = select(RuleOverride).where(among(RuleOverride.request_id, request_ids))
    rows = await work.every(mine.order_by(RuleOverride.id), permission)
    said: dict[UUID, Overridden] = await work.open(rows, RuleOverride.said)
    found: dict[UUID, list[OverrideView]] = {}
    for row in rows:
        found.setdefault(row.request_id, []).append(_view(row, said[row.id]))
    return found


async def standing(
    work: Work, patient_id: UUID, permission: Permission = Permission.VIEW_MEDICATIONS
) -> tuple[decisions.Override, ...]:
    """Give what was answered with any order that stands: a pair is answered with one of the two."""
    return tuple(one.given for one in await views(work, patient_id, permission))


async def views(
    work: Work, patient_id: UUID, permission: Permission = Permission.VIEW_MEDICATIONS
) -> list[OverrideView]:
    """List what was answered with the orders that stand, oldest first."""
    mine = select(MedicationRequest.id).where(
        MedicationRequest.patient_id == patient_id, MedicationRequest.status.in_(STANDING)
    )
    kept = select(RuleOverride).where(RuleOverride.request_id.in_(mine))
    rows = await work.every(kept.order_by(RuleOverride.id), permission)
    said: dict[UUID, Overridden] = await work.open(rows, RuleOverride.said)
    return [_view(row, said[row.id]) for row in rows]


def _view(row: RuleOverride, said: Overridden) -> OverrideView:
    return OverrideView(
        id=row.id,
        request_id=row.request_id,
        revision=row.revision,
        rule=row.rule,
        version=row.rule_version,
        tier=row.tier,
        step=row.step,
        reason=row.reason,
        sentence=said.sentence,
        about=said.about,
        text=said.text,
        at=row.at,
        by=row.by,
        role=row.by_role,
    )
