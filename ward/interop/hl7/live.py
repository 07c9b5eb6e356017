"""Live: the intake page of a branch. Messages belong to the house: every branch sees the same."""

from uuid import UUID

from domain.access import D0, Permission
from ward import live
from ward.interop.hl7 import queries
from ward.interop.hl7.outbound.queries import refused
from ward.live import Region, Screen
from ward.places.models import Branch
from ward.work import Work


@live.screen("messages", Permission.WATCH_MESSAGES, of=Branch, views={"desk": {D0}})
async def intake(work: Work, branch_id: UUID) -> Screen:
    """Draw what came in, what waits for a person and what went wrong; no content, no names."""
    branch = await work.access(Branch, branch_id, Permission.WATCH_MESSAGES)
    shown = await queries.overview(work)
    tiles = [
        Region(f"hl7-{count.key}", "hl7/_tile.html", {"count": count}, slot="tiles")
        for count in shown.counts
    ]
    lists = (("review", shown.review), ("dead", shown.dead), ("recent", shown.recent))
    lines = [
        Region(f"message-{line.id}", "hl7/_line.html", {"line": line}, slot=slot)
        for slot, listed in lists
        for line in listed
    ]
    empty = [slot for slot, listed in lists if not listed]
    context = {"empty": empty, "refused": await refused(work)}
    return Screen("hl7/_intake.html", context, [*tiles, *lines], zone=branch.zone)
