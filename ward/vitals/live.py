"""Live: the observation chart of one patient.

A screen has no parameters, so its picture holds the three ranges that are looked at, 24 h, 72 h
and 7 d, each a region; the page shows one of them. A new set moves the axis, so every row of a
range changes with it: a row as a region of its own would save nothing. "All" is drawn once, for
whoever asks.
"""

from uuid import UUID

from domain.access import D0, D1, D3, Permission
from ward import live
from ward.live import Region, Screen
from ward.patients.heading import heading
from ward.patients.models import Patient
from ward.vitals import page
from ward.vitals.chart import RANGES
from ward.work import Work

VIEWS = {"full": {D0, D1, D3}}


@live.screen("observations", Permission.VIEW_VITALS, of=Patient, views=VIEWS)
async def observations(work: Work, patient_id: UUID) -> Screen:
    """Draw what is due, the chart in its ranges, the table with the same numbers, and fluids."""
    head = await heading(work, patient_id, "observations")
    read = await page.read(work, head.patient, head.zone)
    patients = (patient_id,)
    context = {"patient_id": patient_id, "bedside": read.bedside}
    now = context | page.present(read)
    ranges = [
        Region(
            f"obs-{one.key}",
            "vitals/_chart.html",
            {"chart": read.charts[one.key], "range": one.key, "label": one.label},
            patients,
        )
        for one in RANGES
    ]
    regions = [
        *head.regions,
        Region("obs-now", "vitals/_now.html", now, patients, slot="now"),
        *ranges,
        Region("obs-table", "vitals/_table.html", {"table": read.table}, patients),
        Region(
            "fluids", "vitals/_fluids.html", {"fluids": read.fluids, "patient_id": patient_id},
            patients, slot="below",
        ),
    ]  # fmt: skip
    frame = {"patient_id": patient_id, "ranges": [(one.key, one.label) for one in RANGES]}
    return Screen("vitals/_screen.html", frame, regions, zone=str(head.zone))
