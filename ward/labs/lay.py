"""Laying: the results of a version of a report over those that stand; each judged as it comes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, LargeBinary, any_, bindparam, select
from sqlalchemy.dialects.postgresql import distinct_on

from domain.access import D0, D1, Permission
from domain.labs import CRITICAL, rank_of
from ward import many
from ward.crypto import Vault
from ward.db import new_id
from ward.labs import versions
from ward.labs.details import ResultDetail
from ward.labs.judge import LONGEST, Before, Judged, Whose, judge, may_move
from ward.labs.models import DiagnosticReport, LabResult
from ward.labs.said import ReportSaid, ResultSaid
from ward.labs.versions import DONE, Change, Standing
from ward.patients.banner import zone_of
from ward.patients.models import Patient
from ward.patients.person import Person
from ward.security.actors import System
from ward.work import Work

MAY = Permission.RELEASE_RESULT
_READER = System("job:laboratory", frozenset())


@dataclass(frozen=True, slots=True)
class Told:
    """What a version of a report changed."""

    changes: Sequence[tuple[Change, Judged]]
    standing: Sequence[Standing]
    new: Sequence[Standing]  # those of the standing that are to be written

    @property
    def fresh(self) -> int:
        """How grave the worst of it is that was not there before."""
        return max((one.rank for change, one in self.changes if _news(change, one)), default=0)

    @property
    def corrections(self) -> list[Change]:
        """What replaces or withdraws something that somebody may have relied on."""
        return [change for change, _ in self.changes if change.corrects]

    @property
    def striking(self) -> bool:
        """Tell whether something is critical, no longer is, or was sent with other letters."""
        gone = any(change.old and change.old.row.rank >= CRITICAL for change, _ in self.changes)
        return gone or self.fresh >= CRITICAL or any(_odd(one) for _, one in self.changes)


def _odd(judged: Judged) -> bool:
    theirs, ours = rank_of(judged.detail.sent), rank_of(judged.detail.letters)
    return bool(ours) and any(map(str.strip, judged.detail.sent)) and theirs != ours


def _news(change: Change, judged: Judged) -> bool:
    old = change.old
    return old is None or judged.rank > old.row.rank or versions.differs(change.said, old.detail)


async def lay_over(
    work: Work, said: ReportSaid, report: DiagnosticReport, patient: Patient, *, fresh: bool
) -> Told:
    """Judge what is new, and mark what it replaces; `write` writes it down."""
    results = [] if fresh else await _results(work, report)
    standing = [one for one in results if one.row.replaced_at is None]
    past = [one for one in results if one.row.replaced_at is not None]
    age = age_of(said, report)
    marked = [(one, test_hash(work.node.vault, patient.id, one)) for one in said.results]
    found = versions.changes(marked, standing, past, age=age)
    judged = await _judged(work, said, patient, found)
    replaced = {change.old.row.id for change in found if change.old}
    for change in found:
        if change.old is not None:
            change.old.row.replaced_at = work.now
    stand = [one for one in standing if one.row.id not in replaced]
    new = [
        Standing(_row(work, report, said, change, one), one.detail)
        for change, one in zip(found, judged, strict=True)
    ]
    return Told(list(zip(found, judged, strict=True)), stand + new, new)


async def write(work: Work, told: Told) -> None:
    """Write down what is new, under a report that is in the database by now."""
    for one in told.new:
        await work.seal(one.row, detail=one.detail)
    await work.flush()
    await many.put(work, [one.row for one in told.new], MAY)


def age_of(said: ReportSaid, report: DiagnosticReport) -> int:
    """Tell whether this version is newer than what stands (1), as old (0), or older (-1)."""
    return (said.reported_at > report.reported_at) - (said.reported_at < report.reported_at)


async def _results(work: Work, report: DiagnosticReport) -> list[Standing]:
    mine = select(LabResult).where(LabResult.report_id == report.id)
    rows = await work.every(mine.order_by(LabResult.place, LabResult.id), MAY)
    details: dict[UUID, ResultDetail] = await work.open(rows, LabResult.detail)
    return [Standing(row, details[row.id]) for row in rows]


def test_hash(vault: Vault, patient_id: UUID, said: ResultSaid) -> bytes:
    """Hash the test of a patient, so that its series is found without its name."""
    return hash_of(vault, patient_id, said.loinc or said.code or said.name)


def hash_of(vault: Vault, patient_id: UUID, code: str) -> bytes:
    """Hash a code of a test, of one patient."""
    return vault.hash("test", f"{patient_id}/{code.strip()}")


async def _judged(
    work: Work, said: ReportSaid, patient: Patient, found: Sequence[Change]
) -> list[Judged]:
    whose = await _whose(work, patient, said.observed_at)
    tests = {change.test for change in found if may_move(change.said)}
    before = await _before(work, patient.id, tests, said.observed_at)
    return [
        judge(change.said, whose, _observed(change, said), before.get(change.test))
        for change in found
    ]


def _observed(change: Change, said: ReportSaid) -> datetime:
    return change.said.observed_at or said.observed_at


async def _whose(work: Work, patient: Patient, at: datetime) -> Whose:
    aside = work.watched(_READER, frozenset({D0, D1}))
    person: Person = (await aside.open([patient], Patient.identity))[patient.id]
    zone = await zone_of(work, patient)
    return Whose(person.sex, person.years(at.astimezone(zone)))


async def _before(
    work: Work, patient_id: UUID, tests: Iterable[bytes], at: datetime
) -> dict[bytes, Before]:
    """Find the last final number of each test, within the longest way back.

    Most often the newest result is one; only behind a newest that is none all are read.
    """
    since = at - LONGEST
    found, wanted = dict[bytes, Before](), list(tests)
    for past in (_NEWEST, _ALL):
        if not wanted:
            break
        rows = await work.every(past, MAY, patient=patient_id, tests=wanted, at=at, since=since)
        details: dict[UUID, ResultDetail] = await work.open(rows, LabResult.detail)
        for row in rows:  # the newest first
            number, comparator = details[row.id].number, details[row.id].comparator
            if number is not None and not comparator:
                found.setdefault(row.test_hash, Before(number, row.observed_at))
        wanted = [test for test in {row.test_hash for row in rows} if test not in found]
    return found


_ALL = (
    select(LabResult)
    .where(
        LabResult.patient_id == bindparam("patient"),
        LabResult.test_hash == any_(bindparam("tests", type_=ARRAY(LargeBinary))),
        LabResult.replaced_at.is_(None),
        LabResult.status.in_(DONE),
        LabResult.observed_at < bindparam("at"),
        LabResult.observed_at >= bindparam("since"),
    )
    .order_by(LabResult.test_hash, LabResult.observed_at.desc())
)
_NEWEST = _ALL.ext(distinct_on(LabResult.test_hash))
"""Made once: they are asked for every report."""


def _row(
    work: Work, report: DiagnosticReport, said: ReportSaid, change: Change, judged: Judged
) -> LabResult:
    return LabResult(
        id=new_id(),
        patient_id=report.patient_id,
        report_id=report.id,
        test_hash=change.test,
        place=change.place,
        status=change.said.status,
        rank=judged.rank,
        observed_at=_observed(change, said),
        received_at=work.now,
        replaces_id=change.old.row.id if change.old else None,
    )
