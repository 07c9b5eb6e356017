"""Machine: hub and gate together through every fault a seed can think of, in virtual time.

Held after each step: what a page shows at (epoch, revision) is exactly what was drawn of the truth
at that revision (I2); a revision never falls inside an epoch (I1); no frame before its trail (I9);
no frame of a view that was taken away a second ago (I6). In the end all pages show the present.
The cases the gate saw are then put to static/js/gate.js, which must judge them alike.
"""

import asyncio
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from playwright.sync_api import sync_playwright

from realtime.frames import Drawing, Message, Picture
from realtime.gate import Shown, Verdict, judge
from realtime.hub import Hub
from realtime.subject import Lost, Seat, Seated
from realtime.topics import Topic
from realtime.views import Station
from tests.realtime import toy
from tests.realtime.browser import LAMP, Page
from tests.realtime.toy import LAMPS, TextWire
from tests.realtime.virtual import VirtualLoop
from tools.chromium import FLAGS, find

GATE = Path(__file__).parents[2] / "static" / "js" / "gate.js"
VIEWS = ("full", "wall")
FAULTS = ("", "twice", "shuffled", "lost")
State = dict[int, tuple[str, str]]
Case = tuple[str, int, str, int, int]
T = TypeVar("T")
SEEN: dict[Case, str] = {}


@dataclass
class Truth:
    """The subject in memory, with its whole history, so that any revision can be drawn again."""

    loop: VirtualLoop
    epoch: int = 1
    rev: int = 0
    state: State = field(default_factory=lambda: dict.fromkeys(range(1, 6), ("off", "")))
    history: dict[tuple[str, int], State] = field(default_factory=dict)
    trail: dict[object, set[UUID]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.keep()

    @property
    def name(self) -> str:
        return f"e{self.epoch}"

    def keep(self) -> None:
        self.history[self.name, self.rev] = dict(self.state)

    def picture(self, epoch: str, rev: int, view: str) -> Picture:
        state = self.history[epoch, rev]
        return toy.picture(LAMPS, view, [(n, *state[n]) for n in sorted(state)])

    async def _cost(self, what: str) -> None:
        await asyncio.sleep(0.004)
        if what in self.broken:
            raise ConnectionError(what)

    async def revisions(self, topics: Sequence[str]) -> tuple[str, dict[str, int]]:
        said = self.name, dict.fromkeys(topics, self.rev)
        await self._cost("revisions")
        return said

    async def draw(self, topic: Topic, views: frozenset[str]) -> Drawing:
        epoch, rev = self.name, self.rev
        await self._cost("draw")
        return Drawing(epoch, rev, {view: self.picture(epoch, rev, view) for view in views})

    async def note(
        self, viewers: Sequence[object], topic: Topic, patients: frozenset[UUID]
    ) -> None:
        await self._cost("note")
        for viewer in viewers:
            self.trail.setdefault(viewer, set()).update(patients)

    def left(self, viewer: object, topic: Topic) -> None:
        """Keep no trail of ends."""

    async def authorise(self, viewer: Any, topic: Topic) -> Seat:
        seat = Seat(viewer.view)
        await self._cost("authorise")
        return seat

    async def standing(self, seated: Sequence[Seated]) -> Mapping[int, Seat | Lost]:
        said: dict[int, Seat | Lost] = {}
        for place, one in enumerate(seated):
            assert isinstance(one.viewer, toy.Viewer)
            if one.viewer.view != one.seat.view:
                said[place] = Seat(one.viewer.view)
        await self._cost("standing")
        return said

    async def due(self) -> None:
        return


class WatchedWire(TextWire):
    """A wire that checks what is written when it is written."""

    def __init__(self, client: "Client") -> None:
        super().__init__()
        self.client = client

    def offer(self, topic: str, message: Message) -> None:
        before = len(self.said)
        super().offer(topic, message)
        self._check(before)

    def flush(self) -> None:
        before = len(self.said)
        super().flush()
        self._check(before)

    def _check(self, before: int) -> None:
        for message in self.said[before:]:
            frame = json.loads(message.text)
            lamps = {int(found.group(1)[5:]) for found in LAMP.finditer(frame["content"])}
            noted = self.client.truth.trail.get(self.client.viewer, set())
            assert {toy.patient(lamp) for lamp in lamps} <= noted, "I9"
            settled = self.client.truth.loop.time() - self.client.changed_at > 1.0
            assert frame["v"] == self.client.viewer.view or not settled, "I6"


@dataclass(eq=False)
class Client:
    """A page with a path of its own between it and the hub."""

    truth: Truth
    viewer: toy.Viewer
    page: Page = field(default_factory=Page)
    wire: WatchedWire | None = None
    station: Station | None = None
    heard: int = 0
    changed_at: float = float("-inf")

    def take(self, hub: Hub, message: Message) -> None:
        frame = json.loads(message.text)
        if "op" in frame:
            return
        was = self.page.shown
        case = (*was, frame["e"], frame["p"], frame["r"])
        SEEN[case] = judge(was, *case[2:])
        match self.page.take(frame):
            case Verdict.SNAP if self.station is not None:
                hub.snap(self.station, [str(LAMPS)])
            case Verdict.APPLY:
                assert frame["e"] != was.epoch or frame["r"] >= was.rev, "I1"
        self.check()

    def check(self) -> None:
        epoch, rev = self.page.shown
        if epoch:
            assert self.page.body == self.truth.picture(epoch, rev, self.page.view).body, "I2"


class Machine(RuleBasedStateMachine):
    clients = Bundle("clients")

    def __init__(self) -> None:
        super().__init__()
        self.loop = VirtualLoop()
        self.truth = Truth(self.loop)
        begin = datetime(2026, 11, 20, tzinfo=UTC)
        self.hub = self._make(begin)
        self.running = self.loop.create_task(self.hub.run())
        self.people: list[Client] = []
        self.started: list[asyncio.Task[None]] = []
        self.dice = random.Random(7)

    def _make(self, begin: datetime) -> Hub:
        clock = lambda: begin + timedelta(seconds=self.loop.time())  # noqa: E731
        return self.inside(lambda: Hub(self.truth, clock=clock, monotonic=self.loop.time))

    def inside(self, act: Callable[[], T]) -> T:
        """Do it where the loop runs, as a callback would."""

        async def once() -> T:
            return act()

        return self.loop.run_until_complete(once())

    def wait(self, seconds: float) -> None:
        self.loop.run_until_complete(asyncio.sleep(seconds))

    @initialize()
    def start(self) -> None:
        self.wait(0.01)

    # People ------------------------------------------------------------------------------

    @rule(target=clients, view=st.sampled_from(VIEWS), fresh=st.booleans())
    def open_page(self, view: str, fresh: bool) -> Client:
        client = Client(self.truth, toy.Viewer(view=view))
        if fresh:
            picture = self.truth.picture(self.truth.name, self.truth.rev, view)
            client.page.load(self.truth.name, self.truth.rev, view, picture)
        self.people.append(client)
        self.connect(client)
        return client

    @rule(client=clients)
    def connect(self, client: Client) -> None:
        self.cut(client)
        client.wire, client.heard = WatchedWire(client), 0
        client.station = self.hub.open(client.viewer, client.wire)
        claim = client.page.claim if client.page.shown.epoch else None

        async def subscribe() -> None:
            try:
                await self.hub.subscribe(client.station, LAMPS, claim)
            except ConnectionError:
                client.station = None  # the socket closes 1013, and the browser comes back

        self.started.append(self.loop.create_task(subscribe()))
        self.wait(0.002)

    @rule(client=clients)
    def cut(self, client: Client) -> None:
        """The path is gone, with whatever was on it."""
        if client.station:
            station, client.station = client.station, None
            self.inside(lambda: self.hub.close(station))

    @rule(client=clients, count=st.integers(1, 5), how=st.sampled_from(FAULTS))
    def deliver(self, client: Client, count: int, how: str) -> None:
        if client.wire is None or client.station is None:
            return
        messages = client.wire.said[client.heard : client.heard + count]
        client.heard += len(messages)
        if how == "twice":
            messages = messages + messages
        if how == "shuffled":
            self.dice.shuffle(messages)
        if how == "lost":
            messages = messages[1:]
        self.inside(lambda: [client.take(self.hub, message) for message in messages])

    @rule(client=clients, full=st.booleans())
    def stall(self, client: Client, full: bool) -> None:
        if client.wire:
            client.wire.full = full
            self.inside(client.wire.flush)

    @rule(client=clients, view=st.sampled_from(VIEWS), poked=st.booleans())
    def change_rights(self, client: Client, view: str, poked: bool) -> None:
        if client.viewer.view != view:
            client.viewer.view, client.changed_at = view, self.loop.time()
            if poked:
                self.inside(lambda: self.hub.poked("rights/somebody", 1))

    # The truth ---------------------------------------------------------------------------

    @rule(
        lamp=st.integers(1, 7),
        label=st.sampled_from(["off", "on", "dim"]),
        secret=st.sampled_from(["", "s"]),
        pokes=st.sampled_from([0, 1, 1, 2]),
    )
    def write(self, lamp: int, label: str, secret: str, pokes: int) -> None:
        self.truth.state[lamp] = (label, secret)
        self._commit(pokes)

    @rule(
        client=clients, count=st.integers(2, 6), how=st.sampled_from(FAULTS), gap=st.floats(0, 0.06)
    )
    def hurry(self, client: Client, count: int, how: str, gap: float) -> None:
        """Many changes at once, on a path that does not keep order."""
        if client.station is None:
            self.connect(client)
        self.wait(0.05)
        self.deliver(client, 10_000, "")
        for number in range(count):
            self.write(1 + number % 5, ("on", "dim", "off")[(number + self.truth.rev) % 3], "", 1)
            self.wait(gap)
        self.wait(0.1)
        self.deliver(client, 10_000, how)

    @rule(lamp=st.integers(1, 7), pokes=st.sampled_from([0, 1]))
    def remove(self, lamp: int, pokes: int) -> None:
        self.truth.state.pop(lamp, None)
        self._commit(pokes)

    def _commit(self, pokes: int) -> None:
        self.truth.rev += 1
        self.truth.keep()
        for _ in range(pokes):
            self.inside(lambda: self.hub.poked(str(LAMPS), self.truth.rev))

    @rule(lost=st.integers(0, 3))
    def fail_over(self, lost: int) -> None:
        """A standby takes over; the last commits may be gone, revisions are given out again."""
        was = self.truth.name
        self.truth.rev = max(0, self.truth.rev - lost)
        self.truth.state = dict(self.truth.history[was, self.truth.rev])
        self.truth.epoch += 1
        for rev in range(self.truth.rev + 1):
            self.truth.history[self.truth.name, rev] = self.truth.history[was, rev]

    @rule(rev=st.integers(-1, 50))
    def forge(self, rev: int) -> None:
        self.inside(lambda: self.hub.poked(str(LAMPS), rev))

    @rule()
    def resubscribe(self) -> None:
        self.inside(self.hub.resubscribed)

    @rule(what=st.sampled_from(["draw", "note", "standing", "revisions", "authorise"]))
    def break_something(self, what: str) -> None:
        self.truth.broken ^= {what}

    @rule(seconds=st.sampled_from([0.001, 0.005, 0.03, 0.2, 1.2]))
    def pass_time(self, seconds: float) -> None:
        self.wait(seconds)

    def teardown(self) -> None:
        """Everything works again: within seconds every page shows the present."""
        try:
            self.truth.broken.clear()
            for client in self.people:
                if client.station is None:
                    self.connect(client)
                self.stall(client, full=False)
            self.wait(2.5)
            for label in ("last", "very last"):  # a frame after any that was lost
                self.truth.state[1] = (label, "")
                self._commit(1)
                self.wait(2.5)
                for _ in range(3):
                    for client in self.people:
                        self.deliver(client, 10_000, "")
                    self.wait(0.1)
            for client in self.people:
                assert client.page.shown == Shown(self.truth.name, self.truth.rev)
                assert client.page.view == client.viewer.view
        finally:
            self.running.cancel()
            self.loop.run_until_complete(asyncio.wait([self.running, *self.started]))
            self.loop.close()


def javascript(cases: list[Case]) -> list[str]:
    """Judge cases as the browser does."""
    ask = "(cases) => cases.map(([epoch, rev, e, p, r]) => wardGate.judge({epoch, rev}, {e, p, r}))"
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=find(), args=FLAGS)
        page = browser.new_page()
        page.add_script_tag(path=GATE)
        judged: list[str] = page.evaluate(ask, cases)
        browser.close()
    return judged


@pytest.mark.browser
def test_hub_and_gate_hold_their_promises_and_the_browser_judges_alike():
    steps = settings(
        max_examples=300, stateful_step_count=60, deadline=None, derandomize=False,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(Machine, settings=steps)
    cases = list(SEEN)
    assert set(SEEN.values()) == set(Verdict)  # the machine reached every judgement
    assert javascript(cases) == [SEEN[case] for case in cases]


@pytest.mark.browser
def test_both_gates_judge_everything_alike():
    cases: list[Case] = []
    small, epochs = st.integers(0, 6), st.sampled_from(["", "a", "b"])

    @settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.tuples(epochs, small, epochs, small, small))
    def gather(case: Case) -> None:
        cases.append(case)

    gather()
    assert javascript(cases) == [judge(Shown(*case[:2]), *case[2:]) for case in cases]
