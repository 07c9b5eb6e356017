"""Clinic live: the pages of whoever runs a clinic: what it has, its hours, who has to be moved."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.access import D0, D1, D2, Permission
from domain.display import instant
from domain.recurrence import DAYS
from domain.spans import Span
from ward import live
from ward.live import Region, Screen
from ward.patients.queries import names_of
from ward.places.models import Ward
from ward.projections import projection
from ward.scheduling import choices, setup_look, taken
from ward.scheduling.choices import Clinic
from ward.scheduling.clinics import Closure, Hours, HoursKind
from ward.scheduling.to_move import concerned
from ward.work import Work

VIEW = Permission.VIEW_CALENDAR
AHEAD = timedelta(days=365)


@live.screen("clinic", VIEW, of=Ward, views={"full": {D0}})
async def setup(work: Work, ward_id: UUID) -> Screen:
    """Draw what a clinic has in its calendar, and which visits it offers."""
    found = await setup_look.read(work, ward_id)
    regions = [
        Region("clinic-has", "scheduling/_setup_has.html", {"has": found.has}, slot="has"),
        Region("clinic-offers", "scheduling/_setup_offers.html", {"offers": found.offers}),
    ]
    return Screen("scheduling/_setup.html", {"ward_id": ward_id}, regions, zone=found.ward.zone)


@projection(D0)
class Line:
    """A line of a template."""

    id: UUID
    version: int
    when: str
    opens: str
    closes: str
    what: str
    until: date | None


@projection(D0)
class Shut:
    """Somebody, or the whole clinic, is not there."""

    id: UUID
    version: int
    label: str
    why: str
    starts: str
    ends: str


@live.screen("hours", VIEW, of=Ward, views={"full": {D0}})
async def hours(work: Work, ward_id: UUID) -> Screen:
    """Draw when everybody and everything of a clinic is there, and who will be away."""
    clinic = await choices.clinic(work, ward_id)
    rows = await taken.lines_of(work, ward_id)
    rows.sort(key=lambda line: (line.on_day or date.min, line.weekday or 0, line.opens))
    regions = [
        Region(
            "hours-away",
            "scheduling/_hours_away.html",
            {"closures": await _closures(work, clinic)},
            slot="away",
        )
    ]
    for one in clinic.choices:
        lines = [_line(row) for row in rows if row.resource_id == one.resource_id]
        context: dict[str, Any] = {"one": one, "lines": lines}
        regions.append(Region(f"hours-{one.resource_id}", "scheduling/_hours_of.html", context))
    return Screen("scheduling/_hours.html", {"ward_id": ward_id}, regions, zone=str(clinic.zone))


def _line(row: Hours) -> Line:
    what = {HoursKind.OPEN: "Open", HoursKind.BREAK: "Break"}[row.kind]
    return Line(
        id=row.id,
        version=row.version,
        when=DAYS[row.weekday] if row.weekday is not None else f"{row.on_day:%d-%b-%Y}",
        opens=f"{row.opens:%H:%M}",
        closes=f"{row.closes:%H:%M}",
        what=f"{what}: {row.label}" if row.label else what,
        until=row.until,
    )


async def _closures(work: Work, clinic: Clinic) -> list[Shut]:
    rows = await taken.closures_of(work, clinic.id, Span(work.now, work.now + AHEAD))
    labels: dict[UUID | None, str] = {one.resource_id: one.label for one in clinic.choices}
    ordered = sorted(rows, key=lambda row: (row.starts_at, row.id))
    return [_shut(row, labels.get(row.resource_id, "The whole clinic"), clinic) for row in ordered]


def _shut(row: Closure, label: str, clinic: Clinic) -> Shut:
    return Shut(
        id=row.id,
        version=row.version,
        label=label,
        why=row.why.shown,
        starts=instant(row.starts_at, clinic.zone),
        ends=instant(row.ends_at, clinic.zone),
    )


@projection(D2)
class ToMove:
    """An appointment that has to be moved, and why."""

    appointment_id: UUID
    when: str
    why: str


@live.screen("conflicts", Permission.VIEW_APPOINTMENTS, of=Ward, views={"full": {D0, D1, D2}})
async def conflicts(work: Work, ward_id: UUID) -> Screen:
    """Draw who is booked while somebody is away: each is moved by a person who asks them."""
    ward = await work.access(Ward, ward_id, VIEW)
    zone = ZoneInfo(ward.zone)
    rows = await concerned(work, ward_id)
    named = await names_of(work, [one.row.patient_id for one in rows], zone)
    regions = [
        Region(
            f"move-{one.row.id}",
            "scheduling/_to_move.html",
            {
                "one": ToMove(one.row.id, instant(one.row.starts_at, zone), one.why),
                "who": named.get(one.row.patient_id),
            },
            (one.row.patient_id,),
        )
        for one in rows
    ]
    return Screen("scheduling/_conflicts.html", {"count": len(rows)}, regions, zone=ward.zone)
