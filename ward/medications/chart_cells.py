"""Cells: what one dose looks like on the chart: a state of the rules, and the words beside it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain import windows
from domain.display import time_of
from domain.doses import NotGiven, Status, is_late_entry
from domain.formulary import Unit, write
from domain.infusions import Rate, RateUnit
from domain.orders import RequestStatus
from domain.windows import Timing
from ward.medications.chart_days import Days
from ward.medications.chart_read import Rows
from ward.medications.details import GivenAmount, GivenDetail, Pumped
from ward.medications.line import Line
from ward.medications.models import (
    ClockNote,
    GivenSource,
    MedicationAdministration,
    ScheduledDose,
)


class Look(StrEnum):
    """How a dose is drawn: always a word and a shape, never a colour alone."""

    OVERDUE = "overdue"
    DUE = "due"
    NEXT = "next"
    SCHEDULED = "scheduled"
    MISSED = "missed"
    PREPARING = "preparing"
    RUNNING = "running"
    PAUSED = "paused"
    GIVEN = "given"
    EARLY = "early"
    LATE = "late"
    PARTLY = "partly"
    NOT_GIVEN = "not-given"
    SELF = "self"
    WITHHELD = "withheld"
    LOCKED = "locked"
    STOPPED = "stopped"
    NO_RECORD = "no-record"

    @property
    def word(self) -> str:
        """Name the look in the cell."""
        return _WORDS.get(self, self.value.replace("-", " ").capitalize())

    @property
    def open(self) -> bool:
        """Tell whether a press records the dose; else it opens what is known of it."""
        return self in _OPEN


_WORDS = {
    Look.EARLY: "Given early",
    Look.LATE: "Given late",
    Look.PARTLY: "Partly given",
    Look.SELF: "Self-administered",
    Look.LOCKED: "Review change",
}
_OPEN = {Look.OVERDUE, Look.DUE, Look.NEXT, Look.SCHEDULED, Look.MISSED, Look.PREPARING,
         Look.RUNNING, Look.PAUSED, Look.WITHHELD}  # fmt: skip
#: Of several doses of one day, which one is told; the worst first.
GRAVITY = (Look.NO_RECORD, Look.MISSED, Look.NOT_GIVEN, Look.PARTLY, Look.STOPPED, Look.LATE,
           Look.EARLY, Look.SELF)  # fmt: skip
OWED = {Look.OVERDUE, Look.DUE, Look.PREPARING, Look.RUNNING, Look.PAUSED}
_DONE = {
    Status.RUNNING: Look.RUNNING,
    Status.PAUSED: Look.PAUSED,
    Status.GIVEN: Look.GIVEN,
    Status.GIVEN_PARTIAL: Look.PARTLY,
    Status.NOT_GIVEN: Look.NOT_GIVEN,
    Status.STOPPED: Look.STOPPED,
}
_TIMED = {Timing.EARLY: Look.EARLY, Timing.LATE: Look.LATE}


@dataclass(frozen=True, slots=True)
class CellView:
    """One dose: what was or is to be done, in words; `at` is when it happened, else when due."""

    key: str  # dose or administration: part of the element's id
    path: str  # what a press opens
    state: Status  # for `data-state`
    clock: Status  # the same, whoever prepares it meanwhile
    look: Look
    due_at: datetime
    day: date  # of the ward, to which it belongs
    due: str  # what the clock shows
    amount: str
    at: str = ""
    who: str = ""
    why: str = ""  # the reason, or who prepares
    note: str = ""  # written later, from paper, what the clocks did


def state(dose: ScheduledDose, order: RequestStatus, now: datetime) -> Status:
    """Tell where a dose is: what was done with it, else what the clock and its order say."""
    if dose.status is not Status.PLANNED:
        return dose.status
    width = dose.closes_at - dose.due_at
    clock = Status(windows.standing(dose.due_at, now, width, dose.next_at).value)
    if order is RequestStatus.ON_HOLD and clock is not Status.MISSED:
        return Status.HELD
    return clock


def cells(rows: Rows, line: Line, next_at: datetime | None) -> list[CellView]:
    """Draw every dose of a line, oldest first; `next_at` is what comes next on the whole chart."""
    return [_cell(rows, line, dose, next_at) for dose in rows.doses.get(line.request.id, [])]


def _cell(rows: Rows, line: Line, dose: ScheduledDose, next_at: datetime | None) -> CellView:
    given, now = rows.given.get(dose.id), state(dose, line.request.status, rows.now)
    said = rows.said.get(given.id) if given else None
    look = _look(rows, line, dose, now, next_at)
    if given is not None:
        look = _done(given, said, look)
    amount = (said.amount if said else None) or rows.amounts.get(dose.id)
    return CellView(
        key=f"dose-{dose.id}",
        path=_path(line, dose, look),
        state=Status.PREPARING if look is Look.PREPARING else now,
        clock=now,
        look=look,
        due_at=dose.due_at,
        day=rows.days.of(dose.due_at),
        due=time_of(dose.due_at, rows.days.zone),
        amount=written(amount),
        at=time_of(given.occurred_at, rows.days.zone) if given else "",
        who=rows.initials(given.recorded_by) if given else "",
        why=_beside(rows, dose, given, look),
        note=_note(dose, given, rows.days),
    )


def _look(
    rows: Rows, line: Line, dose: ScheduledDose, now: Status, next_at: datetime | None
) -> Look:
    if not now.untouched:
        return _DONE.get(now, Look.WITHHELD)
    if not line.request.status.stands:
        return Look.NO_RECORD if dose.due_at <= rows.now else Look.STOPPED
    if any(claim.dose_id == dose.id for claim in rows.claims):
        return Look.PREPARING
    if locking(rows, line) and now is not Status.MISSED:
        return Look.LOCKED
    if now is not Status.PLANNED:
        return Look(now.value)
    return Look.NEXT if dose.due_at == next_at else Look.SCHEDULED


def _done(given: MedicationAdministration, said: GivenDetail | None, look: Look) -> Look:
    if look is Look.GIVEN and given.timing in _TIMED:
        return _TIMED[given.timing]
    if look is Look.NOT_GIVEN and said and said.reason is NotGiven.SELF_ADMINISTERED:
        return Look.SELF
    return look


def _beside(
    rows: Rows, dose: ScheduledDose, given: MedicationAdministration | None, look: Look
) -> str:
    """Say who prepares, what a pump runs at, or why it was as it was."""
    if look is Look.PREPARING:
        return next(one.name for one in rows.claims if one.dose_id == dose.id)
    if given is None:
        return ""
    steps = rows.pumps.get(given.id)
    if steps and look in {Look.RUNNING, Look.PAUSED}:
        return rate_words(steps[-1][1])
    said = rows.said.get(given.id)
    return why(said) if said else ""


def why(said: GivenDetail) -> str:
    """Say why a dose was not given, or not as it was ordered."""
    word = said.reason.word if said.reason else ""
    other = said.reason is NotGiven.OTHER and said.text
    return said.text if other or not word else word


def _path(line: Line, dose: ScheduledDose, look: Look) -> str:
    """Name the sheet of a press: what is open is recorded, a change is read, the rest is told."""
    if look is Look.LOCKED:
        return f"/orders/{line.request.id}/review"
    if look.open:
        return f"/doses/{dose.id}/administration"
    return f"/orders/{line.request.id}/history"


def _note(dose: ScheduledDose, given: MedicationAdministration | None, days: Days) -> str:
    found = []
    if given is not None and is_late_entry(given.occurred_at, given.recorded_at):
        found.append(f"written down {time_of(given.recorded_at, days.zone)}")
    if given is not None and given.source is GivenSource.PAPER:
        found.append("from paper")
    if dose.clock_note is ClockNote.MOVED:
        found.append(f"moved by the clocks, meant for {(dose.wall or '')[11:]}")
    if dose.clock_note is ClockNote.REPEATED:
        found.append("first of two on this night")
    return ", ".join(found)


def written(amount: GivenAmount | None) -> str:
    """Write an amount as the chart does; nothing where nothing went in."""
    return write(amount.value, amount.unit) if amount else ""


def locking(rows: Rows, line: Line) -> bool:
    """Tell whether nobody has read the last change of an order: then no dose is given."""
    waiting = (one for one in rows.changes.get(line.request.id, []) if one.to_review)
    return line.request.status.stands and any(one.reviewed_at is None for one in waiting)


# ------------------------------------------------------------------- the days beside the selected


@dataclass(frozen=True, slots=True)
class DayView:
    """One whole day of a line in a narrow cell: what happened in two short lines."""

    look: Look | None
    words: tuple[str, ...]
    owed: tuple[CellView, ...] = ()  # still to do, although it belongs to another day
    tomorrow: bool = False


def day_view(rows: Rows, line: Line, day: date, all_cells: Sequence[CellView]) -> DayView:
    """Sum a day up: all given, or the gravest thing that was not."""
    here = [one for one in all_cells if one.day == day]
    owed = tuple(one for one in here if one.look in OWED)
    past = tuple(one for one in here if one not in owed)
    ahead = day > rows.days.today
    if not here:
        return DayView(None, _empty(rows, line, day), tomorrow=ahead)
    if not past:
        return DayView(None, (), owed, ahead)
    worst = min(past, key=_gravity)
    if worst.look in GRAVITY:
        word = worst.why if worst.look is Look.NOT_GIVEN and worst.why else worst.look.word
        others = len(past) - 1
        more = f"and {others} more" if others else worst.at or worst.due
        return DayView(worst.look, (word, more), owed, ahead)
    return DayView(_main(past), (*_word(past), _count(past)), owed, ahead)


def _gravity(cell: CellView) -> int:
    return GRAVITY.index(cell.look) if cell.look in GRAVITY else len(GRAVITY)


def _main(past: Sequence[CellView]) -> Look | None:
    return Look.GIVEN if any(one.look is Look.GIVEN for one in past) else None


def _word(past: Iterable[CellView]) -> tuple[str, ...]:
    looks = {one.look for one in past}
    if looks == {Look.GIVEN}:
        return ("Given",)
    return (Look.WITHHELD.word,) if looks == {Look.WITHHELD} else ()


def _count(past: Sequence[CellView]) -> str:
    return f"{len(past)} doses" if len(past) > 1 else past[0].at or past[0].due


def _empty(rows: Rows, line: Line, day: date) -> tuple[str, ...]:
    """Say why a day has no doses, where that is not plain."""
    request = line.request
    if rows.days.of(request.starts_at) > day:
        return ("Not started",) if day <= rows.days.today else ()
    ended = request.ended_at or request.stops_at
    return ("Ended",) if ended is not None and rows.days.of(ended) < day else ()


# ------------------------------------------------------------------------------------- infusions


def rate_words(pumped: Pumped) -> str:
    """Write what a pump runs at: 83 mL per h; in the unit of the order where it has another."""
    if pumped.rate is not None and pumped.rate_unit:
        return str(Rate(pumped.rate, RateUnit.read(pumped.rate_unit)))
    return f"{write(pumped.ml_h, Unit.ML)} per h"
