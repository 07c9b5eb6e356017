"""The trail: no look waits for nothing, no look goes without a row, no row says too much."""

import asyncio
from contextlib import AsyncExitStack
from types import SimpleNamespace
from typing import Any, Self
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from realtime.topics import Topic
from tests.adt.scene import Scene
from tests.adt.test_transfer import lying
from tests.patients.people import FORM
from tests.settling import PATIENCE
from tests.stations import Running, Station
from ward import trail
from ward.adt.admit import admit
from ward.clock import now
from ward.node import PICTURE_SECONDS, Node, Pictures
from ward.trail import Action, AuditIntent, Trail


class _Slow:
    """An engine whose connection takes a moment to be given back."""

    def execution_options(self, **_: object) -> "_Slow":
        return self

    def connect(self) -> "_Slow":
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for _turn in range(5):
            await asyncio.sleep(0)

    async def dispose(self) -> None:
        """Close nothing."""


async def test_a_row_handed_in_while_the_connection_is_given_back_is_written(
    monkeypatch: Any,
) -> None:
    written: list[AuditIntent] = []

    async def insert(_connection: object, intents: list[AuditIntent], *_: str) -> None:
        written.extend(intents)

    monkeypatch.setattr(trail, "insert", insert)
    group: Any = Trail(_Slow())  # type: ignore[arg-type]
    await group.commit(_look())
    assert group._task is not None, "the connection is still being given back"
    await group.commit(_look())
    assert len(written) == 2


async def test_rows_that_nobody_waits_for_are_written_when_the_database_returns(
    monkeypatch: Any,
) -> None:
    away, written = [True], list[AuditIntent]()

    async def insert(_connection: object, intents: list[AuditIntent], *_: str) -> None:
        if away:
            raise ConnectionError("away")
        written.extend(intents)

    monkeypatch.setattr(trail, "insert", insert)
    monkeypatch.setattr(trail, "AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(trail, "OWED_MOST", 1_200)
    group = Trail(_Slow())  # type: ignore[arg-type]
    ends = [_look() for _ in range(1_250)]
    for end in ends:
        group.owe(end)
    await asyncio.sleep(0.12)
    with pytest.raises(trail.TrailUnavailable):  # a look is told at once, whatever is in line
        await group.commit(_look())
    # a try that has failed already fails whoever comes meanwhile
    while group._task is not None:  # noqa: ASYNC110
        await asyncio.sleep(0)
    away.clear()
    await group.commit(look := _look())
    await group.close()
    assert written == [look, *ends[:1_200]]  # in order, once, and never more than have room


async def test_everybody_who_leaves_while_the_database_is_away_leaves_a_row(
    open_scene: Scene, nurse: Station, monkeypatch: Any
) -> None:
    """Cut every screen while no row can be written; the ends are in the trail afterwards."""
    ida = await open_scene.patient()
    async with open_scene.work() as work:
        await admit(work, ida, open_scene.beds["6E-01"])
    insert, failed = trail.insert, list[int]()

    async def away(_connection: object, intents: list[AuditIntent], *_: str) -> None:
        failed.append(len(intents))
        raise ConnectionError("away")

    async with AsyncExitStack() as stack:
        for _ in range(20):
            await stack.enter_async_context(nurse.watch(Topic("beds", open_scene.east)))
        monkeypatch.setattr(trail, "insert", away)
    async with asyncio.timeout(PATIENCE):
        while not failed:  # noqa: ASYNC110 - it is a list that grows
            await asyncio.sleep(0.01)
    monkeypatch.setattr(trail, "insert", insert)
    count = "SELECT count(*) FROM audit_event WHERE code = :code"
    async with asyncio.timeout(PATIENCE):
        while await open_scene.scalar(count, code="live.view_end") < 20:  # noqa: ASYNC110 - rows
            await asyncio.sleep(0.05)
    assert await open_scene.scalar(count, code="live.view_end") == 20


def test_a_picture_grows_old() -> None:
    at = 0.0
    pictures = Pictures(clock=lambda: at)
    topic, picture = Topic("chart", uuid4()), SimpleNamespace()
    pictures.keep(topic, "full.en", "e", 1, picture)  # type: ignore[arg-type]
    assert pictures.get(topic, "full.en", "e", 1) is picture
    at = PICTURE_SECONDS + 1
    assert pictures.get(topic, "full.en", "e", 1) is None


async def test_similar_people_shown_to_a_clerk_are_in_the_trail_as_a_look(
    ward: Running, reception: Station
) -> None:
    made = await reception.post("/patients/new", **FORM)
    known = UUID(made.headers["hx-redirect"].rpartition("/")[2])
    answer = await reception.post("/patients/new", **FORM)
    assert answer.status_code == 409
    assert "OKONKWO" in answer.text
    rows = await _rows(ward.node, "patients.register", known)
    assert [row.outcome for row in rows] == ["0", "0"]  # registered, then shown
    assert "D1" in rows[-1].data_classes


async def test_similar_people_are_not_shown_without_a_trail(
    ward: Running, reception: Station, monkeypatch: Any
) -> None:
    await reception.post("/patients/new", **FORM)

    async def away(*_: object) -> None:
        raise trail.TrailUnavailable

    monkeypatch.setattr(Trail, "commit", away)
    answer = await reception.post("/patients/new", **FORM)
    assert answer.status_code == 503
    assert "OKONKWO" not in answer.text


async def test_an_answer_given_again_is_another_look_and_never_a_newer_state(
    open_scene: Scene, nurse: Station
) -> None:
    ida, bed = await open_scene.patient(), await open_scene.bed("6E-04")
    key, path = str(uuid4()), f"/beds/{bed.id}/admit"
    first = await nurse.post(path, key=key, patient_id=ida, version=bed.version)
    before = await _rows(open_scene.node, "adt.admit", ida)
    again = await nurse.post(path, key=key, patient_id=ida, version=bed.version)
    assert again.text == first.text
    after = await _rows(open_scene.node, "adt.admit", ida)
    assert len(after) == len(before) + 1
    assert {"D1", "D3"} <= set(after[-1].data_classes)
    topics = {pair.partition("=")[0] for pair in first.headers["ward-revs"].split()}
    told = dict(pair.split("=") for pair in again.headers["ward-revs"].split())
    assert told.keys() == topics
    assert set(told.values()) == {"1"}


async def test_a_command_with_nothing_to_show_may_be_sent_twice(nurse: Station) -> None:
    key = str(uuid4())
    for _ in range(2):
        assert (await nurse.post("/session/activity", key=key)).status_code == 204


async def test_the_card_that_answers_a_command_is_in_the_trail(
    open_scene: Scene, nurse: Station
) -> None:
    ida, encounter = await lying(open_scene, "6E-01")
    seen = (await open_scene.encounter(encounter)).version
    answer = await nurse.post(f"/stays/{encounter}/home", home_on="2031-01-05", version=seen)
    assert "QUILLFEATHER" in answer.text
    rows = await _rows(open_scene.node, "adt.expect", ida)
    assert "D1" in rows[-1].data_classes


async def test_whoever_watches_initials_is_not_said_to_have_seen_more(
    open_scene: Scene, nurse: Station
) -> None:
    ida = await open_scene.patient()
    async with open_scene.work() as work:
        await admit(work, ida, open_scene.beds["6W-01"])
    async with nurse.watch(Topic("beds", open_scene.west)) as screen:
        first = screen.first  # type: ignore[attr-defined]
        assert "I.Q." in first.content
    rows = await _rows(open_scene.node, "live.view_start", ida)
    assert [row.data_classes for row in rows] == [["D0"]]


def _look() -> AuditIntent:
    return AuditIntent(
        actor_kind="person", actor_name="nurse", action=Action.READ, code="x", at=now()
    )


async def _rows(node: Node, code: str, patient: UUID) -> list[Any]:
    found = text(
        "SELECT outcome, data_classes FROM audit_event"
        " WHERE code = :code AND :patient = ANY(patients) ORDER BY at, id"
    )
    async with node.aside.connect() as connection:
        return list(await connection.execute(found, {"code": code, "patient": patient}))


async def test_the_namesakes_an_amended_banner_names_are_in_the_trail(
    open_scene: Scene, reception: Station
) -> None:
    ida, _ = await lying(open_scene, "6E-01", "Smith")
    other, _ = await lying(open_scene, "6E-02", "Jones")
    seen = await open_scene.scalar("SELECT version FROM patient WHERE id = :id", id=other)
    form = {"family": "Smith", "given": "Zoe", "sex": "female", "born": "1950-03-04"}
    answer = await reception.post(f"/patients/{other}/amend", version=seen, **form)
    assert answer.status_code == 200, answer.text
    assert "SMITH, Ida" in answer.text
    assert await _rows(open_scene.node, "patients.amend", ida)
