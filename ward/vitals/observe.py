"""Observe: chart a set, correct one, take one back."""

from uuid import UUID

from domain.errors import NotAllowed
from ward.db import new_id
from ward.security.actors import Actor
from ward.vitals import bedside
from ward.vitals.bedside import MAY, Bedside
from ward.vitals.events import VitalsCorrected, VitalsRecorded
from ward.vitals.models import ObservationSet, SetState
from ward.vitals.said import Said, checked, readings, score, scored
from ward.work import Work

LONGEST_REASON = 500


async def observe(work: Work, patient_id: UUID, said: Said, *, seen: int | None) -> ObservationSet:
    """Chart a set: score, board and chart follow, and when to look again."""
    held = await bedside.hold(work, patient_id, seen=seen)
    made = await put(work, held, said)
    await bedside.settle(work, held)
    work.record(VitalsRecorded(patient_id, held.patient.ward_id, made.id, made.urgency))
    return made


async def correct(
    work: Work, set_id: UUID, said: Said, reason: str, *, seen: int | None
) -> ObservationSet:
    """Put another set in the place of a wrong one, which stays readable with the reason."""
    held, wrong = await _wrong(work, set_id, seen)
    await _mark(work, wrong, SetState.REPLACED, reason)
    made = await put(work, held, said, replaces=wrong)
    await bedside.settle(work, held)
    work.record(VitalsCorrected(held.patient.id, held.patient.ward_id, wrong.id, made.id))
    return made


async def take_back(work: Work, set_id: UUID, reason: str, *, seen: int | None) -> ObservationSet:
    """Mark a set as entered in error: it stays readable, and counts for nothing."""
    held, wrong = await _wrong(work, set_id, seen)
    await _mark(work, wrong, SetState.WRONG, reason)
    await bedside.settle(work, held)
    work.record(VitalsCorrected(held.patient.id, held.patient.ward_id, wrong.id, None))
    return wrong


async def put(  # noqa: PLR0913 - a set, and what it stands for
    work: Work,
    held: Bedside,
    said: Said,
    *,
    replaces: ObservationSet | None = None,
    monitor: str | None = None,
    state: SetState = SetState.FINAL,
) -> ObservationSet:
    """Add a set as checked and scored; nothing else changes yet."""
    made = await draft(work, held, said, replaces=replaces, monitor=monitor, state=state)
    await work.flush()
    return made


async def draft(  # noqa: PLR0913 - as above
    work: Work,
    held: Bedside,
    said: Said,
    *,
    replaces: ObservationSet | None = None,
    monitor: str | None = None,
    state: SetState = SetState.FINAL,
) -> ObservationSet:
    """Prepare a set without asking the database yet: for many at a time."""
    said = checked(said, now=work.now, since=held.since)
    result = score(said, held.scale, held.age_years)
    made = ObservationSet(
        id=new_id(),
        patient_id=held.patient.id,
        encounter_id=held.encounter.id,
        ward_id=held.patient.ward_id,
        taken_at=said.taken_at,
        recorded_at=work.now,
        recorded_by=work.actor.id if isinstance(work.actor, Actor) else None,
        recorded_as=work.actor.name,
        source=said.source,
        monitor=monitor,
        state=state,
        scored=scored(result),
        band=result.band,
        urgency=result.urgency,
        scale=held.scale.value,
        algorithm=result.algorithm,
        replaces_id=replaces.id if replaces else None,
    )
    await work.seal(made, readings=readings(said, result))
    work.add(made, MAY)
    return made


async def _wrong(work: Work, set_id: UUID, seen: int | None) -> tuple[Bedside, ObservationSet]:
    found = await work.access(ObservationSet, set_id, MAY)
    held = await bedside.hold(work, found.patient_id, seen=None)
    wrong = await work.access(ObservationSet, set_id, MAY, lock=True, seen=seen)
    if wrong.state is not SetState.FINAL:
        raise NotAllowed("This set was corrected or taken back already. Look at the chart.")
    if wrong.encounter_id != held.encounter.id:
        raise NotAllowed("This set belongs to an earlier stay. It cannot be changed any more.")
    return held, wrong


async def _mark(work: Work, wrong: ObservationSet, state: SetState, reason: str) -> None:
    if not reason.strip():
        raise NotAllowed("Say why it was wrong.", "vitals.reason")
    wrong.state = state
    await work.seal(wrong, reason=reason.strip()[:LONGEST_REASON])
    await work.flush()
