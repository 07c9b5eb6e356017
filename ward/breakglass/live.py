"""Live: the strip of what one has opened, the ward's notices, and the queue of reviews."""

from uuid import UUID

from domain.access import D0, D1, D9, Permission
from ward import live
from ward.breakglass import queries
from ward.live import Region, Screen
from ward.places.models import Branch, Ward
from ward.security.models import User
from ward.work import Work

HEAR, CASES = Permission.HEAR_GLASS, Permission.VIEW_GLASS_CASES


@live.screen("glass", Permission.VIEW_GLASS, of=User, views={"mine": {D0}})
async def glass(work: Work, user_id: UUID) -> Screen:
    """Draw what a person has opened without a relation, and until when."""
    strips = await queries.strips_of(work, user_id)
    shown = [Region(f"strip-{one.id}", "breakglass/_strip.html", {"strip": one}) for one in strips]
    return Screen("breakglass/_strips.html", {}, shown, zone=await queries.zone(work, None))


@live.screen("told", HEAR, of=Ward, views={"charge": {D0, D1}})
async def told(work: Work, ward_id: UUID) -> Screen:
    """Draw who opened which record of a ward's patients, for the nurse in charge."""
    ward = await work.access(Ward, ward_id, Permission.VIEW_PLACES)
    rows = await queries.told_on(work, ward_id)
    named = await queries.named_here(work, rows)
    regions = [
        Region(
            f"notice-{notice.id}",
            "breakglass/_notice.html",
            {"notice": notice, "person": named.get(row.patient_id)},
            (row.patient_id,),
        )
        for row, notice in zip(rows, await queries.notices(work, rows), strict=True)
    ]
    context = {"ward": ward.label, "any": bool(rows)}
    return Screen("breakglass/_told.html", context, regions, zone=await queries.zone(work, ward_id))


@live.screen("toldbell", HEAR, of=Ward, views={"charge": {D0}})
async def toldbell(work: Work, ward_id: UUID) -> Screen:
    """Draw on every page of the nurse in charge how many notices nobody has read."""
    ward = await work.access(Ward, ward_id, Permission.VIEW_PLACES)
    rows = [row for row in await queries.told_on(work, ward_id) if row.seen_at is None]
    context = {"bell_id": f"told-count-{ward_id}", "count": len(rows), "ward": ward.label}
    region = Region(f"told-count-{ward_id}", "breakglass/_told_bell.html", context)
    return Screen("alerts/_bells.html", {}, [region], zone=await queries.zone(work, ward_id))


@live.screen("glasses", CASES, of=Branch, views={"office": {D0}})
async def glasses(work: Work, branch_id: UUID) -> Screen:
    """Draw the cases that wait for their review, and those that were closed last."""
    branch = await work.access(Branch, branch_id, Permission.VIEW_PLACES)
    eyes = work.watched(queries.READER, frozenset({D0, D9}))
    waiting, closed = await queries.waiting(eyes), await queries.closed(eyes)
    drawn = await queries.notices(eyes, [*waiting, *closed])
    regions = [
        Region(
            f"case-{one.id}",
            "breakglass/_line.html",
            {"notice": one},
            slot="regions" if one.closed_at is None else "closed",
        )
        for one in drawn
    ]
    context = {"waiting": len(waiting), "ended": bool(closed)}
    return Screen("breakglass/_queue.html", context, regions, zone=branch.zone)


@live.screen("glassbell", CASES, of=Branch, views={"office": {D0}})
async def glassbell(work: Work, branch_id: UUID) -> Screen:
    """Draw on every page of the privacy officer how many cases wait, and how many too long."""
    branch = await work.access(Branch, branch_id, Permission.VIEW_PLACES)
    eyes = work.watched(queries.READER, frozenset({D0, D9}))
    waiting = await queries.notices(eyes, await queries.waiting(eyes))
    context = {
        "count": len(waiting),
        "overdue": sum(one.overdue for one in waiting),
        "running": sum(one.running for one in waiting),
    }
    region = Region("glass-count", "breakglass/_bell.html", context)
    return Screen("alerts/_bells.html", {}, [region], zone=branch.zone)
