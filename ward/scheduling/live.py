"""Live: one day of a clinic's calendar, and one series of a patient."""

from datetime import date
from uuid import UUID

from domain.access import D0, D1, D2, Permission
from domain.display import day_of
from ward import clock, live
from ward.errors import Missing
from ward.live import Region, Screen
from ward.patients.models import Patient
from ward.places.models import Ward
from ward.scheduling import columns, series_look
from ward.scheduling.columns import Column
from ward.scheduling.day import read
from ward.scheduling.hours import FARTHEST
from ward.scheduling.models import Series
from ward.work import Work

# Who is not of the clinic sees what is taken, and not for whom.
VIEWS = {"full": {D0, D1, D2}, "brief": {D0}}


def _day(text: str) -> tuple[date]:
    day = date.fromisoformat(text)
    if day.isoformat() != text or abs(day - clock.now().date()) > FARTHEST:
        raise ValueError(text)
    return (day,)


def _series(text: str) -> tuple[UUID]:
    return (UUID(text),)


@live.screen(
    "series", Permission.VIEW_APPOINTMENTS, of=Patient, views={"full": {D0, D2}}, parts=_series
)
async def series(work: Work, patient_id: UUID, series_id: UUID) -> Screen:
    """Draw all appointments of a series, each as it stands."""
    row = await work.access(Series, series_id, Permission.VIEW_APPOINTMENTS)
    if row.patient_id != patient_id:
        raise Missing
    found = await series_look.read(work, row)
    lines = Region(
        f"series-lines-{series_id}", "scheduling/_series_lines.html", {"lines": found.lines}
    )
    context = {"whole": found.whole, "series_id": series_id}
    return Screen("scheduling/_series.html", context, [lines], zone=row.zone)


@live.screen("calendar", Permission.VIEW_CALENDAR, of=Ward, views=VIEWS, parts=_day)
async def calendar(work: Work, ward_id: UUID, day: date) -> Screen:
    """Draw who, which room and which machine is taken when, for whom, and how each visit stands."""
    found = await read(work, ward_id, day)
    grid = columns.lay(found)
    suffix = found.day.strftime("%Y%m%d")
    counts = Region(
        f"cal-counts-{suffix}",
        "scheduling/_calendar_counts.html",
        {"suffix": suffix, "counts": grid.counts},
        slot="counts",
    )
    context = {
        "ward_id": ward_id,
        "day": found.day,
        "title": day_of(found.day, weekday=True),
        "suffix": suffix,
        "shown": grid.frame,
        "zone_name": found.ward.zone,
        "nobody": not found.lanes,
    }
    regions = [counts, *map(_column, grid.columns), _column(grid.loose)]
    return Screen("scheduling/_calendar.html", context, regions, zone=found.ward.zone)


def _column(one: Column) -> Region:
    return Region(one.head.id, "scheduling/_calendar_column.html", one.context, one.patients)
