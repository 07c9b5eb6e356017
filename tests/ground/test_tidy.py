"""What is kept is kept for its time, and what cannot be read reaches no log."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from domain.access import Permission
from tests.adt.scene import Scene
from tests.settling import settled
from tests.stations import Station
from ward import clock
from ward.crypto import Place, Unreadable, keys_of, seal
from ward.patients.queries import people_of
from ward.tidy import tidy

COUNT = "SELECT count(*) FROM idempotency"


@pytest.fixture
def later() -> Iterator[None]:
    """Put the clock back when the test is over."""
    yield
    clock.shift(timedelta(0))


async def test_an_answer_is_forgotten_after_a_day(
    open_scene: Scene, nurse: Station, later: None
) -> None:
    bed = await open_scene.bed("6E-04")
    await nurse.post(f"/beds/{bed.id}/status", to="H", version=bed.version)
    assert await tidy(open_scene.node) == 0
    assert await open_scene.scalar(COUNT) == 1
    clock.shift(timedelta(hours=25))
    assert await tidy(open_scene.node) == 1
    assert await open_scene.scalar(COUNT) == 0


async def test_facts_leave_the_outbox_after_three_days(
    open_scene: Scene, nurse: Station, later: None
) -> None:
    facts = "SELECT count(*) FROM outbox"
    bed = await open_scene.bed("6E-04")
    await nurse.post(f"/beds/{bed.id}/status", to="H", version=bed.version)
    await settled(open_scene.node)
    before = await open_scene.scalar(facts)
    assert before > 0
    clock.shift(timedelta(days=2, hours=23))
    await tidy(open_scene.node)
    assert await open_scene.scalar(facts) == before
    clock.shift(timedelta(days=3, hours=1))
    assert await tidy(open_scene.node) == before
    assert await open_scene.scalar(facts) == 0


async def test_a_value_of_another_shape_is_unreadable_and_not_quoted(scene: Scene) -> None:
    ida = await scene.patient()
    async with scene.node.engine.begin() as connection:
        key, version = (await keys_of(connection, scene.node.vault, [ida]))[ida]
        envelope = seal(key, version, Place("patient", "identity", ida, ida), b'"QUILLFEATHER"')
        await connection.execute(
            text("UPDATE patient SET identity = :identity WHERE id = :id"),
            {"identity": envelope, "id": ida},
        )
    with pytest.raises(Unreadable) as caught:
        async with scene.work() as one:
            await people_of(one, [ida], Permission.VIEW_PATIENT)
    assert "QUILLFEATHER" not in repr(caught.value)
    assert caught.value.__cause__ is None
