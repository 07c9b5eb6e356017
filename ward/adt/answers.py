"""Answers: what the board, the strip above it and the banner learn from stays."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from domain import matching
from domain.access import D0, D1, Permission
from domain.encounters import EncounterStatus
from domain.infants import Kin
from domain.movements import MovementStatus
from ward.adt import home, queries
from ward.adt.models import MoveRequest
from ward.adt.people import lie_there, on_ward
from ward.adt.queries import Lying, Place, Whereabouts
from ward.adt.unplaced import Unplaced, unplaced
from ward.ask import once
from ward.beds.questions import on_the_board, on_the_card
from ward.patients.person import Person
from ward.patients.queries import Named, SimilarFlag, flags_of, named, people_of
from ward.patients.questions import on_the_banner, on_the_list, on_the_summary, where_shown
from ward.places import zones
from ward.projections import projection
from ward.work import Work


@projection(D0)
class StayCard:
    """What a bed card shows of a stay; without a name."""

    encounter_id: UUID
    patient_id: UUID
    initials: str
    admitted_at: datetime
    here_since: datetime
    home_on: date | None
    home_label: str | None
    home_today: bool
    pending: str | None
    kin: Kin | None
    version: int

    @property
    def marks(self) -> tuple[str, ...]:
        """Have the board filter by, and count, mothers and infants."""
        return ("kin",) if self.kin else ()


@projection(D0)
class Flag:
    """A chip of a bed card that everybody on the ward may read."""

    code: str
    label: str
    tone: str


@projection(D0)
class Pending:
    """Somebody who waits to come or to go; the name is another answer."""

    id: UUID
    direction: str
    patient_id: UUID
    encounter_id: UUID
    initials: str
    from_label: str
    to_label: str
    requested_at: datetime
    ready_at: datetime | None
    accepted: bool
    version: int


@projection(D1)
class Expected:
    """For whom a bed is reserved, or who waits to move."""

    patient_id: UUID
    name: str
    known: str


ISOLATION = Flag("isolation", "Isolation", "strong")
LEAVE = Flag("leave", "On leave", "plain")
KIN = {kin: Flag(kin.value, kin.word, "plain") for kin in Kin}


@on_the_card.answer("stay", Permission.VIEW_STAYS)
async def stay(work: Work, bed_ids: Sequence[UUID]) -> Mapping[UUID, StayCard]:
    """Answer since when somebody lies there, and when they should go."""
    lying = await queries.lying_in(work, bed_ids)
    people = await lie_there(work, lying)
    return {bed: _card(one, people, work.now) for bed, one in lying.items()}


@on_the_card.answer("occupant", Permission.VIEW_PATIENT)
async def occupant(work: Work, bed_ids: Sequence[UUID]) -> Mapping[UUID, Named]:
    """Answer who lies there."""
    lying = await queries.lying_in(work, bed_ids)
    people = await lie_there(work, lying)
    return {
        bed: named(one.stay.patient_id, people[one.stay.patient_id], work, ZoneInfo(one.zone))
        for bed, one in lying.items()
        if one.stay.patient_id in people
    }


@on_the_card.answer("flags", Permission.VIEW_STAYS)
async def flags(work: Work, bed_ids: Sequence[UUID]) -> Mapping[UUID, list[Any]]:
    """Answer what one must know before going to the bed: each chip is of its own class."""
    lying = await queries.lying_in(work, bed_ids)
    ids = [one.stay.patient_id for one in lying.values()]
    allergic = await flags_of(work, ids) if ids and work.may(Permission.VIEW_ALLERGIES) else {}
    alike = await _similar(work, lying) if work.may(Permission.VIEW_PATIENT) else {}
    found = {
        bed: [
            alike.get(one.stay.patient_id),
            allergic.get(one.stay.patient_id),
            ISOLATION if one.encounter.precaution else None,
            LEAVE if one.encounter.status is EncounterStatus.ON_LEAVE else None,
            KIN[one.kin] if one.kin else None,
        ]
        for bed, one in lying.items()
    }
    return {bed: [flag for flag in chips if flag] for bed, chips in found.items()}


@on_the_card.answer("expected", Permission.VIEW_PATIENT)
async def expected(work: Work, bed_ids: Sequence[UUID]) -> Mapping[UUID, Expected]:
    """Answer for whom a bed is reserved."""
    whom = await queries.held_for(work, bed_ids)
    people = await _expected(work, whom.values())
    return {bed: people[one] for bed, one in whom.items() if one in people}


@on_the_board.answer("pending", Permission.VIEW_STAYS)
async def pending(work: Work, ward_ids: Sequence[UUID]) -> Mapping[UUID, list[Pending]]:
    """Answer who waits to come to the ward or to leave it, longest first."""
    found: dict[UUID, list[Pending]] = {}
    for ward_id in ward_ids:
        moves = await _waiting(work, ward_id)
        whom = {move.patient_id for move in moves}
        people = await people_of(work, whom, Permission.VIEW_STAYS) if whom else {}
        labels = await _labels(work, moves) if moves else {}
        found[ward_id] = [_pending(move, ward_id, people, labels) for move in moves]
    return found


@on_the_board.answer("names", Permission.VIEW_PATIENT)
async def names(work: Work, ward_ids: Sequence[UUID]) -> Mapping[UUID, dict[UUID, Expected]]:
    """Answer the names of those who wait, by their request."""
    found: dict[UUID, dict[UUID, Expected]] = {}
    for ward_id in ward_ids:
        moves = await _waiting(work, ward_id)
        people = await _expected(work, {move.patient_id for move in moves})
        found[ward_id] = {
            move.id: people[move.patient_id] for move in moves if move.patient_id in people
        }
    return found


@on_the_list.answer("place", Permission.VIEW_STAYS)
async def whereabouts(work: Work, patient_ids: Sequence[UUID]) -> Mapping[UUID, Whereabouts]:
    """Answer ward and bed, for lists."""
    return await queries.whereabouts(work, patient_ids)


@on_the_banner.answer("place", Permission.VIEW_STAYS)
async def place(work: Work, patient_ids: Sequence[UUID]) -> Mapping[UUID, Place | Unplaced]:
    """Answer where the patient lies, for the banner, or that somebody needs a bed and has none."""
    found = await queries.places(work, patient_ids)
    nowhere = [one for one in patient_ids if one not in found]
    return {**found, **(await unplaced(work, nowhere) if nowhere else {})}


@on_the_summary.answer("stay", Permission.VIEW_STAYS)
async def stay_panel(work: Work, patient_ids: Sequence[UUID]) -> Mapping[UUID, Place]:
    """Answer which stay the chart's panel is about; nobody's for who is on no ward."""
    return await queries.places(work, patient_ids)


@where_shown.answer("moves", Permission.VIEW_STAYS)
async def awaited_on(work: Work, patient_ids: Sequence[UUID]) -> Mapping[UUID, list[UUID]]:
    """Answer which wards' boards name the patient as somebody who comes or goes."""
    moves = await queries.asked_for(work, patient_ids)
    return {
        move.patient_id: [one for one in (move.from_ward_id, move.to_ward_id) if one]
        for move in moves
    }


async def _expected(work: Work, patient_ids: Collection[UUID]) -> dict[UUID, Expected]:
    """Name those who come, and what tells each from another of that name."""
    if not patient_ids:
        return {}
    people = await people_of(work, patient_ids, Permission.VIEW_PATIENT)
    now = work.now.astimezone(await zones.zone_of(work, None))
    return {
        one: Expected(one, person.shown, person.known_by(now)) for one, person in people.items()
    }


async def _waiting(work: Work, ward_id: UUID) -> list[MoveRequest]:
    return await once(work, ("waiting", ward_id), lambda: queries.waiting(work, ward_id))


async def _similar(work: Work, lying: Mapping[UUID, Lying]) -> dict[UUID, SimilarFlag]:
    """Tell whose name could be confused with another on the same ward, whatever was asked."""
    flag = SimilarFlag("similar_name", "Similar name", "plain")
    found: dict[UUID, SimilarFlag] = {}
    for ward_id in {one.stay.ward_id for one in lying.values()}:
        people = await on_ward(work, ward_id)
        alike = matching.similar_names([person.name.family for person in people.values()])
        found |= {one: flag for one, similar in zip(people, alike, strict=True) if similar}
    return found


async def _labels(work: Work, moves: Sequence[MoveRequest]) -> dict[UUID, str]:
    wards = await queries.wards_of(
        work, [one for move in moves for one in (move.from_ward_id, move.to_ward_id)]
    )
    return {one: ward.label for one, ward in wards.items()}


def _card(one: Lying, people: Mapping[UUID, Person], now: datetime) -> StayCard:
    encounter = one.encounter
    today = now.astimezone(ZoneInfo(one.zone)).date()
    person = people.get(one.stay.patient_id)
    return StayCard(
        encounter_id=encounter.id,
        patient_id=one.stay.patient_id,
        initials=person.initials if person else "",
        admitted_at=encounter.admitted_at or one.stay.started_at,
        here_since=one.here_since,
        home_on=encounter.home_on,
        home_label=home.label(encounter.home_on, today),
        home_today=encounter.home_on is not None and encounter.home_on <= today,
        pending="transfer" if one.asked_for else None,
        kin=one.kin,
        version=encounter.version,
    )


def _pending(
    move: MoveRequest, ward_id: UUID, people: Mapping[UUID, Person], labels: Mapping[UUID, str]
) -> Pending:
    person = people.get(move.patient_id)
    outside = move.source.word if move.source else "Outside the wards"
    return Pending(
        id=move.id,
        direction="in" if move.to_ward_id == ward_id else "out",
        patient_id=move.patient_id,
        encounter_id=move.encounter_id,
        initials=person.initials if person else "",
        from_label=labels.get(move.from_ward_id, outside) if move.from_ward_id else outside,
        to_label=labels.get(move.to_ward_id, ""),
        requested_at=move.requested_at,
        ready_at=move.ready_at,
        accepted=move.status is MovementStatus.ACCEPTED,
        version=move.version,
    )
