"""Inbox: the reports of a ward that nobody has acknowledged, and before whom each is laid."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, select

from domain.access import D0, D1, D5, Permission
from domain.labs import CRITICAL
from ward.adt.models import Stay
from ward.adt.queries import Whereabouts, whereabouts
from ward.labs import queries
from ward.labs.chart import called
from ward.labs.models import DiagnosticReport
from ward.labs.owners import covers
from ward.labs.queries import Found, Report
from ward.labs.release import ABNORMAL
from ward.labs.views import ResultView, view
from ward.patients.models import Patient
from ward.patients.queries import Named, among, names_of
from ward.places.models import Branch, Ward
from ward.projections import projection
from ward.security.actors import System
from ward.work import Work

MOST = 200
GONE_FOR = timedelta(hours=24)  # as long as the ward may see who left it
NAMED = 3  # results that a line names
SHOWN = frozenset({D0, D1, D5})  # the full view of an inbox and of a worklist
_READER = System("job:laboratory", frozenset())
_GONE = select(Patient).where(among(Patient.id, "patients"), Patient.ward_id.is_(None))


@projection(D5)
class Place:
    """The ward, for those who see results; the laboratory is told no more of it."""

    id: UUID
    label: str
    zone: str


@projection(D5)
class InboxLine:
    """One report that waits; `for_users` are its owner and who stands in, empty: everybody's."""

    id: UUID
    patient_id: UUID
    title: str
    status: str
    worst: int
    gravest: tuple[ResultView, ...]
    more: int
    reported_at: datetime
    received_at: datetime
    owner: str | None
    cover: str | None
    for_users: tuple[UUID, ...]
    gone: bool  # the patient has left the ward
    version: int

    @property
    def tone(self) -> str | None:
        """How loud it is."""
        return {CRITICAL: "critical", ABNORMAL: "warning"}.get(self.worst)


@dataclass(frozen=True, slots=True)
class Line:
    """A report that waits, with whose it is."""

    report: InboxLine
    who: Named | None
    bed: Whereabouts | None


@projection(D5)
class Counts:
    """How many wait."""

    critical: int
    abnormal: int
    others: int


async def place(work: Work, ward_id: UUID) -> Place:
    """Answer: what is this ward called, and by which clock does it live?"""
    aside = work.watched(_READER, frozenset({D0}))
    ward = await aside.access(Ward, ward_id, Permission.VIEW_BEDS)
    branch = await aside.access(Branch, ward.branch_id, Permission.VIEW_BEDS)
    return Place(ward.id, ward.label, branch.zone)


async def of_ward(work: Work, ward_id: UUID) -> list[Line]:
    """Answer: what waits on this ward? The gravest first, then what has waited longest."""
    lying = select(Patient.id).where(Patient.ward_id == ward_id)
    left = select(Patient.id).where(
        Patient.ward_id.is_(None),
        exists().where(
            Stay.patient_id == Patient.id,
            Stay.ward_id == ward_id,
            Stay.voided_at.is_(None),
            Stay.ended_at > work.now - GONE_FOR,
        ),
    )
    listed = await queries.reports(
        work,
        DiagnosticReport.patient_id.in_(lying.union_all(left)),
        DiagnosticReport.acknowledged_at.is_(None),
        most=MOST,
    )
    listed.sort(key=lambda one: (-one.row.worst, one.row.received_at, one.row.id))
    return await lines(work, listed)


async def lines(work: Work, listed: Sequence[Report]) -> list[Line]:
    """Show reports as lines of an inbox."""
    found = await queries.standing_of(work, [one.row.id for one in listed])
    owners = {one.row.owner_id for one in listed if one.row.owner_id}
    instead = await covers(work, owners) if owners else {}
    people = await called(work, [*owners, *instead.values()])
    patients = sorted({one.row.patient_id for one in listed})
    who = await names_of(work, patients) if work.may(Permission.VIEW_PATIENT) else {}
    beds = await whereabouts(work, patients) if work.may(Permission.VIEW_STAYS) else {}
    gone = await _gone(work, patients)  # not: whose bed is unknown to this viewer
    shown = []
    for one in listed:
        patient = one.row.patient_id
        line = _line(one, found[one.row.id], people, instead, gone=patient in gone)
        shown.append(Line(line, who.get(patient), beds.get(patient)))
    return shown


async def _gone(work: Work, patients: list[UUID]) -> set[UUID]:
    if not patients or not work.may(Permission.VIEW_PATIENT):
        return set()
    rows = await work.every(_GONE, Permission.VIEW_PATIENT, patients=patients)
    return {row.id for row in rows}


def _line(
    one: Report,
    found: Sequence[Found],
    people: dict[UUID, str],
    instead: dict[UUID, UUID],
    *,
    gone: bool,
) -> InboxLine:
    row = one.row
    views = [view(each) for each in found]
    gravest = [each for each in views if each.rank == row.worst and each.flag.tone]
    cover = instead.get(row.owner_id) if row.owner_id else None
    return InboxLine(
        id=row.id,
        patient_id=row.patient_id,
        title=one.detail.title,
        status=row.status.word,
        worst=row.worst,
        gravest=tuple(gravest[:NAMED]),
        more=max(0, len(gravest) - NAMED),
        reported_at=row.reported_at,
        received_at=row.received_at,
        owner=people.get(row.owner_id) if row.owner_id else None,
        cover=people.get(cover) if cover else None,
        for_users=tuple(user for user in (row.owner_id, cover) if user),
        gone=gone,
        version=row.version,
    )


def counted(listed: Iterable[Line]) -> Counts:
    """Count what waits."""
    ranks = [one.report.worst for one in listed]
    critical, abnormal = ranks.count(CRITICAL), ranks.count(ABNORMAL)
    return Counts(critical, abnormal, len(ranks) - critical - abnormal)
