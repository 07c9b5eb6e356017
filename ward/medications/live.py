"""Live: the medicines chart of one patient, today.

A screen has no parameters, so it shows the present day; another day is drawn once, for whoever
asks. Each line is a region of its own: a dose that is given changes its line and the numbers above.
The order of the lines in the frame never changes; the page sorts them and keeps what it sorted.
"""

from typing import Any
from uuid import UUID

from domain.access import D0, D1, D3, D4, Permission
from ward import live
from ward.live import Region, Screen
from ward.medications import chart
from ward.medications.chart import Chart, LineView
from ward.medications.chart_days import days_of
from ward.patients.heading import heading
from ward.patients.models import Patient
from ward.work import Work

VIEWS = {"full": {D0, D1, D3, D4}}


@live.screen("medications", Permission.VIEW_MEDICATIONS, of=Patient, views=VIEWS)
async def medications(work: Work, patient_id: UUID) -> Screen:
    """Draw what is due and was given, who is at the bedside, and what changed."""
    head = await heading(work, patient_id, "medications")
    drawn = await chart.of(work, head.patient, days_of(None, work.now, head.zone))
    regions = [
        *head.regions,
        *_around(drawn, patient_id),
        *[line_region(one, patient_id) for one in drawn.lines],
    ]
    frame = {"patient_id": patient_id}
    return Screen("medications/_screen.html", frame, regions, zone=str(head.zone))


def _around(drawn: Chart, patient_id: UUID) -> list[Region]:
    """Draw what stands over the lines."""
    context: dict[str, Any] = {"counts": drawn.counts, "patient_id": patient_id, "pre": ""}

    def region(name: str, slot: str, **more: Any) -> Region:
        template = f"medications/_{name.removeprefix('mar-')}.html"
        return Region(name, template, context | more, (patient_id,), slot)

    return [
        region("mar-counts", "counts"),
        region("mar-asks", "asks"),
        region("mar-claims", "notes", claims=drawn.claims),
        region("mar-changes", "notes", changes=drawn.changes),
        region("mar-head", "head", head=drawn.head),
        region("mar-none", "empty"),
    ]


def line_region(line: LineView, patient_id: UUID) -> Region:
    """Draw one line: in the grid, or among those as required."""
    as_required = line.prn is not None
    template = "medications/_prn_line.html" if as_required else "medications/_line.html"
    slot = "prn" if as_required else "regions"
    return Region(f"line-{line.id}", template, {"line": line, "pre": ""}, (patient_id,), slot)
