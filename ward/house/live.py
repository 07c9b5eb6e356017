"""Live: the places of a branch, and a ward's rooms and beds, for whoever runs the house.

How a bed is, and who lies there, is the board's matter: this shows what there is.
"""

from uuid import UUID

from domain.access import D0, Permission
from ward import live
from ward.house import queries
from ward.live import Region, Screen
from ward.places.models import Branch, Ward
from ward.work import Work

MAY = Permission.OPEN_PLACES
VIEWS = {"house": {D0}}


@live.screen("places", MAY, of=Branch, views=VIEWS)
async def places(work: Work, branch_id: UUID) -> Screen:
    """Draw the branch and its wards, the open and the closed."""
    tree = await queries.branch_tree(work, branch_id)
    region = Region(f"branch-{branch_id}", "house/_branch.html", {"tree": tree})
    return Screen("house/_around.html", {}, [region], zone=tree.zone)


@live.screen("place", MAY, of=Ward, views=VIEWS)
async def place(work: Work, ward_id: UUID) -> Screen:
    """Draw a ward's name, its rooms and beds, and what was done to them."""
    tree = await queries.ward_tree(work, ward_id)
    changes = await queries.changes(work, ward_id)
    regions = [
        Region("place-head", "house/_ward_head.html", {"line": tree.ward}),
        Region("place-rooms", "house/_rooms.html", {"tree": tree}),
        Region("history", "house/_history.html", {"changes": changes}),
    ]
    return Screen("house/_around.html", {}, regions, zone=tree.ward.zone)
