"""Together: mother and infant go to other beds in one step, all of them or nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain import infants
from domain.access import Permission
from domain.errors import NotAllowed
from domain.infants import Going
from realtime.outbox import MOST_TOPICS
from ward.adt import requests
from ward.adt.admit import admit
from ward.adt.held import Held, held_for, lock_beds, moment, open_stay, place_of, stay_of
from ward.adt.models import Encounter, MoveRequest
from ward.adt.transfer import MAY, may_enter, move
from ward.beds.models import Bed
from ward.errors import Stale
from ward.infants import queries as links
from ward.patients.models import Patient
from ward.patients.queries import names_of
from ward.work import Work


@dataclass(frozen=True, slots=True)
class To:
    """Whom to move into which bed; `seen` is the version of the encounter the form showed."""

    encounter_id: UUID
    bed_id: UUID
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Coming:
    """Which request is accepted with which bed; `seen` is the version the form showed."""

    request_id: UUID
    bed_id: UUID
    seen: int | None = None


async def transfer_together(
    work: Work, going: Sequence[To], *, keep: bool = False, at: datetime | None = None
) -> list[Encounter]:
    """Move all of them at one instant, or nobody; `keep` reserves the first one's bed.

    Taking it back is done for each: one step of an encounter is one step.
    """
    infants.limit(len(going))
    people = await _hold(work, going)
    names = await _names(work, [held.patient.id for held in people])
    taken = [held.beds[one.bed_id] for one, held in zip(going, people, strict=True)]
    after = [held.lying()[0].started_at for held in people]
    at, now = moment(work, at, *after, *(bed.vacated_at for bed in taken))
    moves = [
        _going(work, held, bed, names.get(held.patient.id, "One of them"))
        for held, bed in zip(people, taken, strict=True)
    ]
    decided = infants.transfer_together(moves, at=at, now=now)
    for n, held in enumerate(people):
        await move(work, held, taken[n], decided[n], at, keep=keep and n == 0)
    _told(work, going)
    return [held.encounter for held in people]


async def ask_together(
    work: Work, patient_ids: Sequence[UUID], to_ward_id: UUID, **said: object
) -> list[MoveRequest]:
    """Ask a ward to take all of them: as many requests in one step, or none."""
    infants.limit(len(patient_ids))
    names = await _names(work, patient_ids) if len(patient_ids) > 1 else {}
    found = []
    for one in sorted(patient_ids):
        try:
            found.append(await requests.request_move(work, one, to_ward_id, **said))  # type: ignore[arg-type]
        except NotAllowed as refused:
            if len(patient_ids) == 1:
                raise
            raise infants.of(names.get(one, "One of them"), refused) from refused
    _told(work, patient_ids)
    return found


async def accept_together(
    work: Work, coming: Sequence[Coming], *, arrived: bool = False
) -> list[MoveRequest]:
    """Accept all of them with a bed for each; those who are here move in at the same instant."""
    may = Permission.ACCEPT_MOVE
    infants.limit(len(coming))
    if len({one.bed_id for one in coming}) < len(coming):
        raise NotAllowed(
            "Choose a bed for each: two patients cannot go into one.", "together.same-bed"
        )
    asked = {one: await work.access(MoveRequest, one.request_id, may) for one in coming}
    names = await _names(work, [row.patient_id for row in asked.values()])
    for patient_id in sorted({row.patient_id for row in asked.values()}):
        await work.access(Patient, patient_id, may, lock=True)
    for one in sorted(coming, key=lambda each: each.bed_id):
        try:
            await requests.accept(work, one.request_id, one.bed_id, seen=one.seen)
        except NotAllowed as refused:
            raise infants.of(names.get(asked[one].patient_id, "One of them"), refused) from refused
    if arrived:
        await _come(work, {one.bed_id: row for one, row in asked.items()})
    _told(work, coming)
    return list(asked.values())


async def _come(work: Work, asked: dict[UUID, MoveRequest]) -> None:
    """Move in who lies elsewhere, together; admit who comes from no bed."""
    await work.flush()
    going, waiting = [], []
    for bed_id, row in asked.items():
        lies = await open_stay(work, row.patient_id, Permission.ACCEPT_MOVE)
        if lies is not None:
            going.append(To(row.encounter_id, bed_id))
        else:
            waiting.append((bed_id, row))
    if going:
        await transfer_together(work, going)
    for bed_id, row in waiting:
        await admit(work, row.patient_id, bed_id, source=row.source)


async def _hold(work: Work, going: Sequence[To]) -> list[Held]:
    """Lock all of them as every command does: patients, encounters, beds, each by their ids."""
    first = {one.encounter_id: await work.access(Encounter, one.encounter_id, MAY) for one in going}
    people = {
        one: await work.access(Patient, one, MAY, lock=True)
        for one in sorted({row.patient_id for row in first.values()})
    }
    seen = {one.encounter_id: one.seen for one in going}
    known = {
        one: await work.access(Encounter, one, MAY, lock=True, seen=seen[one])
        for one in sorted(first)
    }
    stays = {one: await open_stay(work, row.patient_id, MAY) for one, row in known.items()}
    wanted = {stay.bed_id: Permission.VIEW_BEDS for stay in stays.values() if stay}
    for one in known:
        wanted |= dict.fromkeys(await held_for(work, one), Permission.VIEW_BEDS)
    for to in going:
        wanted[to.bed_id] = await may_enter(work, to.encounter_id, to.bed_id)
    beds = await lock_beds(work, wanted)
    if any(stay is None or stay.encounter_id != one for one, stay in stays.items()):
        raise Stale("One of them is in no bed any more. Nobody was moved.")
    await links.hold(work, people)
    return [
        Held(people[known[one].patient_id], known[one], stays[one], beds)
        for one in (to.encounter_id for to in going)
    ]


def _going(work: Work, held: Held, bed: Bed, who: str) -> Going:
    stay, left = held.lying()
    source, target = (place_of(one, held.encounter.id, work.now) for one in (left, bed))
    return Going(who, stay_of(stay), source, target)


def _told(work: Work, people: Sequence[object]) -> None:
    """Refuse it all when the pages that must hear of it are more than one step has."""
    infants.limit(len(people), len(work.topics), MOST_TOPICS)


async def _names(work: Work, patient_ids: Sequence[UUID]) -> dict[UUID, str]:
    return {one: named.name for one, named in (await names_of(work, patient_ids)).items()}
