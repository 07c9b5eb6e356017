"""Day: what the simulator does, one act after another, as long as this node leads."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from random import Random
from typing import TypeVar

import structlog
from sqlalchemy.exc import DBAPIError

from domain.access import Permission
from realtime.tasks import end
from ward.db import collided
from ward.dev.simulator import beds, requests, stays
from ward.dev.simulator.beside import Monitors
from ward.dev.simulator.carers import Carers
from ward.dev.simulator.hands import REFUSALS
from ward.dev.simulator.hospital import Hospital
from ward.dev.simulator.lead import RETRY, Lead, leading
from ward.dev.simulator.look import NAME, Marks, look, marks_of
from ward.dev.simulator.medicines import Medicines
from ward.dev.simulator.pace import CARE, DOSES, ROUND, TUBES, VISITS, Pace
from ward.dev.simulator.rounds import Rounds
from ward.dev.simulator.sampling import Sampling
from ward.dev.simulator.view import Act, View
from ward.dev.simulator.visiting import Visiting
from ward.node import Node
from ward.security.actors import System
from ward.work import work_as

PART = "simulator"
SEED = 20261120
SIMULATOR = System(
    NAME,
    frozenset(
        {
            Permission.VIEW_BEDS,
            Permission.CHANGE_BED_STATUS,
            Permission.RESERVE_BED,
            Permission.BLOCK_BED,
            Permission.VIEW_PATIENT,
            Permission.REGISTER_PATIENT,
            Permission.RECORD_ALLERGY,
            Permission.VIEW_STAYS,
            Permission.REQUEST_MOVE,
            Permission.ACCEPT_MOVE,
            Permission.ADMIT,
            Permission.TRANSFER,
            Permission.DISCHARGE,
        }
    ),
)

Plan = Callable[[View], Act | None]

USUAL: dict[Plan, float] = {
    beds.clean: 30,
    requests.arrive: 24,
    requests.walk_in: 20,
    requests.answer: 18,
    stays.send_home: 16,
    requests.ask: 16,
}
"""How often each is tried first; together they keep wards as full as LEAST and MOST say."""

RARE: dict[Plan, float] = {
    stays.expect: 0.1,
    beds.unblock: 0.1,
    stays.back: 0.2,
    stays.leave: 0.02,
    stays.end_apart: 0.05,
    stays.change_places: 0.02,
    stays.keep_apart: 0.02,
    beds.block: 0.01,
}
"""How likely each is thought of at all."""

log = structlog.get_logger()
T = TypeVar("T")


def choose(hospital: Hospital, dice: Random, pace: Pace) -> Act | None:
    """Decide what happens next: the same hospital and the same dice give the same act."""
    floors = {floor: float(len(floor.spots)) for floor in hospital.floors}
    for floor in shuffled(floors, dice):
        view = View(hospital, floor, dice, pace)
        for plan in [*rare(dice), *shuffled(USUAL, dice)]:
            if act := plan(view):
                return act
    return None


class Simulator:
    """Keeps the demo hospital busy; one node of all does, at the speed of its settings."""

    def __init__(self, node: Node, seed: int = SEED) -> None:
        self.node = node
        self.pace = Pace(max(1, node.settings.simulator))
        self.done: Counter[str] = Counter()
        self.refused = 0
        self.leads = False
        self.rounds = Rounds(node, self.pace)
        self.monitors = Monitors(node, self.rounds)
        self.carers = Carers(node, self.pace)
        self.medicines = Medicines(node, self.pace)
        self.sampling = Sampling(node, self.pace)
        self.visiting = Visiting(node, self.pace)
        self._dice = Random(seed)  # noqa: S311 - a story, no secret
        self._marks: Marks = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin, if this node is to simulate."""
        if PART in self.node.parts and self.node.settings.simulator:
            self._task = asyncio.create_task(self._run(), name="simulator")

    async def stop(self) -> None:
        """End; what is half done is undone."""
        await end(self._task)

    async def step(self) -> Act | None:
        """Let one thing happen, or nothing when somebody was quicker."""
        self._marks = self._marks or marks_of(self.node)
        act = choose(await look(self.node, self._marks), self._dice, self.pace)
        if act is None:
            return None
        try:
            async with work_as(self.node, SIMULATOR, act.code) as work:
                await act.do(work)
        except REFUSALS:
            self.refused += 1
            return None
        except DBAPIError as error:
            if not collided(error):
                raise
            self.refused += 1
            return None
        self.done[act.code] += 1
        return act

    async def _run(self) -> None:
        while True:
            try:
                await self._lead()
            except Exception as error:  # noqa: BLE001 - a store that is away must not end the day
                log.warning("simulator.waits", kind=type(error).__name__)
            await asyncio.sleep(RETRY)

    async def _lead(self) -> None:
        async with leading(self.node) as lead:
            self.leads = True
            try:
                async with asyncio.TaskGroup() as day:  # what ends one ends all: the lead is gone
                    day.create_task(self._move(lead))
                    day.create_task(_again(self.rounds.step, ROUND))
                    day.create_task(_again(self.carers.step, CARE))
                    day.create_task(_again(self.medicines.step, DOSES))
                    day.create_task(_again(self.sampling.step, TUBES))
                    day.create_task(_again(self.visiting.step, VISITS))
                    day.create_task(_again(self.monitors.step, self.monitors.pause))
            finally:
                self.leads = False

    async def _move(self, lead: Lead) -> None:
        while True:
            await asyncio.sleep(self.pace.step * self._dice.uniform(0.5, 1.5))
            await lead.check()
            await self.step()


async def _again(step: Callable[[], Awaitable[object]], pause: float) -> None:
    """Do one part of the day again and again; what fails is tried again, the others go on."""
    while True:
        await asyncio.sleep(pause)
        try:
            await step()
        except Exception as error:  # noqa: BLE001 - whether this node still leads, another asks
            log.warning("simulator.waits", kind=type(error).__name__)


def rare(dice: Random) -> list[Plan]:
    """Give the rare plans that are thought of now."""
    return [plan for plan, chance in RARE.items() if dice.random() < chance]


def shuffled(weighted: Mapping[T, float], dice: Random) -> list[T]:
    """Give each a chance to be first that goes with its weight."""
    drawn = {one: dice.random() ** (1 / weight) for one, weight in weighted.items()}
    return sorted(drawn, key=lambda one: drawn[one], reverse=True)
