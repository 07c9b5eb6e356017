"""Discharge: an encounter ends, and its bed goes to be cleaned."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from domain import discharge as checklist
from domain import stays
from domain.access import Permission
from domain.beds import BedStatus
from domain.discharge import Item
from domain.encounters import Disposition
from domain.overrides import Override
from ward.adt import questions, requests, steps
from ward.adt.events import PatientDischarged
from ward.adt.held import Held, hold, moment, place_of, settle, stay_of, told
from ward.adt.models import Encounter, Step
from ward.beds.changes import put
from ward.security.actors import Actor
from ward.work import Work

MAY = Permission.DISCHARGE


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What the person who discharges has confirmed: who leaves, and that it is told when."""

    identity: bool = False
    departure: bool = False


async def discharge(  # noqa: PLR0913 - a decision: whereto, when, what was confirmed, and why
    work: Work,
    encounter_id: UUID,
    disposition: Disposition,
    *,
    at: datetime | None = None,
    confirmed: Confirmed | None = None,
    override: Override | None = None,
    note: str | None = None,
    seen: int | None = None,
) -> Encounter:
    """End an encounter; what is not settled stands in the way unless it is overridden.

    A person confirms who leaves and when; a job has no hands to turn a wristband.
    """
    held = await hold(work, encounter_id, MAY, seen=seen)
    answers = await questions.checklist(work, held.encounter.id)
    if confirmed is None and isinstance(work.actor, Actor):
        confirmed = Confirmed()
    if confirmed is not None:
        answers |= checklist.confirmed(identity=confirmed.identity, departure=confirmed.departure)
    open_items = checklist.check(answers, override, disposition)
    said = [_all_the_same(work, open_items, override)] if open_items and override else []
    said += [_compared(work)] if confirmed and confirmed.identity else []
    came = held.stay.started_at if held.stay else held.encounter.admitted_at
    at = checklist.departure(at, moment(work, None, came)[1], came) if at else None
    return await _end(work, held, disposition, at, " ".join([*said, *([note] if note else [])]))


async def gone(
    work: Work, encounter_id: UUID, disposition: Disposition, *, at: datetime | None = None
) -> Encounter:
    """Record that a patient has gone, as another system tells it: nothing is in the way of that.

    What was open then is kept, in the history and in the trail.
    """
    held = await hold(work, encounter_id, MAY)
    answers = await questions.checklist(work, held.encounter.id)
    open_items = checklist.blocking(answers, disposition)
    said = f"Gone although {_listed(open_items)}." if open_items else ""
    if open_items:
        _trail(work, {"open": [item.value for item in open_items]})
    return await _end(work, held, disposition, at, said)


async def _end(
    work: Work, held: Held, disposition: Disposition, at: datetime | None, said: str
) -> Encounter:
    encounter = held.encounter
    at, now = moment(work, at, held.stay.started_at if held.stay else None)
    stay = stay_of(held.stay) if held.stay else None
    place = place_of(held.bed, encounter.id, work.now) if held.bed else None
    decided = stays.discharge(stay, place, encounter.status, disposition, at=at, now=now)
    encounter.status, encounter.disposition = decided.status, decided.disposition
    encounter.discharged_at = at
    encounter.admitted_at = encounter.admitted_at or at
    left_as = held.bed.status if held.bed else None
    if held.stay and held.bed and decided.bed:
        held.stay.ended_at = held.bed.vacated_at = at
        await put(work, held.bed, decided.bed, MAY)
        settle(held, None)
    await requests.release(work, encounter, held.beds, MAY)
    await requests.withdraw_open(work, encounter, "Discharged.", MAY)
    await _note(work, held, at, said, left_as=left_as)
    bed = held.bed
    work.record(PatientDischarged(**await told(work, held, bed), bed_id=bed.id if bed else None))
    return encounter


def _all_the_same(work: Work, overridden: list[Item], override: Override) -> str:
    """Say who let the patient go although what was open; the trail keeps it without the reason."""
    _trail(work, {"override": override.by.value, "open": [item.value for item in overridden]})
    by, why = override.by.word, override.reason.rstrip(".")
    return f"Discharged although {_listed(overridden)}. {by}: {why}."


def _compared(work: Work) -> str:
    """Say that whoever discharged looked at the wristband; the step says who, and when."""
    _trail(work, {"identity": "wristband"})
    return "Two identifiers of the wristband were compared."


def _listed(items: Sequence[Item]) -> str:
    return ", ".join(item.missing for item in items)


def _trail(work: Work, facts: dict[str, Any]) -> None:
    work.intent = replace(work.intent, detail={**work.intent.detail, **facts})


async def _note(
    work: Work, held: Held, at: datetime, note: str, *, left_as: BedStatus | None
) -> None:
    await steps.take(
        work,
        held.encounter,
        Step.DISCHARGED,
        MAY,
        at=at,
        from_bed_id=held.stay.bed_id if held.stay else None,
        left_stay_id=held.stay.id if held.stay else None,
        left_as=left_as,
        note=note,
    )
