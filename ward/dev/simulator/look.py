"""Look: reads the hospital as the simulator sees it: states and ids; no name is opened."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select

from domain.access import D0, D1, Permission
from domain.beds import Clean
from domain.movements import MovementStatus
from ward.adt.models import Encounter, Movement, MoveRequest, Stay
from ward.adt.requests import STANDING
from ward.beds.models import Bed, BedChange
from ward.dev import cast
from ward.dev.demo import FOUNDER
from ward.dev.people import Member, everybody
from ward.dev.simulator.hospital import PEOPLE_FIRST, Floor, Hospital, Occupant, Spot, Wish
from ward.node import Node
from ward.patients.marks import mrn_mark
from ward.patients.models import Life, Patient
from ward.places.models import Ward
from ward.work import Work, work_watching

NAME = "job:simulator"
OURS = frozenset({NAME, FOUNDER.name})
EYES = frozenset({D0, D1})
CODES = frozenset(plan.code for plans in cast.BRANCHES.values() for plan in plans if plan.beds)
_BEDS, _STAYS = Permission.VIEW_BEDS, Permission.VIEW_STAYS

Marks = Mapping[bytes, Member]


@dataclass(frozen=True, slots=True)
class _Rows:
    """What was read, by the ids it is looked up by."""

    now: datetime
    known: Mapping[UUID, Member]  # the cast, by patient
    stays: Mapping[UUID, Stay]  # open, by bed
    encounters: Mapping[UUID, Encounter]
    beds_by: Mapping[UUID, str]  # who made the last change
    steps_by: Mapping[UUID, str]  # who did the last step


def marks_of(node: Node) -> Marks:
    """Give the keyed hash by which each of the cast is known again."""
    return {mrn_mark(node.vault, one.mrn): one for one in everybody()}


async def look(node: Node, marks: Marks) -> Hospital:
    """Read everything from one snapshot, with the eyes of a shared screen."""
    async with work_watching(node, "simulator.look", EYES) as work:
        cast_rows = await work.every(
            select(Patient).where(Patient.mrn_hash.in_(marks)), Permission.VIEW_PATIENT
        )
        known = {row.id: marks[row.mrn_hash] for row in cast_rows}
        rows = await _rows(work, known)
        floors = await _floors(work, rows)
        wishes = await _wishes(work, rows)
        waiting = {wish.patient for wish in wishes}
        outside = sorted(
            (row for row in cast_rows if row.ward_id is None and row.life is Life.ALIVE),
            key=lambda row: known[row.id].mrn,
        )
        registered = {one.mrn for one in known.values()}
        return Hospital(
            now=work.now,
            today=work.now.astimezone(ZoneInfo(cast.ZONE)).date(),
            floors=floors,
            wishes=wishes,
            outside=tuple(row.id for row in outside if row.id not in waiting),
            unknown=tuple(one for one in marks.values() if one.mrn not in registered),
        )


async def _rows(work: Work, known: Mapping[UUID, Member]) -> _Rows:
    now_open = (Stay.ended_at.is_(None), Stay.voided_at.is_(None))
    stays = await work.every(select(Stay).where(*now_open), _STAYS)
    mine = [stay.encounter_id for stay in stays]
    encounters = await work.every(select(Encounter).where(Encounter.id.in_(mine)), _STAYS)
    newest = and_(Bed.id == BedChange.bed_id, Bed.since == BedChange.at)
    changes = await work.every(select(BedChange).join(Bed, newest), _BEDS)
    last = and_(Encounter.id == Movement.encounter_id, Encounter.moved_at == Movement.recorded_at)
    steps = select(Movement).join(Encounter, last).where(Encounter.id.in_(mine))
    return _Rows(
        now=work.now,
        known=known,
        stays={stay.bed_id: stay for stay in stays},
        encounters={encounter.id: encounter for encounter in encounters},
        beds_by={change.bed_id: change.actor_name for change in changes},
        steps_by={step.encounter_id: step.actor_name for step in await work.every(steps, _STAYS)},
    )


async def _floors(work: Work, rows: _Rows) -> tuple[Floor, ...]:
    wards = await work.every(select(Ward).where(Ward.code.in_(CODES)).order_by(Ward.code), _BEDS)
    beds = await work.every(select(Bed).order_by(Bed.position, Bed.label), _BEDS)
    return tuple(
        Floor(
            ward.id,
            ward.branch_id,
            ward.code,
            tuple(_spot(bed, rows) for bed in beds if bed.ward_id == ward.id),
        )
        for ward in wards
    )


def _spot(bed: Bed, rows: _Rows) -> Spot:
    state, who = bed.state_at(rows.now), _occupant(bed, rows)
    by_others = rows.beds_by.get(bed.id, FOUNDER.name) not in OURS
    fresh = by_others and rows.now - bed.since < PEOPLE_FIRST
    if who and who.by_others:
        fresh = fresh or rows.now - rows.encounters[who.encounter].moved_at < PEOPLE_FIRST
    return Spot(
        bed=bed.id,
        label=bed.label,
        version=bed.version,
        status=bed.status,
        since=bed.since,
        terminal=bed.clean is Clean.TERMINAL,
        blocked=state.blocked is not None,
        held_for=state.hold.encounter if state.hold else None,
        away_since=state.away_since,
        by_others=by_others,
        theirs=fresh,
        occupant=who,
    )


def _occupant(bed: Bed, rows: _Rows) -> Occupant | None:
    stay = rows.stays.get(bed.id)
    if stay is None or stay.encounter_id not in rows.encounters:
        return None
    encounter, one = rows.encounters[stay.encounter_id], rows.known.get(stay.patient_id)
    return Occupant(
        patient=stay.patient_id,
        encounter=encounter.id,
        version=encounter.version,
        since=stay.started_at,
        home_on=encounter.home_on,
        ours=one is not None,
        stays=one is not None and one.stays,
        by_others=rows.steps_by.get(encounter.id, FOUNDER.name) not in OURS,
    )


async def _wishes(work: Work, rows: _Rows) -> tuple[Wish, ...]:
    standing = select(MoveRequest).where(MoveRequest.status.in_(STANDING))
    asked = await work.every(standing.order_by(MoveRequest.requested_at), _STAYS)
    return tuple(_wish(one, rows.now) for one in asked if one.patient_id in rows.known)


def _wish(row: MoveRequest, now: datetime) -> Wish:
    since, by_others = row.answered_at or row.requested_at, row.actor_name not in OURS
    return Wish(
        request=row.id,
        version=row.version,
        patient=row.patient_id,
        encounter=row.encounter_id,
        to_ward=row.to_ward_id,
        accepted=row.status is MovementStatus.ACCEPTED,
        since=since,
        by_others=by_others,
        theirs=by_others and now - since < PEOPLE_FIRST,
    )
