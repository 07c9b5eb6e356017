"""Live: the results of one patient, the inbox of a ward, and its worklist of specimens."""

from uuid import UUID

from domain.access import D0, D1, D3, D5, Permission
from ward import live
from ward.labs import chart, checks, inbox, worklist
from ward.labs.checks import Doubted
from ward.labs.inbox import Line
from ward.labs.worklist import Wanted
from ward.live import Region, Screen
from ward.patients.heading import heading
from ward.patients.models import Patient
from ward.places.models import Ward
from ward.work import Work

VIEW = Permission.VIEW_LABS
CHART = {"full": {D0, D1, D3, D5}, "lab": {D1, D5}}
WARD = {"full": {D0, D1, D5}, "lab": {D1, D5}}


@live.screen("labs", VIEW, of=Patient, views=CHART)
async def labs(work: Work, patient_id: UUID) -> Screen:
    """Draw what waits, the grid, a trend, each report, and what was asked for."""
    head = await heading(work, patient_id, "labs")
    drawn = await chart.of(work, patient_id)
    mine, patients = {"patient_id": patient_id}, (patient_id,)
    shown = await chart.foremost(work, drawn, head.zone)
    orders = await worklist.orders(work, patient_id)
    regions = [
        *head.regions,
        Region(
            "labs-waiting", "labs/_waiting.html", mine | {"waiting": drawn.waiting}, patients,
            slot="waiting",
        ),
        Region("labs-grid", "labs/_grid.html", mine | {"grid": drawn.grid}, patients),
        Region("labs-trend", "labs/_trend.html", {"trend": shown}, patients, "beside"),
        Region("labs-orders", "labs/_orders.html", mine | {"orders": orders}, patients, "beside"),
        *[
            Region(f"report-{one.id}", "labs/_report.html", {"report": one}, patients, "reports")
            for one in drawn.reports
        ],
    ]  # fmt: skip
    frame = mine | {"earlier": drawn.earlier, "reports_shown": len(drawn.reports)}
    return Screen("labs/_screen.html", frame, regions, zone=str(head.zone))


@live.screen("results", VIEW, of=Ward, views=WARD)
async def results(work: Work, ward_id: UUID) -> Screen:
    """Draw the reports of a ward that nobody has acknowledged, the gravest first."""
    ward = await inbox.place(work, ward_id)
    listed = await inbox.of_ward(work, ward_id)
    context = {"ward": ward, "counts": inbox.counted(listed)}
    head = Region(f"results-{ward_id}-head", "labs/_inbox_head.html", context, slot="head")
    return Screen("labs/_inbox.html", {"ward": ward}, [head, *map(_line, listed)], ward.zone)


def _line(one: Line) -> Region:
    context = {"line": one.report, "who": one.who, "bed": one.bed}
    return Region(
        f"inbox-{one.report.id}", "labs/_inbox_line.html", context, (one.report.patient_id,)
    )


@live.screen("specimens", VIEW, of=Ward, views=WARD)
async def specimens(work: Work, ward_id: UUID) -> Screen:
    """Draw what is to be verified, to be collected, on its way, and at the laboratory."""
    ward = await inbox.place(work, ward_id)
    listed, doubted = await worklist.of_ward(work, ward_id), await checks.of_ward(work, ward_id)
    context = {"ward": ward, "counts": worklist.counted(listed, len(doubted))}
    head = Region(f"specimens-{ward_id}-head", "labs/_specimens_head.html", context, slot="head")
    regions = [head, *map(_doubted, doubted), *map(_wanted, listed)]
    return Screen("labs/_specimens.html", {"ward": ward}, regions, ward.zone)


def _doubted(one: Doubted) -> Region:
    context = {"check": one.check, "who": one.who, "bed": one.bed}
    patients = (one.check.patient_id,)
    return Region(f"check-{one.check.id}", "labs/_check.html", context, patients)


def _wanted(one: Wanted) -> Region:
    context = {"specimen": one.specimen, "who": one.who, "bed": one.bed}
    return Region(
        f"specimen-{one.specimen.id}",
        "labs/_specimen.html",
        context,
        (one.specimen.patient_id,),
    )
