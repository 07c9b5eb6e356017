"""Infants: which infant belongs to which mother, and who of them moves together.

In HL7 v2 the mother's number stands in the infant's PID-21 (Mother's Identifier).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from domain import stays
from domain.errors import NotAllowed
from domain.overrides import Override

Id = TypeVar("Id")
UNDO, ON_ITS_WAY = timedelta(seconds=10), timedelta(seconds=5)  # ours, as for flags and tasks
MOST = 4  # who move in one step: a mother and three; each has their own pages to be told


class Kin(StrEnum):
    """What a patient is to the other."""

    MOTHER = "mother"
    INFANT = "infant"

    @property
    def word(self) -> str:
        """Name it on a chip."""
        return self.value.capitalize()

    @property
    def other(self) -> "Kin":
        """Name what the other is."""
        return Kin.INFANT if self is Kin.MOTHER else Kin.MOTHER


def link(
    infant: Id,
    mother: Id,
    mothers: Mapping[Id, Id],
    born: tuple[date | None, date | None] = (None, None),
) -> None:
    """Let an infant be linked to its mother, or say why not.

    `mothers` are the links that stand, infant to mother; `born` are the exact dates of birth of
    infant and mother, None where one is not known to the day.
    """
    if infant == mother:
        raise NotAllowed("Nobody is their own mother. Choose the other patient.", "infant.self")
    if mothers.get(infant) == mother:
        raise NotAllowed("These two are linked already.", "infant.linked")
    if infant in mothers:
        raise NotAllowed(
            "This infant is linked to another mother. Remove that link first.", "infant.mother"
        )
    before = mother
    while before in mothers:
        before = mothers[before]
        if before == infant:
            raise NotAllowed("The mother is a child of this patient.", "infant.circle")
    if born[0] and born[1] and born[0] <= born[1]:
        raise NotAllowed("An infant is born after its mother. Look at both dates.", "infant.born")


def undo(linked_at: datetime, ended_at: datetime | None, now: datetime) -> None:
    """Refuse to take a link back that was not made just now."""
    if ended_at is not None:
        raise NotAllowed("This link was removed already.", "infant.ended")
    if now > linked_at + UNDO + ON_ITS_WAY:
        raise NotAllowed(
            "This was linked more than 10 seconds ago. Remove the link, and say why.", "infant.undo"
        )


@dataclass(frozen=True, slots=True)
class Going:
    """One of those who move together: who, from which bed into which."""

    who: str
    stay: stays.Stay
    source: stays.Place
    target: stays.Place


def transfer_together(
    going: Sequence[Going], *, at: datetime, now: datetime, override: Override | None = None
) -> list[stays.Transfer]:
    """Move all of them at one instant, or nobody: the sentence names whom it is about."""
    if len({one.stay.encounter for one in going}) < len(going):
        raise NotAllowed("Each patient moves once.", "together.twice")
    if len({one.target.bed for one in going}) < len(going):
        raise NotAllowed(
            "Choose a bed for each: two patients cannot go into one.", "together.same-bed"
        )
    return [_transfer(one, at, now, override) for one in going]


def _transfer(one: Going, at: datetime, now: datetime, override: Override | None) -> stays.Transfer:
    try:
        return stays.transfer(one.stay, one.source, one.target, at=at, now=now, override=override)
    except NotAllowed as refused:
        raise of(one.who, refused) from refused


def of(who: str, refused: NotAllowed) -> NotAllowed:
    """Say of whom a refusal speaks, and that the others stay where they are as well."""
    return NotAllowed(f"{who}: {refused.sentence} Nobody was moved.", refused.code)


def limit(people: int, pages: int = 0, most: int = 0) -> None:
    """Refuse what is more than one step can tell to every page that shows it."""
    if people > MOST or pages > most:
        raise NotAllowed(
            "Too many to move in one step. Move two together, then the others.", "together.many"
        )
