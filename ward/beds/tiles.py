"""Tiles: the counters over a board; each is a filter of its cards."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from domain.access import D0, D3
from domain.beds import BedStatus
from domain.infants import Kin
from ward.beds.parts import COUNTED, marks
from ward.beds.queries import BedCard, WardBoard, unready
from ward.projections import projection


@projection(D0)
class Tile:
    """One counter; `filter` is a word of the cards' data-is."""

    key: str
    label: str
    count: int
    total: int | None = None
    tone: str | None = None
    icon: str | None = None
    filter: str | None = None


@projection(D3)
class ClinicalTile:
    """A counter of what only those who care for the patients may know."""

    key: str
    label: str
    count: int
    total: int | None = None
    tone: str | None = None
    icon: str | None = None
    filter: str | None = None


def clinical_tiles(parts: Mapping[UUID, Mapping[str, Any]]) -> list[ClinicalTile]:
    """Count the marks that higher modules' parts put on the cards."""
    marked = [word for one in parts.values() for word in set(marks(one))]
    return [
        ClinicalTile(
            one.key,
            one.label,
            count := marked.count(one.mark),
            tone=one.tone if count else None,
            icon=one.icon,
            filter=one.mark,
        )
        for one in COUNTED
    ]


def tiles(
    ward: WardBoard, parts: Mapping[UUID, Mapping[str, Any]], pending: Sequence[Any]
) -> list[Tile]:
    """Count what the cards below show, and who waits to come."""
    beds = ward.beds
    stays = [stay for bed in beds if (stay := parts[bed.id].get("stay"))]
    home = [stay for stay in stays if stay.home_today]
    out = [stay for stay in stays if stay.home_today or stay.pending]
    counted = [
        Tile("occupied", "Occupied", sum(bed.taken for bed in beds), len(beds), filter="occupied"),
        Tile("free", "Free", sum(bed.free for bed in beds), icon="check", filter="free"),
        Tile("unready", "Not ready", sum(map(unready, beds)), icon="sparkles", filter="unready"),
        Tile("in", "Coming in", _coming(beds, pending), icon="arrow-down", filter="in"),
        Tile("out", "Going out", len(out), icon="arrow-up", filter="out"),
        Tile("home", "Home today", len(home), icon="house", filter="home"),
        Tile("isolation", "Isolation", _isolated(beds), icon="shield", filter="isolation"),
    ]
    if kin := [stay.kin for stay in stays if stay.kin]:
        mothers = kin.count(Kin.MOTHER)
        counted.append(
            Tile(
                "kin", "Mothers / infants", mothers, len(kin) - mothers, icon="users", filter="kin"
            )
        )
    if ward.staffed is not None and ward.staffed < len(beds):
        counted.append(Tile("unstaffed", "Not staffed", len(beds) - ward.staffed, icon="users"))
    return counted


def _coming(beds: Sequence[BedCard], pending: Sequence[Any]) -> int:
    """Count once whoever is asked for and has a bed reserved already."""
    asked = {move.encounter_id for move in pending if move.direction == "in"}
    return len(asked | {bed.held_for for bed in beds if bed.held_for is not None and not bed.taken})


def _isolated(beds: Sequence[BedCard]) -> int:
    return sum(bed.status is BedStatus.ISOLATED for bed in beds)
