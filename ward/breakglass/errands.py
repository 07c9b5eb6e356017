"""Errands: what is left to be done about a record that was opened."""

from dataclasses import dataclass
from uuid import UUID

from ward.later import Errand


@dataclass(frozen=True, slots=True)
class GlassOver(Errand):
    """The time of an access is over: write down that it ended, unless it did before."""

    case_id: UUID
