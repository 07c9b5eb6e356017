"""Due: a thousand patients by the clock: what waiting costs a node, and how late it tells."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from bench.figures import Figure, spread
from bench.hospital import Hospital, Serving, serving, without
from bench.thousand import PATIENTS, Lying, lay, plan
from bench.writer import writing
from ward import clock

TOGETHER = 100  # of them within the minute that is measured, the others over the hour after it
HALF = 30.0  # seconds: in the first half of the minute they fall due, in the second overdue
IDLE, SETTLE, AFTER = 15.0, 4.0, 3.0
GRACE, BEFORE = timedelta(minutes=15), timedelta(milliseconds=10)
HOUR = 3600.0

_OVERDUE = text("""
    SELECT extract(epoch FROM o.at - p.overdue_at)::float FROM observation_plan p
    JOIN outbox o ON o.topic = 'chart/' || p.patient_id AND o.event->>'kind' = 'ObservationsOverdue'
    WHERE p.overdue_at >= :since AND p.overdue_at < :until
""")
_SOUNDED = text("""
    SELECT extract(epoch FROM min(o.at) - p.overdue_at)::float FROM observation_plan p
    JOIN outbox o ON o.topic = 'alerts/' || (SELECT ward_id FROM patient WHERE id = p.patient_id)
        AND o.event->>'kind' = 'AlertSounded' AND o.event->>'patient_id' = p.patient_id::text
    WHERE p.overdue_at >= :since AND p.overdue_at < :until GROUP BY p.id, p.overdue_at
""")
_FLIPPED = text("""
    SELECT extract(epoch FROM o.at - CASE o.nth_of WHEN 1 THEN p.due_at ELSE p.overdue_at END)
        ::float
    FROM observation_plan p
    JOIN (
        SELECT topic, at, row_number() OVER (PARTITION BY topic ORDER BY rev) AS nth_of
        FROM outbox WHERE event = '{}'
    ) o ON o.topic = 'observations/' || p.patient_id
    WHERE p.overdue_at >= :since AND p.overdue_at < :until AND o.nth_of <= 2
""")


@dataclass(slots=True)
class Minute:
    """What a node that serves nobody did while nothing was due, and then while much was."""

    node: Serving
    still: Serving  # the same, looking for nothing that falls due
    idle: float = 0.0  # of a core
    looking: float = 0.0  # of it, what looking for what falls due costs
    due: float = 0.0  # seconds for one
    overdue: float = 0.0

    async def watch(self, begins: datetime) -> None:
        """Note the processor's seconds of each."""
        wait = (begins - clock.now()).total_seconds() - IDLE
        assert wait > 0, "the plans were not written in time"
        await asyncio.sleep(wait)
        before = self.still.cpu
        self.idle = await self._share(IDLE)
        self.looking = self.idle - (self.still.cpu - before) / IDLE
        self.due = (await self._share(HALF) - self.idle) * HALF / TOGETHER
        self.overdue = (await self._share(HALF + AFTER) - self.idle) * (HALF + AFTER) / TOGETHER

    async def _share(self, seconds: float) -> float:
        begun, before = time.perf_counter(), self.node.cpu
        await asyncio.sleep(seconds)
        return (self.node.cpu - before) / (time.perf_counter() - begun)

    def told(self) -> list[Figure]:
        """Tell the shares of a core, and what comes to an hour in which all of them are due."""
        hour = self.looking + PATIENTS * self.due / HOUR
        late = hour + PATIENTS * self.overdue / HOUR
        return [
            Figure(f"looking for what falls due, {PATIENTS} plans, nothing due",
                   f"{100 * self.looking:.2f} % of a core (a whole idle node: "
                   f"{100 * self.idle:.2f} %)", "<= 1 %"),
            Figure(f"the same while {PATIENTS} fall due in an hour",
                   f"{100 * hour:.2f} % of a core on average, {1000 * self.due:.1f} ms each"
                   f" (n={TOGETHER})", "<= 1 %"),
            Figure("and each is then overdue and somebody called",
                   f"{100 * late:.2f} % of a core on average, {1000 * self.overdue:.1f} ms each"
                   f" (n={TOGETHER})"),
        ]  # fmt: skip


def measure(place: Hospital) -> list[Figure]:
    """Lay a thousand in beds, have a hundred fall due in a minute, and see what becomes of it."""
    lying = asyncio.run(_lay(place))
    alone = without(place, WARD_ENV="demo", WARD_SIMULATOR="off")  # no clock of tests to follow
    with serving(alone) as node, serving(alone, "--without-due") as still:
        return asyncio.run(_measure(place, Minute(node, still), lying))


async def _lay(place: Hospital) -> list[Lying]:
    async with writing(place) as writer:
        return await lay(writer, place.ward_id)


async def _measure(place: Hospital, minute: Minute, lying: Sequence[Lying]) -> list[Figure]:
    async with writing(place) as writer:
        begins = clock.now() + timedelta(seconds=SETTLE + len(lying) / 150 + IDLE)
        await plan(writer, _when(lying, begins))
        await minute.watch(begins)
        at = {"since": begins, "until": begins + timedelta(seconds=2 * HALF)}
        async with writer.aside.connect() as connection:
            late = [
                [max(0.0, float(one)) for one in (await connection.execute(asked, at)).scalars()]
                for asked in (_OVERDUE, _FLIPPED, _SOUNDED)
            ]
    bars = ("fact recorded", "screens turned (due, overdue)", "alert stands")
    assert len(late[0]) == len(late[2]) == TOGETHER, [len(one) for one in late]
    assert len(late[1]) == 2 * TOGETHER, len(late[1])
    return [
        *minute.told(),
        *(
            Figure(f"lateness: {name}", spread(one), "max <= 1 s")
            for name, one in zip(bars, late, strict=True)
        ),
    ]


def _when(lying: Sequence[Lying], begins: datetime) -> list[tuple[Lying, datetime, datetime]]:
    """Spread a hundred over the minute, no two at once, and the others over the hour after it."""
    later, every = begins + timedelta(seconds=2 * HALF + AFTER + 10), PATIENTS // TOGETHER
    found = []
    for number, one in enumerate(lying):
        if number % every == 0:  # some of every ward
            due = begins + timedelta(seconds=HALF * (number / PATIENTS) + 0.123)
            found.append((one, due, due + timedelta(seconds=HALF) - BEFORE))
        else:
            due = later + timedelta(seconds=HOUR * number / PATIENTS)
            found.append((one, due, due + GRACE))
    return found
