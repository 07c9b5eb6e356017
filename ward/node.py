"""Node: what one running process of Ward holds: pools, keys, trail and the hub."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from realtime.frames import Picture
from realtime.topics import Topic
from ward.build import build_of
from ward.config import Settings
from ward.crypto import Vault
from ward.db import engine_of
from ward.keys.providers import provider_of
from ward.keys.ring import open_vault
from ward.kind import claim, refuse_apart
from ward.security.limits import Limits
from ward.spool import Spool
from ward.trail import Trail


def _nobody(_revs: Mapping[str, int]) -> None:
    """Tell nobody: a command without screens (an import, a test of rules)."""


PICTURE_SECONDS = 60.0  # ages and "since" are part of a picture, and they grow by themselves


class Pictures:
    """What was drawn last of each view; a page of the same revision need not draw it again."""

    def __init__(self, most: int = 256, clock: Callable[[], float] = monotonic) -> None:
        self._most, self._clock = most, clock
        self._kept: OrderedDict[tuple[Topic, str], tuple[str, int, Picture, float]] = OrderedDict()

    def get(self, topic: Topic, view: str, epoch: str, rev: int) -> Picture | None:
        """Give the picture of this very revision, if it was drawn here a moment ago."""
        known = self._kept.get((topic, view))
        if known is None or known[:2] != (epoch, rev):
            return None
        if self._clock() - known[3] > PICTURE_SECONDS:
            return None
        self._kept.move_to_end((topic, view))
        return known[2]

    def forget(self) -> None:
        """Forget them all: one may show what was erased."""
        self._kept.clear()

    def keep(self, topic: Topic, view: str, epoch: str, rev: int, picture: Picture) -> None:
        """Remember a picture, and forget the one longest unused when there are many."""
        self._kept[topic, view] = (epoch, rev, picture, self._clock())
        self._kept.move_to_end((topic, view))
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)


@dataclass(slots=True)
class Node:
    """One process: its pools, its keys, its trail, and whom to poke after a commit."""

    settings: Settings
    engine: AsyncEngine
    aside: AsyncEngine  # hub and index: never starved by requests
    asking: AsyncEngine  # the same connections for questions all day: no transaction around them
    vault: Vault
    trail: Trail  # with a connection of its own: a storm of sockets must not make looks wait
    limits: Limits
    build: str
    poke: Callable[[Mapping[str, int]], None] = field(default=_nobody)
    pictures: Pictures = field(default_factory=Pictures)
    zones: dict[UUID | None, ZoneInfo] = field(default_factory=dict)  # of wards; None: the first
    parts: frozenset[str] = frozenset()  # what else runs here: mllp, worker, simulator
    afresh: list[Callable[[], None]] = field(default_factory=list)  # look at every screen again
    listeners: list[Callable[[str], None]] = field(default_factory=list)  # hear each poked topic

    async def close(self) -> None:
        """Commit what the trail still holds and give the connections back."""
        await self.trail.close()
        await self.limits.close()
        await self.engine.dispose()
        await self.aside.dispose()


async def open_node(choice: Settings, *, pool: int = 10) -> Node:
    """Open the pools and unwrap the keys; the database must be migrated, and of this kind."""
    assert choice.database_url is not None
    url = choice.database_url.get_secret_value()
    owner = (choice.database_owner_url or choice.database_url).get_secret_value()
    redis = choice.redis_url.get_secret_value() if choice.redis_url else None
    vault = await _vault(owner, choice)
    if without_password(owner) != without_password(url):
        await refuse_apart(url, choice.env)
    aside = engine_of(url, pool=6, settings={"application_name": f"ward-aside:{choice.node}"})
    engine = engine_of(url, pool=pool, settings={"application_name": f"ward:{choice.node}"})
    trail = engine_of(url, pool=1, settings={"application_name": f"ward-trail:{choice.node}"})
    asking = aside.execution_options(isolation_level="AUTOCOMMIT")
    spool = Spool(choice.home / "spool", choice.node, without_password(url))
    kept = Trail(trail, spool)
    return Node(choice, engine, aside, asking, vault, kept, Limits(redis), build_of())


def without_password(url: str) -> str:
    """Name the database: a new password is the same trail."""
    return make_url(url).set(username=None, password=None).render_as_string()


async def _vault(url: str, choice: Settings) -> Vault:
    owner = create_async_engine(url, connect_args={"timeout": 5})
    try:
        async with owner.begin() as connection:
            await claim(connection, choice.env)
            return await open_vault(connection, provider_of(choice))
    finally:
        await owner.dispose()
