"""Rounds: the demo's charts are full at once, its patients are looked at, its monitors send."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.access import Permission
from domain.alerts import AlertState
from tests.dev.test_simulator import busy, floor_of, later, opened, scalar, until  # noqa: F401 - fixtures
from tests.settling import settled
from tests.vitals.bedsides import told
from ward import clock
from ward.alerts.models import Alert
from ward.config import Settings
from ward.dev.admissions import admit_cast, lay
from ward.dev.history import chart_history
from ward.dev.people import everybody
from ward.dev.simulator.beside import Monitors
from ward.dev.simulator.carers import Carers
from ward.dev.simulator.day import Simulator
from ward.dev.simulator.look import marks_of
from ward.dev.simulator.pace import Pace
from ward.dev.simulator.rounds import Rounds, bedded
from ward.interop.hl7.border import Border
from ward.interop.hl7.worker import drain
from ward.invariants import examine
from ward.node import Node
from ward.security.actors import System
from ward.security.models import User
from ward.vitals.observe import observe
from ward.vitals.queries import last_of
from ward.work import work_as

SOMEBODY = System("test:person", frozenset(Permission))
SETS = "SELECT count(*) FROM observation_set"
FINAL = SETS + " WHERE state = 'final'"
WAITING = SETS + " WHERE state = 'preliminary'"
HIGH = (
    "SELECT count(*) FROM observation_plan p JOIN observation_set s ON s.id = p.last_id"
    " WHERE s.urgency = 'high'"
)
OVERDUE = "SELECT count(*) FROM observation_plan WHERE overdue_at < now()"


async def charted(node: Node) -> None:
    """The demo hospital as it opens."""
    await admit_cast(node)
    await chart_history(node)


async def lie_down(node: Node) -> None:
    """Six East alone, as it opens: what holds of one ward holds of all."""
    beds = {spot.label: spot.bed for spot in (await floor_of(node, "6E")).spots}
    for one in everybody():
        if one.bed.startswith("6E"):
            async with work_as(node, SOMEBODY, "test") as work:
                await lay(work, one, beds[one.bed[-2:]])
    await chart_history(node)


EAST = pytest.mark.begins(fill=lie_down)


@pytest.mark.begins(fill=charted)
async def test_charts_are_full_when_the_demo_opens_and_once(node: Node) -> None:
    lying = sum(one.lies for one in everybody())
    sets = await scalar(node, FINAL)
    assert await scalar(node, "SELECT count(DISTINCT patient_id) FROM observation_set") == lying
    assert sets > lying * 8
    assert await scalar(node, SETS + " WHERE recorded_at <> taken_at") == 0
    # the copy may be older than it says: a run of all tests takes its time
    newest = "(SELECT max(taken_at) FROM observation_set)"
    assert await scalar(node, f"{SETS} WHERE taken_at < {newest} - interval '73 hours'") == 0
    assert 1 <= await scalar(node, HIGH) <= 4
    assert await scalar(node, OVERDUE) >= 1
    assert await chart_history(node) == 0
    assert await scalar(node, FINAL) == sets
    assert [one.sentence for one in await examine(node) if one.violations] == []


@EAST
async def test_nurses_look_at_who_is_due_one_after_another(node: Node, later) -> None:  # noqa: F811
    rounds, before = Rounds(node, Pace(1)), await scalar(node, FINAL)
    later(7 * 3600)
    for _ in range(20):
        await rounds.step()
        later(70)
    assert rounds.done["observed"] >= 15
    assert rounds.done["refused"] == 0
    assert await scalar(node, FINAL) >= before + 15
    assert await scalar(node, SETS + " WHERE recorded_as = 'simulator:nurse'") > before


@EAST
async def test_at_speed_an_illness_runs_in_minutes(node: Node, later) -> None:  # noqa: F811
    rounds, seen = Rounds(node, Pace(60)), set()
    muller = next(one for one in everybody() if one.family == "Müller")
    for _ in range(8):
        for _ in range(30):
            if await rounds.step() is None:
                break
        found = await bedded(node, marks_of(node))
        patient = next(one for one in found if one.one is muller)
        async with work_as(node, SOMEBODY, "test") as work:
            last = (await last_of(work, [patient.patient]))[patient.patient]
        seen.add(last.result.at_least)
        later(66)
    assert max(seen) >= 7


@EAST
async def test_whom_a_person_has_just_observed_is_left_to_that_person(
    node: Node,
    later,  # noqa: F811
) -> None:
    rounds = Rounds(node, Pace(60))
    found = await bedded(node, marks_of(node))
    mine = next(one for one in found if one.one.family == "Okafor")
    later(70)
    async with work_as(node, SOMEBODY, "test") as work:
        made = await observe(work, mine.patient, told(at=work.now), seen=None)
        users = await work.every(select(User).limit(1), Permission.MANAGE_USERS)
        made.recorded_by = users[0].id
    now = {one.patient: one for one in await bedded(node, marks_of(node))}[mine.patient]
    assert now.by_person
    assert rounds.when(now) >= made.taken_at + timedelta(minutes=10)


@EAST
@pytest.mark.parametrize("through", ["listener", "intake"])
async def test_four_monitors_send_and_nothing_counts(
    busy: Settings,  # noqa: F811
    through: str,
) -> None:
    async with opened(busy.model_copy(update={"hl7_port": 0})) as node:
        node.parts = frozenset({"simulator", "mllp"} if through == "listener" else {"simulator"})
        border = Border(node)
        await border.start()
        if through == "listener":  # on whichever port was free
            node.settings = node.settings.model_copy(update={"hl7_port": border.listener.port})
        before = await scalar(node, FINAL)
        monitors = Monitors(node, Rounds(node, Pace(1)))
        assert await monitors.step() == 3  # nobody lies in bed 04
        while await drain(node):
            pass
        await border.stop()
        assert await scalar(node, "SELECT count(*) FROM hl7_message WHERE state = 'done'") == 3
        assert await scalar(node, WAITING) == 3
        assert await scalar(node, FINAL) == before


@EAST
async def test_an_alert_is_taken_in_time_and_closed_later(node: Node, later) -> None:  # noqa: F811
    await settled(node)
    carers = Carers(node, Pace(1))
    states = set()
    for _ in range(30):
        later(120)
        await carers.step()
        async with work_as(node, SOMEBODY, "test") as work:
            alerts = await work.every(select(Alert), Permission.VIEW_ALERTS)
        states |= {(one.state, one.owner_id is not None) for one in alerts}
    assert (AlertState.ACCEPTED, True) in states
    assert (AlertState.CLOSED, True) in states
    assert carers.done["simulator.close_alert"] >= 1


@EAST
async def test_the_whole_day_runs_beside_each_other(busy: Settings) -> None:  # noqa: F811
    async with opened(busy) as node:
        simulator = Simulator(node)
        clock.shift(timedelta(minutes=7))
        try:
            await simulator.start()
            await until(lambda: simulator.rounds.done["observed"] >= 2)
            await until(lambda: simulator.monitors.sent >= 3)
            await until(lambda: sum(simulator.done.values()) >= 3)
        finally:
            await simulator.stop()
            clock.shift(timedelta(0))
        assert [one.sentence for one in await examine(node) if one.violations] == []
