"""Statements: pages, changes and screens take few of them, however full the ward is."""

from contextlib import contextmanager

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from realtime.topics import Topic
from tests.adt.scene import Scene
from tests.contracts.test_trail import lying
from tests.stations import Station
from ward import live
from ward.patients import search

PAGES = {"board": 19, "chart": 30, "search": 4, "wards": 5}
CHANGES = {"home": 22, "status": 12}
DRAWN = 15


@contextmanager
def counted(engine: AsyncEngine):
    """Note what is said on each connection, with the connection that says it."""
    said: list[tuple[int, str]] = []

    def note(connection, _cursor, statement, *_rest) -> None:
        said.append((id(connection.connection.driver_connection), statement))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)


def of_the_change(said: list[tuple[int, str]]) -> list[str]:
    """Take one command's statements: from its session to its revisions; jobs come afterwards."""
    (own,) = {one for one, statement in said if "INSERT INTO idempotency" in statement}
    mine = [statement for one, statement in said if one == own]
    last = next(n for n, statement in enumerate(mine) if "bumped AS (" in statement)
    return mine[: last + 1]


@pytest.mark.parametrize("page", sorted(PAGES))
async def test_a_page_takes_the_same_few_statements_however_full(
    open_ward: Scene, nurse: Station, page: str
) -> None:
    ida = await lying(open_ward)
    path = {
        "board": f"/wards/{open_ward.east}/beds",
        "chart": f"/patients/{ida}",
        "search": "/patients?q=quill",
        "wards": "/wards",
    }[page]
    counts = []
    for bed in ("6E-02", "6E-03"):
        open_ward.node.pictures._kept.clear()  # draw it anew
        search._ZONES.clear()
        open_ward.node.zones.clear()
        with counted(open_ward.node.engine) as said:
            assert (await nurse.get(path)).status_code == 200
        counts.append(len(said))
        await lying(open_ward, bed, f"Another{bed[-1]}")
    assert abs(counts[1] - counts[0]) <= 1, said  # keys of a subject not met before
    assert counts[0] <= PAGES[page], said


@pytest.mark.parametrize("change", sorted(CHANGES))
async def test_a_change_takes_the_same_few_statements_however_full(
    open_ward: Scene, charge: Station, change: str
) -> None:
    ida = await lying(open_ward)
    free = open_ward.beds["6E-09"]
    counts = []
    for number, bed in enumerate(("6E-02", "6E-03")):
        (stay,) = await open_ward.stays(ida)
        encounter = await open_ward.encounter(stay.encounter_id)
        seen = (await open_ward.bed("6E-09")).version
        with counted(open_ward.node.engine) as said:
            if change == "home":
                path, on = f"/stays/{encounter.id}/home", f"2031-01-0{number + 1}"
                answer = await charge.post(path, home_on=on, version=encounter.version)
            else:
                path, to = f"/beds/{free}/status", "HU"[number]
                answer = await charge.post(path, to=to, version=seen)
        assert answer.status_code == 200, answer.text
        counts.append(len(of_the_change(said)))
        await lying(open_ward, bed, f"Another{bed[-1]}")
    assert counts[0] == counts[1], said
    assert counts[0] <= CHANGES[change], of_the_change(said)


async def test_a_board_is_drawn_with_the_same_few_statements_however_full(
    open_ward: Scene,
) -> None:
    topic, views = Topic("beds", open_ward.east), frozenset({"full.en"})
    counts, said = list[int](), list[tuple[object, str]]()
    for bed in ("6E-01", "6E-02", "6E-03"):
        await lying(open_ward, bed, f"Another{bed[-1]}")
        counts.append(min([await _drawn(open_ward, topic, views, said) for _ in range(3)]))
    assert len(set(counts)) == 1, said
    assert counts[0] <= DRAWN, said


async def _drawn(
    scene: Scene, topic: Topic, views: frozenset[str], said: list[tuple[object, str]]
) -> int:
    """Count the statements of a draw; what a clock asks on its connection meanwhile is chance."""
    scene.node.pictures.forget()
    with counted(scene.node.aside) as heard:
        await live.draw(scene.node, topic, views)
    said[:] = heard
    (own,) = {one for one, statement in heard if "FROM bed" in statement}
    return len([statement for one, statement in heard if one == own])
