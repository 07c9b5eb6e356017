"""Observations: the page of the chart, the same as a file, and the sheets."""

import csv
import io
from datetime import timedelta, tzinfo
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D3, Permission
from ward import live
from ward.patients import banner
from ward.security.limits import EXPORT
from ward.vitals import chart, fluid_routes, plan_routes, queries, record_routes
from ward.vitals import page as pages
from ward.vitals.chart import RANGES, Range
from ward.vitals.page import AHEAD, Line
from ward.vitals.words import ROWS
from ward.web import get, page
from ward.work import Work, work_of

_VIEW = Permission.VIEW_VITALS
_SHOWN = {D0, D1, D3}
ALL, LONGEST = "all", 200  # days: nobody's stay is longer than a chart that can be read
KEYS = {one.key: one for one in RANGES}
HEADS = ("Respirations /min", "SpO2 %", "Air or oxygen", "Blood pressure mmHg", "Pulse /min",
         "ACVPU", "Temperature °C", "NEWS2")  # fmt: skip


async def observations(request: Request) -> Response:
    """Show the chart, live; "All" is drawn once, as of now."""
    patient_id = request.path_params["patient_id"]
    wanted = _range(request)
    async with work_of(request) as work:
        screen = await live.show(work, "observations", patient_id)
        _, person = await banner.who(work, patient_id)
        whole = await _whole(work, patient_id) if wanted == ALL else None
        return page(
            request,
            "vitals/observations.html",
            screen=screen,
            title=person.shown,
            patient_id=patient_id,
            wanted=wanted,
            shown_as="table" if request.query_params.get("as") == "table" else "chart",
            whole=whole,
        )


async def as_file(request: Request) -> Response:
    """Give the table as a file that no spreadsheet takes for formulas."""
    patient_id, wanted = request.path_params["patient_id"], _range(request)
    async with work_of(request) as work:
        patient, _ = await banner.who(work, patient_id)
        await work.node.limits.spend(EXPORT, str(work.actor.id))
        zone = await banner.zone_of(work, patient)
        span = KEYS[wanted].span if wanted in KEYS else timedelta(days=LONGEST)
        table, _ = await _table(work, patient_id, span)
        text = _written(table.lines, zone)
    headers = {"content-disposition": f'attachment; filename="observations-{wanted}.csv"'}
    return Response("\ufeff" + text, media_type="text/csv; charset=utf-8", headers=headers)


def _range(request: Request) -> str:
    wanted = request.query_params.get("range", "")
    return wanted if wanted in {*KEYS, ALL} else RANGES[0].key


async def _whole(work: Work, patient_id: UUID) -> dict[str, object]:
    patient, _ = await banner.who(work, patient_id)
    zone = await banner.zone_of(work, patient)
    table, sets = await _table(work, patient_id, timedelta(days=LONGEST))
    days = max(1, -(-(sets[-1].taken_at - sets[0].taken_at) // timedelta(days=1))) if sets else 1
    every = 24 * max(1, days // 7)
    drawn = chart.draw(sets, Range(ALL, days * 24, "All", min(every, 24), days=True), zone)
    return {"chart": drawn, "table": table, "at": work.now, "zone": str(zone)}


async def _table(
    work: Work, patient_id: UUID, span: timedelta
) -> tuple[pages.Table, list[queries.SetView]]:
    """Read back from the newest set, as the chart does."""
    bedside = await queries.bedside(work, patient_id)
    end = pages.newest(bedside) or work.now
    sets = await queries.between(work, patient_id, end - span, work.now + AHEAD)
    return pages.table(sets, await pages.names(work, sets)), sets


def _written(lines: tuple[Line, ...], zone: tzinfo) -> str:
    out = io.StringIO()
    rows = csv.writer(out)
    heads = (
        "Taken",
        "Charted",
        *HEADS,
        "SpO2 scale",
        "Algorithm",
        "Other",
        "By",
        "State",
        "Reason",
    )
    rows.writerow(heads)
    for line in lines:
        when = line.taken_at.astimezone(zone).isoformat(timespec="minutes")
        late = (
            line.charted_at.astimezone(zone).isoformat(timespec="minutes")
            if line.charted_at
            else ""
        )
        cells = [cell.text for cell in line.cells]
        told = (
            line.scale,
            line.algorithm,
            line.more,
            line.who,
            line.state.value,
            line.reason or "",
        )
        rows.writerow(map(harmless, (when, late, *cells, *told)))
    return out.getvalue()


def harmless(value: object) -> str:
    """Write a value so that no spreadsheet runs it."""
    text = str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


assert len(HEADS) == len(ROWS)
routes = [
    *record_routes.routes,
    *plan_routes.routes,
    *fluid_routes.routes,
    get("/patients/{patient_id:uuid}/observations", observations, _VIEW, shows=_SHOWN),
    get("/patients/{patient_id:uuid}/observations.csv", as_file, _VIEW, shows=_SHOWN, fresh=True),
]
