"""Questions: what the roster must know of the patients in a nurse's beds.

`on_the_roster` is asked with ids of beds; an answer gives `Loads` for each: what makes work there.
The roster adds up, for each nurse, the loads of the same key.
"""

from domain.access import D3
from ward.ask import Question
from ward.projections import projection

on_the_roster = Question("on_the_roster")


@projection(D3)
class Load:
    """Something that makes work: how often, in the order of `rank`, the heaviest first."""

    key: str
    label: str
    count: int
    rank: int = 0
    tone: str | None = None


@projection(D3)
class Loads:
    """What makes work in one bed, or in all beds of a nurse."""

    items: tuple[Load, ...]
