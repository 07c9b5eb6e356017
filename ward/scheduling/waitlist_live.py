"""Waiting list, live: who is offered what and until when, and who is next."""

from uuid import UUID

from domain.access import D0, D1, D2
from ward import live
from ward.live import Region, Screen
from ward.places.models import Ward
from ward.scheduling import waitlist_look
from ward.scheduling.waitlist_look import SEE, Line, Listed
from ward.work import Work


@live.screen("waitlist", SEE, of=Ward, views={"full": {D0, D1, D2}})
async def waiting_list(work: Work, ward_id: UUID) -> Screen:
    """Draw the times that are kept for patients, and those who wait in the order of the line."""
    found = await waitlist_look.read(work, ward_id)
    regions = [_line(found, one, "offered") for one in found.offered]
    regions += [_line(found, one, "waiting") for one in found.waiting]
    counts = {"offered": len(found.offered), "waiting": len(found.waiting)}
    return Screen("scheduling/_waitlist.html", {"counts": counts}, regions, zone=found.ward.zone)


def _line(found: Listed, one: Line, slot: str) -> Region:
    context = {"one": one, "who": found.who.get(one.patient_id), "ward_id": found.ward.id}
    return Region(f"wait-{one.id}", "scheduling/_wait.html", context, (one.patient_id,), slot=slot)
