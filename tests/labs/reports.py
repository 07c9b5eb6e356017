"""Reports as a laboratory sends them, for tests."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.labs import ResultStatus
from ward import clock
from ward.labs.details import ResultDetail
from ward.labs.models import DiagnosticReport, LabResult, ReportStatus
from ward.labs.said import ReportSaid, ResultSaid

VIEW = Permission.VIEW_LABS
POTASSIUM = ResultSaid(name="Potassium", value="6.8", loinc="2823-3", unit="mmol/L")
SODIUM = ResultSaid(name="Sodium", value="138", loinc="2951-2", unit="mmol/L")
CREATININE = ResultSaid(name="Creatinine", value="310", loinc="14682-9", unit="umol/L")


def report(patient: UUID, *results: ResultSaid, filler: str = "L-1", **more) -> ReportSaid:
    """A final report of now."""
    now = clock.now()
    said = ReportSaid(
        patient_id=patient,
        sender="LAB|GENERAL",
        filler=filler,
        title="Urea and electrolytes",
        section="CH",
        observed_at=now - timedelta(minutes=40),
        reported_at=now - timedelta(minutes=5),
        results=results or (POTASSIUM, SODIUM),
    )
    return replace(said, **more)


def later(said: ReportSaid, *results: ResultSaid, minutes: int = 10, **more) -> ReportSaid:
    """A later version of a report."""
    at: datetime = said.reported_at + timedelta(minutes=minutes)
    return replace(said, reported_at=at, results=results or said.results, **more)


def as_status(one: ResultSaid, status: ResultStatus, **more) -> ResultSaid:
    return replace(one, status=status, **more)


CORRECTED = ReportStatus.CORRECTED


async def reports(scene) -> list[DiagnosticReport]:
    async with scene.work() as work:
        return await work.every(select(DiagnosticReport).order_by(DiagnosticReport.id), VIEW)


async def results(scene) -> list[tuple[LabResult, ResultDetail]]:
    """All results ever, oldest first, opened."""
    async with scene.work() as work:
        rows = await work.every(select(LabResult).order_by(LabResult.id), VIEW)
        details = await work.open(rows, LabResult.detail)
    return [(row, details[row.id]) for row in rows]


async def standing(scene) -> dict[str, tuple[LabResult, ResultDetail]]:
    return {d.name: (row, d) for row, d in await results(scene) if row.replaced_at is None}
