"""Many rows by one statement, and several pieces of work in one commit."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from domain.access import Permission
from tests.adt.scene import ANYBODY, Scene
from tests.ground.test_jobs import Toy
from ward import many
from ward.db import new_id
from ward.errors import Forbidden
from ward.interop.hl7.models import Hl7Place
from ward.patients.models import Patient
from ward.places.models import Room, Ward
from ward.security.actors import System
from ward.work import work_as

MAY = frozenset({Permission.OPEN_PLACES, Permission.VIEW_PLACES})
BUILDER, PAINTER = System("job:builder", MAY), System("job:painter", MAY)


async def rows(scene: Scene, sql: str, **values: object) -> list[tuple[object, ...]]:
    async with scene.node.aside.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(sql), values)]


async def test_rows_are_written_at_once_with_what_new_rows_begin_with(scene: Scene) -> None:
    async with work_as(scene.node, BUILDER, "test.many") as work:
        ward, *_ = await work.every(select(Ward).order_by(Ward.id), Permission.VIEW_PLACES)
        labels = [f"Many {nth}" for nth in range(3)]
        await many.put(
            work, [Room(ward_id=ward.id, label=one) for one in labels], Permission.OPEN_PLACES
        )
        await many.put(work, list[Room](), Permission.OPEN_PLACES)
    found = await rows(scene, "SELECT label, version FROM room WHERE label LIKE 'Many%'")
    assert sorted(found) == [(label, 1) for label in labels]
    trail = await rows(
        scene, "SELECT actor_name, resource FROM audit_event WHERE code = 'test.many'"
    )
    assert trail == [("job:builder", "room")]


async def test_nobody_writes_many_rows_who_may_not_write_one(scene: Scene) -> None:
    place = Hl7Place(id=new_id(), msh3="A", msh4="B", place="C", mark=b"D", bed_id=uuid4())
    with pytest.raises(Forbidden):
        async with work_as(scene.node, BUILDER, "test.many") as work:
            await many.put(work, [place], Permission.REVIEW_MESSAGES)
    assert await rows(scene, "SELECT count(*) FROM hl7_place") == [(0,)]


async def test_works_that_end_together_keep_trails_and_facts_apart(scene: Scene) -> None:
    first, second = uuid4(), uuid4()
    async with work_as(scene.node, BUILDER, "test.also") as work:
        other = work.also(PAINTER, "test.other")
        work.record(Toy(first))
        other.record(Toy(second))
        causes = {first: work.intent.id, second: other.intent.id}
    trail = await rows(
        scene, "SELECT id, actor_name FROM audit_event WHERE code IN ('test.also', 'test.other')"
    )
    assert dict(trail) == {causes[first]: "job:builder", causes[second]: "job:painter"}
    noted = await rows(
        scene, "SELECT event->>'toy_id', cause FROM outbox WHERE topic LIKE 'toys/%'"
    )
    assert {UUID(str(toy)): cause for toy, cause in noted} == causes
    jobs = await rows(scene, "SELECT key FROM job WHERE name LIKE '%.play'")
    assert sorted(jobs) == sorted((f"{cause}/0",) for cause in causes.values())


async def test_works_that_end_together_are_all_undone_by_one_failure(scene: Scene) -> None:
    with pytest.raises(RuntimeError):  # noqa: PT012 - the work is what is rolled back
        async with work_as(scene.node, BUILDER, "test.undone") as work:
            work.record(Toy(uuid4()))
            work.also(PAINTER, "test.undone").record(Toy(uuid4()))
            raise RuntimeError
    assert await rows(scene, "SELECT count(*) FROM job WHERE name LIKE '%.play'") == [(0,)]
    trail = await rows(scene, "SELECT count(*) FROM audit_event WHERE code = 'test.undone'")
    assert trail == [(0,)]


async def test_columns_are_read_of_what_is_no_patients_and_leave_their_trail(scene: Scene) -> None:
    labels = select(Ward.label, Ward.code).order_by(Ward.label)
    async with work_as(scene.node, BUILDER, "test.columns") as work:
        wards = await work.every(select(Ward).order_by(Ward.label), Permission.VIEW_PLACES)
        found = await work.columns(labels, Permission.VIEW_PLACES)
        assert [(label, code) for label, code, _ in found] == [
            (one.label, one.code) for one in wards
        ]
        assert (work.intent.items, work.intent.relation) == (2 * len(wards), "system")
        with pytest.raises(Forbidden):
            await work.columns(labels, Permission.VIEW_PATIENT)
    async with work_as(scene.node, ANYBODY, "test.columns") as work:
        with pytest.raises(TypeError, match="patient's"):  # each of them is told in the trail
            await work.columns(select(Patient.identity), Permission.VIEW_PATIENT)


async def test_a_work_beside_others_that_only_read_leaves_no_row_in_their_commit(
    scene: Scene,
) -> None:
    async with work_as(scene.node, BUILDER, "test.reader") as work:
        await work.every(select(Ward), Permission.VIEW_PLACES)
        work.also(PAINTER, "test.writer").record(Toy(uuid4()))
    trail = await rows(scene, "SELECT code FROM audit_event WHERE code LIKE 'test.%er'")
    assert trail == [("test.writer",)]


@pytest.mark.parametrize("writes", [True, False])
async def test_whom_a_work_beside_others_looked_at_is_always_told(
    scene: Scene, *, writes: bool
) -> None:
    ida, bo = await scene.patient(), await scene.patient("Otherwise")
    async with work_as(scene.node, ANYBODY, "test.main") as work:
        await work.access(Patient, ida, Permission.VIEW_PATIENT)
        other = work.also(ANYBODY, "test.beside")
        await other.access(Patient, bo, Permission.VIEW_PATIENT)
        if writes:
            work.also(PAINTER, "test.toy").record(Toy(uuid4()))
    told = await rows(
        scene,
        "SELECT code, action, patients FROM audit_event"
        " WHERE code IN ('test.main', 'test.beside') ORDER BY code",
    )
    assert told == [("test.beside", "R", [bo]), ("test.main", "R", [ida])]
