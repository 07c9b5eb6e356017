"""Browser: the client's side in Python: a gate, a morph of whole regions, nothing else."""

import asyncio
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from realtime.frames import Picture
from realtime.gate import Shown, Verdict, judge
from realtime.hub import Hub
from realtime.topics import Topic
from realtime.views import Claim
from tests.realtime.toy import TextWire

PARTIAL = re.compile(
    r'<hx-partial hx-target="#([^"]+)" hx-swap="(inner|outer)Morph">(.*?)</hx-partial>', re.DOTALL
)
LAMP = re.compile(r'<li id="(lamp-\d+)">.*?</li>', re.DOTALL)


@dataclass
class Page:
    """What one container shows: its regions in order."""

    shown: Shown = field(default_factory=lambda: Shown("", 0))
    view: str = ""
    body: str = ""
    revs: list[Shown] = field(default_factory=list)

    def take(self, frame: dict[str, Any]) -> Verdict:
        """Apply a frame as a browser would."""
        verdict = judge(self.shown, frame["e"], frame["p"], frame["r"])
        if verdict is not Verdict.APPLY:
            return verdict
        if frame["p"] and frame["v"] != self.view:
            return Verdict.SNAP
        partials = PARTIAL.findall(frame["content"])
        for target, swap, html in partials:
            if swap == "inner":
                self.body = html
                continue
            pieces = {found.group(1): found.group(0) for found in LAMP.finditer(self.body)}
            if target not in pieces:
                return Verdict.SNAP
            self.body = self.body.replace(pieces[target], html)
        self.shown, self.view = Shown(frame["e"], frame["r"]), frame["v"]
        self.revs.append(self.shown)
        return Verdict.APPLY

    def load(self, epoch: str, rev: int, view: str, picture: Picture) -> None:
        """Be the page as the server drew it."""
        self.shown, self.view, self.body = Shown(epoch, rev), view, picture.body

    @property
    def claim(self) -> Claim:
        return Claim(self.shown.epoch or None, self.shown.rev, self.view or None)


class Browser:
    """A station with a page for each topic it watches."""

    def __init__(self, hub: Hub, viewer: object) -> None:
        self.hub, self.viewer, self.wire = hub, viewer, TextWire()
        self.station = hub.open(viewer, self.wire)
        self.pages: dict[str, Page] = {}
        self.gone: dict[str, str] = {}
        self._heard = 0
        self.age = float("inf")

    async def subscribe(self, topic: Topic, claim: Claim | None = None) -> None:
        self.pages.setdefault(str(topic), Page())
        await self.hub.subscribe(self.station, topic, claim)

    @property
    def frames(self) -> list[dict[str, Any]]:
        """All frames received so far, applied or not."""
        messages = [json.loads(message.text) for message in self.wire.said]
        return [message for message in messages if "r" in message]

    def read(self) -> None:
        """Take what came since the last time."""
        for message in self.wire.said[self._heard :]:
            said = json.loads(message.text)
            match said.get("op"):
                case None:
                    assert self.pages[said["t"]].take(said) is not Verdict.SNAP
                case "gone":
                    self.gone[said["t"]] = said["why"]
                case "hb":
                    self.age = said["age"]
        self._heard = len(self.wire.said)

    def page(self, topic: Topic) -> Page:
        self.read()
        return self.pages[str(topic)]

    async def until(self, topic: Topic, rev: int) -> float:
        """Wait until the page shows a revision; returns how long that took."""
        return await until(lambda: self.page(topic).shown.rev >= rev)


PATIENCE, TURN, LATE = 30.0, 0.005, 0.01  # seconds; a turn that comes later was kept from coming


async def until(true: Callable[[], object]) -> float:
    """Wait for something to become true; give the seconds that took, as far as they are ours.

    While this process wants a processor and has none, nothing of what is measured can go on: such
    time is the machine's. What the process itself computes counts, and so does all it waits for.
    """
    begun, stolen = time.monotonic(), 0.0
    now, worked = begun, time.process_time()
    while not true():
        assert now - begun < PATIENCE, "it did not happen"
        await asyncio.sleep(TURN)
        was, before, now, worked = now, worked, time.monotonic(), time.process_time()
        stolen += max(0.0, now - was - TURN - LATE - (worked - before))
    return time.monotonic() - begun - stolen
