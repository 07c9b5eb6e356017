"""Requests: a ward is asked to take a patient; it accepts or declines; then the patient comes."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain import bedflow, movements
from domain.access import Permission
from domain.encounters import OPEN, AdmitSource, EncounterStatus
from domain.errors import NotAllowed
from domain.movements import MovementStatus
from ward.adt.events import MoveAnswered, MoveRequested
from ward.adt.held import lock_beds
from ward.adt.models import Encounter, MoveRequest
from ward.adt.visits import begin, open_encounter
from ward.beds import reserve
from ward.beds.changes import put
from ward.beds.models import Bed
from ward.db import new_id
from ward.patients.models import Patient
from ward.places.models import Ward
from ward.work import Work

STANDING = (MovementStatus.REQUESTED, MovementStatus.ACCEPTED)


async def request_move(  # noqa: PLR0913 - whom, where to, when, from where, why
    work: Work,
    patient_id: UUID,
    to_ward_id: UUID,
    *,
    ready_at: datetime | None = None,
    source: AdmitSource | None = None,
    note: str | None = None,
) -> MoveRequest:
    """Ask a ward to take a patient; its board shows the request until it is answered."""
    may = Permission.REQUEST_MOVE
    patient = await work.access(Patient, patient_id, may, lock=True)
    to = await work.access(Ward, to_ward_id, Permission.VIEW_BEDS)
    if patient.ward_id == to.id:
        raise NotAllowed(f"The patient is on {to.label} already.", "movement.same-ward")
    encounter = await open_encounter(work, patient.id, may)
    if encounter is None:
        encounter = await begin(work, patient, to.branch_id, source=source, permission=may)
        await work.flush()
    return await ask(work, patient, encounter, to, may, ready_at=ready_at, source=source, note=note)


async def ask(  # noqa: PLR0913 - same
    work: Work,
    patient: Patient,
    encounter: Encounter,
    to: Ward,
    may: Permission,
    *,
    ready_at: datetime | None = None,
    source: AdmitSource | None = None,
    note: str | None = None,
) -> MoveRequest:
    """Put a request on a ward's board; the patient is locked already."""
    request = MoveRequest(
        id=new_id(),
        patient_id=patient.id,
        encounter_id=encounter.id,
        branch_id=to.branch_id,
        from_ward_id=patient.ward_id,
        to_ward_id=to.id,
        source=source,
        status=MovementStatus.REQUESTED,
        requested_at=work.now,
        ready_at=ready_at,
        actor_id=work.actor.id,
        actor_name=work.actor.name,
    )
    await work.seal(request, reason=note or None)
    work.add(request, may)
    await work.flush()
    work.record(
        MoveRequested(
            patient_id=patient.id,
            encounter_id=encounter.id,
            wards=_wards(request),
            branches=(request.branch_id,),
            request_id=request.id,
            ready_at=ready_at,
        )
    )
    return request


async def accept(
    work: Work, request_id: UUID, bed_id: UUID | None = None, *, seen: int | None = None
) -> MoveRequest:
    """Say that the ward takes the patient, and reserve a bed if one is named.

    Said again, it keeps the named bed in place of the one before.
    """
    asked = await _asked_of_us(work, request_id, seen)
    request, lies_on = asked.request, asked.patient.ward_id
    before = request.bed_id
    if bed_id is not None and bed_id != before:
        wanted = {before: Permission.VIEW_BEDS} if before else {}
        beds = await lock_beds(work, wanted | {bed_id: Permission.ACCEPT_MOVE})
        bed = beds.pop(bed_id)
        if bed.ward_id != request.to_ward_id:
            raise NotAllowed("Choose a bed of the ward that was asked.", "movement.bed")
        await _offer(work, request, beds, Permission.ACCEPT_MOVE)
        await reserve.hold(work, bed, request.encounter_id, permission=Permission.ACCEPT_MOVE)
        request.bed_id = bed.id
    if request.status is MovementStatus.ACCEPTED:
        return request
    return await _answer(work, request, MovementStatus.ACCEPTED, lies_on=lies_on)


async def decline(
    work: Work, request_id: UUID, reason: str, *, seen: int | None = None
) -> MoveRequest:
    """Say that the ward cannot take the patient, and why; whoever asked sees it."""
    asked = await _asked_of_us(work, request_id, seen)
    request, lies_on = asked.request, asked.patient.ward_id
    answered = await _answer(work, request, MovementStatus.DECLINED, reason, lies_on=lies_on)
    _forget_plan(work, asked.encounter)
    return answered


async def withdraw(
    work: Work, request_id: UUID, reason: str, *, seen: int | None = None
) -> MoveRequest:
    """Take a request back; the bed that was reserved for it is offered again."""
    may = Permission.REQUEST_MOVE
    asked = await _asked(work, request_id, may, seen)
    request, lies_on = asked.request, asked.patient.ward_id
    await _answer(work, request, MovementStatus.CANCELLED, reason, lies_on=lies_on)
    _forget_plan(work, asked.encounter)
    await _let_go(work, request, may)
    return request


async def promised(work: Work, encounter_id: UUID, ward_id: UUID) -> bool:
    """Say whether the ward has accepted this patient."""
    accepted = select(MoveRequest).where(
        MoveRequest.encounter_id == encounter_id,
        MoveRequest.to_ward_id == ward_id,
        MoveRequest.status == MovementStatus.ACCEPTED,
    )
    return bool(await work.every(accepted, Permission.VIEW_STAYS))


async def complete(  # noqa: PLR0913 - who came where, which beds are locked, which one stays kept
    work: Work,
    encounter: Encounter,
    into: Bed,
    beds: Mapping[UUID, Bed],
    may: Permission,
    *,
    keep: UUID | None = None,
) -> None:
    """Close the request that this move answers; coming is the plainest way to accept.

    Other beds that were reserved are offered again, but for one that another ward has promised.
    """
    kept = {into.id, keep}
    for request in await _standing(work, encounter, may):
        if request.to_ward_id != into.ward_id:
            kept.add(request.bed_id)
            continue
        if request.status is MovementStatus.REQUESTED:
            request.status = movements.answer(request.status, MovementStatus.ACCEPTED)
        await _answer(work, request, MovementStatus.MOVED)
    await release(work, encounter, beds, may, kept=kept)


async def withdraw_open(work: Work, encounter: Encounter, reason: str, may: Permission) -> None:
    """Take back whatever request still stands for an encounter that ends."""
    for request in await _standing(work, encounter, may):
        await _answer(work, request, MovementStatus.CANCELLED, reason)


async def release(
    work: Work,
    encounter: Encounter,
    beds: Mapping[UUID, Bed],
    may: Permission,
    *,
    kept: Container[UUID | None] = (),
) -> None:
    """Offer again the beds reserved for an encounter."""
    for bed in beds.values():
        if bed.held_for == encounter.id and bed.id not in kept:
            await put(work, bed, bedflow.release(bed.state), may)


async def _let_go(work: Work, request: MoveRequest, may: Permission) -> None:
    """Lock the bed that is reserved for a request, and offer it again."""
    wanted = {request.bed_id: Permission.VIEW_BEDS} if request.bed_id else {}
    await _offer(work, request, await lock_beds(work, wanted), may)


async def _offer(
    work: Work, request: MoveRequest, beds: Mapping[UUID, Bed], may: Permission
) -> None:
    """Offer those of the locked beds again that are reserved for whom the request is about."""
    for bed in beds.values():
        if bed.held_for == request.encounter_id:
            await put(work, bed, bedflow.release(bed.state), may)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request, and whom it is about: locked in the order of every command (`held`)."""

    patient: Patient
    encounter: Encounter
    request: MoveRequest


async def _asked(work: Work, request_id: UUID, may: Permission, seen: int | None) -> _Asked:
    """Lock a request behind its patient and encounter, and before any bed."""
    first = await work.access(MoveRequest, request_id, may)
    patient = await work.access(Patient, first.patient_id, may, lock=True)
    stay = Permission.VIEW_STAYS
    encounter = await work.access(Encounter, first.encounter_id, stay, lock=True)
    request = await work.access(MoveRequest, request_id, may, lock=True, seen=seen)
    return _Asked(patient, encounter, request)


async def _asked_of_us(work: Work, request_id: UUID, seen: int | None) -> _Asked:
    """Lock a request that this person's ward may answer."""
    asked = await _asked(work, request_id, Permission.ACCEPT_MOVE, seen)
    await work.access(Ward, asked.request.to_ward_id, Permission.ACCEPT_MOVE)
    return asked


async def _answer(
    work: Work,
    request: MoveRequest,
    to: MovementStatus,
    reason: str = "",
    *,
    lies_on: UUID | None = None,
) -> MoveRequest:
    request.status = movements.answer(request.status, to, reason)
    request.answered_at = work.now
    if reason.strip():
        await work.seal(request, reason=reason.strip())
    work.record(
        MoveAnswered(
            patient_id=request.patient_id,
            encounter_id=request.encounter_id,
            wards=_wards(request, lies_on),
            branches=(request.branch_id,),
            request_id=request.id,
        )
    )
    return request


def _forget_plan(work: Work, encounter: Encounter) -> None:
    """Cancel an encounter that was only planned for a request."""
    if encounter.status is EncounterStatus.PLANNED and encounter.status not in OPEN:
        encounter.status = EncounterStatus.CANCELLED
        encounter.moved_at = work.now


async def _standing(work: Work, encounter: Encounter, may: Permission) -> list[MoveRequest]:
    standing = select(MoveRequest).where(
        MoveRequest.encounter_id == encounter.id, MoveRequest.status.in_(STANDING)
    )
    return await work.every(standing, may)


def _wards(request: MoveRequest, lies_on: UUID | None = None) -> tuple[UUID, ...]:
    """Name the boards that tell of it; whoever asked may lie elsewhere by now."""
    named = (request.from_ward_id, request.to_ward_id, lies_on)
    return tuple(sorted({one for one in named if one}))
