"""Parts: what higher modules bring to a card, and how the board counts and ranks by it.

A part of a card may have, beside what its own template place shows: `marks`, words by which the
board filters and counts; `act`, a few words when somebody must go there now, with `rank` (the
worse the higher); `for_users`, whose work it is. Parts whose name begins with `due_` stand in the
line of what is due (`label`, `at`, `late`), and lists whose name begins with `flags` among the
chips. So a module reaches the board by its answers alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.access import D3
from domain.card_rows import CardRow, chip_stays
from domain.flags import rank
from ward.beds.queries import BedCard
from ward.projections import projection
from ward.render import offered

Parts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Counted:
    """A counter that a higher module puts over the board: how many cards have its mark."""

    key: str
    label: str
    mark: str
    tone: str | None = None
    icon: str | None = None


COUNTED: list[Counted] = []


def counts(
    key: str, label: str, mark: str, *, tone: str | None = None, icon: str | None = None
) -> None:
    """Have the board count, and filter by, a mark that this module's parts carry."""
    COUNTED.append(Counted(key, label, mark, tone, icon))


@projection(D3)
class Act:
    """One patient who needs somebody now."""

    patient_id: UUID
    bed_label: str
    words: tuple[str, ...]
    rank: int


@projection(D3)
class ActNow:
    """Who on this ward needs somebody now, worst first."""

    items: tuple[Act, ...]


def act_now(beds: Sequence[BedCard], parts: Mapping[UUID, Parts]) -> ActNow:
    """Gather from all cards what must not wait."""
    found = []
    for bed in beds:
        stay, calling = parts[bed.id].get("stay"), list(_calling(parts[bed.id]))
        if stay and calling:
            words = tuple(
                sorted((part.act for part in calling), key=len)
            )  # a phone has room for one
            rank = max(part.rank for part in calling)
            found.append(Act(stay.patient_id, bed.label, words, rank))
    return ActNow(tuple(sorted(found, key=lambda one: -one.rank)))


def _calling(parts: Parts) -> Iterator[Any]:
    return (part for part in parts.values() if getattr(part, "act", None))


@offered
def marks(parts: Parts) -> list[str]:
    """List the words that a card's parts add to its own."""
    return [mark for part in parts.values() for mark in getattr(part, "marks", ())]


@offered
def whose(parts: Parts) -> list[str]:
    """List the users whose work this card is, for `data-for`."""
    named = {str(one) for part in parts.values() for one in getattr(part, "for_users", ())}
    return sorted(named)


@offered
def dues(parts: Parts, off: Sequence[str] = ()) -> list[Any]:
    """List the two most urgent of what is due, each kind always in the same column.

    A ward may leave off what is to come; what is overdue always stands there.
    """
    found = {
        name: part
        for name, part in parts.items()
        if name.startswith("due_") and part and (part.late or CardRow.NEXT not in off)
    }
    urgent = sorted(found, key=lambda name: _urgency(found[name]))[:2]
    return [found[name] for name in sorted(urgent)]


def _urgency(due: Any) -> tuple[bool, bool, Any]:
    """Put what is late first, then what comes; what nobody has set a time for is last."""
    return (not due.late, due.at is None, due.at)


@offered
def flags(parts: Parts, off: Sequence[str] = ()) -> list[Any]:
    """List the chips of a card that the ward has not left off, in the one order of all cards."""
    named = (part for name, part in parts.items() if name.startswith("flags") and part)
    found = [flag for part in named for flag in part if chip_stays(flag.code, flag.tone, off)]
    return sorted(found, key=lambda flag: (flag.tone != "critical", rank(flag.code)))
