"""Live: the board of a ward, and how full the wards of a branch are."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from domain.access import D0, D1, D2, D3, D4, D5, Permission
from domain.beds import choices
from ward import live
from ward.beds import queries
from ward.beds.parts import Parts, act_now
from ward.beds.queries import WardBoard
from ward.beds.tiles import ClinicalTile, Tile, clinical_tiles, tiles
from ward.live import Region, Screen
from ward.places.models import Branch, Ward
from ward.render import offered
from ward.work import Work

offered(choices)

# Who reads all of "full" cares for the patients; "desk" is for those who run the house.
VIEWS = {"full": {D0, D1, D2, D3, D4, D5}, "desk": {D0, D1}, "brief": {D0}, "wall": {D0}}


@live.screen("beds", Permission.VIEW_BEDS, of=Ward, views=VIEWS)
async def board(work: Work, ward_id: UUID) -> Screen:
    """Draw a ward's board: counters, who waits to come or go, and every bed."""
    ward = await queries.board(work, ward_id)
    parts = await queries.parts_of(work, ward.beds)
    moves = await queries.moves_of(work, ward_id)
    pending = list(moves.get("pending") or [])
    counted: list[Tile | ClinicalTile] = [*clinical_tiles(parts), *tiles(ward, parts, pending)]
    counters = [_counter(tile) for tile in counted]
    waiting = Region(
        f"pending-{ward_id}",
        "adt/_pending.html",
        {"ward_id": ward_id, "items": pending, "names": moves.get("names") or {}},
        patients=tuple(move.patient_id for move in pending),
        slot="pending",
    )
    cards = [
        Region(
            f"bed-{bed.id}",
            "beds/_bed.html",
            {"bed": bed, "parts": parts[bed.id]},
            queries.shown_on(parts[bed.id]),
            called=bed.label,
        )
        for bed in ward.beds
    ]
    context = {"ward": ward}
    wall = Screen("wall/_board.html", context, _on_the_wall([*counters, *cards]), zone=ward.zone)
    return Screen(
        "beds/_board.html",
        context,
        [*counters, _act(ward, parts), waiting, *cards],
        ward.zone,
        {"wall": wall},
    )


def _counter(tile: Tile | ClinicalTile) -> Region:
    """Draw a counter; where its class is not read, an empty place stands for it."""
    slot = "tiles" if isinstance(tile, ClinicalTile) else "flow"
    return Region(f"tile-{tile.key}", "beds/_tile.html", {"key": tile.key, "tile": tile}, slot=slot)


def _act(ward: WardBoard, parts: Mapping[UUID, Parts]) -> Region:
    """Draw who needs somebody now: a strip that keeps its height."""
    act = act_now(ward.beds, parts)
    who = {
        stay.patient_id: part.get("occupant")
        for part in parts.values()
        if (stay := part.get("stay"))
    }
    names = {one.patient_id: who.get(one.patient_id) for one in act.items}
    return Region("act-now", "beds/_act.html", {"act": act, "names": names}, tuple(names), "act")


@live.screen("wards", Permission.VIEW_PLACES, of=Branch, views={"house": {D0}})
async def wards(work: Work, branch_id: UUID) -> Screen:
    """Draw how full each ward of the branch is; each leads to its board."""
    zone = await queries.zone_of(work, branch_id)
    listed = await queries.capacity(work, branch_id)
    regions = [Region(f"ward-{ward.id}", "places/_ward.html", {"ward": ward}) for ward in listed]
    return Screen("places/_wards.html", {}, regions, zone=str(zone))


# What fits across a wall.
COUNTED = {"tile-occupied", "tile-free", "tile-unstaffed", "tile-in", "tile-home"}
WALL = {"beds/_bed.html": "wall/_bed.html", "beds/_tile.html": "wall/_count.html"}


def _on_the_wall(regions: list[Region]) -> list[Region]:
    """Show the same beds and counters from across the room: initials, big type."""
    return [
        replace(
            region,
            id=f"wall-{region.id.partition('-')[2]}",
            template=WALL[region.template],
            slot="tiles" if region.id in COUNTED else region.slot,
        )
        for region in regions
        if region.slot not in ("tiles", "flow") or region.id in COUNTED
    ]
