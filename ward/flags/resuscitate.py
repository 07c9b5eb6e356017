"""Commands: decide whether to resuscitate, or take a decision back."""

from dataclasses import dataclass
from datetime import date, time
from uuid import UUID

from sqlalchemy import select

from domain import flags, wallclock
from domain.access import Permission
from domain.errors import NotAllowed
from domain.flags import Resuscitation
from ward.db import new_id
from ward.errors import Stale
from ward.flags.events import ResuscitationDecided
from ward.flags.models import ResuscitationDecision
from ward.flags.service import stay_of
from ward.patients import banner
from ward.patients.events import charts
from ward.patients.models import Patient
from ward.security.actors import Actor
from ward.work import Work

MAY = Permission.DECIDE_RESUSCITATION


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DecisionSaid:
    """A decision as the form tells it."""

    status: Resuscitation
    reason: str = ""
    review_on: date | None = None


async def decide(
    work: Work, patient_id: UUID, said: DecisionSaid, *, after: UUID | None
) -> ResuscitationDecision:
    """Decide; the banner of every page of the chart says so. What stood before stays readable.

    `after` is the decision that the form showed: where another stands by now nothing is decided.
    """
    patient = await work.access(Patient, patient_id, MAY, lock=True)
    zone = await banner.zone_of(work, patient)
    today = work.now.astimezone(zone).date()
    standing = await _standing(work, patient_id)
    if (standing.id if standing else None) != after:
        raise Stale("Not saved. Somebody else has decided since. Look at it, then decide.")
    flags.decide(said.status, said.reason, said.review_on, today, again=standing is not None)
    if standing is not None:
        standing.replaced_at = work.now
        await work.flush()
    stay = await stay_of(work, patient_id, MAY)
    made = ResuscitationDecision(
        id=new_id(),
        patient_id=patient_id,
        encounter_id=stay.id if stay else None,
        status=said.status,
        decided_at=work.now,
        review_on=said.review_on,
    )
    if isinstance(work.actor, Actor):
        made.decided_by, made.decided_as = work.actor.id, work.actor.role
    await work.seal(made, reason=said.reason.strip() or None)
    work.add(made, MAY)
    _tell(work, patient, made)
    if said.review_on is not None:
        due = wallclock.first(said.review_on, time(0), zone)
        for topic in charts(patient_id):
            work.due(topic, due)
    return made


async def take_back(
    work: Work, decision_id: UUID, reason: str, *, seen: int | None
) -> ResuscitationDecision:
    """Mark the decision that stands as entered in error; the one before it stands again."""
    found = await work.access(ResuscitationDecision, decision_id, MAY)
    patient = await work.access(Patient, found.patient_id, MAY, lock=True)
    wrong = await work.access(ResuscitationDecision, decision_id, MAY, lock=True, seen=seen)
    if wrong.voided_at is not None or wrong.replaced_at is not None:
        raise NotAllowed("This decision does not stand any more.", "resuscitation.gone")
    if not reason.strip():
        raise NotAllowed("Reason is missing. Say what was wrong.", "resuscitation.reason")
    wrong.voided_at = work.now
    wrong.voided_by = work.actor.id if isinstance(work.actor, Actor) else None
    await work.seal(wrong, void_reason=reason.strip())
    await work.flush()
    before = await _before(work, patient.id)
    if before is not None:
        before.replaced_at = None
    _tell(work, patient, wrong)
    return wrong


async def _standing(work: Work, patient_id: UUID) -> ResuscitationDecision | None:
    mine = select(ResuscitationDecision).where(
        ResuscitationDecision.patient_id == patient_id,
        ResuscitationDecision.replaced_at.is_(None),
        ResuscitationDecision.voided_at.is_(None),
    )
    return next(iter(await work.every(mine, MAY)), None)


async def _before(work: Work, patient_id: UUID) -> ResuscitationDecision | None:
    mine = select(ResuscitationDecision).where(
        ResuscitationDecision.patient_id == patient_id,
        ResuscitationDecision.voided_at.is_(None),
    )
    newest = mine.order_by(ResuscitationDecision.decided_at.desc()).limit(1)
    return next(iter(await work.every(newest, MAY)), None)


def _tell(work: Work, patient: Patient, decision: ResuscitationDecision) -> None:
    work.record(ResuscitationDecided(patient.id, patient.ward_id, decision.id))
