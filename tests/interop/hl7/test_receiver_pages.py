"""Receiver pages: an administrator adds, tries, pauses and removes, and open pages follow."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from realtime.topics import Topic
from tests.adt.scene import Scene
from tests.interop.hl7.border import rows
from tests.interop.hl7.listening import listening
from tests.interop.hl7.passing import Administration, lying
from tests.settling import PATIENCE, settled
from tests.stations import Station
from ward.interop.hl7.codes import ErrorCode, Fault
from ward.interop.hl7.outbound.sender import Post

HERE = "/hl7/receivers"


@pytest.fixture
async def system(open_scene: Scene) -> AsyncIterator[Administration]:
    """A system that listens, and a post on the serving node; nobody has added it."""
    made = Administration(open_scene.node)
    node = open_scene.node
    node.parts = frozenset({"worker"})
    post = Post(node)
    await post.start()
    async with listening(made.handle) as listener:
        made.port = listener.port
        yield made
    await post.stop()


async def _add(admin: Station, port: int, **more: object) -> httpx.Response:
    said = {"name": "beds", "host": "127.0.0.1", "port": port, "kinds": ["ADT", "A08"]} | more
    data = said | {"idempotency_key": str(uuid4())}
    return await admin.client.post(HERE, data=data, headers={"hx-request": "true"})


async def _version(scene: Scene, name: str = "beds") -> int:
    sql = "SELECT version FROM hl7_receiver WHERE name = :name AND state <> 'removed'"
    return (await rows(scene.node, sql, name=name))[0][0]


@pytest.fixture
async def branch(open_scene: Scene) -> UUID:
    return await open_scene.scalar("SELECT branch_id FROM ward WHERE label = 'Six East'")


async def test_a_receiver_is_added_told_paused_and_removed(
    open_scene: Scene, system: Administration, admin: Station, branch: UUID
) -> None:
    empty = await admin.get(HERE)
    assert 'id="hl7-nobody"' in empty.text
    assert (await admin.get("/hl7/outbound")).text.count('href="/hl7/receivers"') == 1
    async with admin.watch(Topic("receivers", branch)) as screen:
        assert (await _add(admin, system.port)).status_code == 204
        await screen.until('id="receiver-beds"')
        await lying(open_scene)
        await screen.until_gone("Nothing yet")
        page = (await admin.get(HERE)).text
        assert 'data-waiting="0"' in page
        assert "Quillfeather" not in page
        assert system.events == ["A01"]

        paused = await admin.post(f"{HERE}/beds/pause", version=await _version(open_scene))
        assert paused.status_code == 204, paused.text
        await lying(open_scene, "6E-02", "Plover")
        await screen.until('data-waiting="1"')
        stale = await admin.post(f"{HERE}/beds/resume", version=99)
        assert stale.status_code == 409
        await admin.post(f"{HERE}/beds/resume", version=await _version(open_scene))
        await screen.until('data-waiting="0"')
        assert system.events == ["A01", "A01"]

        form = await admin.get(f"{HERE}/beds/remove")
        assert "Nothing waits for it" in form.text
        await admin.post(f"{HERE}/beds/remove", version=await _version(open_scene))
        await screen.until_gone('id="receiver-beds"')
    assert 'id="hl7-nobody"' in (await admin.get(HERE)).text


async def test_what_was_refused_is_on_the_page_with_its_codes(
    open_scene: Scene, system: Administration, admin: Station, branch: UUID
) -> None:
    system.refuse = Fault(ErrorCode.REQUIRED_MISSING, "PID^1^3", "PID-3 is empty")
    await _add(admin, system.port)
    async with admin.watch(Topic("receivers", branch)) as screen:
        await lying(open_scene)
        frame = await screen.until('data-refused="1"')
    assert "AE 101 PID^1^3" in frame.content


async def test_who_is_here_is_told_on_request_and_the_page_follows(
    open_scene: Scene, system: Administration, admin: Station, branch: UUID
) -> None:
    await lying(open_scene)
    await lying(open_scene, "6E-02", "Plover")
    await settled(open_scene.node)  # nobody was there to be told
    await _add(admin, system.port)
    form = await admin.get(f"{HERE}/beds/picture")
    assert "Send 2 stays" in form.text
    async with admin.watch(Topic("receivers", branch)) as screen:
        answer = await admin.post(f"{HERE}/beds/picture")
        assert answer.status_code == 204, answer.text
        done = ("2 of 2 stays put in line", 'data-waiting="0"')
        async with asyncio.timeout(PATIENCE):
            while not all(one in screen.body for one in done):
                await screen.next()
    assert system.events == ["A08", "A08"]


async def test_a_picture_on_its_way_is_not_begun_again_and_can_be_called_off(
    open_scene: Scene, admin: Station
) -> None:
    await lying(open_scene)
    await _add(admin, 1)
    async with open_scene.node.aside.begin() as connection:
        running = (
            "INSERT INTO hl7_picture (id, version, receiver, state, total, told, unread, begun_at)"
            " VALUES (:id, 1, 'beds', 'running', 5, 2, 0, now())"
        )
        await connection.execute(text(running), {"id": (shot := uuid4())})
    assert "2 of 5 stays" in (await admin.get(HERE)).text
    again = await admin.post(f"{HERE}/beds/picture")
    assert (again.status_code, "on its way" in again.text) == (409, True)
    off = await admin.post(f"{HERE}/pictures/{shot}/cancel", version=1)
    assert off.status_code == 204, off.text
    assert "after 2 of 5 stays" in (await admin.get(HERE)).text


async def test_a_connection_is_tried_from_the_page(
    open_scene: Scene, system: Administration, admin: Station
) -> None:
    await _add(admin, system.port)
    assert 'data-reached="yes"' in (await admin.get(f"{HERE}/beds/test")).text
    await _add(admin, 1, name="away")
    tried = await admin.get(f"{HERE}/away/test")
    assert 'data-reached="no"' in tried.text
    assert "Nobody listens at 127.0.0.1:1." in tried.text
    assert (await admin.get(f"{HERE}/nobody/test")).status_code == 404
    assert system.raws == []


async def test_what_is_wrong_is_said_at_its_field_and_a_name_is_taken_once(
    open_scene: Scene, admin: Station
) -> None:
    assert (await _add(admin, 0)).status_code == 422
    assert (await _add(admin, 2576, kinds=[])).status_code == 422
    assert (await _add(admin, 2576)).status_code == 204
    twice = await _add(admin, 2577)
    assert twice.status_code == 409
    assert "Another receiver is called that" in twice.text


async def test_one_of_the_settings_is_shown_as_such(
    open_scene: Scene, admin: Station, nurse: Station
) -> None:
    node = open_scene.node
    at = "pas=127.0.0.1:1/ADT+A08"
    node.settings = node.settings.model_copy(update={"hl7_receivers": at})
    page = (await admin.get(HERE)).text
    assert "Stands in the settings" in page
    assert f"{HERE}/pas/pause" not in page
    assert f"{HERE}/pas/picture" in page
    assert (await nurse.get(HERE)).status_code == 403
    assert (await _add(nurse, 2576)).status_code == 403
