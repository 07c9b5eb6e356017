"""Toy: a subject of numbered lamps on real PostgreSQL, as small as a watched thing can be."""

import asyncio
import html
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID, uuid5

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from realtime import outbox
from realtime.events import Event
from realtime.frames import Drawing, Message, Picture
from realtime.subject import Lost, RefusedError, Seat, Seated
from realtime.tables import metadata
from realtime.topics import Topic

HALL = UUID("0192f3a4-7b10-7000-8000-000000000001")
LAMPS = Topic("lamps", HALL)
SPACE = UUID("0192f3a4-7b10-7000-8000-0000000000ff")


@dataclass(frozen=True, slots=True)
class LampTurned(Event):
    """Somebody turned a lamp; its patient is whoever reads by it."""

    hall: UUID
    lamp: int

    @property
    def topics(self) -> tuple[Topic, ...]:
        return (Topic("lamps", self.hall),)


def patient(number: int) -> UUID:
    return uuid5(SPACE, f"patient {number}")


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(eq=False)
class Viewer:
    name: str = "ada"
    view: str = "full"
    lost: Lost | None = None
    until: datetime | None = None


@dataclass
class Lamps:
    """The subject; knobs break it on purpose."""

    engine: AsyncEngine
    build: str = "b1"
    trail: list[tuple[object, str, frozenset[UUID]]] = field(default_factory=list)
    draws: int = 0
    broken: set[str] = field(default_factory=set)  # methods that fail
    delay: float = 0.0
    ahead: bool = False  # what it draws shows time that no revision has told of

    async def _may_fail(self, what: str) -> None:
        if what in self.broken:
            raise ConnectionError(what)
        if self.delay:
            await asyncio.sleep(self.delay)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        async with self.engine.connect() as connection:
            await connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            yield connection

    async def revisions(self, topics: Sequence[str]) -> tuple[str, dict[str, int]]:
        await self._may_fail("revisions")
        async with self._reading() as connection:
            found = await outbox.state(connection, topics, self.build)
        if "revisions" in self.broken:  # broken while it was asked
            raise ConnectionError("revisions")
        return found

    async def draw(self, topic: Topic, views: frozenset[str]) -> Drawing:
        self.draws += 1
        async with self._reading() as connection:
            epoch, revs = await outbox.state(connection, [topic], self.build)
            await self._may_fail("draw")
            changed = await connection.scalar(
                text("SELECT changed_at FROM live_topic WHERE topic = :t"), {"t": str(topic)}
            )
            lamps = await read(connection, topic)
        pictures = {view: picture(topic, view, lamps) for view in views if view not in self.broken}
        return Drawing(epoch, revs[str(topic)], pictures, changed, self.ahead)

    async def note(
        self, viewers: Sequence[object], topic: Topic, patients: frozenset[UUID]
    ) -> None:
        await self._may_fail("note")
        self.trail += [(viewer, str(topic), patients) for viewer in viewers]

    def left(self, viewer: object, topic: Topic) -> None:
        """Keep no trail of ends."""

    async def authorise(self, viewer: object, topic: Topic) -> Seat:
        await self._may_fail("authorise")
        assert isinstance(viewer, Viewer)
        if viewer.lost or topic.kind != "lamps":
            lost = viewer.lost or Lost()
            raise RefusedError(lost.why, lost.code)
        return Seat(viewer.view, viewer.until)

    async def standing(self, seated: Sequence[Seated]) -> Mapping[int, Seat | Lost]:
        await self._may_fail("standing")
        changes: dict[int, Seat | Lost] = {}
        for place, one in enumerate(seated):
            assert isinstance(one.viewer, Viewer)
            if one.viewer.lost:
                changes[place] = one.viewer.lost
            elif one.viewer.view != one.seat.view:
                changes[place] = Seat(one.viewer.view, one.viewer.until)
        return changes

    async def due(self) -> None:
        async with self.engine.begin() as connection:
            await outbox.bump_due(connection, now())


Rows = Sequence[tuple[int, str, str]]


async def read(connection: AsyncConnection, topic: Topic) -> Rows:
    rows = await connection.execute(
        text("SELECT id, label, secret FROM lamp WHERE hall = :hall ORDER BY id"),
        {"hall": str(topic.key)},
    )
    return [(row.id, row.label, row.secret) for row in rows]


def picture(topic: Topic, view: str, lamps: Rows) -> Picture:
    """Draw the lamps; lamp 0 is the hall's sign; secrets are for the full view."""
    sign = "".join(label for number, label, _ in lamps if number == 0)
    lamps = [lamp for lamp in lamps if lamp[0]]
    regions = {f"lamp-{lamp[0]}": _lamp(view, *lamp) for lamp in lamps}
    around = f'<h2>{view}{sign}</h2><ul id="lamps-list"><!--regions--></ul>'
    body = around.replace("<!--regions-->", "".join(regions.values()))
    readers = frozenset(patient(number) for number, *_ in lamps)
    return Picture(f"lamps-{topic.key}", body, around, regions, readers)


def _lamp(view: str, number: int, label: str, secret: str) -> str:
    more = f"<i>{html.escape(secret)}</i>" if view == "full" else ""
    return f'<li id="lamp-{number}"><b>{html.escape(label)}</b>{more}</li>'


async def prepare(url: str) -> AsyncEngine:
    """Make the toy's tables and ten lamps; returns an engine of this loop."""
    engine = create_async_engine(url, pool_size=8)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        await connection.execute(
            text(
                "CREATE TABLE IF NOT EXISTS lamp (hall text, id int, label text NOT NULL, "
                "secret text NOT NULL DEFAULT '', PRIMARY KEY (hall, id))"
            )
        )
        await connection.execute(
            text(
                "INSERT INTO lamp (hall, id, label) "
                "SELECT :hall, n, 'off' FROM generate_series(1, 10) n"
            ),
            {"hall": str(HALL)},
        )
    return engine


async def turn(
    engine: AsyncEngine, lamp: int, label: str, secret: str = "", topic: Topic = LAMPS
) -> dict[str, int]:
    """Turn a lamp (or put it there) and bump: one commit."""
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO lamp (hall, id, label, secret) VALUES (:hall, :id, :label, :secret) "
                "ON CONFLICT (hall, id) DO UPDATE SET label = :label, secret = :secret"
            ),
            {"hall": str(topic.key), "id": lamp, "label": label, "secret": secret},
        )
        return await outbox.bump(connection, [], [LampTurned(HALL, lamp)], None)


async def take_away(engine: AsyncEngine, lamp: int, topic: Topic = LAMPS) -> dict[str, int]:
    async with engine.begin() as connection:
        await connection.execute(
            text("DELETE FROM lamp WHERE hall = :hall AND id = :id"),
            {"hall": str(topic.key), "id": lamp},
        )
        return await outbox.bump(connection, [], [LampTurned(HALL, lamp)], None)


def payload(framed: bytes) -> str:
    """Read one unmasked text frame, which is all that these bytes may be."""
    assert framed[0] == 0x81
    size, head = framed[1], 2
    if size == 126:
        size, head = int.from_bytes(framed[2:4]), 4
    elif size == 127:
        size, head = int.from_bytes(framed[2:10]), 10
    assert len(framed) == head + size
    return framed[head:].decode()


@dataclass(eq=False)
class TextWire:
    """A wire that keeps what it is given."""

    said: list[Message] = field(default_factory=list)
    full: bool = False
    code: int | None = None
    dirty: set[str] = field(default_factory=set)

    def newest(self, topic: str) -> Message | None:  # replaced by the hub
        return None

    @property
    def congested(self) -> bool:
        return self.full or bool(self.dirty)

    @property
    def put(self) -> Callable[[bytes], object] | None:
        """As a real socket: while there is room, the bytes of a frame need no second look."""
        if self.code is not None or self.congested:
            return None
        return lambda framed: self.offer("", Message(payload(framed)))

    def offer(self, topic: str, message: Message) -> None:
        if self.code is not None:
            return
        if self.congested:
            self.dirty.add(topic)
        else:
            self.said.append(message)

    def say(self, message: Message) -> None:
        if self.code is None:
            self.said.append(message)

    def forget(self, topic: str) -> None:
        self.dirty.discard(topic)

    def flush(self) -> None:
        for topic in sorted(self.dirty):
            if not self.full and (message := self.newest(topic)):
                self.dirty.discard(topic)
                self.said.append(message)

    def finish(self, code: int, reason: str = "") -> None:
        self.code = self.code or code


Trail = defaultdict[object, set[UUID]]
