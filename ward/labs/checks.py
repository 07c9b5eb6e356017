"""Checks: a value that moved further than it may has its specimen verified by the laboratory.

The ward is shown an arrow, and no alarm; what is open stands on the list of specimens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.access import D0, D5, Permission
from domain.errors import NotAllowed
from domain.lab_orders import Verified
from ward.adt.queries import Whereabouts, whereabouts
from ward.adt.visits import last_encounter
from ward.labs import queries
from ward.labs.events import SpecimenDoubted
from ward.labs.judge import LONGEST
from ward.labs.lay import MAY, Told
from ward.labs.models import DiagnosticReport, LabResult, SpecimenCheck
from ward.labs.queries import VIEW, Found, Report
from ward.labs.versions import DONE, Change, differs
from ward.labs.views import ResultView, view
from ward.patients.models import Patient
from ward.patients.queries import Named, among, names_of
from ward.projections import projection
from ward.security.actors import System
from ward.work import Work

SETTLE = Permission.RECEIVE_SPECIMEN
FINDINGS = (Verified.RIGHT, Verified.MIXED_UP)
MOST = 100
_READER = System("job:laboratory", frozenset())


@projection(D5)
class CheckLine:
    """One report whose specimen is to be verified."""

    id: UUID
    patient_id: UUID
    report_id: UUID
    title: str
    moved: tuple[ResultView, ...]
    since: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Doubted:
    """A check with whose it is."""

    check: CheckLine
    who: Named | None
    bed: Whereabouts | None


async def follow(work: Work, report: DiagnosticReport, patient: Patient, told: Told) -> None:
    """Ask the laboratory when a final value jumped; a correction without a jump answers it."""
    jumped = any(one.detail.change and one.row.status in DONE for one in told.standing)
    fresh = any(one.detail.change and _now_final(change) for change, one in told.changes)
    if not fresh and (jumped or not told.corrections):
        return
    mine = select(SpecimenCheck).where(
        SpecimenCheck.report_id == report.id, SpecimenCheck.settled_at.is_(None)
    )
    open_ = next(iter(await work.every(mine.with_for_update(), MAY)), None)
    if fresh and open_ is None:
        await _begin(work, report, patient)
    elif not jumped and open_ is not None:
        _end(work, open_, Verified.CORRECTED)


def _now_final(change: Change) -> bool:
    """Tell whether a value is final that was not, or is another final one."""
    old = change.old
    other = old is None or old.row.status not in DONE or differs(change.said, old.detail)
    return change.said.status in DONE and other


async def _begin(work: Work, report: DiagnosticReport, patient: Patient) -> None:
    ward_id = patient.ward_id
    if ward_id is None:
        aside = work.watched(_READER, frozenset({D0}))
        last = await last_encounter(aside, patient.id)
        ward_id = last.ward_id if last else None
    check = SpecimenCheck(
        patient_id=patient.id, ward_id=ward_id, report_id=report.id, since=work.now
    )
    work.add(check, MAY)
    work.record(SpecimenDoubted(patient.id, ward_id, report.id))


async def settle(
    work: Work, check_id: UUID, found: Verified, note: str = "", *, seen: int | None = None
) -> SpecimenCheck:
    """Say what the laboratory found."""
    first = await work.access(SpecimenCheck, check_id, SETTLE)
    await work.access(Patient, first.patient_id, SETTLE, lock="share")
    check = await work.access(SpecimenCheck, check_id, SETTLE, lock=True, seen=seen)
    if check.settled_at is not None:
        raise NotAllowed("This has been verified already.", "labs.verified")
    if found not in FINDINGS:
        raise NotAllowed("Only a correction says that it was corrected.", "labs.verified")
    if note.strip():
        await work.seal(check, note=note.strip())
    _end(work, check, found)
    return check


def _end(work: Work, check: SpecimenCheck, found: Verified) -> None:
    check.settled_at, check.settled_by, check.found = work.now, work.actor.id, found
    work.record(SpecimenDoubted(check.patient_id, check.ward_id, check.report_id))


async def of_ward(work: Work, ward_id: UUID) -> list[Doubted]:
    """Answer: which specimens of this ward are to be verified? The oldest first."""
    here = select(SpecimenCheck).where(
        SpecimenCheck.ward_id == ward_id, SpecimenCheck.settled_at.is_(None)
    )
    rows = await work.every(here.order_by(SpecimenCheck.since, SpecimenCheck.id).limit(MOST), VIEW)
    return await shown(work, rows) if rows else []


async def shown(work: Work, rows: Sequence[SpecimenCheck]) -> list[Doubted]:
    """Show checks with what moved, and whose it is."""
    ids = [row.report_id for row in rows]
    reports = {
        one.row.id: one for one in await queries.reports(work, among(DiagnosticReport.id, ids))
    }
    standing = await queries.standing_of(work, ids)
    patients = sorted({row.patient_id for row in rows})
    who = await names_of(work, patients) if work.may(Permission.VIEW_PATIENT) else {}
    beds = await whereabouts(work, patients) if work.may(Permission.VIEW_STAYS) else {}
    moved = {
        row.report_id: [one for one in standing[row.report_id] if one.detail.change] for row in rows
    }
    before = await _before(work, [one for found in moved.values() for one in found])
    return [
        Doubted(
            _line(row, reports[row.report_id], moved[row.report_id], before),
            who.get(row.patient_id),
            beds.get(row.patient_id),
        )
        for row in rows
    ]


def _line(
    row: SpecimenCheck, report: Report, moved: Sequence[Found], before: Mapping[UUID, Found]
) -> CheckLine:
    views = tuple(view(one, (), before.get(one.row.id)) for one in moved)
    title = report.detail.title
    return CheckLine(row.id, row.patient_id, row.report_id, title, views, row.since, row.version)


async def _before(work: Work, moved: Sequence[Found]) -> dict[UUID, Found]:
    """Find what each was measured against: the last of the same test before it."""
    if not moved:
        return {}
    past = await queries.results(
        work,
        LabResult.test_hash.in_({one.row.test_hash for one in moved}),
        LabResult.replaced_at.is_(None),
        LabResult.status.in_(DONE),
        LabResult.observed_at >= min(one.row.observed_at for one in moved) - LONGEST,
    )
    return {
        one.row.id: each
        for one in moved
        for each in past  # the oldest first: the last one stays
        if (each.row.patient_id, each.row.test_hash) == (one.row.patient_id, one.row.test_hash)
        and each.row.observed_at < one.row.observed_at
    }
