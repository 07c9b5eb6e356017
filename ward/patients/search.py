"""Search: from what somebody typed to the patients they may see; each search is a disclosure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, tzinfo
from time import monotonic
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, Integer, Uuid, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain import matching
from domain.access import D0, D1, Permission
from ward.patients.finding import ALIKE
from ward.patients.identity import Hit
from ward.patients.index import index_of
from ward.patients.models import Patient
from ward.patients.person import Person
from ward.patients.questions import on_the_list
from ward.places.models import Branch
from ward.projections import projection
from ward.security.actors import System
from ward.security.limits import SEARCH, Limit
from ward.work import Work

SHOWN = 20
WEIGHED = 200  # hits whose relations are looked at: a nurse's own ward may rank low
SHORTEST = 2  # letters or digits before anybody is looked for
CHECKS = Limit("duplicates", 60, 60)
DOUBLES = 10
_IDS: BindParameter[Any] = bindparam("ids", type_=ARRAY(Uuid))
_BEST = (
    select(Patient)
    .where(Patient.id == any_(_IDS))
    .order_by(func.array_position(_IDS, Patient.id))
    .limit(bindparam("most", type_=Integer))
)


@projection(D1)
class Found:
    """A patient in a list of found ones."""

    id: UUID
    href: str
    name: str
    born: str
    age: str
    sex: str
    numbers: list[str]
    place: str | None
    why: str
    alike: bool = False  # a word of the question is not written so: spelt or sounding alike


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search gave; too short a question is not asked."""

    people: list[Found]
    too_short: bool = False


async def find(work: Work, question: str) -> Answer:
    """Find patients as one types: names, parts of a birth date, numbers; at most twenty."""
    question = question.strip()
    if sum(letter.isalnum() for letter in question) < SHORTEST:
        return Answer([], too_short=True)
    await work.node.limits.spend(SEARCH, str(work.actor.id))
    await work.searches(question)
    index = index_of(work.node)
    await index.settle()
    hits = index.search(question, WEIGHED)
    alike = frozenset(hit.id for hit in hits if hit.score <= ALIKE)
    return Answer(await _shown(work, hits, alike=alike))


async def doubles(work: Work, person: Person) -> list[Found]:
    """Find whom this person could double, with why; the clerk decides."""
    compared = person.compared()
    if not (compared.family or compared.given or compared.numbers):
        return []
    await work.searches(f"{compared.family}, {compared.given} {compared.born or ''}")
    index = index_of(work.node)
    await index.settle()
    return await _shown(work, index.duplicates(person, DOUBLES), why=_why)


def _why(score: int) -> str:
    if score >= matching.SAME_NUMBER:
        return "Same number."
    return (
        "Very likely the same person." if score >= matching.LIKELY else "Perhaps the same person."
    )


def _nothing(_score: int) -> str:
    return ""


async def _shown(
    work: Work,
    hits: list[Hit],
    why: Callable[[int], str] = _nothing,
    alike: frozenset[UUID] = frozenset(),
) -> list[Found]:
    """Load the best of those that a relation explains; only these enter the trail."""
    ids = [hit.id for hit in hits]
    rows = await _explained(work, ids[:SHOWN], SHOWN)
    if len(rows) < SHOWN < len(ids):  # further down may stand this person's own patients
        rows += await _explained(work, ids[SHOWN:], SHOWN - len(rows))
    people: dict[UUID, Person] = await work.open(rows, Patient.identity)
    places = await _places(work, [row.id for row in rows])
    scores = {hit.id: hit.score for hit in hits}
    at = work.now.astimezone(await _zone(work))
    return [
        Found(
            id=one,
            href=f"/patients/{one}",
            name=person.shown,
            born=person.born.words if person.born else "Not recorded",
            age=person.age(at),
            sex=person.sex.word,
            numbers=[" ".join(number.labelled) for number in person.best_numbers],
            place=places.get(one),
            why=why(scores[one]),
            alike=one in alike,
        )
        for one, person in people.items()
    ]


async def _explained(work: Work, ids: list[UUID], most: int) -> list[Patient]:
    """Load those a relation explains, in the order of the ids."""
    if not ids:
        return []
    return await work.every(_BEST, Permission.SEARCH_PATIENTS, keys=True, ids=ids, most=most)


async def _places(work: Work, ids: list[UUID]) -> dict[UUID, str]:
    """Write where these patients lie: Six East 06."""
    asked = await on_the_list.ask(work, ids)
    places = {one: parts.get("place") for one, parts in asked.items()}
    return {
        one: " ".join(filter(None, (place.ward, place.bed)))
        for one, place in places.items()
        if place is not None and place.ward
    }


async def _zone(work: Work) -> tzinfo:
    """Tell the zone in which whoever searches counts days; it is asked for once a minute."""
    branch = getattr(work.actor, "branch_id", None)
    zone, until = _ZONES.get(branch, (UTC, 0.0))
    if until < monotonic():
        aside = work.watched(System("job:zones", frozenset()), frozenset({D0}))
        found = await aside.every(select(Branch).where(Branch.id == branch), Permission.VIEW_PLACES)
        zone = ZoneInfo(found[0].zone) if found else UTC
        _ZONES[branch] = zone, monotonic() + ZONE_SECONDS
    return zone


ZONE_SECONDS = 60.0  # a branch keeps its zone; should it not, ages follow within a minute
_ZONES: dict[UUID | None, tuple[tzinfo, float]] = {}
