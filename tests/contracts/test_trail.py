"""Trail: who looked is durable before the bytes leave, once, and nobody can take it back."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.adt.scene import Scene
from tests.settling import settled
from tests.stations import Running, Station
from tests.watchers import watching
from ward.adt.admit import admit
from ward.adt.transfer import transfer
from ward.node import Node

MOST = {"board": 22, "chart": 33, "search": 13, "wards": 6}  # statements of a page


async def trail(node: Node, **where: object) -> list:
    """Read the trail, oldest first."""
    said = " AND ".join(f"{name} = :{name}" for name in where) or "true"
    async with node.aside.connect() as connection:
        rows = await connection.execute(
            text(f"SELECT * FROM audit_event WHERE {said} ORDER BY at, id"), where
        )
        return list(rows)


async def _written(node: Node, code: str) -> list:
    """Wait for rows that nobody waits for."""
    async with asyncio.timeout(30):
        while True:
            if rows := await trail(node, code=code):
                return rows
            await asyncio.sleep(0.02)


async def lying(scene: Scene, bed: str = "6E-01", family: str = "Quillfeather") -> UUID:
    """Admit somebody, and wait until what follows by itself has followed."""
    patient = await scene.patient(family)
    async with scene.work() as work:
        await admit(work, patient, scene.beds[bed])
    await settled(scene.node)
    return patient


async def test_one_look_at_the_board_is_one_row(open_ward: Scene, nurse: Station) -> None:
    ida, bo = await lying(open_ward), await lying(open_ward, "6E-02", "Otherwise")
    before = len(await trail(open_ward.node))
    assert (await nurse.get(f"/wards/{open_ward.east}/beds")).status_code == 200
    rows = await trail(open_ward.node)
    (row,) = rows[before:]
    assert (row.code, row.action, row.outcome) == ("beds.board", "R", "0")
    assert {ida, bo} <= set(row.patients)
    assert set(row.data_classes) == {"D0", "D1", "D2", "D3", "D4", "D5"}
    assert row.relation
    assert row.actor_kind == "person"
    assert row.session_id is not None


async def test_one_look_at_a_chart_says_whom_what_and_why(open_ward: Scene, nurse: Station) -> None:
    ida = await lying(open_ward)
    before = len(await trail(open_ward.node))
    assert (await nurse.get(f"/patients/{ida}")).status_code == 200
    (row,) = (await trail(open_ward.node))[before:]
    assert row.code == "patients.chart"
    assert row.patients == [ida]
    assert {"D0", "D1", "D3"} <= set(row.data_classes)
    assert "D6" not in row.data_classes
    assert row.relation == "ward"


async def test_a_look_that_was_refused_is_kept(open_ward: Scene, nurse: Station) -> None:
    ida = await lying(open_ward, "6W-01")
    before = len(await trail(open_ward.node))
    answer = await nurse.get(f"/patients/{ida}")
    assert answer.status_code == 403
    assert "QUILLFEATHER" not in answer.text.upper()
    (row,) = (await trail(open_ward.node))[before:]
    assert (row.outcome, row.patients, row.data_classes) == ("4", [ida], [])
    assert row.detail == {"why": "NoRelation"}


async def test_a_change_is_one_row_in_its_own_transaction(open_ward: Scene, nurse: Station) -> None:
    ida, bed = await open_ward.patient(), await open_ward.bed("6E-03")
    before = len(await trail(open_ward.node))
    answer = await nurse.post(f"/beds/{bed.id}/admit", patient_id=ida, version=bed.version)
    assert answer.status_code == 200
    rows = (await trail(open_ward.node))[before:]
    (row,) = [one for one in rows if one.actor_kind == "person"]  # what reacts has rows of its own
    assert row.code == "adt.admit"
    assert ida in row.patients
    async with open_ward.node.aside.connect() as connection:
        outbox = await connection.execute(
            text("SELECT DISTINCT xid::text FROM outbox WHERE cause = :id"), {"id": row.id}
        )
        assert set(outbox.scalars()) == {str(row.xid)}


async def test_a_live_screen_begins_grows_and_ends(open_ward: Scene, nurse: Station) -> None:
    ida = await lying(open_ward)
    path, topic = f"/wards/{open_ward.east}/beds", f"beds/{open_ward.east}"
    async with watching(nurse, path, topic) as board:
        (start,) = await trail(open_ward.node, code="live.view_start")
        assert start.patients == [ida]
        async with open_ward.work() as work:  # nobody new: no row for a push
            stay = (await open_ward.stays(ida))[0]
            await transfer(work, stay.encounter_id, open_ward.beds["6E-04"])
        await board.settled()
        assert await trail(open_ward.node, code="live.view_delta") == []
        bo = await lying(open_ward, "6E-02", "Otherwise")
        await board.settled()
    (delta,) = await trail(open_ward.node, code="live.view_delta")
    assert delta.patients == [bo]
    assert delta.session_id == start.session_id
    ends = await _written(open_ward.node, "live.view_end")
    assert ends[0].request_id == start.request_id


async def test_the_row_is_durable_before_the_frame_leaves(
    open_ward: Scene, nurse: Station, ward: Running
) -> None:
    """Hold the rows back: the frame with somebody new waits for them."""
    path, topic = f"/wards/{open_ward.east}/beds", f"beds/{open_ward.east}"
    taken = asyncio.Event()
    commit = ward.node.trail.commit

    async def held(intent, *patience: float) -> None:
        if intent.code == "live.view_delta":
            await taken.wait()
        await commit(intent, *patience)

    async with watching(nurse, path, topic) as board:
        ward.node.trail.commit = held  # type: ignore[method-assign]
        ida = await lying(open_ward)
        await asyncio.sleep(0.4)
        assert "QUILLFEATHER" not in "".join(board.seen)
        assert await trail(open_ward.node, code="live.view_delta") == []
        taken.set()
        await board.settled()
        assert "QUILLFEATHER" in board.shown.body
    (delta,) = await trail(open_ward.node, code="live.view_delta")
    assert delta.patients == [ida]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET code = 'nothing'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "DROP TABLE audit_event",
    ],
)
async def test_the_application_can_only_add_to_the_trail(open_ward: Scene, statement: str) -> None:
    await lying(open_ward)
    rows = len(await trail(open_ward.node))
    async with open_ward.node.engine.connect() as connection:
        with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
            await connection.execute(text(statement))
    assert len(await trail(open_ward.node)) == rows > 0
