"""Live: what waits for other systems; of the whole house, so every branch sees the same."""

from uuid import UUID

from domain.access import D0, Permission
from ward import live
from ward.interop.hl7.outbound import queries, receiver_queries
from ward.live import Region, Screen
from ward.places.models import Branch
from ward.work import Work


@live.screen("receivers", Permission.WATCH_MESSAGES, of=Branch, views={"desk": {D0}})
async def receivers(work: Work, branch_id: UUID) -> Screen:
    """Draw who is told what, and how each takes it: what waits, was taken, and went wrong."""
    branch = await work.access(Branch, branch_id, Permission.WATCH_MESSAGES)
    regions = [
        Region(f"receiver-{line.name}", "hl7/_receiver_line.html", {"line": line})
        for line in await receiver_queries.lines(work)
    ]
    context = {"nobody": not regions}
    return Screen("hl7/_receivers.html", context, regions, zone=branch.zone)


@live.screen("outbound", Permission.WATCH_MESSAGES, of=Branch, views={"desk": {D0}})
async def outbound(work: Work, branch_id: UUID) -> Screen:
    """Draw what was refused, what waits and what was taken; no content, no names."""
    branch = await work.access(Branch, branch_id, Permission.WATCH_MESSAGES)
    shown = await queries.overview(work)
    tiles = [
        Region(f"hl7-{count.key}", "hl7/_tile.html", {"count": count}, slot="tiles")
        for count in shown.counts
    ]
    lists = (("dead", shown.dead), ("waiting", shown.waiting), ("recent", shown.recent))
    lines = [
        Region(f"outbound-{line.id}", "hl7/_out_line.html", {"line": line}, slot=slot)
        for slot, listed in lists
        for line in listed
    ]
    context = {"empty": [slot for slot, listed in lists if not listed], "told": shown.told}
    return Screen("hl7/_outbound.html", context, [*tiles, *lines], zone=branch.zone)
