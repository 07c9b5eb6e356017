"""Live: the queue of a clinic, and the numbers that its public screen calls."""

from uuid import UUID

from domain.access import D0, D1, D2, Permission
from ward import live
from ward.arrivals import queue
from ward.arrivals.queue import Guest, Queue
from ward.live import Region, Screen
from ward.places.models import Ward
from ward.work import Work

PLACES = ("waiting", "called", "in-room", "expected", "done")
_QUEUE = {"full": {D0, D1, D2}}
_TICKETS = {"full": {D0}, "wall": {D0}}  # whoever passes by reads it: numbers, never a name


@live.screen("queue", Permission.VIEW_QUEUE, of=Ward, views=_QUEUE)
async def waiting_room(work: Work, ward_id: UUID) -> Screen:
    """Draw who is expected today, who waits and since when, who is called, and who was seen."""
    found = await queue.read(work, ward_id)
    counts = {place: len(found.at(place)) for place in PLACES}
    regions = [_line(found, one, place) for place in PLACES for one in found.at(place)]
    context = {"ward_id": ward_id, "counts": counts}
    return Screen("arrivals/_queue.html", context, regions, zone=found.ward.zone)


def _line(found: Queue, one: Guest, place: str) -> Region:
    context = {"one": one, "who": found.who.get(one.patient_id)}
    slot = place.replace("-", "_")
    name = f"guest-{one.appointment_id}"
    return Region(name, "arrivals/_guest.html", context, (one.patient_id,), slot=slot)


@live.screen("tickets", Permission.VIEW_TICKETS, of=Ward, views=_TICKETS)
async def numbers(work: Work, ward_id: UUID) -> Screen:
    """Draw the numbers that are called and their rooms, the newest first."""
    ward = await work.access(Ward, ward_id, queue.TICKETS)
    shown, waiting = await queue.called(work, ward)
    regions = [
        Region(f"ticket-{one.ticket_id}", "arrivals/_ticket.html", {"one": one}) for one in shown
    ]
    context = {"waiting": waiting, "nobody": not shown}
    return Screen("arrivals/_tickets.html", context, regions, zone=ward.zone)
