"""Charting: what a nurse of the demo writes down of a patient, and when she looks again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from domain import monitoring
from domain.access import Permission
from domain.news2 import Band, Result, Scale
from ward.dev.people import Member
from ward.dev.simulator.course import Course, course_of, measure
from ward.security.actors import System
from ward.vitals.said import Said, score

NURSE = System(
    "simulator:nurse",
    frozenset(
        {
            Permission.VIEW_BEDS,
            Permission.VIEW_PATIENT,
            Permission.VIEW_STAYS,
            Permission.VIEW_VITALS,
            Permission.RECORD_VITALS,
        }
    ),
)
HISTORY = timedelta(hours=72)
SETTLING = timedelta(minutes=15)  # from the admission to the first observations
ROUND = timedelta(hours=6)  # the wards of the demo look at everybody so often
WATCH = timedelta(hours=1)
LATE = {"55001017": timedelta(minutes=62)}  # Rahman: forgotten, as the pictures show
_GROWN = 40  # years: the cast is grown up, and no age changes a score
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Told:
    """What is charted, and what it scores."""

    said: Said
    result: Result

    moving: bool  # the patient changes

    @property
    def again(self) -> timedelta:
        """Say when a nurse looks again: when the score asks for it, hourly at somebody worse."""
        return min(self.interval, WATCH if self.moving else ROUND)

    @property
    def interval(self) -> timedelta:
        """Say when the score asks for the next set at the latest."""
        return monitoring.interval(self.result.at_least, self.result.urgency or Band.LOW)


def told(course: Course, hours: float, at: datetime) -> Told:
    """Chart the patient at an instant, so many hours into the stay."""
    found = measure(course, hours)
    said = Said(
        taken_at=at,
        values=found.values,
        consciousness=found.consciousness,
        device=found.device,
        sure=frozenset(found.values),
    )
    return Told(said, score(said, Scale.ONE, _GROWN), course.moving(hours))


def history(one: Member, admitted_at: datetime, now: datetime) -> list[Told]:
    """Write what was charted since the admission, of the last 72 hours, oldest first."""
    sets = list(_rounds(one, admitted_at, now))
    late = LATE.get(one.mrn)
    if late and sets:
        at = now - sets[-1].interval - late
        earlier = [told_ for told_ in sets if told_.said.taken_at < at - _HOUR]
        sets = [*earlier, told(course_of(one), (at - admitted_at) / _HOUR, at)]
    return [each for each in sets if each.said.taken_at > admitted_at]


def _rounds(one: Member, admitted_at: datetime, now: datetime) -> Iterator[Told]:
    course = course_of(one)
    dice = Random(f"rounds:{one.mrn}")  # noqa: S311 - a story, no secret
    at = max(admitted_at + SETTLING, now - HISTORY + dice.random() * ROUND)
    while at < now:
        each = told(course, (at - admitted_at) / _HOUR, at)
        yield each
        after = each.again * dice.uniform(0.8, 1.0)
        at += _called(course, (at - admitted_at) / _HOUR, after / _HOUR) * _HOUR


def _called(course: Course, hours: float, after: float) -> float:
    """Come sooner than planned when somebody becomes ill meanwhile: they call."""
    sooner = (float(hour) for hour in range(1, int(after) + 1))
    return next((hour for hour in sooner if course.moving(hours + hour)), after)
