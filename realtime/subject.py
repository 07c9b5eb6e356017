"""Subject: what an application tells the hub; the hub itself knows no medicine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from realtime.frames import Drawing
from realtime.topics import Topic


class Seat(NamedTuple):
    """What a viewer may see of a topic, and until when (None: as long as his rights stand)."""

    view: str
    until: datetime | None = None


class Seated(NamedTuple):
    """One subscription, for the question whether it still stands."""

    viewer: object
    topic: Topic
    seat: Seat


@dataclass(frozen=True, slots=True)
class Lost:
    """A subscription that no longer stands; with a code the whole socket ends (4401, 4403)."""

    why: str = "forbidden"
    code: int | None = None


class RefusedError(Exception):
    """Raised by `authorise`: this viewer may not watch this topic."""

    def __init__(self, why: str = "forbidden", code: int | None = None) -> None:
        super().__init__(why)
        self.lost = Lost(why, code)


class Subject(Protocol):
    """The questions of the hub; each answers from PostgreSQL, and may fail."""

    async def revisions(self, topics: Sequence[str]) -> tuple[str, dict[str, int]]:
        """Tell the epoch and the present revision of these topics, in one snapshot."""

    async def draw(self, topic: Topic, views: frozenset[str]) -> Drawing:
        """Draw these views in one read-only snapshot that begins now; leave out what fails."""

    async def note(
        self, viewers: Sequence[object], topic: Topic, patients: frozenset[UUID]
    ) -> None:
        """Commit that these viewers are about to be shown these patients (maybe none)."""

    def left(self, viewer: object, topic: Topic) -> None:
        """Note that the viewer stopped watching; nobody waits, and nothing may be lost."""

    async def authorise(self, viewer: object, topic: Topic) -> Seat:
        """Choose the view this viewer gets, or raise RefusedError."""

    async def standing(self, seated: Sequence[Seated]) -> Mapping[int, Seat | Lost]:
        """Tell, by place in the list, which subscriptions changed (another seat) or were lost."""

    async def due(self) -> None:
        """Bump and publish the topics whose instant has come."""
