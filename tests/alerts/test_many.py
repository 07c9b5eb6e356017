"""Many alerts on one ward: the console asks no more of the database, and is drawn at once."""

import time
from contextlib import contextmanager

from sqlalchemy import event

from domain.access import Permission
from domain.alerts import Cause
from realtime.topics import Topic
from tests.settling import crowding
from ward import live
from ward.adt.admit import admit
from ward.alerts.sound import sound
from ward.beds.open import open_bed
from ward.places.models import Ward

#: What a node asks by itself meanwhile.
OWN = (" job", "live_", "test_clock", "changed_xid", "key_node", "FROM kek", "audit_")
PATIENTS = 84  # six causes each: 504 alerts
MOST_SECONDS = 10  # cold, on a shared core, everything drawn for the first time


@contextmanager
def counted(node):
    said: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        if not any(word in statement for word in OWN):
            said.append(statement)

    event.listen(node.aside.sync_engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(node.aside.sync_engine, "before_cursor_execute", note)


async def _lay(calls, number: int) -> None:
    patient = await calls.scene.patient(f"Many{number:03}")
    async with calls.scene.work() as work:
        ward = await work.access(Ward, calls.scene.east, Permission.VIEW_BEDS)
        bed = await open_bed(work, ward, f"{100 + number}", position=100 + number)
        await work.flush()
        await admit(work, patient, bed.id)
    async with calls.scene.work() as work:
        for cause in (Cause.OBS_OVERDUE, Cause.NOT_RECORDABLE, *list(Cause)[:4]):
            await sound(work, patient, cause, f"{cause.word} {number}", worse=False)


async def test_500_alerts_take_the_same_few_statements(calls) -> None:
    topic = Topic("alerts", calls.scene.east)
    node = calls.scene.node
    counts = {}
    for number in range(PATIENTS):
        await _lay(calls, number)
        if number in (0, PATIENTS - 1):
            await calls.settled()
            with counted(node) as said:
                began = time.monotonic()
                drawn = await live.draw(node, topic, frozenset({"full.en"}))
                counts[number] = (len(said), time.monotonic() - began)
    picture = drawn.pictures["full.en"]
    again = time.monotonic()
    await live.draw(node, topic, frozenset({"full.en"}))
    warm = time.monotonic() - again
    alerts = sum(name.startswith("alert-") for name in picture.regions)
    print(f"{alerts} alerts: {counts}, again in {warm:.3f} s, {len(picture.body)} bytes")
    assert alerts >= 500
    assert counts[PATIENTS - 1][0] <= counts[0][0] + 2  # keys, and whom bedsides call
    assert counts[PATIENTS - 1][1] < MOST_SECONDS * crowding()
