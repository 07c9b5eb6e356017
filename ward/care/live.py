"""Live: the care view of a ward: patients by hours, each patient a region."""

from uuid import UUID

from domain.access import D0, D1, D3, D4, Permission
from ward import live
from ward.care.grid import Patient, care
from ward.live import Region, Screen
from ward.places.models import Ward
from ward.work import Work

VIEWS = {"full": {D0, D1, D3, D4}}


@live.screen("care", Permission.VIEW_MEDICATIONS, of=Ward, views=VIEWS)
async def view(work: Work, ward_id: UUID) -> Screen:
    """Draw what is to be given and done on the ward over a day and a half."""
    found = await care(work, ward_id)
    regions = [
        Region("care-counts", "care/_counts.html", {"head": found.head}, slot="counts"),
        Region("care-hours", "care/_hours.html", {"hours": found.hours}, slot="hours"),
        *map(_line, found.patients),
    ]
    return Screen("care/_care.html", {"ward": found.ward}, regions, zone=found.ward.zone)


def _line(one: Patient) -> Region:
    context = {"where": one.where, "who": one.who, "line": one.line}
    patient = one.where.patient_id
    return Region(f"care-{patient}", "care/_patient.html", context, (patient,))
