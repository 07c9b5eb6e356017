"""Results: what the laboratory found that cannot wait, to the alerts of its patient.

Facts come late and out of order: each look asks what is critical and unacknowledged now, and the
alert says that. What was corrected after somebody relied on it calls too, with both values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.alerts import Cause, Outcome, Response
from domain.labs import CRITICAL, rank_of
from ward.adt.models import Stay
from ward.alerts.calling import changed
from ward.alerts.ending import settle, withdraw
from ward.alerts.history import note
from ward.alerts.models import Alert, AlertStep, Happening
from ward.alerts.sound import MAY, sound, standing
from ward.labs.details import ResultDetail
from ward.labs.models import Acknowledgement, CriticalCall, DiagnosticReport, LabResult
from ward.patients.models import Patient
from ward.work import Work

SEE = Permission.VIEW_LABS
MOST_NAMED = 5
HIDDEN = "withdrawn"
_RELIED = (Happening.SEEN, Happening.ACCEPTED, Happening.HANDED, Happening.CLOSED)


@dataclass(frozen=True, slots=True)
class Result:
    """A result that stands, and what stood in its place before."""

    row: LabResult
    detail: ResultDetail
    was: ResultDetail | None

    @property
    def words(self) -> str:
        """Say it: Potassium 6.8 mmol/L HH."""
        shown = f"{self.detail.name} {spoken(self.detail)}"
        return f"{shown} (was {spoken(self.was)})" if self.was else shown

    @property
    def change(self) -> str:
        """Say what it was and what it is."""
        now = spoken(self.detail) if self.row.status.counts else HIDDEN
        return f"{self.detail.name} was {spoken(self.was)}, now {now}" if self.was else ""


def spoken(detail: ResultDetail) -> str:
    """Say a value with its unit and its gravest letter."""
    letters = sorted((*detail.sent, *detail.letters), key=lambda one: rank_of([one]))
    letter = letters[-1] if letters and rank_of([letters[-1]]) > 1 else ""
    value = f"{detail.comparator}{detail.value}".strip() or "no value"
    return " ".join(part for part in (value, detail.unit, letter) if part)


async def released(work: Work, patient_id: UUID, report_id: UUID, worst: int) -> None:
    """Call for a critical result that nobody has acknowledged yet."""
    patient = await work.access(Patient, patient_id, MAY, lock=True)
    waiting = await _waiting(work, patient_id)
    if waiting and worst >= CRITICAL:
        ward_id = patient.ward_id or await _last_ward(work, patient_id)
        what = _said([one.words for one in waiting])
        await sound(
            work, patient_id, Cause.CRITICAL_RESULT, what, source_id=report_id, ward_id=ward_id
        )
    else:
        await _again(work, patient_id, waiting)


async def corrected(work: Work, patient_id: UUID, report_id: UUID, *, eased: bool) -> None:
    """Tell of a correction: what calls for the old value stops; who relied on it is told both.

    `eased`: what was critical no longer is; what is critical now calls as any other does.
    """
    patient = await work.access(Patient, patient_id, MAY, lock=True)
    changes = [one.change for one in await _changed(work, report_id)]
    relied = await _was_relied_on(work, report_id)
    waiting = await _waiting(work, patient_id)
    if not waiting:
        for alert in await standing(work, patient_id, [Cause.CRITICAL_RESULT]):
            await withdraw(work, alert, f"Corrected: {_said(changes)}")
    else:
        await _again(work, patient_id, waiting)
    if eased and relied and changes:
        ward_id = patient.ward_id or await _last_ward(work, patient_id)
        what = f"Corrected: {_said(changes)}"
        await sound(
            work, patient_id, Cause.RESULT_CORRECTED, what, source_id=report_id, ward_id=ward_id
        )


async def acknowledged(work: Work, patient_id: UUID, report_id: UUID) -> None:
    """Close what calls for a result that somebody has seen by now."""
    await work.access(Patient, patient_id, MAY, lock=True)
    report = await work.access(DiagnosticReport, report_id, SEE)
    if report.acknowledged_at is None:  # another version came meanwhile
        return
    for alert in await standing(work, patient_id, [Cause.RESULT_CORRECTED]):
        if alert.source_id == report_id:
            await _done(work, alert, report)
    waiting = await _waiting(work, patient_id)
    if waiting:
        await _again(work, patient_id, waiting)
        return
    for alert in await standing(work, patient_id, [Cause.CRITICAL_RESULT]):
        await _done(work, alert, report)


async def _done(work: Work, alert: Alert, report: DiagnosticReport) -> None:
    """Close an alert by the acknowledgement: from then on somebody had it."""
    if alert.answered_at is None:
        alert.answered_at = report.acknowledged_at
        user, reason = report.acknowledged_by, Response.MANAGED.value
        await note(work, alert, Happening.ACCEPTED, user=user, reason=reason)
    await settle(work, alert, Outcome.DONE)


async def _again(work: Work, patient_id: UUID, waiting: Sequence[Result]) -> None:
    """Say anew what still waits, without calling again; what no longer does is done."""
    what = _said([one.words for one in waiting])
    for alert in await standing(work, patient_id, [Cause.CRITICAL_RESULT]):
        if not waiting:
            await settle(work, alert, Outcome.DONE)
            continue
        known: str = (await work.open([alert], Alert.what))[alert.id]
        if known != what:
            await work.seal(alert, what=what)
            await note(work, alert, Happening.MERGED, text=what)
            changed(work, alert)


async def _waiting(work: Work, patient_id: UUID) -> list[Result]:
    """List critical results that stand and that nobody has acknowledged, the newest first."""
    unseen = select(DiagnosticReport.id).where(
        DiagnosticReport.patient_id == patient_id, DiagnosticReport.acknowledged_at.is_(None)
    )
    critical = select(LabResult).where(
        LabResult.report_id.in_(unseen),
        LabResult.replaced_at.is_(None),
        LabResult.rank >= CRITICAL,
    )
    newest = critical.order_by(LabResult.observed_at.desc(), LabResult.id.desc())
    return await _opened(work, await work.every(newest, SEE))


async def _changed(work: Work, report_id: UUID) -> list[Result]:
    """List what the last correction of a report has changed, the gravest first."""
    replacing = select(LabResult).where(
        LabResult.report_id == report_id,
        LabResult.replaced_at.is_(None),
        LabResult.replaces_id.is_not(None),
    )
    rows = await work.every(replacing.order_by(LabResult.place), SEE)
    last = max((row.received_at for row in rows), default=None)
    results = await _opened(work, [row for row in rows if row.received_at == last])
    changed_ = [one for one in results if one.was and _differs(one)]
    return sorted(changed_, key=lambda one: -max(one.row.rank, rank_of(_letters(one.was))))


def _differs(one: Result) -> bool:
    was = one.was
    return was is not None and (spoken(was) != spoken(one.detail) or not one.row.status.counts)


def _letters(detail: ResultDetail | None) -> tuple[str, ...]:
    return (*detail.sent, *detail.letters) if detail else ()


async def _opened(work: Work, rows: Sequence[LabResult]) -> list[Result]:
    before = select(LabResult).where(LabResult.id.in_([r.replaces_id for r in rows]))
    olds = await work.every(before, SEE) if any(row.replaces_id for row in rows) else []
    details: Mapping[UUID, ResultDetail] = await work.open([*rows, *olds], LabResult.detail)
    return [
        Result(row, details[row.id], details.get(row.replaces_id) if row.replaces_id else None)
        for row in rows
    ]


async def _was_relied_on(work: Work, report_id: UUID) -> bool:
    """Say whether anybody has acknowledged, heard or taken what the report said before."""
    said = select(Acknowledgement).where(Acknowledgement.report_id == report_id).limit(1)
    results = select(LabResult.id).where(LabResult.report_id == report_id)
    calls = select(CriticalCall).where(
        CriticalCall.result_id.in_(results), CriticalCall.reached.is_(True)
    )
    of_it = select(Alert.id).where(
        Alert.source_id == report_id, Alert.cause == Cause.CRITICAL_RESULT
    )
    taken = select(AlertStep).where(AlertStep.alert_id.in_(of_it), AlertStep.happening.in_(_RELIED))
    if await work.every(said, SEE):
        return True
    if await work.every(calls.limit(1), SEE):
        return True
    return bool(await work.every(taken.limit(1), MAY))


async def _last_ward(work: Work, patient_id: UUID) -> UUID | None:
    """Name the ward of somebody who has left: it knows the patient, and is called."""
    lay = select(Stay).where(Stay.patient_id == patient_id, Stay.voided_at.is_(None))
    last = await work.every(lay.order_by(Stay.started_at.desc()).limit(1), Permission.VIEW_STAYS)
    return last[0].ward_id if last else None


def _said(lines: Sequence[str]) -> str:
    more = len(lines) - MOST_NAMED
    return "; ".join([*lines[:MOST_NAMED], f"{more} more"] if more > 0 else lines)
