"""Adding: beds are put on a ward by their numbers, all of them or none."""

import re
from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.errors import NotAllowed
from ward.beds.keep import MOST_ATTRIBUTES
from ward.beds.models import Bed
from ward.beds.open import open_bed
from ward.errors import Invalid
from ward.places.models import Ward
from ward.places.service import read_label
from ward.work import Work

MOST_BEDS = 200  # at once: more is a slip of the finger
_RANGE = re.compile(r"(\d{1,4})-(\d{1,4})")
_ATTRIBUTE = re.compile(r"[a-z][a-z0-9-]{0,39}")


async def add_beds(
    work: Work, ward: Ward, labels: Sequence[str], room_id: UUID | None, has: Sequence[str]
) -> None:
    """Put beds on a ward behind those that stand there, ready for their first patients."""
    last = await _last_place(work, ward, labels)
    for nth, label in enumerate(labels, last + 1):
        await open_bed(work, ward, label, position=nth, room_id=room_id, attributes=has)
    await work.flush()


async def _last_place(work: Work, on: Ward, wanted: Sequence[str]) -> int:
    """Give the position of the ward's last bed; refuse a number that stands already."""
    there = await work.every(select(Bed).where(Bed.ward_id == on.id), Permission.VIEW_BEDS)
    twice = sorted({bed.label for bed in there} & set(wanted))
    if twice:
        gone = next(bed.ended_at for bed in there if bed.label == twice[0])
        told = "had" if gone else "has"
        also = " Put it back instead." if gone else ""
        raise NotAllowed(f"{on.label} {told} a bed {twice[0]} already. No bed was added.{also}")
    return max((bed.position for bed in there), default=0)


def numbers(labels: Iterable[str]) -> list[str]:
    """Write ranges out: 01-03 is 01, 02, 03."""
    found: list[str] = []
    for label in labels:
        if many := _RANGE.fullmatch(label):
            first, last = int(many[1]), int(many[2])
            width = len(many[1])
            found += [f"{number:0{width}}" for number in range(first, last + 1)][: MOST_BEDS + 1]
            if last < first:
                raise Invalid({"labels": f"{label} ends before it begins."})
        else:
            found.append(read_label("A bed's number", label, 12))
    if len(found) > MOST_BEDS:
        raise Invalid({"labels": f"At most {MOST_BEDS} beds at once."})
    if len(set(found)) < len(found):
        raise Invalid({"labels": "A number is named twice."})
    return found


def attributes(given: Iterable[str]) -> list[str]:
    """Read what a bed has: side-room, oxygen."""
    words = sorted(set(given))
    for word in words:
        if not _ATTRIBUTE.fullmatch(word):
            raise Invalid({"attributes": f"{word!r} is no attribute; one looks like side-room."})
    if len(words) > MOST_ATTRIBUTES:
        raise Invalid({"attributes": f"A bed has at most {MOST_ATTRIBUTES} attributes."})
    return words
