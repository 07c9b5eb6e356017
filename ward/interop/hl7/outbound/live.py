"""Live: what waits for other systems; of the whole house, so every branch sees the same."""

from uuid import UUID

from domain.access import D0, Permission
from ward import live
from ward.interop.hl7.outbound import queries
from ward.live import Region, Screen
from ward.places.models import Branch
from ward.work import Work


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
    context = {"empty": [slot for slot, listed in lists if not listed], "anybody": shown.anybody}
    return Screen("hl7/_outbound.html", context, [*tiles, *lines], zone=branch.zone)
