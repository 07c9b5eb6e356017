"""Commands: write down what a patient takes at home, and decide about each medicine."""

from uuid import UUID

from sqlalchemy import select

from domain import reconciliation
from domain.access import Permission
from domain.errors import NotAllowed
from domain.reconciliation import Decision, HomeSource, ListState, Stage
from ward.db import new_id
from ward.errors import Stale
from ward.medications.held import Held, actor_id, hold
from ward.reconciliation.events import HomeListRecorded, MedicineReconciled
from ward.reconciliation.models import HomeDecision, HomeDetail, HomeList, HomeMedicine
from ward.work import Work

_RECORD, _DECIDE = Permission.RECORD_HOME_MEDICINE, Permission.RECONCILE
LONGEST_REASON = 500


async def record(
    work: Work, patient_id: UUID, source: HomeSource, detail: HomeDetail
) -> HomeMedicine:
    """Write down a medicine the patient takes at home; the chart shows that it waits."""
    held = await hold(work, patient_id, _RECORD, lock=True)  # nobody writes "none" meanwhile
    made = HomeMedicine(
        id=new_id(),
        patient_id=patient_id,
        encounter_id=held.encounter.id,
        source=source,
        recorded_at=work.now,
        recorded_by=actor_id(work),
    )
    await work.seal(made, detail=detail)
    work.add(made, _RECORD)
    await _asked(work, held, ListState.RECORDED)
    return made


async def record_none(work: Work, patient_id: UUID) -> HomeList:
    """Write down that the patient was asked and takes nothing."""
    held = await hold(work, patient_id, _RECORD, lock=True)
    if await _counting(work, held):
        raise NotAllowed(
            "Medicines from home are recorded. Take them back first.", "reconciliation.some"
        )
    return await _asked(work, held, ListState.NONE_TAKEN)


async def take_back(
    work: Work, home_medicine_id: UUID, reason: str, *, seen: int | None
) -> HomeMedicine:
    """Mark a medicine as entered in error; it stays readable."""
    first = await work.access(HomeMedicine, home_medicine_id, _RECORD)
    held = await hold(work, first.patient_id, _RECORD)
    found = await work.access(HomeMedicine, home_medicine_id, _RECORD, lock=True, seen=seen)
    if found.voided_at is not None:
        raise NotAllowed("This was taken back already.", "reconciliation.voided")
    if not reason.strip():
        raise NotAllowed("Give a reason.", "reconciliation.reason")
    found.voided_at, found.voided_by = work.now, actor_id(work)
    await work.seal(found, void_reason=reason.strip()[:LONGEST_REASON])
    work.record(HomeListRecorded(found.patient_id, held.patient.ward_id, held.encounter.id))
    return found


async def decide(  # noqa: PLR0913 - a decision, and the one it was made after
    work: Work,
    home_medicine_id: UUID,
    stage: Stage,
    decision: Decision,
    reason: str,
    *,
    after: UUID | None,
) -> HomeDecision:
    """Decide what becomes of a medicine at this stage; an earlier decision stays readable.

    `after` is the decision that the form showed: where another stands by now nothing is decided.
    """
    reconciliation.check(stage, decision, reason)
    first = await work.access(HomeMedicine, home_medicine_id, _DECIDE)
    held = await hold(work, first.patient_id, _DECIDE)
    found = await work.access(HomeMedicine, home_medicine_id, _DECIDE, lock=True)
    if found.voided_at is not None or found.encounter_id != held.encounter.id:
        raise NotAllowed("This medicine is not on the list of this stay.", "reconciliation.gone")
    await _replace(work, found, stage, after)
    made = HomeDecision(
        id=new_id(),
        patient_id=found.patient_id,
        home_medicine_id=found.id,
        stage=stage,
        decision=decision,
        decided_at=work.now,
        decided_by=actor_id(work),
    )
    await work.seal(made, reason=reason.strip()[:LONGEST_REASON] or None)
    work.add(made, _DECIDE)
    work.record(MedicineReconciled(found.patient_id, held.patient.ward_id, found.id, stage))
    return made


async def _replace(work: Work, found: HomeMedicine, stage: Stage, after: UUID | None) -> None:
    standing = select(HomeDecision).where(
        HomeDecision.home_medicine_id == found.id,
        HomeDecision.stage == stage,
        HomeDecision.replaced_at.is_(None),
    )
    rows = await work.every(standing, _DECIDE)
    if [one.id for one in rows] != [one for one in (after,) if one]:
        raise Stale("Somebody else has decided about this medicine since. Look at it, then decide.")
    for one in rows:
        one.replaced_at = work.now
    await work.flush()


async def _counting(work: Work, held: Held) -> list[HomeMedicine]:
    mine = select(HomeMedicine).where(
        HomeMedicine.encounter_id == held.encounter.id, HomeMedicine.voided_at.is_(None)
    )
    return await work.every(mine, _RECORD)


async def _asked(work: Work, held: Held, state: ListState) -> HomeList:
    mine = select(HomeList).where(HomeList.encounter_id == held.encounter.id)
    found = next(iter(await work.every(mine.with_for_update(of=HomeList), _RECORD)), None)
    if found is None:
        found = HomeList(
            id=new_id(),
            patient_id=held.patient.id,
            encounter_id=held.encounter.id,
            state=state,
            asked_at=work.now,
            asked_by=actor_id(work),
        )
        work.add(found, _RECORD)
    else:
        found.state, found.asked_at, found.asked_by = state, work.now, actor_id(work)
    await work.flush()
    work.record(HomeListRecorded(held.patient.id, held.patient.ward_id, held.encounter.id))
    return found
