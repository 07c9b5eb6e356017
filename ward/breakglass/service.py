"""Commands: open a record without a relation, end that, and review it."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select

from domain import breakglass as rules
from domain.access import D0, D1, EXPLAINS, READS, Permission, Relation
from domain.breakglass import Ending, Reason, Verdict
from domain.errors import NotAllowed
from realtime.outbox import Beside
from ward.breakglass.errands import GlassOver
from ward.breakglass.events import (
    GlassBroken,
    GlassChanged,
    GlassEnded,
    GlassReviewed,
    GlassSeen,
)
from ward.db import new_id
from ward.errors import Forbidden, Invalid, Missing
from ward.live import explained
from ward.patients.intake import of_mrn
from ward.patients.models import Patient
from ward.places.models import Ward
from ward.relations import EXPLAINS as EXPLAINS_VIEW
from ward.security.actors import Actor, System
from ward.security.glass import BreakGlass, BreakGlassReview
from ward.security.limits import SEARCH
from ward.work import Lock, Work

BREAK, HEAR = Permission.BREAK_GLASS, Permission.HEAR_GLASS
REVIEW = Permission.REVIEW_GLASS
LONGEST_WORDS, LONGEST_NUMBER = 2_000, 40
ENDED_BY_OFFICER = (
    "The privacy officer ended your access to this record and has not reviewed it yet. Ask them."
)
_EYES = System("job:break-glass", frozenset())
#: Privacy belongs to the house: the queue of every branch is drawn again.
_EACH_BRANCH = (
    "INSERT INTO live_due (topic, at)"
    " SELECT kind || '/' || branch.id, moment FROM branch, unnest(ARRAY['glasses', 'glassbell'])"
    " AS kind, unnest(CAST(:glass_moments AS timestamptz[])) AS moment"
    " ORDER BY branch.id, kind, moment ON CONFLICT DO NOTHING"
)


async def open_record(work: Work, patient_id: UUID, reason: Reason, words: str) -> BreakGlass:
    """Open a record that nothing explains; ward and privacy officer hear of it at once."""
    said, actor = _sentence(words), _person(work)
    patient = await there(work, patient_id, lock="share")
    await needed(work, patient_id)
    if known := await _before(work, actor, patient_id):
        return known
    row = BreakGlass(
        id=new_id(),
        patient_id=patient_id,
        grant_id=actor.grant_id,
        user_id=actor.id,
        role=actor.role,
        branch_id=actor.branch_id,
        ward_id=patient.ward_id,
        reason=reason,
        opened_at=work.now,
        until=work.now + rules.LONGEST,
    )
    await work.seal(row, words=said)
    work.add(row, BREAK)
    await work.flush()
    work.intent = replace(work.intent, break_glass=row.id, relation=Relation.BREAK_GLASS.value)
    _tell(work, row, GlassBroken, row.opened_at + rules.REVIEW_WITHIN)
    work.later(GlassOver(row.id), row.until)
    return row


async def there(work: Work, patient_id: UUID, *, lock: Lock = False) -> Patient:
    """Find a record for whoever may ask for it; nothing of it is shown."""
    if not work.may(BREAK):
        raise Forbidden
    aside = work.watched(_EYES, frozenset({D0, D1}))
    return await aside.access(Patient, patient_id, Permission.VIEW_PATIENT, lock=lock)


async def of_number(work: Work, number: str) -> UUID:
    """Find a record by its whole number, for whoever treats and searches it in vain by name.

    Whoever reads it from a wristband learns no more than that there is such a record.
    """
    if not work.may(BREAK):
        raise Forbidden
    await work.node.limits.spend(SEARCH, str(work.actor.id))
    await work.searches(number[:LONGEST_NUMBER])
    aside = work.watched(_EYES, frozenset({D0, D1}))
    found = await of_mrn(aside, number[:LONGEST_NUMBER])
    if found is None:
        raise Missing("No record has this number.")
    return found.id


def _sentence(words: str) -> str:
    try:
        return rules.sentence(words[:LONGEST_WORDS])
    except NotAllowed as error:
        raise Invalid({"words": error.sentence}) from None


async def needed(work: Work, patient_id: UUID) -> None:
    """Refuse whom other relations show as much already, and whose role sees nobody's record."""
    actor = _person(work)
    asked = select(EXPLAINS_VIEW.c.code).where(
        EXPLAINS_VIEW.c.grant_id == actor.grant_id,
        EXPLAINS_VIEW.c.patient_id == patient_id,
        EXPLAINS_VIEW.c.code != Relation.BREAK_GLASS.value,
    )
    codes = set((await (await work.connection()).execute(asked)).scalars())
    if READS[actor.role] & EXPLAINS[Relation.BREAK_GLASS] <= explained(codes):
        raise NotAllowed("You can open this record without break-glass.")


async def _before(work: Work, actor: Actor, patient_id: UUID) -> BreakGlass | None:
    """Give what this person opened and has open; what has run out is ended here."""
    mine = (BreakGlass.user_id == actor.id, BreakGlass.patient_id == patient_id)
    rows = await locked(work, *mine)
    for row in rows:
        if row.ended_at is None and row.until <= work.now:
            await _end(work, row, Ending.TIME, None)
    await work.flush()
    running = [one for one in rows if one.ended_at is None and one.grant_id == actor.grant_id]
    if running:
        _about(work, running[0])
        return running[0]
    if any(one.ended is Ending.REVOKED and one.closed_at is None for one in rows):
        raise NotAllowed(ENDED_BY_OFFICER)
    return None


async def locked(work: Work, *which: ColumnElement[bool]) -> list[BreakGlass]:
    """Load cases for whoever's right to them is checked by what they are, and lock them."""
    aside = work.watched(_EYES, frozenset({D0}))
    asked = select(BreakGlass).where(*which).order_by(BreakGlass.id)
    return await aside.every(asked.with_for_update(of=BreakGlass), Permission.VIEW_GLASS)


async def end_own(work: Work, case_id: UUID) -> BreakGlass:
    """Give an access back before its time; what was open is blanked."""
    if not work.may(BREAK):
        raise Forbidden
    rows = await locked(work, BreakGlass.id == case_id, BreakGlass.user_id == work.actor.id)
    if not rows:
        raise Missing
    await _end(work, rows[0], Ending.GIVEN_BACK, work.actor.id)
    return rows[0]


async def revoke(work: Work, case_id: UUID) -> BreakGlass:
    """End somebody's access as the privacy officer."""
    row = await work.access(BreakGlass, case_id, REVIEW, lock=True)
    if row.user_id == work.actor.id:
        raise NotAllowed("This is your own access. End it where you opened it.")
    await _end(work, row, Ending.REVOKED, work.actor.id)
    return row


async def run_out(work: Work, row: BreakGlass) -> None:
    """End what time has ended, or a role that was taken."""
    await _end(work, row, Ending.TIME, None)


async def _end(work: Work, row: BreakGlass, how: Ending, by: UUID | None) -> None:
    if row.ended_at is not None:
        return
    if row.until <= work.now:
        how, by = Ending.TIME, None
    row.ended_at, row.ended, row.ended_by = min(work.now, row.until), how, by
    row.ended_at = max(row.ended_at, row.opened_at)
    _tell(work, row, GlassEnded)


async def seen(work: Work, case_id: UUID) -> BreakGlass:
    """Note that the nurse in charge of the ward has read the notice."""
    if not work.may(HEAR):
        raise Forbidden
    rows = await locked(work, BreakGlass.id == case_id)
    if not rows or rows[0].ward_id is None:
        raise Missing
    await work.access(Ward, rows[0].ward_id, HEAR)  # the patient may have moved on: the ward heard
    if rows[0].seen_at is None:
        rows[0].seen_at, rows[0].seen_by = work.now, work.actor.id
        _tell(work, rows[0], GlassSeen)
    return rows[0]


async def judge(
    work: Work, case_id: UUID, verdict: Verdict, note: str, *, seen: int | None
) -> BreakGlass:
    """Write down what was found of a case; justified or not closes it, a follow-up keeps it."""
    row = await work.access(BreakGlass, case_id, REVIEW, lock=True, seen=seen)
    if row.ended_at is None and row.until <= work.now:
        await _end(work, row, Ending.TIME, None)
    rules.review(
        verdict,
        running=row.ended_at is None,
        closed=row.closed_at is not None,
        own=row.user_id == work.actor.id,
    )
    review = BreakGlassReview(
        id=new_id(),
        case_id=row.id,
        patient_id=row.patient_id,
        at=work.now,
        by=_person(work).id,
        verdict=verdict,
    )
    await work.seal(review, note=note[:LONGEST_WORDS])
    work.add(review, REVIEW)
    if verdict.closes:
        row.closed_at, row.closed_by, row.verdict = work.now, work.actor.id, verdict
    else:
        row.follow_up_at = work.now
    _tell(work, row, GlassReviewed)
    return row


def _tell(work: Work, row: BreakGlass, kind: type[GlassChanged], *also: datetime) -> None:
    """Record what happened, and have the queue drawn again: now, and when something comes due."""
    _about(work, row)
    here = {row.branch_id} | ({work.actor.branch_id} if isinstance(work.actor, Actor) else set())
    branches = tuple(sorted(here))
    work.record(kind(row.id, row.patient_id, row.user_id, row.ward_id, branches))
    work.beside(Beside(_EACH_BRANCH, {"glass_moments": [work.now, *also]}))


def _about(work: Work, row: BreakGlass) -> None:
    """Say in the trail whose record and which case it is about."""
    intent = work.intent.saw(None, [row.patient_id], "", 0)
    work.intent = replace(intent, resource="break_glass", resource_id=row.id)


def _person(work: Work) -> Actor:
    if not isinstance(work.actor, Actor):
        raise Forbidden
    return work.actor
