"""The page of devices follows: what is enrolled, hung, renamed, seen or ended stands there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from httpx import AsyncClient

from realtime.topics import Topic
from tests.adt.scene import Scene
from tests.house.test_walls import AT, hang
from tests.stations import Gone, Running, Station
from tests.users.operator import typed
from tests.watchers import watching
from ward import clock
from ward.dev.cast import PASSWORD
from ward.users.devices import HOLDS

PIN = "830264"


@pytest.fixture
async def topic(open_scene: Scene) -> Topic:
    return Topic("devices", (await open_scene.bed("6E-01")).branch_id)


@asynccontextmanager
async def enrolled(ward: Running, scene: Scene) -> AsyncIterator[AsyncClient]:
    """Enrol a browser of an administrator's as Tablet 3."""
    async with AsyncClient(base_url=ward.url, headers={"origin": ward.url}, timeout=30) as client:
        await client.post("/login", data={"username": "admin", "password": PASSWORD})
        said = {"label": "Tablet 3", "ward_id": str(scene.east)}
        assert (await client.post(AT, data=said)).status_code == 303
        yield client


async def test_a_tablet_that_is_enrolled_given_pins_and_ended_stands_on_the_open_page(
    ward: Running, open_scene: Scene, admin: Station, topic: Topic
) -> None:
    async with admin.watch(topic) as page:
        assert "None is enrolled." in page.first.content
        async with enrolled(ward, open_scene) as tablet:
            await page.until("Tablet 3")
            assert "None is enrolled." not in page.body
            await tablet.post("/login", data={"username": "nurse", "password": PASSWORD})
            pins = {"pin": PIN, "again": PIN}
            assert (await tablet.post("/account/sign-in/pin", data=pins)).status_code == 303
            await page.until("1 person with a PIN")
            await typed(ward.node.settings, "user", "disable", "nurse")
            await page.until("0 people with a PIN")
        (key,) = await _ids(open_scene)
        assert (await admin.client.post(f"{AT}/{key}/revoke")).status_code == 303
        assert "None is enrolled." in await page.until_gone("Tablet 3")


async def _ids(scene: Scene) -> list[str]:
    return [str(await scene.scalar("SELECT id FROM device WHERE label = 'Tablet 3'"))]


async def test_a_pin_that_runs_out_is_counted_no_more(
    ward: Running, open_scene: Scene, topic: Topic
) -> None:
    async with enrolled(ward, open_scene) as tablet:
        pins = {"pin": PIN, "again": PIN}
        assert (await tablet.post("/account/sign-in/pin", data=pins)).status_code == 303
        clock.shift(HOLDS)
        await tablet.post("/login", data={"username": "admin", "password": PASSWORD})
        at = Station(tablet, ward.url, "admin")
        async with at.watch(topic) as page:
            said = page.first.content
            if "0 people with a PIN" not in said:  # nobody has looked at the clock since
                await page.until("0 people with a PIN")


async def test_a_wall_that_is_hung_seen_renamed_and_taken_down_stands_on_the_open_page(
    ward: Running, open_scene: Scene, admin: Station, topic: Topic
) -> None:
    async with admin.watch(topic) as page:
        assert "None hangs." in page.first.content
        link, key = await hang(ward, admin)
        await page.until("not seen yet")
        path = link.removeprefix(ward.url)
        wall = watching(admin, path, f"beds/{open_scene.east}", wall=path.rpartition("/")[2])
        async with wall as board:
            await board.sitting.wait()
            await page.until("last seen")
        await typed(ward.node.settings, "wall", "rename", "Corridor", "Day room")
        await page.until("Day room")
        assert (await admin.client.post(f"{AT}/{key}/take-down")).status_code == 303
        assert "None hangs." in await page.until_gone("Day room")


async def test_what_is_pushed_of_devices_is_what_a_fresh_page_shows(
    ward: Running, admin: Station, topic: Topic
) -> None:
    async with watching(admin, AT, str(topic)) as page:
        _, key = await hang(ward, admin)
        said = {"label": "Day room", "version": 1}
        assert (await admin.post(f"{AT}/{key}/name", **said)).status_code == 204
        await page.settled()
        assert page.frames


async def test_whoever_gives_out_no_roles_watches_no_devices(nurse: Station, topic: Topic) -> None:
    with pytest.raises(Gone, match="forbidden"):
        async with nurse.watch(topic):
            pass
