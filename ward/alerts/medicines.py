"""Medicines: what is not given, not verified or not stopped in time, to the alerts of its patient.

Facts come late and out of order: each look asks what is true now, and the alert says that.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from domain.access import Permission
from domain.alerts import MEDICINES, Cause, Outcome
from domain.alerts import STANDING as CALLING
from domain.display import time_of
from domain.doses import Status
from domain.orders import STANDING, CriticalDose, RequestPriority, RequestStatus
from ward.alerts.calling import changed
from ward.alerts.ending import settle
from ward.alerts.history import note
from ward.alerts.models import Alert, Happening
from ward.alerts.queries import zone_of
from ward.alerts.sound import MAY, sound, standing
from ward.medications.line import Line, selected
from ward.medications.models import MedicationAdministration, MedicationRequest, ScheduledDose
from ward.patients.models import Patient
from ward.work import Work

SEE = Permission.VIEW_MEDICATIONS
MOST_NAMED = 5
_RUNS = (Status.RUNNING, Status.PAUSED)
_LOOKING = 0x414C5201
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(:family, hashtext(:patient))")


@dataclass(frozen=True, slots=True)
class Fresh:
    """What has just become true: the cause, what it is about, and whose ward hears of it."""

    cause: Cause
    source_id: UUID
    ward_id: UUID | None = None


async def look(work: Work, patient_id: UUID, fresh: Fresh | None = None) -> None:
    """Sound what is fresh and true; say anew what still is; close what is done.

    One look at a patient's medicines follows the other: a dose given while its call is made is
    seen by one of the two. No row is locked unless something changes.
    """
    wanted = {"family": _LOOKING, "patient": str(patient_id)}
    await (await work.connection()).execute(_ONE_AT_A_TIME, wanted)
    patient = await work.access(Patient, patient_id, SEE)
    found: dict[Cause, Callable[[], Awaitable[list[str]]]] = {
        Cause.DOSE_OVERDUE: lambda: _overdue(work, patient),
        Cause.STAT_ORDER: lambda: _stat(work, patient_id),
        Cause.UNVERIFIED: lambda: _unverified(work, patient_id),
        Cause.PUMP_TO_STOP: lambda: _pumps(work, patient_id),
    }
    called = {alert.cause for alert in await _called(work, patient_id)}
    for cause, ask in found.items():
        mine = fresh if fresh and fresh.cause is cause else None
        if mine is None and cause not in called:
            continue
        what = _said(await ask())
        if what and mine is not None:
            source, ward_id = mine.source_id, mine.ward_id
            await sound(work, patient_id, cause, what, source_id=source, ward_id=ward_id)
        elif cause in called:
            await _say(work, patient_id, cause, what)


async def _called(work: Work, patient_id: UUID) -> list[Alert]:
    mine = select(Alert).where(
        Alert.patient_id == patient_id,
        Alert.cause.in_(MEDICINES),
        Alert.state.in_(CALLING),
    )
    return await work.every(mine, MAY)


async def _say(work: Work, patient_id: UUID, cause: Cause, what: str) -> None:
    """Close an alert of which nothing is left, or say what is."""
    for alert in await standing(work, patient_id, [cause]):
        if what:
            await _reword(work, alert, what)
        else:
            await settle(work, alert, Outcome.DONE)


def _said(lines: Sequence[str]) -> str:
    more = len(lines) - MOST_NAMED
    return "; ".join([*lines[:MOST_NAMED], f"{more} more"] if more > 0 else lines)


async def _reword(work: Work, alert: Alert, what: str) -> None:
    """Say what is left of it, without calling again."""
    known: str = (await work.open([alert], Alert.what))[alert.id]
    if known == what:
        return
    await work.seal(alert, what=what)
    await note(work, alert, Happening.MERGED, text=what)
    changed(work, alert)


async def _overdue(work: Work, patient: Patient) -> list[str]:
    """List time-critical doses whose window has closed, the oldest first."""
    if patient.ward_id is None:
        return []
    late = select(ScheduledDose).where(
        ScheduledDose.patient_id == patient.id,
        ScheduledDose.status == Status.PLANNED,
        ScheduledDose.closes_at < work.now,
    )
    doses = await work.every(late.order_by(ScheduledDose.due_at, ScheduledDose.id), SEE)
    lines = await _lines(
        work,
        MedicationRequest.id.in_([dose.request_id for dose in doses]),
        MedicationRequest.status == RequestStatus.ACTIVE,
        MedicationRequest.timing == CriticalDose.TIME_CRITICAL,
    )
    _, zone = await zone_of(work, patient.ward_id)
    return [
        f"{_name(lines[dose.request_id])} overdue since {_at(dose, zone)}"
        for dose in doses
        if dose.request_id in lines
    ]


def _at(dose: ScheduledDose, zone: ZoneInfo) -> str:
    return time_of(dose.due_at, zone)


async def _stat(work: Work, patient_id: UUID) -> list[str]:
    """List orders to be given at once of which nothing was done yet."""
    lines = await _lines(
        work,
        MedicationRequest.patient_id == patient_id,
        MedicationRequest.status == RequestStatus.ACTIVE,
        MedicationRequest.priority == RequestPriority.STAT,
    )
    touched = select(MedicationAdministration).where(
        MedicationAdministration.request_id.in_(lines),
        MedicationAdministration.voided_at.is_(None),
    )
    done = {row.request_id for row in await work.every(touched, SEE)}
    return [f"Give now: {_name(line)}" for key, line in lines.items() if key not in done]


async def _unverified(work: Work, patient_id: UUID) -> list[str]:
    """List high-alert orders that no pharmacist has verified."""
    lines = await _lines(
        work,
        MedicationRequest.patient_id == patient_id,
        MedicationRequest.status.in_(STANDING),
        MedicationRequest.high_alert,
        MedicationRequest.verified_at.is_(None),
    )
    return [f"Not verified: {_name(line)}" for line in lines.values()]


async def _pumps(work: Work, patient_id: UUID) -> list[str]:
    """List pumps that run although their order has ended."""
    running = select(MedicationAdministration).where(
        MedicationAdministration.patient_id == patient_id,
        MedicationAdministration.status.in_(_RUNS),
        MedicationAdministration.voided_at.is_(None),
    )
    runs = await work.every(running.order_by(MedicationAdministration.id), SEE)
    lines = await _lines(
        work,
        MedicationRequest.id.in_([run.request_id for run in runs]),
        MedicationRequest.status.not_in(STANDING),
    )
    return [
        f"Stop the pump: {lines[run.request_id].words.plain}, the order has ended"
        for run in runs
        if run.request_id in lines
    ]


async def _lines(work: Work, *which: object) -> dict[UUID, Line]:
    rows = select(MedicationRequest).where(*which)  # type: ignore[arg-type]
    found = await selected(work, rows.order_by(MedicationRequest.id), SEE)
    return {line.request.id: line for line in found}


def _name(line: Line) -> str:
    words = line.words
    return f"{words.plain} {words.dose}, {words.route}"
