"""Signals: seeded snooping is found, ordinary work is not; a person decides, and says why."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from tests.adt.scene import Scene
from tests.adt.test_transfer import lying
from tests.audit.conftest import look
from tests.stations import Sign, Station
from ward import clock
from ward.audit import signals
from ward.audit.sealing import seal
from ward.db import new_id
from ward.duty.queries import names
from ward.trail import Action


@pytest.fixture
async def privacy(sign: Sign) -> Station:
    return await sign("privacy")


async def user(scene: Scene, username: str) -> tuple[UUID, str]:
    """Give somebody's id and name."""
    key = await scene.scalar("SELECT id FROM app_user WHERE username = :u", u=username)
    async with scene.work() as work:
        return key, (await names(work, [key]))[key].name


_JUDGED = text("""
    SELECT (SELECT number FROM audit_watch) = c.number AND NOT EXISTS (
        SELECT FROM audit_event WHERE actor_kind = 'person'
            AND (xid, at, id) > (c.last_xid, c.last_at, c.last_id))
    FROM audit_checkpoint c ORDER BY c.number DESC LIMIT 1
""")


async def settled(scene: Scene) -> list[tuple[str, UUID, UUID | None, int]]:
    """Seal, look through, and give the signals: kind, who, whom, how often."""
    node = scene.node
    async with asyncio.timeout(60):  # another test's transaction may hold the snapshot back
        while True:
            await seal(node)
            await signals.look_through(node)
            async with node.aside.execution_options(
                isolation_level="REPEATABLE READ"
            ).connect() as connection:
                judged = await connection.scalar(_JUDGED)
                found = await connection.execute(
                    text("SELECT kind, actor_id, patient_id, events FROM audit_signal ORDER BY 1")
                )
                rows = [tuple(row) for row in found]
            if judged:
                return rows
            await asyncio.sleep(0.05)


async def test_ordinary_work_is_no_signal(
    open_scene: Scene, nurse: Station, doctor: Station
) -> None:
    ida, _ = await lying(open_scene, "6E-01")
    async with open_scene.work() as work:
        await _on_duty(work, open_scene, "nurse")
        await _on_duty(work, open_scene, "doctor")
    for station in (nurse, doctor):
        for page in ("", "/observations", "/medications"):
            await station.get(f"/patients/{ida}{page}")
    assert await settled(open_scene) == []


async def _on_duty(work, scene: Scene, username: str) -> None:
    from domain.duty import DutyRole
    from ward.duty.service import begin

    who, _ = await user(scene, username)
    part = DutyRole.NURSE if username == "nurse" else DutyRole.REGISTRAR
    await begin(work, scene.east, who, part, work.now + timedelta(hours=8))


@pytest.mark.usefixtures("by_day")
async def test_one_of_the_same_family_name_is_a_case_with_what_speaks_for_it(
    open_scene: Scene, nurse: Station, privacy: Station
) -> None:
    who, name = await user(open_scene, "nurse")
    family = name.split()[-1]
    ida, _ = await lying(open_scene, "6E-01", family)
    for _ in range(3):
        await nurse.get(f"/patients/{ida}")
    found = await settled(open_scene)
    assert ("family", who, ida, 3) in found
    page = (await privacy.get("/audit/signals?kind=family")).text
    assert name in page
    assert "There was a reason at the time: care relationship." in page
    assert "3 times that day" in page
    shown = (await privacy.get("/audit")).text
    assert "Same family name" in shown
    version = await open_scene.scalar("SELECT version FROM audit_signal WHERE kind = 'family'")
    case = await open_scene.scalar("SELECT id FROM audit_signal WHERE kind = 'family'")
    path = f"/audit/signals/{case}/judge"
    assert (await nurse.post(path, state="fine", reason="x", version=version)).status_code == 403
    assert (await privacy.post(path, state="fine", version=version)).status_code == 422
    done = await privacy.post(path, state="fine", reason="Cared for her.", version=version)
    assert done.headers["hx-redirect"] == "/audit/signals"
    page = (await privacy.get("/audit/signals")).text
    assert "Cared for her." in page
    assert "Nothing odd is undecided." in page
    await nurse.get(f"/patients/{ida}")
    assert ("family", who, ida, 4) in await settled(open_scene)
    assert "Nothing odd is undecided." in (await privacy.get("/audit/signals")).text


async def test_a_look_at_somebody_of_ones_own_name_is_told_apart(
    open_scene: Scene, nurse: Station
) -> None:
    who, name = await user(open_scene, "nurse")
    given, family = name.split()[0], name.split()[-1]
    mine = await open_scene.patient(family, given)
    await nurse.get(f"/patients/{mine}")
    assert "self" in {kind for kind, actor, whom, _ in await settled(open_scene) if whom == mine}
    assert who


async def test_a_look_that_was_refused_for_want_of_a_relation_is_a_case(
    open_scene: Scene, nurse: Station, privacy: Station
) -> None:
    ida, _ = await lying(open_scene, "6W-01")
    assert (await nurse.get(f"/patients/{ida}")).status_code == 403
    kinds = {kind for kind, _, whom, _ in await settled(open_scene) if whom == ida}
    assert "no-relation" in kinds
    assert "each look was refused" in (await privacy.get("/audit/signals")).text


async def test_at_night_and_not_on_duty_is_a_case(open_scene: Scene, doctor: Station) -> None:
    who, _ = await user(open_scene, "doctor")
    night = clock.now().replace(hour=3, minute=0) - timedelta(days=1)
    ida = await open_scene.patient()
    for at in (night, night + timedelta(hours=9)):
        await _wrote(open_scene, who, "doctor", at, ida)
    found = await settled(open_scene)
    assert [(kind, events) for kind, actor, _, events in found if actor == who] == [("hours", 1)]
    assert doctor


async def _wrote(
    scene: Scene, who: UUID, role: str, at: datetime, *whom: UUID, **more: object
) -> None:
    more.setdefault("session_id", new_id())
    said = look(at, actor_id=who, actor_name=role, patients=frozenset(whom), **more)
    await scene.node.trail.commit(said)


async def test_more_than_sixty_patients_in_an_hour_and_a_burst_of_searches(
    open_scene: Scene,
) -> None:
    from uuid import uuid4

    who, _ = await user(open_scene, "reception")
    noon = clock.now().replace(hour=12, minute=0) - timedelta(days=1)
    for nth in range(61):
        await _wrote(open_scene, who, "reception", noon + timedelta(seconds=nth), uuid4())
    for nth in range(21):
        at = noon + timedelta(seconds=nth)
        await _wrote(open_scene, who, "reception", at, action=Action.EXECUTE, code="patients.find")
    other, _ = await user(open_scene, "reception2")
    for nth in range(60):
        at = noon + timedelta(seconds=nth)
        await _wrote(open_scene, other, "reception", at, uuid4())
    found = {(kind, actor): events for kind, actor, _, events in await settled(open_scene)}
    assert found == {("many", who): 61, ("searches", who): 21}


async def test_whoever_opens_a_record_that_nobody_should_is_told_of_within_seconds(
    open_scene: Scene, nurse: Station, privacy: Station
) -> None:
    bait = await open_scene.patient("Nobody", "Nora")
    number = "Nobody Nora"
    from ward.patients.index import index_of

    await index_of(open_scene.node).refresh()
    done = await privacy.post("/audit/honeytokens", patient=number)
    assert done.status_code == 204, done.text
    await signals.look_through(open_scene.node)  # every ten seconds by itself
    await nurse.get(f"/patients/{bait}")
    count = "SELECT count(*) FROM audit_signal WHERE kind = 'honeytoken' AND patient_id = :p"
    async with asyncio.timeout(60):  # the node's own sealer; others' transactions hold it back
        while not await open_scene.scalar(count, p=bait):  # noqa: ASYNC110 - rows
            await asyncio.sleep(0.1)
    page = (await privacy.get("/audit/signals?kind=honeytoken")).text
    assert "Record that nobody should open" in page
    assert "NOBODY, Nora" in page


async def test_nobody_decides_about_themselves(open_scene: Scene, privacy: Station) -> None:
    me, _ = await user(open_scene, "privacy")
    bait = await open_scene.patient()
    async with open_scene.work() as work:
        from ward.audit.models import Honeytoken

        connection = await work.connection()
        await connection.execute(
            Honeytoken.__table__.insert(),
            {"id": bait, "version": 1, "patient_id": bait, "set_at": clock.now()},
        )
    await signals.look_through(open_scene.node)
    await privacy.get(f"/patients/{bait}")
    assert ("honeytoken", me) in {(kind, who) for kind, who, _, _ in await settled(open_scene)}
    case = await open_scene.scalar("SELECT id FROM audit_signal WHERE kind = 'honeytoken'")
    version = await open_scene.scalar("SELECT version FROM audit_signal WHERE id = :id", id=case)
    answer = await privacy.post(
        f"/audit/signals/{case}/judge", state="fine", reason="me", version=version
    )
    assert answer.status_code == 409
    assert "This is about you" in answer.text
    assert "This is about you" in (await privacy.get("/audit/signals")).text


async def test_looking_through_a_quiet_trail_adds_nothing_to_it(open_scene: Scene) -> None:
    await settled(open_scene)
    before = await open_scene.scalar("SELECT count(*) FROM audit_event")
    for _ in range(3):
        await seal(open_scene.node)
        await signals.look_through(open_scene.node)
    after = await open_scene.scalar("SELECT count(*) FROM audit_event WHERE code = 'audit.watch'")
    assert after <= 1
    assert await open_scene.scalar("SELECT count(*) FROM audit_event") == before
