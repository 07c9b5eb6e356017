"""Book forms: how the sheets of a clinic read a time, who is booked, and what was picked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request

from domain import series, walltimes
from domain.errors import NotAllowed
from domain.recurrence import nth_weekday
from domain.spans import Span, utc
from domain.walltimes import Which
from ward.errors import Invalid
from ward.scheduling import in_the_way
from ward.scheduling.find import Opening
from ward.scheduling.recurring import Solved
from ward.scheduling.taken import REACH, Diary, diaries
from ward.scheduling.visits import Visit
from ward.web import field, optional
from ward.work import Work

WALL = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True)
class Time:
    """An instant, and what the clock of the clinic shows then."""

    at: datetime
    wall: str
    fold: int

    @classmethod
    def of(cls, at: datetime, zone: ZoneInfo) -> "Time":
        """Give what the clock shows at an instant."""
        local = at.astimezone(zone)
        return cls(at, local.strftime(WALL), local.fold)


class Twice(Invalid):
    """The clock shows this time twice (422); the form asks which is meant."""

    def __init__(self, name: str, sentence: str, choices: Sequence[walltimes.Choice]) -> None:
        super().__init__({name: sentence})
        self.choices = tuple(choices)


async def time_in(request: Request, zone: ZoneInfo, name: str = "at") -> Time:
    """Read a time as the clock of the clinic shows it; what is no time is said at its field."""
    said = str((await request.form()).get(name) or "").strip()
    if not said:
        raise Invalid({name: "Say when."})
    which = await optional(request, "which", Which)
    try:
        return Time.of(walltimes.read(said, zone, which), zone)
    except NotAllowed as refused:
        if refused.code == "time.twice":
            wall = datetime.fromisoformat(said)
            found = walltimes.questions(wall.date(), wall.time(), zone)
            raise Twice(name, refused.sentence, found) from refused
        raise Invalid({name: refused.sentence}) from refused


async def chosen(request: Request, name: str = "resource") -> tuple[UUID, ...]:
    """Read which people, rooms and machines were chosen; an empty choice is left to Ward."""
    found = [str(value) for value in (await request.form()).getlist(name) if str(value).strip()]
    try:
        return tuple(dict.fromkeys(UUID(value) for value in found))
    except ValueError:
        raise Invalid({name: "This is not in the calendar of this clinic."}) from None


async def picked(request: Request) -> tuple[datetime, tuple[UUID, ...]] | None:
    """Read which of the offered times was pressed: its instant and what it takes."""
    said = str((await request.form()).get("pick") or "")
    if not said:
        return None
    return _read(said)


def _read(said: str) -> tuple[datetime, tuple[UUID, ...]]:
    at, _, rest = said.partition("/")
    try:
        resources = tuple(dict.fromkeys(UUID(one) for one in rest.split(",")))
        return walltimes.read(utc(datetime.fromisoformat(at)).isoformat(), UTC), resources
    except (ValueError, OverflowError, NotAllowed):
        raise Invalid({"at": "This time cannot be read. Choose it again."}) from None


REPEATS = [
    ("week", "Every week"),
    ("fortnight", "Every 2 weeks"),
    ("four-weeks", "Every 4 weeks"),
    ("month", "Every month, on this weekday"),
]
DIGITS = len(str(series.MOST))
_EVERY = {"week": 1, "fortnight": 2, "four-weeks": 4}


async def rule(request: Request, at: Time) -> str | None:
    """Read how often an appointment recurs, as RFC 5545 writes it; None: it comes once."""
    often = await optional(request, "repeat", str)
    if often is None:
        return None
    times = await field(request, "times", int, missing="Say how many times.")
    if often in _EVERY:
        return f"FREQ=WEEKLY;INTERVAL={_EVERY[often]};COUNT={times}"
    if often != "month":
        raise Invalid({"repeat": "Choose how often it recurs."})
    day = date.fromisoformat(at.wall[:10])
    return f"FREQ=MONTHLY;BYDAY={nth_weekday(day)};COUNT={times}"


async def solved(request: Request) -> dict[int, Solved]:
    """Read what was chosen for each appointment of a series that clashes."""
    found: dict[int, Solved] = {}
    for name, value in (await request.form()).multi_items():
        number = name.removeprefix("solve-")
        known = number != name and number.isdecimal() and len(number) <= DIGITS
        if known and isinstance(value, str) and value:
            found[int(number)] = Solved() if value == "skip" else Solved(*_read(value))
    return found


def pick_of(opening: Opening) -> str:
    """Write an offered time as its button sends it."""
    return f"{opening.span.start.isoformat()}/{','.join(map(str, opening.resources))}"


async def filled(
    work: Work, ward_id: UUID, visit: Visit, named: Sequence[UUID], span: Span
) -> tuple[UUID, ...]:
    """Choose what a visit still needs: first what is free, so that nobody has to look for it."""
    wide = Span(span.start - REACH, span.end + REACH)
    known = await diaries(work, ward_id, wide, lambda one: one.id in named or visit.asks_for(one))
    left = [known[one] for one in named if one in known]
    taken = list(named)
    for need in sorted(visit.needs, key=lambda one: one.resource_id is None):
        found = next((one for one in left if visit.fits(need, one.row)), None)
        if found is not None:
            left.remove(found)
            continue
        fitting = [one for one in known.values() if visit.fits(need, one.row)]
        free = _free(fitting, visit.buffer.around(span), span, taken)
        taken += [free.row.id] if free else []
    return tuple(taken)


def _free(
    fitting: Sequence[Diary], reserved: Span, span: Span, taken: Sequence[UUID]
) -> Diary | None:
    others = [one for one in fitting if one.row.id not in taken]
    free = (one for one in others if in_the_way.is_free(one, reserved, span))
    return next(free, others[0] if others else None)
