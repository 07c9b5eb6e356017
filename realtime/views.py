"""Views: what one view of a topic shows now, the frames that led there, and who watches."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from realtime.frames import Drawing, Frame, Message, Picture, Sight, step, whole
from realtime.subject import Seat

RING = 64  # frames kept for those who come back
RENDERED = 256  # revisions remembered as drawn here


class Claim(NamedTuple):
    """What a browser says it shows of a topic."""

    epoch: str | None
    rev: int
    view: str | None = None


class Wire(Protocol):
    """The way to one browser; nothing here waits."""

    newest: Callable[[str], Message | None]  # set by the hub: what a dirty topic should show

    @property
    def put(self) -> Callable[[bytes], object] | None:
        """Write a frame's bytes at once; None where only `offer` may decide what becomes of it."""

    @property
    def congested(self) -> bool:
        """Tell whether the socket still holds more than it should."""

    def offer(self, topic: str, message: Message) -> None:
        """Write the frame, or remember that the topic needs its newest state later."""

    def say(self, message: Message) -> None:
        """Write a small message whatever the congestion."""

    def forget(self, topic: str) -> None:
        """Owe nothing for a topic that is no longer watched."""

    def flush(self) -> None:
        """Write the newest state of topics that had to wait, as far as there is room."""

    def finish(self, code: int, reason: str = "") -> None:
        """Close with this code; never wait for the peer."""


@dataclass(slots=True, eq=False)
class Station:
    """One connected browser: whose it is, the way to it, and what it watches."""

    viewer: object
    wire: Wire
    watching: dict[str, Watch] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Watch:
    """One station's subscription of one topic."""

    station: Station
    topic: str
    seat: Seat
    claim: Claim | None
    asked_at: float
    behind: bool = True  # has yet to be given what its claim lacks
    recorded: frozenset[UUID] | None = None  # patients with a durable trail row for this viewer
    seated: bool = True  # False: his time is up, and nothing goes out until it is renewed
    acked: int = -1


class View:
    """The state of one view on this node; only the topic's refresh changes what it shows."""

    def __init__(self, topic: str, name: str, now: float) -> None:
        self.topic, self.name = topic, name
        self.epoch = ""
        self.rev = -1  # cold
        self.changed_at: datetime | None = None
        self.ahead = False  # others may show an earlier picture of this revision
        self.picture: Picture | None = None
        self.sent = 0  # revision that the last frame led to
        self.ring: deque[Frame] = deque(maxlen=RING)
        self.rendered: deque[int] = deque(maxlen=RENDERED)
        self.floor = 0  # at or after this revision the ring holds every later frame
        self.watches: set[Watch] = set()
        self._recorded: frozenset[UUID] = frozenset()  # every watch's trail has these, save of
        self._joined: set[Watch] = set()  # those who came since
        self.verified_at: float | None = None
        self.noting = asyncio.Lock()  # one trail write for all who wait for one
        self.idle_since = now
        self._whole: Frame | None = None

    @property
    def cold(self) -> bool:
        return self.picture is None

    def behind(self, claim: Claim | None) -> bool:
        """Tell whether a browser shows a later revision than this node has drawn."""
        return claim is not None and claim.epoch == self.epoch and claim.rev > self.rev

    def add(self, watch: Watch) -> None:
        """Seat a watch; its trail is looked at before the next frame."""
        self.watches.add(watch)
        self._joined.add(watch)

    def discard(self, watch: Watch) -> None:
        """Let a watch go."""
        self.watches.discard(watch)
        self._joined.discard(watch)

    def unrecorded(self, patients: frozenset[UUID]) -> dict[frozenset[UUID], list[Watch]]:
        """Group the watches by the patients whose showing their trail lacks."""
        missing: dict[frozenset[UUID], list[Watch]] = {}
        for watch in self._joined if patients <= self._recorded else self.watches:
            if watch.recorded is None:
                missing.setdefault(patients, []).append(watch)
            elif watch.recorded is not patients and not patients <= watch.recorded:
                missing.setdefault(patients - watch.recorded, []).append(watch)
        if not missing:
            self._recorded = patients
            self._joined.clear()
        return missing

    def send(self, frame: Frame, give: Callable[[View, Watch], None]) -> None:
        """Write a frame to every socket that shows what it builds upon; `give` serves the rest."""
        message, framed = frame.message, frame.message.framed
        for watch in self.watches:
            wire = watch.station.wire
            if watch.behind:
                give(self, watch)
            elif (put := wire.put) is not None:
                put(framed)
            else:
                wire.offer(self.topic, message)

    def step_to(self, drawing: Drawing, epoch: str) -> tuple[bool, Frame | None]:
        """Work out the frame to this drawing: (fresh start?, frame, None if nothing visible).

        After a picture that was ahead of its revision the whole goes out: what was ahead in it is
        no difference to the next, and a page that was drawn just before would never show it.
        """
        picture = drawing.pictures[self.name]
        sight = Sight(self.topic, self.name, epoch)
        if self.picture is None or epoch != self.epoch or drawing.rev < self.rev:
            return True, whole(sight, drawing.rev, picture)
        if drawing.rev == self.rev:
            return False, None
        if self.ahead:
            return True, whole(sight, drawing.rev, picture)
        return False, step(sight, self.sent, drawing.rev, self.picture, picture)

    def take(self, drawing: Drawing, epoch: str, *, afresh: bool, frame: Frame | None) -> None:
        """Show the drawing from now on.

        Another drawing of the revision that is shown is let go: whatever time has changed in it,
        nobody was sent it, and the frame of the next revision must hold it.
        """
        if not afresh and drawing.rev == self.rev:
            return
        if afresh:
            self.ring.clear()
            self.rendered.clear()
            self.floor = self.sent = drawing.rev
        elif frame is not None:
            if len(self.ring) == RING:
                self.floor = self.ring[0].rev
            self.ring.append(frame)
            self.sent = frame.rev
        if not self.rendered or self.rendered[-1] != drawing.rev:
            self.rendered.append(drawing.rev)
        self.epoch, self.rev, self.changed_at = epoch, drawing.rev, drawing.changed_at
        self.picture, self._whole = drawing.pictures[self.name], None
        self.ahead = drawing.ahead

    @property
    def snapshot(self) -> Frame:
        """The whole container at the present revision, framed once."""
        assert self.picture is not None
        if self._whole is None:
            sight = Sight(self.topic, self.name, self.epoch)
            self._whole = whole(sight, self.rev, self.picture)
        return self._whole

    def lacking(self, claim: Claim | None) -> list[Frame] | None:
        """List the frames a browser lacks; None where only the whole will do."""
        if claim is None or claim.epoch != self.epoch or claim.view not in (None, self.name):
            return None
        if claim.rev < self.floor or claim.rev not in self.rendered:
            return None  # skipped by coalescing: a region may have changed and changed back
        frames = [frame for frame in self.ring if frame.rev > claim.rev]
        shown = self.picture.patients if self.picture else frozenset()
        if any(not frame.patients <= shown for frame in frames):
            return None  # whoever left meanwhile is not shown to one who was away
        return frames
