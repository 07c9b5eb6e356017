"""Due: a thousand patients by the clock: what waiting costs a node, and how late it tells."""

import asyncio
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
MINUTE, NOTICE = 60.0, 20.0  # seconds; from due to overdue of those of the minute
IDLE, SETTLE, AFTER = 15.0, 4.0, 3.0
GRACE = timedelta(minutes=15)
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
    idle: float = 0.0
    busy: float = 0.0

    async def watch(self, begins: datetime) -> None:
        """Note the processor's seconds of both."""
        wait = (begins - clock.now()).total_seconds() - IDLE
        assert wait > 0, "the plans were not written in time"
        await asyncio.sleep(wait)
        before = self.node.cpu
        await asyncio.sleep(IDLE)
        self.idle, before = (self.node.cpu - before) / IDLE, self.node.cpu
        await asyncio.sleep(MINUTE + AFTER)
        self.busy = self.node.cpu - before - AFTER * self.idle

    def told(self) -> list[Figure]:
        """Tell the shares of a core, and what an hour comes to in which everybody is overdue."""
        each = (self.busy - MINUTE * self.idle) / TOGETHER
        hour = self.idle + PATIENTS * each / HOUR
        return [
            Figure(f"node with {PATIENTS} plans, nothing due", f"{100 * self.idle:.2f} % of a core",
                   "<= 1 %"),
            Figure(f"{TOGETHER} due, then overdue and called for, within one minute",
                   f"{100 * self.busy / MINUTE:.2f} % of a core, {1000 * each:.1f} ms CPU each"),
            Figure(f"so with {PATIENTS} due, overdue and called for in an hour",
                   f"{100 * hour:.2f} % of a core on average", "<= 1 %"),
        ]  # fmt: skip


def measure(place: Hospital) -> list[Figure]:
    """Lay a thousand in beds, have a hundred fall due in a minute, and see what becomes of it."""
    lying = asyncio.run(_lay(place))
    alone = without(place, WARD_ENV="demo", WARD_SIMULATOR="off")  # no clock of tests to follow
    with serving(alone) as node:
        return asyncio.run(_measure(place, node, lying))


async def _lay(place: Hospital) -> list[Lying]:
    async with writing(place) as writer:
        return await lay(writer, place.ward_id)


async def _measure(place: Hospital, node: Serving, lying: Sequence[Lying]) -> list[Figure]:
    async with writing(place) as writer:
        begins = clock.now() + timedelta(seconds=SETTLE + len(lying) / 150 + IDLE)
        await plan(writer, _when(lying, begins))
        minute = Minute(node)
        await minute.watch(begins)
        at = {"since": begins, "until": begins + timedelta(seconds=MINUTE)}
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
    soon, notice = (MINUTE - NOTICE) / TOGETHER, timedelta(seconds=NOTICE)
    later = begins + timedelta(seconds=MINUTE + AFTER + 10)
    found = []
    for number, one in enumerate(lying):
        if number % (PATIENTS // TOGETHER) == 0:  # from every ward
            due = begins + timedelta(seconds=soon * (number // (PATIENTS // TOGETHER)) + 0.123)
            found.append((one, due, due + notice - timedelta(seconds=0.01)))
        else:
            due = later + timedelta(seconds=HOUR * number / PATIENTS)
            found.append((one, due, due + GRACE))
    return found
