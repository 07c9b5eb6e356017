"""Live: the tablets and wallboards of the house; every branch sees the same."""

from uuid import UUID

from domain.access import D0, Permission
from ward import live
from ward.live import Region, Screen
from ward.places.models import Branch
from ward.users import screens
from ward.users.screens import Tablet, Wall
from ward.work import Work


@live.screen("devices", Permission.MANAGE_USERS, of=Branch, views={"house": {D0}})
async def devices(work: Work, branch_id: UUID) -> Screen:
    """Draw what is enrolled: who has a PIN there by number, and when a wall was last seen."""
    branch = await work.access(Branch, branch_id, screens.SEE)
    tablets, walls = await screens.tablets(work), await screens.walls(work)
    regions = [_region(one, "users/_tablet.html", "tablets") for one in tablets]
    regions += [_region(one, "users/_wall.html", "walls") for one in walls]
    context = {"some": {"tablets": bool(tablets), "walls": bool(walls)}}
    return Screen("users/_devices.html", context, regions, zone=branch.zone)


def _region(one: Tablet | Wall, template: str, slot: str) -> Region:
    return Region(f"device-{one.id}", template, {"one": one}, slot=slot)
