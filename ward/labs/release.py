"""Release: a report enters the record: once, whole, to the right patient, with an owner."""

from collections.abc import Collection
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import bindparam, select, text

from domain.access import D0
from domain.errors import NotAllowed
from domain.labs import ResultStatus
from ward.adt.visits import last_encounter, open_encounter
from ward.db import new_id
from ward.labs import asked, checks
from ward.labs.details import Attached, ReportDetail
from ward.labs.events import ResultCorrected, ResultReleased, SpecimenMoved
from ward.labs.lay import MAY, Told, age_of, lay_over, write
from ward.labs.models import DiagnosticReport, ReportStatus, ServiceRequest
from ward.labs.owners import owner_for
from ward.labs.said import ReportSaid
from ward.labs.versions import WITHDRAWN
from ward.patients.models import Patient
from ward.security.actors import System
from ward.work import Work

ABNORMAL = 2  # domain.labs: beyond an interval
_READER = System("job:laboratory", frozenset())
_MARKED = (
    select(DiagnosticReport)
    .where(DiagnosticReport.filler_hash == bindparam("mark"))
    .with_for_update()
)
_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:report, 0))")
_STEPS = MappingProxyType({status: nth for nth, status in enumerate(ReportStatus)})


async def release(work: Work, said: ReportSaid) -> DiagnosticReport:
    """Take a report in; the same again changes nothing, a later version is laid over it.

    Refused, and nothing written, when it names an order or a report of another patient.
    """
    marked = work.node.vault.hash("report", f"{said.sender}/{said.filler}")
    await (await work.connection()).execute(_ALONE, {"report": marked.hex()})
    patient = await work.access(Patient, said.patient_id, MAY, lock="share")
    request = await asked.request_of(work, said.order, patient.id)
    report = await _known(work, marked, patient.id)
    if report is None:
        head = Head(fresh=True)
        report = await _begin(work, said, marked, patient, request)
    else:
        head = await _header(work, said, report)
    told = await lay_over(work, said, report, patient, fresh=head.fresh)
    if head.fresh or head.moved or told.changes:
        await _settle(work, said, report, told, head)
        if head.fresh:
            work.add(report, MAY)
        await write(work, told)
        _tell(work, report, patient, told, fresh=head.fresh)
        await checks.follow(work, report, patient, told)
        if request is not None:
            await _answer(work, request, report, told)
    return report


@dataclass(frozen=True, slots=True)
class Head:
    """What a version changes of a report as a whole."""

    fresh: bool = False
    moved: bool = False  # its status, what it is called, or its document
    other: bool = False  # another document: it must be read again


async def _header(work: Work, said: ReportSaid, report: DiagnosticReport) -> Head:
    age, step = age_of(said, report), _STEPS[said.status] - _STEPS[report.status]
    if age < 0 or (age == 0 and step < 0):
        return Head()
    known: ReportDetail = (await work.open([report], DiagnosticReport.detail))[report.id]
    document: Attached | None = (await work.open([report], DiagnosticReport.attached))[report.id]
    other = said.attached is not None and said.attached != document
    same = (said.status, _detail(said)) == (report.status, known)
    return Head(moved=other or ((age > 0 or step > 0) and not same), other=other)


async def _known(work: Work, marked: bytes, patient_id: UUID) -> DiagnosticReport | None:
    """Find the report by its sender's number, locked."""
    found = next(iter(await work.every(_MARKED, MAY, mark=marked)), None)
    if found is not None and found.patient_id != patient_id:
        raise NotAllowed("This report is another patient's already.", "labs.report")
    return found


async def _begin(
    work: Work,
    said: ReportSaid,
    marked: bytes,
    patient: Patient,
    request: ServiceRequest | None,
) -> DiagnosticReport:
    report = DiagnosticReport(
        id=new_id(),
        patient_id=patient.id,
        encounter_id=request.encounter_id if request else await _stay(work, patient),
        request_id=request.id if request else None,
        filler_hash=marked,
        status=said.status,
        section=said.section,
        observed_at=said.observed_at,
        reported_at=said.reported_at,
        received_at=work.now,
        owner_id=await owner_for(work, request.ordered_by if request else None, patient.ward_id),
    )
    await _describe(work, report, said)
    return report


async def _stay(work: Work, patient: Patient) -> UUID | None:
    """Name the stay in which a report comes that answers no order of ours, else the last one."""
    aside = work.watched(_READER, frozenset({D0}))
    stay = await open_encounter(aside, patient.id) or await last_encounter(aside, patient.id)
    return stay.id if stay else None


async def _describe(work: Work, report: DiagnosticReport, said: ReportSaid) -> None:
    await work.seal(report, detail=_detail(said))
    if said.attached is not None:
        await work.seal(report, attached=said.attached)


def _detail(said: ReportSaid) -> ReportDetail:
    return ReportDetail(said.title, said.comments, said.specimen, said.producer)


async def _settle(
    work: Work, said: ReportSaid, report: DiagnosticReport, told: Told, head: Head
) -> None:
    """Bring the report up to its results: status, worst, and whether it must be looked at again."""
    if head.moved or (told.changes and not head.fresh and age_of(said, report) >= 0):
        report.status, report.reported_at = said.status, said.reported_at
        await _describe(work, report, said)
    report.status = _status(report.status, told)
    report.worst = max((one.row.rank for one in told.standing), default=0)
    if told.fresh >= ABNORMAL or told.corrections or head.other:
        report.acknowledged_at = report.acknowledged_by = None


def _status(said: ReportStatus, told: Told) -> ReportStatus:
    """Say of the whole what its results say: withdrawn when all are, corrected when one is."""
    statuses = {one.row.status for one in told.standing}
    if statuses and statuses <= WITHDRAWN:
        return ReportStatus.WRONG
    done = said in {ReportStatus.FINAL, ReportStatus.CORRECTED}
    if done and (ResultStatus.CORRECTED in statuses or told.corrections):
        return ReportStatus.CORRECTED
    return said


async def _answer(
    work: Work, request: ServiceRequest, report: DiagnosticReport, told: Told
) -> None:
    """Tie the report to its order, and note that the laboratory answered."""
    report.request_id = request.id
    await work.flush()
    keys: Collection[str] = {one.detail.key for one in told.standing if one.detail.key}
    for specimen in await asked.answered(work, request, report.status, keys):
        work.record(SpecimenMoved(report.patient_id, specimen.ward_id, request.id, specimen.id))


def _tell(
    work: Work, report: DiagnosticReport, patient: Patient, told: Told, *, fresh: bool
) -> None:
    corrected = told.corrections
    if corrected:
        was = max(change.old.row.rank for change in corrected if change.old)
        work.record(ResultCorrected(patient.id, patient.ward_id, report.id, was, worst=told.fresh))
    if fresh or not corrected:
        where = (patient.id, patient.ward_id, report.id)
        work.record(ResultReleased(*where, told.fresh, striking=told.striking))
