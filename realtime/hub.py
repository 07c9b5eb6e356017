"""Hub: keeps every screen that this node's browsers watch as fresh as PostgreSQL."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from uuid import UUID

from realtime import metrics
from realtime.frames import Message
from realtime.rooms import Rooms
from realtime.standing import Standing
from realtime.subject import Lost, RefusedError, Seat, Subject
from realtime.tasks import Tasks, end, together
from realtime.topics import Topic
from realtime.views import Claim, Station, View, Watch, Wire

EVERY_SECONDS = 1.0  # between two looks at PostgreSQL
BEAT_SECONDS = 2.0
DUE_SECONDS = 0.5  # between two looks at what falls due: no screen turns a second late
COLD_AT_ONCE = 200  # subscriptions that may wait for their first state
FRESH_SECONDS = 1.5  # a view verified this recently answers a poll without a draw

log = logging.getLogger(__name__)


class UnavailableError(Exception):
    """This node cannot vouch for the topic right now."""


class Hub:
    """All rooms and stations of one node, alive while `run` runs."""

    def __init__(
        self,
        subject: Subject,
        *,
        clock: Callable[[], datetime],
        node: str = "n1",
        build: str = "dev",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.node, self.build = node, build
        self.stations: set[Station] = set()
        self.draining = False
        self._subject, self._monotonic = subject, monotonic
        self._tasks = Tasks()
        self._standing = Standing(
            subject, clock=clock, monotonic=monotonic, watches=self._watches, changed=self._changed
        )
        self.rooms = Rooms(subject, self._standing, self._tasks, clock=clock, monotonic=monotonic)
        self._cold = asyncio.Semaphore(COLD_AT_ONCE)

    async def run(self) -> None:
        """Check, heal, beat and watch rights until cancelled."""
        try:
            await together(
                self._check_loop(),
                self._standing.loop(),
                self._every(DUE_SECONDS, self._subject.due),
            )
        finally:
            await self._tasks.cancel()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Hub]:
        """Run beside a block, as in a lifespan."""
        task = asyncio.create_task(self.run())
        try:
            yield self
        finally:
            await end(task)

    async def drain(self, over: float = 15.0, batches: int = 20) -> None:
        """Send every station to another node, a few at a time."""
        self.draining = True
        leaving = list(self.stations)
        for station in leaving:
            station.wire.say(Message.of(op="drain"))
        size = max(1, -(-len(leaving) // batches))
        for start in range(0, len(leaving), size):
            for station in leaving[start : start + size]:
                station.wire.finish(1012, "drain")
            await asyncio.sleep(over / batches)

    # What the socket and the application say ---------------------------------------------

    def hears(self, listening: Callable[[], bool]) -> None:
        """Know whether other nodes' pokes come; while they do not, rights are asked for oftener."""
        self._standing.hearing = listening

    def poked(self, topic: str, rev: int) -> None:
        """Hear that a topic may have this revision; PostgreSQL has the say."""
        if topic.startswith("rights/"):
            self._standing.ask()
        self.rooms.poked(topic, rev)

    def resubscribed(self) -> None:
        """Hear that pokes may have been lost: look at everything."""
        self._standing.ask()
        for room in self.rooms.rooms.values():
            self.rooms.spur(room)

    def open(self, viewer: object, wire: Wire) -> Station:
        """Admit a connected browser; it watches nothing yet."""
        station = Station(viewer, wire)
        wire.newest = partial(self._newest, station)
        self.stations.add(station)
        metrics.OPEN.inc()
        wire.say(Message.of(op="hello", node=self.node, build=self.build, hb=int(BEAT_SECONDS)))
        return station

    def close(self, station: Station) -> None:
        """Forget a browser that is gone."""
        if station in self.stations:
            self.stations.discard(station)
            metrics.OPEN.dec()
        for topic in list(station.watching):
            self.leave(station, topic)

    async def subscribe(self, station: Station, topic: Topic, claim: Claim | None) -> None:
        """Let a station watch a topic and give it what its claim lacks, or tell it `gone`."""
        try:
            seat = await self._subject.authorise(station.viewer, topic)
        except RefusedError as refused:
            self._lose(station, str(topic), refused.lost)
            return
        self.leave(station, str(topic))
        if station in self.stations:
            await self._bring(self._sit(station, topic, seat, claim))

    def leave(self, station: Station, topic: str) -> None:
        """End a subscription."""
        if watch := station.watching.pop(topic, None):
            self._unsit(watch)
            station.wire.forget(topic)
            if watch.recorded is not None:
                self._subject.left(station.viewer, Topic.parse(topic))

    def snap(self, station: Station, topics: Iterable[str]) -> None:
        """Send the whole of these topics again: the browser doubts what it shows."""
        for topic in topics:
            watch = station.watching.get(topic)
            if watch and watch.seated and not watch.behind:
                watch.behind, watch.claim = True, None
                self._tasks.spawn(self._bring(watch))

    def acked(self, station: Station, topics: dict[str, int], fresh: str | None) -> None:
        """Hear what a browser shows; `fresh` names the topic whose frame it has just applied."""
        for topic, rev in topics.items():
            watch = station.watching.get(topic)
            if watch is None or not watch.seated or rev <= watch.acked:
                continue
            watch.acked = rev
            _, view = self.rooms.of(watch)
            if topic == fresh and rev == view.rev and view.changed_at:
                metrics.COMMIT_TO_ACK.observe(self.rooms.since(view.changed_at))

    def beat(self, stations: Iterable[Station]) -> None:
        """Tell browsers how old the certainty of their screens is; a full socket is skipped."""
        now, said = self._monotonic(), dict[str, Message]()
        for station in stations:
            if not station.wire.congested:
                age = max((self._age(w, now) for w in station.watching.values()), default=0.0)
                text = f"{age:.1f}"
                message = said.setdefault(text, Message.of(op="hb", age=float(text)))
                station.wire.say(message)

    async def snapshot(
        self, viewer: object, topic: Topic, known: str | None = None
    ) -> tuple[str, str | None]:
        """Give (etag, frame) of the viewer's view for a poll; no frame if `known` still holds."""
        seat = await self._subject.authorise(viewer, topic)
        room, view = self.rooms.view(topic, seat.view)
        view.idle_since = self._monotonic()
        if view.verified_at is None or self._monotonic() - view.verified_at > FRESH_SECONDS:
            await self.rooms.refresh(room)
        noted: frozenset[UUID] | None = None
        while view.picture is not None and not room.lags(view):
            etag = f'"{view.epoch}:{view.rev}:{view.name}"'
            if etag == known:
                return etag, None
            if noted is not None and view.picture.patients <= noted:
                return etag, view.snapshot.message.text
            noted = view.picture.patients
            await self._subject.note([viewer], topic, noted)
        raise UnavailableError(str(topic))

    # Seats -------------------------------------------------------------------------------

    def _sit(self, station: Station, topic: Topic, seat: Seat, claim: Claim | None) -> Watch:
        watch = Watch(station, str(topic), seat, claim, self._monotonic())
        station.watching[watch.topic] = watch
        self.rooms.view(topic, seat.view)[1].add(watch)
        return watch

    def _unsit(self, watch: Watch) -> None:
        if watch.seated:
            watch.seated = False
            _, view = self.rooms.of(watch)
            view.discard(watch)
            view.idle_since = watch.asked_at = self._monotonic()

    async def _bring(self, watch: Watch) -> None:
        try:
            async with self._cold:
                await self.rooms.bring(watch)
        except Exception as error:  # noqa: BLE001 - its age grows, the next check tries again
            log.warning("live: %s waits for its first state: %r", watch.topic, error)

    def _changed(self, watch: Watch, verdict: Seat | Lost | None) -> None:
        """Act on a verdict about a seated watch; None: its time is up and must be renewed."""
        station, topic = watch.station, Topic.parse(watch.topic)
        if isinstance(verdict, Lost):
            self._lose(station, watch.topic, verdict)
        elif verdict is None:
            self._unsit(watch)
            self._tasks.spawn(self._renew(watch, topic))
        elif verdict.view == watch.seat.view:
            watch.seat = verdict
        else:
            self._unsit(watch)
            moved = self._sit(station, topic, verdict, None)
            if watch.recorded is not None:  # begun, but another view shows other things of them
                moved.recorded = frozenset()
            self._tasks.spawn(self._bring(moved))

    async def _renew(self, watch: Watch, topic: Topic) -> None:
        """Ask for another seat when the first ran out; until then nothing goes out."""
        while watch.station.watching.get(watch.topic) is watch:
            try:
                await self.subscribe(watch.station, topic, None)
            except Exception as error:  # noqa: BLE001 - nothing goes out until it works
                log.warning("live: %s could not be renewed: %r", topic, error)
                await asyncio.sleep(EVERY_SECONDS)

    def _lose(self, station: Station, topic: str, lost: Lost) -> None:
        self.leave(station, topic)
        if lost.code is None:
            station.wire.say(Message.of(op="gone", t=topic, why=lost.why))
        else:
            self.close(station)
            station.wire.finish(lost.code, lost.why)

    def _newest(self, station: Station, topic: str) -> Message | None:
        """Give what a dirty topic should show; None where it may not or cannot be shown now."""
        watch = station.watching.get(topic)
        if watch is None or watch.behind or not watch.seated or not self._standing.sure:
            return None
        metrics.SNAPSHOTS.inc()
        return self.rooms.of(watch)[1].snapshot.message

    def _watches(self) -> list[Watch]:
        return [watch for station in self.stations for watch in station.watching.values()]

    # Loops -------------------------------------------------------------------------------

    async def _check_loop(self) -> None:
        """Look at PostgreSQL once a second, and tell the browsers right after every second look."""
        beaten = self._monotonic()
        while True:
            begun = self._monotonic()
            try:
                await self.rooms.check()
            except Exception as error:  # noqa: BLE001 - a loop that dies is a silent stale board
                log.warning("live: PostgreSQL could not be asked: %r", error)
            now = self._monotonic()
            self._measure(now)
            for station in self.stations:
                station.wire.flush()
            if now - beaten >= BEAT_SECONDS - EVERY_SECONDS / 2:
                beaten = now
                self.beat(self.stations)
            woken = begun + EVERY_SECONDS
            await asyncio.sleep(max(0.0, woken - self._monotonic()))
            metrics.LAG.set(max(0.0, self._monotonic() - max(woken, now)))

    async def _every(self, seconds: float, ask: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await ask()
            except Exception as error:  # noqa: BLE001 - the instants wait in their table
                log.warning("live: what falls due could not be asked: %r", error)
            await asyncio.sleep(seconds)

    def _measure(self, now: float) -> None:
        metrics.AGE.set(max((self._age(watch, now) for watch in self._watches()), default=0.0))
        metrics.DIRTY.set(sum(station.wire.congested for station in self.stations))

    def _age(self, watch: Watch, now: float) -> float:
        """Tell the seconds since this watch was certainly current."""
        if watch.behind or not watch.seated:
            return now - watch.asked_at
        view: View = self.rooms.of(watch)[1]
        return now - (watch.asked_at if view.verified_at is None else view.verified_at)
