"""Page: everything the observation chart of one patient shows, read once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from uuid import UUID

from domain import news2
from domain.access import D3, Permission
from domain.fluids import Balance, Entry, Shift, by_shift
from domain.news2 import Band
from domain.vitals import PARAMETERS, Vital
from ward.duty import queries as duty
from ward.patients.models import Patient
from ward.projections import projection
from ward.vitals import chart, queries, words
from ward.vitals.chart import RANGES, WEEK, Chart
from ward.vitals.models import SetSource, SetState
from ward.vitals.queries import BedsideView, FluidView, SetView
from ward.vitals.words import ROWS, Cell
from ward.work import Work

LATE = timedelta(minutes=15)  # charted so long after it was taken: both times are told
AHEAD = timedelta(minutes=1)
DAY, NIGHT = time(7, 30), time(19, 30)  # a choice of this project; a site may have others
SHIFTS = (Shift("Day", DAY, NIGHT), Shift("Night", NIGHT, DAY))
FLUID_DAYS, TURNS = 7, 4
BESIDE_THE_SCORE = ("pain", "glucose_cap_mmol", "weight", "height", "urine_output", "gcs_eye",
                    "gcs_verbal", "gcs_motor")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One set in the table; a wrong one says what became of it."""

    id: UUID
    within: str  # the shortest range that shows it
    taken_at: datetime
    charted_at: datetime | None  # told only when it was late
    who: str
    cells: tuple[Cell, ...]
    more: str
    state: SetState
    paper: bool
    reason: str | None
    by: str | None  # who put another in its place
    at: datetime | None
    scale: int
    algorithm: str
    version: int

    @property
    def wrong(self) -> bool:
        """Say whether it was corrected or taken back."""
        return self.state in {SetState.REPLACED, SetState.WRONG}

    @property
    def loose(self) -> bool:
        """Say whether a nurse has still to confirm it."""
        return self.state is SetState.UNVALIDATED


@projection(D3)
class Table:
    """The accessible twin of the chart: the same numbers, newest first."""

    lines: tuple[Line, ...]


@projection(D3)
class Fluids:
    """The balance of the last shifts, newest first, and the entries of the newest."""

    balances: tuple[Balance, ...]
    entries: tuple[FluidView, ...]
    names: tuple[str, ...]
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """What the regions of the chart are drawn from."""

    bedside: BedsideView
    who: dict[UUID, str]
    charts: Mapping[str, Chart | None]
    table: Table
    fluids: Fluids


async def read(work: Work, patient: Patient, zone: tzinfo) -> Page:
    """Read and place what the live chart shows: a week back from the newest set."""
    bedside = await queries.bedside(work, patient.id)
    end = newest(bedside) or work.now
    sets = await queries.between(work, patient.id, end - WEEK.span, work.now + AHEAD)
    amounts = await _amounts(work, patient.id, zone)
    who = await names(work, [*sets, *amounts, *([bedside.last] if bedside.last else [])], bedside)
    drawn = {one.key: chart.draw(sets, one, zone, bedside.scale.value) for one in RANGES}
    return Page(bedside, who, drawn, table(sets, who), _fluids(amounts, zone, who))


def newest(bedside: BedsideView) -> datetime | None:
    """Tell when the newest set was taken that the chart shows."""
    shown = [one.taken_at for one in (bedside.last, *bedside.unconfirmed) if one]
    return max(shown, default=None)


async def names(
    work: Work, rows: Sequence[SetView | FluidView], bedside: BedsideView | None = None
) -> dict[UUID, str]:
    """Open the names of those who charted; nobody's for eyes that may not see them."""
    wanted = {row.by for row in rows if row.by}
    if bedside is not None and bedside.scale_by:
        wanted.add(bedside.scale_by)
    if not work.may(Permission.VIEW_DUTY):
        return {}
    return {one: person.name for one, person in (await duty.names(work, wanted)).items()}


def table(sets: Sequence[SetView], who: Mapping[UUID, str]) -> Table:
    """Put the sets into lines, newest first; a wrong one follows what stands in its place."""
    end = max((one.taken_at for one in sets if not _wrong(one)), default=None)
    by_id = {one.id: one for one in sets}
    shown = [one for one in sets if not (_wrong(one) and one.reason is None)]  # confirmed since
    ordered = sorted(shown, key=lambda one: (one.taken_at, not _wrong(one)), reverse=True)
    return Table(tuple(_line(one, end, by_id, who) for one in ordered))


def _wrong(one: SetView) -> bool:
    return one.state in {SetState.REPLACED, SetState.WRONG}


def _line(
    one: SetView, end: datetime | None, by_id: Mapping[UUID, SetView], who: Mapping[UUID, str]
) -> Line:
    better = by_id.get(one.replaced_by_id) if one.replaced_by_id else None
    late = one.recorded_at - one.taken_at > LATE
    return Line(
        id=one.id,
        within=_within(one.taken_at, end),
        taken_at=one.taken_at,
        charted_at=one.recorded_at if late else None,
        who=author(one, who),
        cells=tuple(words.cell(key, one) for key in ROWS),
        more=more(one),
        state=one.state,
        paper=one.source is SetSource.PAPER,
        reason=one.reason,
        by=author(better, who) if better else None,
        at=better.recorded_at if better else None,
        scale=one.scale,
        algorithm=one.algorithm,
        version=one.version,
    )


def author(one: SetView | FluidView, who: Mapping[UUID, str]) -> str:
    """Name who charted it: the person, else the part or the system; of the demo's, in words."""
    known = who.get(one.by) if one.by else None
    monitor = getattr(one, "monitor", None)
    kind, _, part = one.role.partition(":")
    return known or monitor or (f"Simulated {part}" if kind == "simulator" else one.role)


def _within(at: datetime, end: datetime | None) -> str:
    return next((one.key for one in RANGES if end is None or at >= end - one.span), "all")


def more(one: SetView) -> str:
    """Say what was observed beside the score."""
    found = [words.device(one)] if one.device and one.device != "air" else []
    for key in BESIDE_THE_SCORE:
        if (value := one.values.get(key)) is not None:
            parameter = PARAMETERS[Vital(key)]
            found.append(f"{_SHORT.get(key, parameter.name)} {parameter.write(value)}")
    return "; ".join([*found, one.note] if one.note else found)


_SHORT = {
    "pain": "Pain",
    "glucose_cap_mmol": "Glucose",
    "weight": "Weight",
    "height": "Height",
    "urine_output": "Urine",
    "gcs_eye": "Coma E",
    "gcs_verbal": "Coma V",
    "gcs_motor": "Coma M",
}


async def _amounts(work: Work, patient_id: UUID, zone: tzinfo) -> list[FluidView]:
    """Read the fluids of some whole days: what is shown changes with entries and at midnight."""
    today = datetime.combine(work.now.astimezone(zone).date(), time(), zone)
    start = today - timedelta(days=FLUID_DAYS)
    return await queries.fluids(work, patient_id, start, work.now + AHEAD)


def _fluids(amounts: Sequence[FluidView], zone: tzinfo, who: Mapping[UUID, str]) -> Fluids:
    counted = [Entry(one.at, one.kind, one.ml) for one in amounts if one.voided_at is None]
    balances = by_shift(counted, zone, SHIFTS)
    turn = balances[-1].turn if balances else None
    latest = [one for one in amounts if turn is None or one.at >= turn.starts_at]
    latest.reverse()
    return Fluids(
        balances=tuple(reversed(balances[-TURNS:])),
        entries=tuple(latest),
        names=tuple(author(one, who) for one in latest),
        since=balances[0].turn.starts_at if balances else None,
    )


@projection(D3)
class Now:
    """How the patient is now, in words, and what is owed."""

    score: Cell
    response: str
    urgent: bool
    missing: str
    who: str
    scale_by: str | None
    was: str | None


def present(read: Page) -> dict[str, Now | None]:
    """Say in words what was observed last."""
    last, before = read.bedside.last, read.bedside.before
    by = read.bedside.scale_by
    scale_by = read.who.get(by) if by else None
    if last is None:
        return {"now": Now(words.NOTHING, "", False, "", "", scale_by, None)}  # noqa: FBT003
    result = last.result
    missing = news2.words((*result.missing, *result.not_recordable))
    return {
        "now": Now(
            score=words.cell("news2", last),
            response=result.response,
            urgent=result.urgency is not None and result.urgency is not Band.LOW,
            missing=missing,
            who=author(last, read.who),
            scale_by=scale_by,
            was=words.cell("news2", before).text if before else None,
        )
    }
