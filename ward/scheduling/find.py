"""Find: the next times at which everybody and everything that a visit needs is free."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import gcd
from uuid import UUID
from zoneinfo import ZoneInfo

from domain import openings
from domain.clinic_hours import SLOT
from domain.openings import MINUTE, Grid, Need, Search
from domain.openings import Resource as Bookable
from domain.spans import Span
from ward.scheduling.clinics import ResourceKind, VisitNeed
from ward.scheduling.taken import REACH, Diary, diaries, of_patient
from ward.scheduling.visits import Visit
from ward.work import Work

AHEAD = timedelta(weeks=4)
NEAR = timedelta(days=1)
PEOPLE = frozenset({ResourceKind.CLINICIAN, ResourceKind.CLINIC})  # one room is like another


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What is looked for: a visit, with these resources where they are named, near a time."""

    ward_id: UUID
    visit: Visit
    resources: Sequence[UUID] = ()
    since: datetime
    until: datetime
    near: datetime | None = None
    length: timedelta | None = None
    patient_id: UUID | None = None
    ignoring: Collection[UUID] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """A time that fits all, with what would be taken."""

    span: Span
    resources: tuple[UUID, ...]
    labels: tuple[str, ...]


async def openings_for(work: Work, looked: Looked, most: int = openings.SEVERAL) -> list[Opening]:
    """Return the times nearest to the wished one, or else the first; near days are tried first."""
    around, found = looked.near or looked.since, list[Opening]()
    for reach in (NEAR, AHEAD):
        since = max(looked.since, around - reach, work.now)
        until = min(looked.until, around + reach)
        if since < until:
            found = await _within(work, looked, Span(since, until), most)
        if len(found) == most:
            break
    return found


async def _within(work: Work, looked: Looked, within: Span, most: int) -> list[Opening]:
    wide = Span(within.start - REACH, within.end + REACH)
    known = await diaries(work, looked.ward_id, wide, looked.visit.asks_for)
    needs = [_need(looked, need, known, wide) for need in looked.visit.needs]
    if looked.patient_id is not None:
        theirs = await of_patient(work, looked.patient_id, wide, looked.ignoring)
        busy = tuple(Span(one.starts_at, one.ends_at) for one in theirs)
        needs.append(Need((Bookable(key=looked.patient_id, lanes=(busy,)),)))
    if not known or any(not need.candidates for need in needs):
        return []
    zone = ZoneInfo(next(iter(known.values())).row.zone)
    length = looked.length or looked.visit.length
    search = Search(
        needs=tuple(needs), length=length, within=within, grid=_grid(looked.visit, zone)
    )
    found = (
        openings.nearest(search, looked.near, most) if looked.near else openings.find(search, most)
    )
    return [_opening(one, known) for one in found]


def _grid(visit: Visit, zone: ZoneInfo) -> Grid:
    """Begin on the rows of the calendar, or closer where the length would leave gaps."""
    return Grid(zone, timedelta(minutes=gcd(visit.row.minutes, SLOT // MINUTE)))


def _need(looked: Looked, need: VisitNeed, known: dict[UUID, Diary], within: Span) -> Need:
    """List who could do it: the one that was named first, and kept if it can be."""
    fitting = [one for one in known.values() if looked.visit.fits(need, one.row)]
    named = [one for one in fitting if one.row.id in looked.resources]
    ordered = named + [one for one in fitting if one not in named]
    buffer = looked.visit.buffer
    candidates = tuple(one.bookable(within, buffer, looked.ignoring) for one in ordered)
    return Need(candidates, keep=any(one.row.kind in PEOPLE for one in named))


def _opening(found: openings.Opening, known: dict[UUID, Diary]) -> Opening:
    taken = [key for key, _ in found.taken if isinstance(key, UUID) and key in known]
    return Opening(found.span, tuple(taken), tuple(known[key].label for key in taken))
