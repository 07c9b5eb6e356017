"""Worklist: what is to be collected, what is on its way, and what the laboratory has."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select

from domain import lab_orders
from domain.access import D5, Permission
from domain.lab_orders import RequestStatus, SpecimenState
from ward.adt.queries import Whereabouts, whereabouts
from ward.labs.chart import called
from ward.labs.details import LabOrder
from ward.labs.models import ServiceRequest, Specimen
from ward.labs.order import LATE
from ward.labs.queries import VIEW
from ward.labs.specimen_kinds import kinds_of_tests, tests_of, titles_of, word
from ward.patients.queries import Named, among, names_of
from ward.projections import projection
from ward.work import Work

OPEN = (SpecimenState.WANTED, SpecimenState.COLLECTED, SpecimenState.RECEIVED)
MOST = 300


@projection(D5)
class SpecimenLine:
    """One specimen of an order."""

    id: UUID
    patient_id: UUID
    request_id: UUID
    number: str
    order: str  # the number of the order
    kind: str
    titles: tuple[str, ...]
    tests: int
    state: str
    word: str
    acts: tuple[str, ...]
    urgency: str
    urgent: bool
    wanted_at: datetime
    late: bool
    collected_at: datetime | None
    collected_by: str | None
    received_at: datetime | None
    rejected: str | None
    again: str | None  # why the one before was rejected
    question: str
    version: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """A specimen with whose it is."""

    specimen: SpecimenLine
    who: Named | None
    bed: Whereabouts | None


@projection(D5)
class Counts:
    """How many are where."""

    wanted: int
    late: int
    collected: int
    received: int
    verify: int = 0


@projection(D5)
class OrderView:
    """One order with its specimens."""

    id: UUID
    number: str
    titles: tuple[str, ...]
    question: str
    status: str
    active: bool
    urgency: str
    wanted_at: datetime
    ordered_at: datetime
    ordered_by: str | None
    reason: str | None
    specimens: tuple[SpecimenLine, ...]
    cancellable: bool
    version: int


@projection(D5)
class Orders:
    """What was asked of the laboratory, newest first."""

    orders: tuple[OrderView, ...]


async def of_ward(work: Work, ward_id: UUID) -> list[Wanted]:
    """Answer: which specimens of this ward are under way? What is wanted soonest first."""
    here = Specimen.ward_id == ward_id, Specimen.state.in_(OPEN)
    return await wanted(work, await _specimens(work, *here))


async def wanted(work: Work, rows: Sequence[Specimen]) -> list[Wanted]:
    """Show specimens with whose they are."""
    shown = await lines(work, rows)
    patients = sorted({row.patient_id for row in rows})
    who = await names_of(work, patients) if work.may(Permission.VIEW_PATIENT) else {}
    beds = await whereabouts(work, patients) if work.may(Permission.VIEW_STAYS) else {}
    return [Wanted(one, who.get(one.patient_id), beds.get(one.patient_id)) for one in shown]


async def one(work: Work, specimen_id: UUID) -> Wanted:
    """Show one specimen."""
    row = await work.access(Specimen, specimen_id, VIEW)
    return (await wanted(work, [row]))[0]


async def orders(work: Work, patient_id: UUID, most: int = 20) -> Orders:
    """Answer: what was asked for this patient?"""
    mine = select(ServiceRequest).where(ServiceRequest.patient_id == patient_id)
    newest = mine.order_by(ServiceRequest.ordered_at.desc(), ServiceRequest.id.desc()).limit(most)
    rows = await work.every(newest, VIEW)
    found: dict[UUID, list[SpecimenLine]] = {row.id: [] for row in rows}
    specimens = await _specimens(work, among(Specimen.request_id, list(found))) if rows else []
    for line in await lines(work, specimens):
        found[line.request_id].append(line)
    details: dict[UUID, LabOrder] = await work.open(rows, ServiceRequest.detail)
    reasons: dict[UUID, str | None] = await work.open(rows, ServiceRequest.reason)
    who = await called(work, (row.ordered_by for row in rows))
    return Orders(
        tuple(_order(row, details[row.id], found[row.id], who, reasons[row.id]) for row in rows)
    )


def _order(
    row: ServiceRequest,
    detail: LabOrder,
    specimens: Sequence[SpecimenLine],
    who: Mapping[UUID, str],
    reason: str | None,
) -> OrderView:
    active = row.status is RequestStatus.ACTIVE
    with_lab = any(one.state in {"received", "resulted"} for one in specimens)
    return OrderView(
        id=row.id,
        number=row.number,
        titles=titles_of(detail),
        question=detail.question,
        status=row.status.word,
        active=active,
        urgency=row.urgency.word,
        wanted_at=row.wanted_at,
        ordered_at=row.ordered_at,
        ordered_by=who.get(row.ordered_by) if row.ordered_by else None,
        reason=reason,
        specimens=tuple(specimens),
        cancellable=active and not with_lab,
        version=row.version,
    )


async def _specimens(work: Work, *which: ColumnElement[bool]) -> list[Specimen]:
    wanted = select(Specimen).where(*which).order_by(Specimen.wanted_at, Specimen.id)
    return await work.every(wanted.limit(MOST), VIEW)


async def lines(work: Work, rows: Sequence[Specimen]) -> list[SpecimenLine]:
    """Show specimens; the most urgent of what is wanted first."""
    asked = select(ServiceRequest).where(among(ServiceRequest.id, {row.request_id for row in rows}))
    requests = {row.id: row for row in await work.every(asked, VIEW)} if rows else {}
    details: dict[UUID, LabOrder] = await work.open(requests.values(), ServiceRequest.detail)
    who = await called(work, (row.collected_by for row in rows))
    again = await _rejected(work, rows)
    shown = [
        _line(
            now=work.now,
            row=row,
            request=requests[row.request_id],
            detail=details[row.request_id],
            who=who,
            again=again,
        )
        for row in rows
        if row.request_id in requests
    ]
    return sorted(shown, key=lambda one: (_STATES.index(one.state), not one.urgent, one.wanted_at))


_STATES = [state.value for state in SpecimenState]


async def _rejected(work: Work, rows: Sequence[Specimen]) -> dict[UUID, str]:
    """Answer: why is another wanted?"""
    before = [row.replaces_id for row in rows if row.replaces_id]
    if not before:
        return {}
    old = await work.every(select(Specimen).where(among(Specimen.id, before)), VIEW)
    return {row.id: row.rejected_why.word for row in old if row.rejected_why}


def _line(  # noqa: PLR0913 - a specimen, its order, and who had it in hand
    *,
    now: datetime,
    row: Specimen,
    request: ServiceRequest,
    detail: LabOrder,
    who: Mapping[UUID, str],
    again: Mapping[UUID, str],
) -> SpecimenLine:
    mine = [one for one in tests_of(detail) if one.specimen == row.kind]
    state = row.state
    return SpecimenLine(
        id=row.id,
        patient_id=row.patient_id,
        request_id=row.request_id,
        number=row.number,
        order=request.number,
        kind=word(row.kind),
        titles=_titles(detail, row.kind),
        tests=len(mine),
        state=state.value,
        word=state.word,
        acts=tuple(act.value for act in lab_orders.acts(state)),
        urgency=request.urgency.word,
        urgent=request.urgency.value != "routine",
        wanted_at=row.wanted_at,
        late=state is SpecimenState.WANTED and row.wanted_at + LATE <= now,
        collected_at=row.collected_at,
        collected_by=who.get(row.collected_by) if row.collected_by else None,
        received_at=row.received_at,
        rejected=row.rejected_why.word if row.rejected_why else None,
        again=again.get(row.replaces_id) if row.replaces_id else None,
        question=detail.question,
        version=row.version,
    )


def _titles(detail: LabOrder, kind: str) -> tuple[str, ...]:
    """Name the panels and tests that this specimen is for."""
    panels = tuple(
        key
        for key in detail.panels
        if kind in kinds_of_tests(one.key for one in tests_of(LabOrder((key,))))
    )
    tests = tuple(key for key in detail.tests if kind in kinds_of_tests([key]))
    return titles_of(LabOrder(panels, tests))


def counted(listed: Iterable[Wanted], verify: int = 0) -> Counts:
    """Count what is where, and what is to be verified."""
    lines = [one.specimen for one in listed]
    states = [one.state for one in lines]
    return Counts(
        states.count("wanted"),
        sum(one.late for one in lines),
        states.count("collected"),
        states.count("received"),
        verify,
    )
