"""Queries: results and reports as rows, opened; and the last values for whoever asks."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from domain.access import Permission
from domain.analytes import ANALYTES
from domain.labs import CRITICAL, ResultStatus
from ward.labs.details import ReportDetail, ResultDetail
from ward.labs.lay import hash_of
from ward.labs.models import DiagnosticReport, LabResult
from ward.patients.queries import among
from ward.work import Work

VIEW = Permission.VIEW_LABS
COUNT = tuple(status for status in ResultStatus if status.counts)


@dataclass(frozen=True, slots=True)
class Found:
    """A result, opened."""

    row: LabResult
    detail: ResultDetail


@dataclass(frozen=True, slots=True)
class Report:
    """A report, opened."""

    row: DiagnosticReport
    detail: ReportDetail


@dataclass(frozen=True, slots=True)
class LastValue:
    """The newest number of a test; `comparator` says that it is only a limit."""

    number: Decimal
    unit: str
    at: datetime
    letters: tuple[str, ...]
    comparator: str = ""


async def results(work: Work, *which: ColumnElement[bool]) -> list[Found]:
    """Open results, oldest first, in the order of their report."""
    wanted = select(LabResult).where(*which)
    order = (LabResult.observed_at, LabResult.place, LabResult.id)
    rows = await work.every(wanted.order_by(*order), VIEW)
    details: dict[UUID, ResultDetail] = await work.open(rows, LabResult.detail)
    return [Found(row, details[row.id]) for row in rows]


async def reports(
    work: Work, *which: ColumnElement[bool], most: int = 200, gravest: bool = False
) -> list[Report]:
    """Open reports, newest first, or the gravest first."""
    wanted = select(DiagnosticReport).where(*which).limit(most)
    order = (DiagnosticReport.observed_at.desc(), DiagnosticReport.id.desc())
    if gravest:
        wanted = wanted.order_by(DiagnosticReport.worst.desc())
    rows = await work.every(wanted.order_by(*order), VIEW)
    details: dict[UUID, ReportDetail] = await work.open(rows, DiagnosticReport.detail)
    return [Report(row, details[row.id]) for row in rows]


async def unseen(work: Work, patient_id: UUID) -> tuple[int, int]:
    """Count the reports of a patient that nobody has acknowledged, and the critical among them."""
    waits = (
        select(func.count(), func.count().filter(DiagnosticReport.worst == CRITICAL))
        .select_from(DiagnosticReport)
        .where(
            DiagnosticReport.patient_id == patient_id, DiagnosticReport.acknowledged_at.is_(None)
        )
    )
    row = (await (await work.connection()).execute(waits)).one()
    return row[0], row[1]


async def standing_of(work: Work, report_ids: Collection[UUID]) -> dict[UUID, list[Found]]:
    """Answer: what stands in each of these reports?"""
    here = among(LabResult.report_id, report_ids)
    found: dict[UUID, list[Found]] = {one: [] for one in report_ids}
    for one in await results(work, here, LabResult.replaced_at.is_(None)):
        found[one.row.report_id].append(one)
    for rows in found.values():
        rows.sort(key=lambda one: (one.row.place, one.row.id))
    return found


async def last(
    work: Work, patient_ids: Sequence[UUID], keys: Iterable[str]
) -> dict[UUID, dict[str, LastValue]]:
    """Answer: what was measured last of these tests (keys of domain.analytes), in our unit?"""
    vault, wanted = work.node.vault, [ANALYTES[key] for key in keys]
    marks = [
        hash_of(vault, patient, code)
        for patient in patient_ids
        for one in wanted
        for code in (one.loinc, one.si_loinc)
        if code
    ]
    newest = (
        select(LabResult)
        .ext(distinct_on(LabResult.test_hash))
        .where(
            LabResult.patient_id.in_(list(patient_ids)),
            LabResult.test_hash.in_(marks),
            LabResult.replaced_at.is_(None),
            LabResult.status.in_(COUNT),
        )
        .order_by(LabResult.test_hash, LabResult.observed_at.desc(), LabResult.id.desc())
    )
    rows = await work.every(newest, VIEW)
    details: dict[UUID, ResultDetail] = await work.open(rows, LabResult.detail)
    found: dict[UUID, dict[str, LastValue]] = {one: {} for one in patient_ids}
    for row in sorted(rows, key=lambda row: row.observed_at):
        detail = details[row.id]
        if detail.number is not None and detail.key:
            found[row.patient_id][detail.key] = _last(row, detail, detail.number)
    return found


def _last(row: LabResult, detail: ResultDetail, number: Decimal) -> LastValue:
    unit = ANALYTES[detail.key].unit
    return LastValue(number, unit, row.observed_at, detail.letters, detail.comparator)


async def series(work: Work, result: LabResult) -> list[Found]:
    """Answer: which values of the same test has this patient had? Oldest first, as sent."""
    return await results(
        work,
        LabResult.patient_id == result.patient_id,
        LabResult.test_hash == result.test_hash,
        LabResult.replaced_at.is_(None),
    )
