"""Grid: for each patient of a ward and each hour, how much is to be given and done, how urgent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import DateTime, bindparam, select

from domain import tasks as rules
from domain.access import D0, D4, Permission
from domain.doses import Status
from domain.tasks import OPEN
from ward.adt.models import Stay
from ward.beds import queries as beds
from ward.beds.models import Bed
from ward.beds.queries import WardBoard
from ward.care.hours import HOUR, Hour, hours
from ward.duty import queries as duty
from ward.medications.chart_cells import state
from ward.medications.models import MedicationRequest, ScheduledDose
from ward.patients.queries import Named, among, names_of
from ward.projections import projection
from ward.tasks.models import NursingTask
from ward.work import Work

BACK = timedelta(hours=24)  # so long ago a dose still counts as owed
NEVER_SHOWN = (Status.CANCELLED, Status.ENTERED_IN_ERROR)


class Urgency(StrEnum):
    """How a cell is drawn; the worst of what is in it, worst first."""

    OVERDUE = "overdue"
    DUE = "due"
    RUNNING = "running"
    SCHEDULED = "scheduled"
    WITHHELD = "withheld"
    NOT_GIVEN = "not-given"
    DONE = "given"


@dataclass(frozen=True, slots=True)
class CareCell:
    """What one hour holds for one patient."""

    urgency: Urgency
    count: int  # to be done; of an hour where all is done, what was done
    words: tuple[str, ...]
    hour: str = ""


@projection(D0)
class Where:
    """Where a patient lies, and whose they are."""

    patient_id: UUID
    bed_id: UUID
    bed: str
    for_users: tuple[str, ...]


@projection(D4)
class CareLine:
    """One patient: what is overdue, then the hours; `rank` as on the chart of medicines."""

    rank: int
    first: datetime | None
    overdue: CareCell | None
    cells: tuple[CareCell | None, ...]


@projection(D4)
class CareHead:
    """What the head of the view tells."""

    ward_id: UUID
    overdue: int
    due: int
    patients: int


@dataclass(frozen=True, slots=True)
class Patient:
    """One line of the view: where, who, and what."""

    where: Where
    who: Named | None
    line: CareLine


@dataclass(frozen=True, slots=True)
class Care:
    """A ward by patients and hours."""

    ward: WardBoard
    hours: tuple[Hour, ...]
    head: CareHead
    patients: tuple[Patient, ...]


@dataclass(slots=True)
class _Sum:
    """What falls into one cell, while it is counted."""

    counts: dict[str, int] = field(default_factory=dict)
    first: datetime | None = None

    def add(self, what: str, at: datetime) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1
        self.first = min(self.first or at, at)


async def care(work: Work, ward_id: UUID) -> Care:
    """Answer: what is to be given and done on this ward, for whom and when?"""
    ward = await beds.board_head(work, ward_id)
    shown = hours(work.now, ZoneInfo(ward.zone))
    lying = await _lying(work, ward_id)
    patients = [stay.patient_id for stay, _ in lying]
    names = await names_of(work, patients) if patients else {}
    nurses = await duty.nurses_of(work, [bed.id for _, bed in lying]) if lying else {}
    everyone = await duty.nursing_on(work, ward_id) if len(nurses) < len(lying) else []
    sums = await _sums(work, patients, shown)
    lines = {one: _line(sums.get(one, {}), shown) for one in patients}
    every = [lines[one] for one in patients]
    return Care(
        ward=ward,
        hours=shown,
        head=CareHead(
            ward_id=ward_id,
            overdue=sum(line.overdue.count for line in every if line.overdue),
            due=sum(line.rank == 1 for line in every),
            patients=len(every),
        ),
        patients=tuple(
            Patient(
                Where(stay.patient_id, bed.id, bed.label, _whose(nurses, bed.id, everyone)),
                names.get(stay.patient_id),
                lines[stay.patient_id],
            )
            for stay, bed in lying
        ),
    )


def _whose(nurses: Mapping[UUID, UUID], bed_id: UUID, everyone: Sequence[UUID]) -> tuple[str, ...]:
    """Tell whose a patient is: a bed that no nurse has is everybody's, never nobody's."""
    return tuple(str(one) for one in ([nurses[bed_id]] if bed_id in nurses else everyone))


async def _lying(work: Work, ward_id: UUID) -> list[tuple[Stay, Bed]]:
    """List who lies on the ward, in the order of the beds."""
    here = (
        select(Stay, Bed)
        .join(Bed, Bed.id == Stay.bed_id)
        .where(Stay.ward_id == ward_id, Stay.ended_at.is_(None), Stay.voided_at.is_(None))
    )
    return await work.every(here.order_by(Bed.position, Bed.label), Permission.VIEW_STAYS)


Sums = dict[UUID, dict[int, _Sum]]
LATE = -1  # the column of what is overdue


async def _sums(work: Work, patients: Sequence[UUID], shown: Sequence[Hour]) -> Sums:
    found: Sums = {}
    if not patients:
        return found
    for dose, order in await _doses(work, patients, shown):
        what = _dose(state(dose, order.status, work.now), stands=order.status.stands)
        if what is not None:
            column = LATE if what in _OWED else _column(dose.due_at, shown)
            _add(found, dose.patient_id, column, what, dose.due_at)
    for task in await _tasks(work, patients, shown):
        late = rules.is_late(task.status, task.due_at, work.now)
        column = LATE if late else _column(task.due_at, shown)
        _add(found, task.patient_id, column, "task", task.due_at)
    return found


def _add(found: Sums, patient: UUID, column: int | None, what: str, at: datetime) -> None:
    if column is not None:
        found.setdefault(patient, {}).setdefault(column, _Sum()).add(what, at)


def _column(at: datetime, shown: Sequence[Hour]) -> int | None:
    column = (at - shown[0].at) // HOUR
    return column if 0 <= column < len(shown) else None


_OWED = {"overdue", "missed"}
_SAID = {
    Status.OVERDUE: "overdue",
    Status.MISSED: "missed",
    Status.DUE: "due",
    Status.PREPARING: "due",
    Status.PLANNED: "dose",
    Status.HELD: "withheld",
    Status.RUNNING: "running",
    Status.PAUSED: "running",
    Status.NOT_GIVEN: "not given",
    Status.STOPPED: "not given",
}


def _dose(status: Status, *, stands: bool) -> str | None:
    """Name what a dose counts as; of an order that has ended only what was done is told."""
    if status.untouched and not stands:
        return None
    return _SAID.get(status, "given")


async def _doses(
    work: Work, patients: Sequence[UUID], shown: Sequence[Hour]
) -> list[tuple[ScheduledDose, MedicationRequest]]:
    since = min(shown[0].at, work.now - BACK)
    until, may = shown[-1].at + HOUR, Permission.VIEW_MEDICATIONS
    return await work.every(_DOSES, may, patients=list(patients), since=since, until=until)


async def _tasks(work: Work, patients: Sequence[UUID], shown: Sequence[Hour]) -> list[NursingTask]:
    until = shown[-1].at + HOUR
    return await work.every(_TASKS, Permission.VIEW_TASKS, patients=list(patients), until=until)


_SINCE, _UNTIL = (bindparam(name, type_=DateTime(timezone=True)) for name in ("since", "until"))
_DOSES = (
    select(ScheduledDose, MedicationRequest)
    .join(MedicationRequest, MedicationRequest.id == ScheduledDose.request_id)
    .where(
        among(ScheduledDose.patient_id, "patients"),
        ScheduledDose.due_at >= _SINCE,
        ScheduledDose.due_at < _UNTIL,
        ScheduledDose.status.not_in(NEVER_SHOWN),
    )
)
_TASKS = select(NursingTask).where(
    among(NursingTask.patient_id, "patients"),
    NursingTask.status.in_(OPEN),
    NursingTask.due_at < _UNTIL,
)


# --------------------------------------------------------------------------------- into cells


def _line(sums: Mapping[int, _Sum], shown: Sequence[Hour]) -> CareLine:
    cells = tuple(
        _cell(sums[column], hour.text) if column in sums else None
        for column, hour in enumerate(shown)
    )
    late = _cell(sums[LATE], "") if LATE in sums else None
    rank, first = _rank(sums, cells)
    return CareLine(rank, first, late, cells)


def _rank(
    sums: Mapping[int, _Sum], cells: Sequence[CareCell | None]
) -> tuple[int, datetime | None]:
    if LATE in sums:
        return 0, sums[LATE].first
    for rank, wanted in ((1, Urgency.DUE), (2, Urgency.SCHEDULED)):
        for column, cell in enumerate(cells):
            if cell is not None and cell.urgency is wanted:
                return rank, sums[column].first
    return 4, None


_ORDER = (
    ("overdue", Urgency.OVERDUE, True),
    ("missed", Urgency.OVERDUE, True),
    ("due", Urgency.DUE, True),
    ("running", Urgency.RUNNING, False),
    ("dose", Urgency.SCHEDULED, True),
    ("task", Urgency.SCHEDULED, True),
    ("withheld", Urgency.WITHHELD, False),
    ("not given", Urgency.NOT_GIVEN, False),
    ("given", Urgency.DONE, False),
)


def _cell(counted: _Sum, hour: str) -> CareCell:
    """Name the worst of a cell, and count what is to be done; else what was done."""
    here = [(what, urgency, owed) for what, urgency, owed in _ORDER if what in counted.counts]
    owed = [what for what, _, is_owed in here if is_owed]
    urgency = Urgency.OVERDUE if not hour else here[0][1]
    count = sum(counted.counts[what] for what in owed or [what for what, _, _ in here])
    words = tuple(_words(what, counted.counts[what]) for what, _, _ in here)
    return CareCell(urgency, count, words, hour)


def _words(what: str, count: int) -> str:
    plural = {"dose": "doses", "task": "tasks"}
    return f"{count} {plural.get(what, what) if count > 1 else what}"
