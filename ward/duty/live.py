"""Live: the roster of a ward."""

from uuid import UUID

from domain.access import D0, D3, Permission
from ward import live
from ward.duty.roster import Line, roster
from ward.live import Region, Screen
from ward.places.models import Ward
from ward.work import Work

# How much there is to do tells of patients: it is for those who care for them.
VIEWS = {"care": {D0, D3}, "desk": {D0}}


@live.screen("duty", Permission.VIEW_DUTY, of=Ward, views=VIEWS)
async def duty(work: Work, ward_id: UUID) -> Screen:
    """Draw who is on duty, each nurse's beds and load, and the beds that no nurse has."""
    drawn = await roster(work, ward_id)
    loose = Region(
        f"loose-{ward_id}", "duty/_loose.html", {"loose": drawn.loose}, drawn.unheld, "loose"
    )
    frame = {"ward_id": ward_id, "nobody": not drawn.lines}
    return Screen("duty/_roster.html", frame, [loose, *map(_line, drawn.lines)], drawn.zone)


def _line(line: Line) -> Region:
    context = {"person": line.person, "load": line.load}
    return Region(f"duty-{line.person.id}", "duty/_person.html", context, line.patients)
