"""Past routes: the history of a line, as a sheet and as a file; the chart on paper; the scan."""

import csv
import io
from datetime import datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D3, D4, Permission
from domain.display import day_of, time_of
from ward import paper
from ward.medications import chart, past
from ward.medications.chart import LineView
from ward.medications.chart_cells import Look
from ward.medications.chart_days import days_of
from ward.medications.line import lines
from ward.patients import banner
from ward.patients.models import Patient
from ward.security.limits import EXPORT
from ward.web import document, get, sheet
from ward.work import Work, work_of

VIEW = Permission.VIEW_MEDICATIONS
SHOWN = {D0, D1, D3, D4}
ON_PAPER = timedelta(hours=24)
EMPTY_LINES, EMPTY_BOXES = 12, 6
HEADS = ("Medicine", "When", "What", "By", "Details", "Written down", "Entered in error")


async def history(request: Request) -> Response:
    """Draw everything that was done with one order, what was taken back included."""
    async with work_of(request) as work:
        found = await past.past(work, request.path_params["request_id"])
        patient, person = await banner.who(work, found.patient_id)
        zone = str(await banner.zone_of(work, patient))
        return sheet(
            request,
            "medications/_history.html",
            title="History",
            past=found,
            **await banner.head(work, patient, person),
            zone=zone,
        )


async def scan_sheet(request: Request) -> Response:
    """Draw the field that takes a code, for whoever has no scanner."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        await work.access(Patient, patient_id, Permission.GIVE_MEDICATION)
        patient, person = await banner.who(work, patient_id)
        return sheet(
            request,
            "medications/_scan.html",
            title="Scan",
            patient_id=patient_id,
            **await banner.head(work, patient, person),
        )


async def as_file(request: Request) -> Response:
    """Give the history of every order as a file that no spreadsheet takes for formulas."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        patient, _ = await banner.who(work, patient_id)
        await work.node.limits.spend(EXPORT, str(work.actor.id))
        zone = await banner.zone_of(work, patient)
        orders = await lines(work, patient_id, VIEW, standing=False)
        found = [await past.past(work, one.request.id) for one in orders]
        text = _written(found, zone)
    headers = {"content-disposition": 'attachment; filename="medicines.csv"'}
    return Response("\ufeff" + text, media_type="text/csv; charset=utf-8", headers=headers)


def _written(found: list[past.Past], zone: tzinfo) -> str:
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(HEADS)
    for order in found:
        for one in reversed(order.rows):
            later = _local(one.written_at, zone) if one.written_at else ""
            told = (order.words.whole, _local(one.at, zone), one.what, one.who)
            rows.writerow(map(harmless, (*told, ", ".join(one.more), later, one.wrong)))
    return out.getvalue()


def _local(at: datetime, zone: tzinfo) -> str:
    return at.astimezone(zone).isoformat(timespec="minutes")


def harmless(text: str) -> str:
    """Write a value so that no spreadsheet runs it."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


# ------------------------------------------------------------------------------------- on paper


async def printed(request: Request) -> Response:
    """Print what is to be given in the next 24 hours, with room to sign; or empty lines alone."""
    patient_id = request.path_params["patient_id"]
    blank = request.query_params.get("blank") == "yes"
    async with work_of(request) as work:
        patient, person = await banner.who(work, patient_id)
        zone = await banner.zone_of(work, patient)
        told = await banner.allergies_on(work, patient)
        data: dict[str, Any] = {
            "blank": blank,
            "allergies": _allergies(told),
            "until": _moment(work.now + ON_PAPER, zone),
            "lines": [] if blank else await _lines(work, patient_id, zone),
            "empty": EMPTY_LINES if blank else EMPTY_LINES // 4,
            "boxes": EMPTY_BOXES,
        }
        identity = " · ".join(
            [
                person.shown,
                f"Born {person.born.words if person.born else 'not recorded'}",
                *(" ".join(number.labelled) for number in person.best_numbers),
            ]
        )
        made = await paper.pdf("mar", data, paper.stamp(work, identity, zone))
        return document(request, made, "medicines.pdf")


def _allergies(told: banner.Allergies | None) -> str:
    if told is None:
        return "Allergies unavailable"
    if not told.items:
        return {"none-known": "No known allergies"}.get(told.state.value, "Allergies not recorded")
    named = (f"{one.substance} ({one.reaction})" if one.reaction else one.substance
             for one in told.items)  # fmt: skip
    return f"Known allergies {', '.join(named)}"


async def _lines(work: Work, patient_id: UUID, zone: tzinfo) -> list[dict[str, Any]]:
    """Write each standing order with its doses of the next 24 hours."""
    patient = await work.access(Patient, patient_id, VIEW)
    today = days_of(None, work.now, zone)
    found = await chart.of(work, patient, today)
    return [
        {
            "drug": line.words.plain,
            "line": line.words.whole,
            "notes": [f"{note.word} {note.text}".strip() for note in line.notes],
            "doses": _boxes(line, work.now, zone),
            "asked": line.prn is not None,
        }
        for line in found.lines
        if line.status.stands
    ]


def _boxes(line: LineView, now: datetime, zone: tzinfo) -> list[str]:
    """Head each box with day, time and amount, and with what keeps the dose from being given."""
    found = []
    for dose in line.ahead:
        if dose.due_at < now + ON_PAPER:
            at = dose.due_at.astimezone(zone)
            barred = {Look.LOCKED: "changed, read first", Look.WITHHELD: "withheld"}
            words = (f"{at:%a}", dose.due, dose.amount, barred.get(dose.look, ""))
            found.append(" ".join(filter(None, words)))
    return found


def _moment(at: datetime, zone: tzinfo) -> str:
    return f"{day_of(at.astimezone(zone).date())} {time_of(at, zone)}"


_PATIENT = "/patients/{patient_id:uuid}"
routes = [
    get("/orders/{request_id:uuid}/history", history, VIEW, shows=SHOWN),
    get(f"{_PATIENT}/medications.csv", as_file, VIEW, shows=SHOWN, fresh=True),
    get(f"{_PATIENT}/medications/print", printed, VIEW, shows=SHOWN),
    get(
        f"{_PATIENT}/medications/scan",
        scan_sheet,
        Permission.GIVE_MEDICATION,
        shows={D1, D4},
        scans=True,
    ),
]
