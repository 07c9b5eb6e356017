"""Live: a patient's own page, and a mark by which a page of free times knows that it is old."""

from hashlib import sha256
from uuid import UUID

from domain.access import D0, D2, Permission
from domain.spans import Span
from ward import live
from ward.live import Region, Screen
from ward.patients.models import Patient
from ward.places.models import Ward
from ward.portal import queries
from ward.portal.offers import offers_to
from ward.portal.queries import Visit
from ward.portal.whose import VIEW
from ward.scheduling import taken
from ward.scheduling.find import AHEAD
from ward.work import Work

FREE = Permission.VIEW_FREE
PAST = 20  # of the past, the latest


@live.screen("own", VIEW, of=Patient, views={"own": {D2}})
async def own_page(work: Work, patient_id: UUID) -> Screen:
    """Draw what a patient is offered, what comes, and what was."""
    visits = await queries.visits_of(work, patient_id)
    offers = await offers_to(work, patient_id)
    coming = [one for one in reversed(visits) if one.coming]
    past = [one for one in visits if not one.coming][:PAST]
    regions = [
        Region(f"offer-{one.id}", "portal/_offer.html", {"one": one}, (patient_id,), "offers")
        for one in offers
    ]
    regions += [_line(one, "portal/_coming.html", "coming", patient_id) for one in coming]
    regions += [_line(one, "portal/_past.html", "past", patient_id) for one in past]
    context = {"offers_made": bool(offers), "any_coming": bool(coming), "any_past": bool(past)}
    zone = visits[0].zone if visits else "Europe/London"
    return Screen("portal/_own.html", context, regions, zone=zone)


def _line(one: Visit, template: str, slot: str, patient_id: UUID) -> Region:
    return Region(f"visit-{one.id}", template, {"one": one}, (patient_id,), slot)


@live.screen("free", FREE, of=Ward, views={"mark": {D0}})
async def free_times(work: Work, ward_id: UUID) -> Screen:
    """Draw a mark that changes with what is taken; it says nothing of who or what."""
    ward = await work.access(Ward, ward_id, FREE)
    within = Span(work.now, work.now + AHEAD)
    free = sha256()
    for one in await taken.reservations_of(work, ward_id, within):
        free.update(f"{one.resource_id}{one.lane}{one.span.start}{one.span.end}".encode())
    for shut in await taken.closures_of(work, ward_id, within):
        free.update(f"{shut.id}".encode())
    for line in await taken.lines_of(work, ward_id):
        free.update(f"{line.id}".encode())
    context = {"ward_id": ward_id, "free": free.hexdigest()[:16]}
    return Screen(
        "portal/_free.html",
        {},
        [Region(f"free-now-{ward_id}", "portal/_mark.html", context)],
        zone=ward.zone,
    )
