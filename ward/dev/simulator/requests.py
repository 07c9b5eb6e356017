"""Requests: wards are asked for beds, answer, and the patients come."""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any
from uuid import UUID

from domain.encounters import AdmitSource
from ward.adt.admit import admit
from ward.adt.requests import accept, decline, request_move
from ward.adt.transfer import transfer
from ward.dev.people import Member, enter
from ward.dev.simulator import pace as times
from ward.dev.simulator.hospital import Spot, Wish
from ward.dev.simulator.view import Act, View
from ward.work import Work

FRONT_DOOR = "AAU"
WAITING = 2  # requests that stand before one ward
SUPPLY = 8  # people outside; with fewer, somebody new is registered
WITHIN = 0.7  # of those a ward is asked for, how many lie at the front door
SOURCES = (AdmitSource.EMERGENCY, AdmitSource.GENERAL_PRACTITIONER, AdmitSource.OUTPATIENTS)

Enter = Callable[[Work, UUID], Coroutine[Any, Any, object]]


def ask(view: View) -> Act | None:
    """Ask this ward for a bed: for somebody at the front door, or who comes from outside."""
    if view.floor.code == FRONT_DOOR or len(view.wishes()) >= WAITING:
        return None
    to, soon = view.floor.ward, view.hospital.now + timedelta(minutes=view.dice.randrange(10, 60))
    doors = [
        floor
        for floor in view.hospital.floors
        if floor.code == FRONT_DOOR and floor.branch == view.floor.branch
    ]
    chosen = view.one_of([pair for door in doors for pair in view.movable(door)])
    if chosen and view.dice.random() < WITHIN:
        patient = chosen[1].patient
        return Act("simulator.request", lambda work: request_move(work, patient, to, ready_at=soon))
    source = view.dice.choice(SOURCES)

    def request(work: Work, patient: UUID) -> Coroutine[Any, Any, object]:
        return request_move(work, patient, to, ready_at=soon, source=source)

    return _from_outside(view, "simulator.request", request)


def walk_in(view: View) -> Act | None:
    """Admit somebody at the front door, where nobody asks first."""
    bed = view.one_of(view.floor.spare)
    if view.floor.code != FRONT_DOOR or bed is None or view.floor.taken >= view.floor.high:
        return None
    spot, home = bed, view.hospital.today + timedelta(days=view.dice.randrange(1, 5))

    def arrival(work: Work, patient: UUID) -> Coroutine[Any, Any, object]:
        emergency = AdmitSource.EMERGENCY
        return admit(work, patient, spot.bed, source=emergency, home_on=home, seen=spot.version)

    return _from_outside(view, "simulator.admit", arrival)


def answer(view: View) -> Act | None:
    """Accept the oldest request and keep a bed for it; decline one that waited in vain."""
    coming = sum(one.accepted for one in view.wishes())
    bed = view.one_of(view.floor.spare)
    for wish in view.wishes():
        if wish.accepted or wish.theirs:
            continue
        room = view.floor.taken + coming < view.floor.high
        if bed and room and view.over(wish, times.ANSWER):
            return _accept(wish, bed)
        if view.over(wish, times.PATIENCE) and not wish.by_others:
            return _decline(wish)
    return None


def arrive(view: View) -> Act | None:
    """Bring somebody whom this ward has accepted, into the bed that is kept or another."""
    if view.floor.taken >= view.floor.high:
        return None
    lying = view.hospital.lying()
    for wish in view.wishes():
        if not wish.accepted or wish.theirs or not view.over(wish, times.TRAVEL):
            continue
        bed = view.floor.holding(wish.encounter) or view.one_of(view.floor.spare)
        if bed is None:
            continue
        if wish.patient not in lying:
            return _admit(wish, bed)
        floor, spot = lying[wish.patient]
        if spot.movable and floor.taken > floor.low:
            return _transfer(wish, spot, bed)
    return None


def _from_outside(view: View, code: str, come: Enter) -> Act | None:
    """Choose who has been outside longest, or bring somebody new."""
    unknown, outside = view.hospital.unknown, view.hospital.outside
    if unknown and len(outside) < SUPPLY:
        fresh = unknown[0]
        return Act(code, lambda work: _new(work, fresh, come))
    known = view.one_of(outside)
    return Act(code, lambda work: come(work, known)) if known else None


async def _new(work: Work, one: Member, come: Enter) -> None:
    patient = await enter(work, one)
    await come(work, patient.id)


def _accept(wish: Wish, bed: Spot) -> Act:
    request, seen = wish.request, wish.version
    return Act("simulator.accept", lambda work: accept(work, request, bed.bed, seen=seen))


def _decline(wish: Wish) -> Act:
    why = "No bed will be ready in time."
    return Act(
        "simulator.decline", lambda work: decline(work, wish.request, why, seen=wish.version)
    )


def _admit(wish: Wish, bed: Spot) -> Act:
    return Act("simulator.admit", lambda work: admit(work, wish.patient, bed.bed, seen=bed.version))


def _transfer(wish: Wish, spot: Spot, bed: Spot) -> Act:
    seen = spot.occupant.version if spot.occupant else None
    return Act(
        "simulator.transfer",
        lambda work: transfer(work, wish.encounter, bed.bed, seen=seen, seen_bed=bed.version),
    )
