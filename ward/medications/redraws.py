"""Redraws: instants at which the chart of medicines is another although nobody writes.

A day begins, and what is due at night stands in its own column; a limit of an order as required
ends. Windows of doses are planning's.
"""

from datetime import timedelta

from domain.access import Permission
from domain.orders import OrderKind
from realtime.topics import Topic
from ward import jobs
from ward.medications.chart_days import DAY, days_of
from ward.medications.events import (
    AdministrationCorrected,
    DoseGiven,
    DosesPlanned,
    MedicationPrescribed,
    OfDose,
    OfOrder,
)
from ward.medications.line import lines
from ward.medications.models import MedicationAdministration
from ward.patients import banner
from ward.patients.models import Patient
from ward.work import Work

VIEW = Permission.VIEW_MEDICATIONS
LIMIT = timedelta(hours=24)  # domain.prn: both limits look back a day
MAY = {VIEW, Permission.VIEW_PLACES, Permission.VIEW_PATIENT}


@jobs.when(MedicationPrescribed, DosesPlanned, may=MAY)
async def day_begins(work: Work, event: OfOrder) -> None:
    """Have the chart drawn when the next day of the ward begins; planning says so every day."""
    patient = await work.access(Patient, event.patient_id, VIEW)
    zone = await banner.zone_of(work, patient)
    today = days_of(None, work.now, zone)
    work.due(Topic("medications", patient.id), today.midnight(today.today + DAY))


@jobs.when(DoseGiven, AdministrationCorrected, may=MAY)
async def limit_ends(work: Work, event: OfDose) -> None:
    """Have the chart drawn when a medicine as required may be given again."""
    given = await work.access(MedicationAdministration, event.administration_id, VIEW)
    topic = Topic("medications", event.patient_id)
    for line in await lines(work, event.patient_id, VIEW):
        if line.detail.kind is not OrderKind.AS_REQUIRED:
            continue
        limits = line.detail.limits
        minutes = limits.min_interval_minutes if limits else None
        ends = [LIMIT, *([timedelta(minutes=minutes)] if minutes else [])]
        for at in (given.occurred_at + end for end in ends):
            if at > work.now:
                work.due(topic, at)
