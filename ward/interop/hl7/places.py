"""Places: what a sender's words for a place mean here."""

import hashlib
import json

from sqlalchemy import func, or_, select

from domain.access import Permission
from ward.beds.models import Bed
from ward.beds.queries import find_bed
from ward.interop.hl7.adt import Sender
from ward.interop.hl7.datatypes import Place
from ward.interop.hl7.models import Hl7Place, ReviewReason
from ward.interop.hl7.waits import Waits
from ward.places.former import called_before
from ward.places.models import Branch, PlaceKind, Ward
from ward.work import Work

_SEE = Permission.VIEW_BEDS


async def find(work: Work, sender: Sender, place: Place) -> Bed | Ward:
    """Find the bed, or the ward when no bed is named; else wait until somebody maps the words."""
    found = await known(work, sender, place)
    if found is None:
        words = str(place)
        sentence = f"{words.replace('^', ' ').strip()} is not a bed or ward known here."
        raise Waits(ReviewReason.UNKNOWN_PLACE, sentence, place=words)
    return found


async def known(work: Work, sender: Sender, place: Place) -> Bed | Ward | None:
    """Look among our own labels, then what was mapped for this sender, then former names."""
    return (
        await _labelled(work, place)
        or await _mapped(work, sender, str(place))
        or await _formerly(work, place)
    )


def mark(sender: Sender, words: str) -> bytes:
    """Give the one value by which a sender's place is unique, however long its words."""
    return hashlib.sha256(
        json.dumps([sender.application, sender.facility, words]).encode()
    ).digest()


async def _labelled(work: Work, place: Place) -> Bed | Ward | None:
    """PV1-3 `ward^room^bed` names a bed by the ward's and the bed's label."""
    ward = await _ward(work, place)
    if ward is None or not place.bed:
        return ward
    return await find_bed(work, ward.id, place.bed)


async def _ward(work: Work, place: Place) -> Ward | None:
    """Find a ward by its label or short form; one that two branches use needs the facility."""
    words = place.ward.strip().lower()
    if not words:
        return None
    named = select(Ward).where(
        Ward.ended_at.is_(None),
        or_(func.lower(Ward.label) == words, func.lower(Ward.code) == words),
    )
    found = await work.every(named, _SEE)
    if len(found) > 1:
        here = select(Branch).where(func.lower(Branch.label) == place.facility.strip().lower())
        branches = {branch.id for branch in await work.every(here, Permission.VIEW_PLACES)}
        found = [ward for ward in found if ward.branch_id in branches]
    return found[0] if len(found) == 1 else None


async def _mapped(work: Work, sender: Sender, words: str) -> Bed | Ward | None:
    named = select(Hl7Place).where(Hl7Place.mark == mark(sender, words))
    rows = await work.every(named, Permission.REVIEW_MESSAGES)
    if not rows:
        return None
    if rows[0].bed_id is not None:
        bed = await work.access(Bed, rows[0].bed_id, _SEE)
        return bed if bed.ended_at is None else None
    assert rows[0].ward_id is not None
    ward = await work.access(Ward, rows[0].ward_id, _SEE)
    return ward if ward.ended_at is None else None


async def _formerly(work: Work, place: Place) -> Bed | Ward | None:
    """Find what was called so before it was renamed, unless two places were."""
    ward = await _ward(work, place)
    if ward is None and place.ward.strip():
        were = await called_before(work, PlaceKind.WARD, place.ward)
        wards = select(Ward).where(Ward.id.in_(were), Ward.ended_at.is_(None))
        found = await work.every(wards, _SEE) if were else []
        ward = found[0] if len(found) == 1 else None
    if ward is None or not place.bed:
        return ward
    bed = await find_bed(work, ward.id, place.bed)
    if bed is not None:
        return bed
    were = await called_before(work, PlaceKind.BED, place.bed)
    beds = select(Bed).where(Bed.id.in_(were), Bed.ward_id == ward.id, Bed.ended_at.is_(None))
    there = await work.every(beds, _SEE) if were else []
    return there[0] if len(there) == 1 else None
