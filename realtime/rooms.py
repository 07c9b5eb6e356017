"""Rooms: the watched topics of a node, each drawn once for all who watch it."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID

from realtime import metrics
from realtime.frames import Drawing
from realtime.standing import Standing
from realtime.subject import Subject
from realtime.tasks import Tasks
from realtime.topics import Topic
from realtime.views import View, Watch

DRAW_SECONDS = 2.0
CHECK_SECONDS = 1.5
COALESCE, COALESCE_MOST = 0.02, 0.1  # seconds between two draws of one topic
OWED_SECONDS = 1.0  # how long a watch may wait for its first state before it is drawn again
IDLE_SECONDS = 10.0  # how long an unwatched view stays warm for whoever comes back

log = logging.getLogger(__name__)


class DrawEndedError(Exception):
    """The draw that somebody waited for was ended before it was out."""


@dataclass(slots=True, eq=False)
class Room:
    """One watched topic on this node."""

    topic: Topic
    views: dict[str, View] = field(default_factory=dict)
    epoch: str = ""  # PostgreSQL's
    fork: str = ""  # ours, when history went backwards inside an epoch
    rev: int = -1
    drawn_at: float = float("-inf")
    poked: int = -1
    heard: int = -1  # the highest revision a poke told of while the draw under way was reading
    drawing: bool = False
    want: bool = False
    running: bool = False
    asked: asyncio.Future[None] | None = None  # done when a draw begun from now on is out

    def lags(self, view: View) -> bool:
        """Tell whether the view does not show what was last seen in PostgreSQL."""
        return (view.epoch, view.rev) != (self.epoch + self.fork, self.rev)

    def overtaken(self, epoch: str, rev: int, seen_at: float) -> bool:
        """Tell whether PostgreSQL, asked at this time, said something this room does not show."""
        if epoch != self.epoch or rev > self.rev or any(map(self.lags, self.views.values())):
            return True
        return rev < self.rev and self.drawn_at < seen_at

    def owes(self, since: float) -> bool:
        """Tell whether a watch from before has not been given its state: its try failed."""
        views = self.views.values()
        return any(w.behind and w.seated and w.asked_at < since for v in views for w in v.watches)


class Rooms:
    """Single flight, coalescing, comparing, noting, offering."""

    def __init__(
        self,
        subject: Subject,
        standing: Standing,
        tasks: Tasks,
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self.subject, self.standing, self.tasks = subject, standing, tasks
        self.clock, self.monotonic = clock, monotonic
        self.rooms: dict[str, Room] = {}

    def view(self, topic: Topic, name: str) -> tuple[Room, View]:
        """Find or open a view; a new one is cold."""
        room = self.rooms.setdefault(str(topic), Room(topic))
        if name not in room.views:
            room.views[name] = View(str(topic), name, self.monotonic())
        return room, room.views[name]

    def get(self, topic: str) -> Room | None:
        """Find a room if this node has it."""
        return self.rooms.get(topic)

    def of(self, watch: Watch) -> tuple[Room, View]:
        """Find the view that a seated watch watches."""
        room = self.rooms[watch.topic]
        return room, room.views[watch.seat.view]

    def poked(self, topic: str, rev: int) -> None:
        """Hear that a topic may have this revision; PostgreSQL has the say."""
        room = self.rooms.get(topic)
        if room is None or rev <= room.rev:
            return
        room.poked = max(room.poked, rev)
        if room.drawing:  # it may show this revision: our own poke comes back through Redis
            room.heard = max(room.heard, rev)
        else:
            metrics.POKED.inc()
            self.spur(room)

    def spur(self, room: Room) -> None:
        """Have the topic drawn, at once or after the draw under way."""
        room.want = True
        if not room.running:
            room.running = True
            self.tasks.spawn(self._run(room))

    async def refresh(self, room: Room) -> None:
        """Wait until a draw that began after this call has gone out; raises if it failed."""
        if room.asked is None:
            room.asked = asyncio.get_running_loop().create_future()
        asked = room.asked
        self.spur(room)
        await asyncio.shield(asked)

    async def check(self) -> None:
        """Compare every topic with PostgreSQL; what a poke should have told is healed here."""
        self._prune()
        rooms, begun = dict(self.rooms), self.monotonic()
        if not rooms:
            return
        async with asyncio.timeout(CHECK_SECONDS):
            epoch, revs = await self.subject.revisions(sorted(rooms))
        for name, room in rooms.items():
            rev = revs.get(name, 0)
            if room.overtaken(epoch, rev, begun):
                if not room.running:
                    metrics.HEALED.inc(rev > max(room.rev, room.poked))
                    self.spur(room)
                continue
            if room.owes(begun - OWED_SECONDS) and not room.running:
                self.spur(room)
            if rev == room.rev:
                for view in room.views.values():
                    view.verified_at = max(view.verified_at or begun, begun)

    def _prune(self) -> None:
        until = self.monotonic() - IDLE_SECONDS
        for name, room in list(self.rooms.items()):
            for view in list(room.views.values()):
                if not view.watches and view.idle_since < until:
                    del room.views[view.name]
            if not room.views and not room.running:
                del self.rooms[name]

    async def _run(self, room: Room) -> None:
        """Draw until nobody wants more."""
        asked: asyncio.Future[None] | None = None
        try:
            while room.want:
                room.want, asked, room.asked = False, room.asked, None
                begun, room.heard, room.drawing = self.monotonic(), -1, True
                _settle(asked, await self._round(room, begun))
                room.drawing = False
                if room.heard > room.rev:
                    metrics.POKED.inc()
                    room.want = True
                if room.want:
                    took = self.monotonic() - begun
                    await asyncio.sleep(min(COALESCE_MOST, max(COALESCE, 2 * took)))
        finally:
            room.running = room.drawing = False
            for waiting in (asked, room.asked):
                _settle(waiting, DrawEndedError(str(room.topic)))

    async def _round(self, room: Room, begun: float) -> Exception | None:
        """Draw once and offer; an error leaves what is shown untouched."""
        if not room.views:  # all who watched are gone
            return None
        try:
            async with asyncio.timeout(DRAW_SECONDS):
                drawing = await self.subject.draw(room.topic, frozenset(room.views))
            epoch = self._epoch(room, drawing)
            room.drawn_at = begun
            for name in drawing.pictures:
                if view := room.views.get(name):
                    await self._show(room, view, drawing, epoch, begun)
                    view.verified_at = begun
        except asyncio.CancelledError as error:
            if (task := asyncio.current_task()) and task.cancelling():
                raise
            return self._failed(room, error)  # not ours: something it waited for was cancelled
        except Exception as error:  # noqa: BLE001 - screens turn stale, the next check tries again
            return self._failed(room, error)
        return None

    def _failed(self, room: Room, error: BaseException) -> Exception:
        metrics.FAILED.inc()
        log.warning("live: %s could not be drawn: %r", room.topic, error)
        return error if isinstance(error, Exception) else DrawEndedError(str(room.topic))

    def _epoch(self, room: Room, drawing: Drawing) -> str:
        """Note the revision seen; where history began anew, no client's claim may survive."""
        if drawing.epoch != room.epoch:
            metrics.REWOUND.inc(room.epoch != "")
            room.epoch, room.fork = drawing.epoch, ""
        elif drawing.rev < room.rev:
            metrics.REWOUND.inc()
            room.fork = f"~{secrets.token_hex(3)}"
        room.rev = drawing.rev
        return room.epoch + room.fork

    async def _show(
        self, room: Room, view: View, drawing: Drawing, epoch: str, begun: float
    ) -> None:
        """Take the difference, wait for rights and trail, then write to every socket."""
        metrics.RENDERED.inc()
        afresh, frame = view.step_to(drawing, epoch)
        await self._clear(room, view, drawing.pictures[view.name].patients)
        # From here to the end nothing is awaited.
        view.take(drawing, epoch, afresh=afresh, frame=frame)
        give = partial(self._give, begun=begun)
        if frame is not None:
            view.send(frame, give)
        else:
            for watch in view.watches:
                give(view, watch)
        if frame is not None and not afresh and view.changed_at and view.watches:
            metrics.COMMIT_TO_WRITE.observe(self.since(view.changed_at))

    async def bring(self, watch: Watch) -> None:
        """Give a watch what it lacks, drawing first where this node cannot know."""
        room, view = self.of(watch)
        if view.cold or view.behind(watch.claim) or room.lags(view):
            await self.refresh(room)
        if view.picture is not None and watch in view.watches:
            await self._clear(room, view, view.picture.patients)
            self._give(view, watch)

    async def _clear(self, room: Room, view: View, patients: frozenset[UUID]) -> None:
        """Return, with no await after, once every watcher may see, and the trail says he will."""
        while True:
            async with view.noting:
                while missing := view.unrecorded(patients):
                    for lacked, watches in missing.items():
                        viewers = [watch.station.viewer for watch in watches]
                        await self.subject.note(viewers, room.topic, lacked)
                        _record(watches, lacked)
            if self.standing.sure:
                return
            await self.standing.check()

    def _give(self, view: View, watch: Watch, *, begun: float = float("inf")) -> None:
        """Send one watch what it lacks: nothing, the frames since, or the whole.

        A draw that had `begun` before a page asked may be older than that page: what it shows
        would be dropped there, and the next frame would be laid over something else.
        """
        if view.cold or not watch.behind or not watch.seated:
            return
        if begun < watch.asked_at and view.behind(watch.claim):
            return  # the draw that it has asked for follows
        frames = view.lacking(watch.claim)
        how = "snapshot" if frames is None else "frames" if frames else "nothing"
        metrics.RESUMED.labels(how).inc()
        if frames is None:
            metrics.SNAPSHOTS.inc()
            frames = [view.snapshot]
        for frame in frames:
            watch.station.wire.offer(view.topic, frame.message)
        watch.behind, watch.claim = False, None

    def since(self, instant: datetime) -> float:
        """Tell the seconds from an instant of PostgreSQL's clock to now."""
        return max(0.0, (self.clock() - instant).total_seconds())


def _settle(asked: asyncio.Future[None] | None, error: Exception | None) -> None:
    if asked is None or asked.done():
        return
    if error is None:
        asked.set_result(None)
    else:
        asked.set_exception(error)
        asked.exception()  # those who wait get it; if nobody does, it was logged


def _record(watches: Iterable[Watch], patients: frozenset[UUID]) -> None:
    """Note on each watch what its trail has now; watches that have the same share one set."""
    shared: dict[frozenset[UUID] | None, frozenset[UUID]] = {None: patients}
    for watch in watches:
        had = watch.recorded
        if had not in shared:
            shared[had] = (had or frozenset()) | patients
        watch.recorded = shared[had]
