"""Chart: everything the results page of one patient shows, read once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from uuid import UUID

from sqlalchemy import func, select

from domain.access import D0, D5
from ward.duty.queries import names
from ward.labs import grid as grids
from ward.labs import queries, words
from ward.labs.details import Acknowledged, ReadBack
from ward.labs.grid import Grid
from ward.labs.models import Acknowledgement, CriticalCall, DiagnosticReport, LabResult
from ward.labs.queries import VIEW, Found, Report
from ward.labs.trend import Trend, trend
from ward.labs.views import ResultView, chains, view
from ward.patients.queries import among
from ward.projections import projection
from ward.security.actors import System
from ward.work import Work

COLUMNS = 10  # collections that the live page shows; all are drawn once, for whoever asks
REPORTS, WAITING = 20, 30
_READER = System("job:laboratory", frozenset())


@dataclass(frozen=True, slots=True)
class Deed:
    """Somebody acknowledged a report, or called about a result of it."""

    at: datetime
    who: str
    words: str


@projection(D5)
class ReportView:
    """One report with all it says, and who has seen it."""

    id: UUID
    patient_id: UUID
    title: str
    section: str
    status: str
    final: bool
    observed_at: datetime
    reported_at: datetime
    specimen: str
    producer: str
    comments: tuple[str, ...]
    results: tuple[ResultView, ...]
    document: bool
    worst: int
    owner: str | None
    seen: tuple[Deed, ...]
    calls: tuple[Deed, ...]
    waiting: bool  # nobody has acknowledged what stands
    version: int

    @property
    def gravest(self) -> tuple[ResultView, ...]:
        """The results that make it as grave as it is; none when it is not."""
        return tuple(one for one in self.results if one.rank == self.worst and one.flag.tone)


@projection(D5)
class Waiting:
    """What nobody has acknowledged yet, the gravest first."""

    reports: tuple[ReportView, ...]
    more: int  # that are not named here

    @property
    def critical(self) -> tuple[ReportView, ...]:
        """Those that call somebody."""
        return tuple(one for one in self.reports if one.worst >= 3)

    @property
    def others(self) -> tuple[ReportView, ...]:
        """The rest."""
        return tuple(one for one in self.reports if one.worst < 3)


@dataclass(frozen=True, slots=True)
class Chart:
    """The page: what waits, the newest collections, the newest reports."""

    waiting: Waiting
    grid: Grid
    reports: tuple[ReportView, ...]
    earlier: bool  # there are reports before these


async def of(work: Work, patient_id: UUID) -> Chart:
    """Read the results page."""
    listed = await queries.reports(
        work, DiagnosticReport.patient_id == patient_id, most=REPORTS + 1
    )
    shown = listed[:REPORTS]
    known = {one.row.id for one in shown}
    unseen = await queries.reports(
        work,
        DiagnosticReport.patient_id == patient_id,
        DiagnosticReport.acknowledged_at.is_(None),
        most=WAITING,
        gravest=True,
    )
    total, _ = await queries.unseen(work, patient_id)
    cumulated = await cumulative(work, patient_id)
    views = await report_views(work, [*shown, *(one for one in unseen if one.row.id not in known)])
    views = [_beside(one, cumulated) for one in views]
    waiting = [one for one in views if one.waiting]
    waiting.sort(key=lambda one: (-one.worst, one.reported_at))
    return Chart(
        Waiting(tuple(waiting[:WAITING]), max(0, total - WAITING)),
        cumulated,
        tuple(views[: len(shown)]),
        len(listed) > REPORTS,
    )


def _beside(report: ReportView, grid: Grid) -> ReportView:
    """Tell beside each result what it was before, where the grid knows."""
    cells = {
        cell.id: cell for part in grid.parts for row in part.rows for cell in row.cells if cell
    }
    return replace(report, results=tuple(cells.get(one.id, one) for one in report.results))


async def foremost(work: Work, drawn: Chart, zone: tzinfo) -> Trend | None:
    """Draw the test that needs to be seen first: the gravest that waits, else the newest."""
    waits = [result for one in drawn.waiting.reports for result in one.gravest]
    rows = [row.id for part in drawn.grid.parts for row in part.rows if row.cells[-1]]
    wanted = next((one.id for one in waits if not one.prose), next(iter(rows), None))
    if wanted is None:
        return None
    result = await work.access(LabResult, wanted, VIEW)
    return trend(await queries.series(work, result), zone)


async def cumulative(work: Work, patient_id: UUID, *, whole: bool = False) -> Grid:
    """Read the grid: the newest collections, or all."""
    mine = LabResult.patient_id == patient_id
    if whole:
        return grids.grid(await queries.results(work, mine))
    since = await _since(work, patient_id)
    if since is None:
        return grids.grid([])
    first, earlier = since
    found = await queries.results(work, mine, LabResult.observed_at >= first)
    return grids.grid(found, earlier=earlier)


async def _since(work: Work, patient_id: UUID) -> tuple[datetime, bool] | None:
    """Find when the first of the newest collections was, and whether there is more before it."""
    mine = LabResult.patient_id == patient_id, LabResult.replaced_at.is_(None)
    newest = (
        select(LabResult.observed_at)
        .where(*mine)
        .group_by(LabResult.observed_at)
        .order_by(LabResult.observed_at.desc())
        .limit(COLUMNS + 1)
    ).subquery()
    asked = select(func.array_agg(newest.c.observed_at))
    times = sorted((await (await work.connection()).execute(asked)).scalar_one() or [])
    if not times:
        return None
    return times[-COLUMNS:][0], len(times) > COLUMNS


async def report_views(work: Work, listed: Sequence[Report]) -> list[ReportView]:
    """Show reports with their results, calls and acknowledgements."""
    ids = [one.row.id for one in listed]
    if not ids:
        return []
    found: dict[UUID, list[Found]] = {one: [] for one in ids}
    for one in await queries.results(work, among(LabResult.report_id, ids)):
        found[one.row.report_id].append(one)
    seen, calls = await _seen(work, ids), await _calls(work, found)
    owners = await called(work, (one.row.owner_id for one in listed))
    return [_report(one, found[one.row.id], owners, seen, calls) for one in listed]


async def called(work: Work, user_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Answer: what are these members of staff called? Everybody who sees results may know."""
    aside = work.watched(_READER, frozenset({D0}))
    people = await names(aside, [one for one in user_ids if one])
    return {one: person.name for one, person in people.items()}


def _report(
    one: Report,
    found: Sequence[Found],
    owners: Mapping[UUID, str],
    seen: Mapping[UUID, list[Deed]],
    calls: Mapping[UUID, list[Deed]],
) -> ReportView:
    row, detail, chain = one.row, one.detail, chains(found)
    standing = sorted(
        (each for each in found if each.row.id in chain), key=lambda each: each.row.place
    )
    return ReportView(
        id=row.id,
        patient_id=row.patient_id,
        title=detail.title,
        section=words.SECTIONS.get(row.section, ""),
        status=row.status.word,
        final=row.status.value in {"final", "corrected"},
        observed_at=row.observed_at,
        reported_at=row.reported_at,
        specimen=detail.specimen,
        producer=detail.producer,
        comments=detail.comments,
        results=tuple(view(each, chain[each.row.id]) for each in standing),
        document=row.attached is not None,
        worst=row.worst,
        owner=owners.get(row.owner_id) if row.owner_id else None,
        seen=tuple(seen.get(row.id, ())),
        calls=tuple(calls.get(row.id, ())),
        waiting=row.acknowledged_at is None,
        version=row.version,
    )


async def _seen(work: Work, ids: Sequence[UUID]) -> dict[UUID, list[Deed]]:
    mine = select(Acknowledgement).where(among(Acknowledgement.report_id, ids))
    rows = await work.every(mine.order_by(Acknowledgement.at), VIEW)
    said: dict[UUID, Acknowledged] = await work.open(rows, Acknowledgement.said)
    who = await called(work, (row.by for row in rows))
    deeds: dict[UUID, list[Deed]] = {}
    for row in rows:
        told = said[row.id]
        text = f"{told.action}: {told.note}" if told.note else told.action
        name = who.get(row.by, row.by_role) if row.by else row.by_role
        deeds.setdefault(row.report_id, []).append(Deed(row.at, name, text))
    return deeds


async def _calls(work: Work, found: Mapping[UUID, Sequence[Found]]) -> dict[UUID, list[Deed]]:
    report_of = {one.row.id: report for report, rows in found.items() for one in rows}
    mine = select(CriticalCall).where(among(CriticalCall.result_id, list(report_of)))
    rows = await work.every(mine.order_by(CriticalCall.at), VIEW)
    said: dict[UUID, ReadBack] = await work.open(rows, CriticalCall.said)
    deeds: dict[UUID, list[Deed]] = {}
    for row in rows:
        told = said[row.id]
        text = (
            f"{told.value} to {told.receiver}, read back correctly"
            if row.reached
            else "nobody answered"
        )
        if told.note:
            text = f"{text}. {told.note}"
        deeds.setdefault(report_of[row.result_id], []).append(Deed(row.at, told.caller, text))
    return deeds
