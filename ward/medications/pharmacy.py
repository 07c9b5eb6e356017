"""Pharmacy: what waits for a pharmacist on a ward, the most urgent first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from domain.access import D0, D4, Permission
from domain.doses import Status
from domain.orders import (
    ACKNOWLEDGE_WITHIN,
    STANDING,
    VERIFY_HIGH_ALERT_WITHIN,
    OrderSource,
    RequestPriority,
    RequestStatus,
)
from ward.adt.queries import Whereabouts, whereabouts
from ward.duty.queries import names
from ward.medications import asking, missing, overrides
from ward.medications.asking import Doubt
from ward.medications.line import Line, selected
from ward.medications.missing import Missing
from ward.medications.models import MedicationAdministration, MedicationRequest, ScheduledDose
from ward.medications.words import LineWords
from ward.patients.models import Patient
from ward.patients.queries import Named, among, names_of
from ward.projections import projection
from ward.work import Work

VIEW = Permission.VIEW_MEDICATIONS
LAST = datetime.max.replace(tzinfo=UTC)


@projection(D4)
class ToVerify:
    """An order that no pharmacist has verified yet."""

    id: UUID
    patient_id: UUID
    words: LineWords
    indication: str
    high_alert: bool
    stat: bool
    withheld: bool
    first_at: datetime | None  # its next dose; None: as required
    given_at: datetime | None  # the last dose given without a pharmacist
    late: bool  # a high-alert order waits longer than it may
    prescribed_at: datetime
    by: str
    reasons: int  # findings the prescriber answered for
    doubt: Doubt | None  # what a pharmacist asked last
    version: int


@projection(D4)
class Unsigned:
    """A verbal order that its prescriber has not signed."""

    id: UUID
    patient_id: UUID
    words: LineWords
    said_by: str
    written_by: str
    at: datetime
    late: bool


@projection(D4)
class Awaited:
    """A dose that a ward waits for."""

    missing: Missing
    by: str


@projection(D0)
class Counts:
    """How much waits on a ward."""

    ward_id: UUID
    label: str
    verify: int
    given: int
    verbal: int
    missing: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Everything that waits on a ward, with who and where."""

    verify: tuple[ToVerify, ...]
    given: tuple[ToVerify, ...]
    verbal: tuple[Unsigned, ...]
    missing: tuple[Awaited, ...]
    people: dict[UUID, Named]
    places: dict[UUID, Whereabouts]


async def waiting(work: Work, ward_id: UUID) -> Waiting:
    """Answer: what waits for a pharmacist on this ward?"""
    unverified = await _lines(work, ward_id, _unverified())
    said = await _lines(work, ward_id, _unsigned())
    asked = await missing.waiting(work, ward_id=ward_id)
    ids = [line.request.id for line in unverified]
    first, given = await _next_doses(work, ids), await _last_given(work, ids)
    answered, doubts = await overrides.of_requests(work, ids), await asking.of_requests(work, ids)
    called = await _names(work, [*unverified, *said], asked)
    rows = [
        _to_verify(
            work,
            line,
            first.get(line.request.id),
            given.get(line.request.id),
            called,
            len(answered.get(line.request.id, ())),
            doubts.get(line.request.id),
        )
        for line in unverified
    ]
    verbal = tuple(_unsigned_view(work, line, called) for line in said)
    missed = tuple(Awaited(one, called.get(one.asked_by, "")) for one in asked)  # type: ignore[arg-type]
    patients = {one.patient_id for one in rows} | {one.patient_id for one in verbal}
    patients |= {one.missing.patient_id for one in missed}
    listed = sorted(patients)
    return Waiting(
        verify=tuple(sorted((row for row in rows if row.given_at is None), key=urgency)),
        given=tuple(sorted((row for row in rows if row.given_at is not None), key=urgency)),
        verbal=verbal,
        missing=missed,
        people=await names_of(work, listed),
        places=await whereabouts(work, listed),
    )


def urgency(row: ToVerify) -> tuple[bool, bool, datetime, datetime]:
    """Order what is to be verified: high-alert first, then at once, then by the first dose."""
    return (not row.high_alert, not row.stat, row.first_at or LAST, row.prescribed_at)


def _unverified() -> ColumnElement[bool]:
    return and_(MedicationRequest.verified_at.is_(None), MedicationRequest.status.in_(STANDING))


def _unsigned() -> ColumnElement[bool]:
    return and_(
        MedicationRequest.source == OrderSource.VERBAL,
        MedicationRequest.acknowledged_at.is_(None),
        MedicationRequest.status != RequestStatus.WRONG,
    )


async def _lines(work: Work, ward_id: UUID, which: ColumnElement[bool]) -> list[Line]:
    here = select(MedicationRequest).join(Patient, Patient.id == MedicationRequest.patient_id)
    mine = here.where(Patient.ward_id == ward_id, which).order_by(MedicationRequest.id)
    return await selected(work, mine, VIEW)


async def _next_doses(work: Work, request_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    first = (
        select(ScheduledDose)
        .ext(distinct_on(ScheduledDose.request_id))
        .where(among(ScheduledDose.request_id, request_ids), ScheduledDose.status == Status.PLANNED)
        .order_by(ScheduledDose.request_id, ScheduledDose.due_at)
    )
    return {dose.request_id: dose.due_at for dose in await work.every(first, VIEW)}


async def _last_given(work: Work, request_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    given = MedicationAdministration
    last = (
        select(given)
        .ext(distinct_on(given.request_id))
        .where(
            among(given.request_id, request_ids),
            given.voided_at.is_(None),
            or_(*(given.status == one for one in Status if one.went_in)),
        )
        .order_by(given.request_id, given.occurred_at.desc())
    )
    return {row.request_id: row.occurred_at for row in await work.every(last, VIEW)}


async def _names(work: Work, lines: Sequence[Line], asked: Sequence[Missing]) -> dict[UUID, str]:
    wanted = {line.request.prescribed_by for line in lines}
    wanted |= {line.request.recorded_by for line in lines} | {one.asked_by for one in asked}
    found = await names(work, [one for one in wanted if one is not None])
    return {one: person.name for one, person in found.items()}


def _to_verify(  # noqa: PLR0913, PLR0917 - what a line of the list is made of
    work: Work,
    line: Line,
    first_at: datetime | None,
    given_at: datetime | None,
    called: dict[UUID, str],
    reasons: int,
    doubt: Doubt | None,
) -> ToVerify:
    request = line.request
    by = called.get(request.prescribed_by) if request.prescribed_by else None
    return ToVerify(
        id=request.id,
        patient_id=request.patient_id,
        words=line.words,
        indication=line.detail.indication,
        high_alert=request.high_alert,
        stat=request.priority is RequestPriority.STAT,
        withheld=request.status is RequestStatus.ON_HOLD,
        first_at=first_at,
        given_at=given_at,
        late=request.high_alert and work.now >= request.prescribed_at + VERIFY_HIGH_ALERT_WITHIN,
        prescribed_at=request.prescribed_at,
        by=by or request.recorded_as,
        reasons=reasons,
        doubt=doubt,
        version=request.version,
    )


def _unsigned_view(work: Work, line: Line, called: dict[UUID, str]) -> Unsigned:
    request = line.request
    said = called.get(request.prescribed_by) if request.prescribed_by else None
    wrote = called.get(request.recorded_by) if request.recorded_by else None
    return Unsigned(
        id=request.id,
        patient_id=request.patient_id,
        words=line.words,
        said_by=said or "Not recorded",
        written_by=wrote or request.recorded_as,
        at=request.prescribed_at,
        late=work.now >= request.prescribed_at + ACKNOWLEDGE_WITHIN,
    )
