"""Roster: who works on a ward, what each has to do, and who lies in a bed that no nurse has."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain import duty as rules
from domain.access import D0
from domain.duty import DutyRole
from ward.adt import queries as stays
from ward.beds import queries as beds
from ward.beds.queries import BedCard
from ward.duty import queries
from ward.duty.models import Duty
from ward.duty.questions import Load, Loads, on_the_roster
from ward.projections import projection
from ward.work import Work

ORDER = (DutyRole.IN_CHARGE, DutyRole.NURSE, DutyRole.REGISTRAR, DutyRole.CONSULTANT)


@projection(D0)
class OnDuty:
    """One person on duty on the ward, and the beds of a nurse."""

    id: UUID
    ward_id: UUID
    user_id: UUID
    name: str
    initials: str
    part: DutyRole
    since: datetime
    until: datetime
    nursing: bool
    beds: tuple[str, ...]
    taken: int
    version: int


@projection(D0)
class Loose:
    """The beds of a ward that hold a patient and have no nurse."""

    ward_id: UUID
    labels: tuple[str, ...]
    nurses: int  # on duty


@projection(D0)
class RosterBed:
    """One bed in the form that gives beds away."""

    id: UUID
    label: str
    room: str | None
    taken: bool
    user_id: UUID | None
    nurse: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """One person with the load of their beds, and the patients in them."""

    person: OnDuty
    load: Loads
    patients: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Roster:
    """A ward and everybody who works there."""

    label: str
    zone: str
    lines: tuple[Line, ...]
    loose: Loose
    unheld: tuple[UUID, ...]  # patients whom no nurse has


async def roster(work: Work, ward_id: UUID) -> Roster:
    """Answer: who works on this ward, with which beds and how much to do, and what has nobody?"""
    ward = await beds.board(work, ward_id)
    ids = [bed.id for bed in ward.beds]
    nurses = await queries.nurses_of(work, ids)
    patients = await stays.patients_in(work, ids)
    loads = await _loads(work, ids)
    duties = await queries.duties_on(work, ward_id)
    people = await queries.names(work, [duty.user_id for duty in duties])
    lines, shown = [], set()
    for duty in sorted(duties, key=lambda one: ORDER.index(one.part)):
        first = rules.has_beds(duty.part) and duty.user_id not in shown
        held = [bed for bed in ward.beds if first and nurses.get(bed.id) == duty.user_id]
        shown |= {duty.user_id} if rules.has_beds(duty.part) else set()
        lines.append(
            Line(
                _on_duty(duty, people[duty.user_id], held, nursing=first),
                add_up(loads[bed.id] for bed in held),
                tuple(patients[bed.id] for bed in held if bed.id in patients),
            )
        )
    loose = [bed for bed in ward.beds if bed.taken and bed.id not in nurses]
    return Roster(
        ward.label,
        ward.zone,
        tuple(lines),
        Loose(ward_id, tuple(bed.label for bed in loose), _nurses(duties)),
        tuple(patients[bed.id] for bed in loose if bed.id in patients),
    )


async def beds_to_give(work: Work, ward_id: UUID) -> list[RosterBed]:
    """Answer: which beds can be given away here, and whose is each?"""
    ward = await beds.board(work, ward_id)
    nurses = await queries.nurses_of(work, [bed.id for bed in ward.beds])
    people = await queries.names(work, nurses.values())
    return [
        RosterBed(
            bed.id,
            bed.label,
            bed.room,
            bed.taken,
            nurses.get(bed.id),
            people[nurses[bed.id]].name if bed.id in nurses else None,
        )
        for bed in ward.beds
    ]


async def nurses_on(work: Work, ward_id: UUID) -> list[queries.Person]:
    """Answer: to whom can beds be given here?"""
    duties = await queries.duties_on(work, ward_id)
    ids = dict.fromkeys(duty.user_id for duty in duties if rules.has_beds(duty.part))
    people = await queries.names(work, ids)
    return sorted((people[one] for one in ids), key=lambda one: one.name)


def add_up(loads: Iterable[Sequence[Load]]) -> Loads:
    """Add the loads of several beds, those of one key together."""
    total: dict[str, Load] = {}
    for load in (one for of_bed in loads for one in of_bed):
        known = total.get(load.key)
        total[load.key] = replace(load, count=load.count + known.count) if known else load
    return Loads(tuple(sorted(total.values(), key=lambda one: (-one.rank, one.key))))


async def _loads(work: Work, bed_ids: Sequence[UUID]) -> Mapping[UUID, list[Load]]:
    asked = await on_the_roster.ask(work, bed_ids)
    return {
        bed: [load for loads in parts.values() if loads for load in loads.items]
        for bed, parts in asked.items()
    }


def _on_duty(
    duty: Duty, person: queries.Person, held: Sequence[BedCard], *, nursing: bool
) -> OnDuty:
    return OnDuty(
        id=duty.id,
        ward_id=duty.ward_id,
        user_id=duty.user_id,
        name=person.name,
        initials=person.initials,
        part=duty.part,
        since=duty.since,
        until=duty.until,
        nursing=nursing,
        beds=tuple(bed.label for bed in held),
        taken=sum(bed.taken for bed in held),
        version=duty.version,
    )


def _nurses(duties: Iterable[Duty]) -> int:
    return len({duty.user_id for duty in duties if rules.has_beds(duty.part)})
